// Loads damaged modules, and executes those that load for a limited time.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "test/unit/machine/world.h"

namespace noderuntime::test {

class DamagedModules {
 public:
  explicit DamagedModules(Machine::Config config = {}) : config_{std::move(config)} {}

  // Loads `file` as the module `small`. If that succeeds, calls each exported function of up to three
  // arguments. Returns whether it was loaded.
  bool try_one(Bytes file) {
    if (!world_ || ++used_ % 200 == 0) world_ = std::make_unique<World>(config_, limits);
    auto& registry = world_->machine.registry();
    auto loaded = registry.lend(registry.home(), Atom::of("small"), registry.load_file(file), {},
                                registry.home().node());
    if (!loaded) return false;
    auto& image = *(*loaded)->image;
    for (auto& row : image.exports)
      if (row.arity <= 3) run(image.module, row.name, row.arity);
    return true;
  }

 private:
  static constexpr Processes::Limits limits{.heap_words = 100'000, .slice = 50};

  void run(Atom module, Atom function, std::uint32_t arity) {
    Heap heap;
    Term some[] = {Term::small(7), make_list(heap, {Term::small(1), Term::small(2)}),
                   make_binary(heap, std::string_view{"\0\x03rest", 6})};
    for (std::size_t first = 0; first < std::size(some); ++first) {
      std::vector<Term> arguments;
      for (std::uint32_t i = 0; i < arity; ++i) arguments.push_back(some[(first + i) % std::size(some)]);
      Process* process = world_->spawn(module, function, make_list(heap, std::span<const Term>{arguments}));
      if (!process) continue;
      Term pid = process->self();
      world_->settle(8, 20);
      if (Process* left = world_->processes.table().find(pid))
        world_->processes.exits().exit(*left, Term::atom(atoms::killed));
      if (arity == 0) return;
    }
  }

  Machine::Config config_;
  std::unique_ptr<World> world_;
  std::size_t used_ = 0;
};

}  // namespace noderuntime::test
