// Processes and a machine in fake surroundings, which run Erlang code for tests.
#pragma once

#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "noderuntime/external_format/decode.h"
#include "noderuntime/machine/machine.h"
#include "noderuntime/term/text.h"
#include "noderuntime/term/well_known_atoms.h"
#include "test/unit/fake_surroundings.h"

namespace noderuntime::test {

inline std::optional<Buffer> file_contents(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  if (!in) return std::nullopt;
  return Buffer{std::istreambuf_iterator<char>{in}, {}};
}

// Fake surroundings that read files from the disk if the test has not faked them.
class MachineSurroundings : public FakeSurroundings {
 public:
  Result<Buffer> read_file(const std::string& path) override {
    auto faked = FakeSurroundings::read_file(path);
    if (faked) return faked;
    auto contents = file_contents(path);
    if (!contents) return Error{Errc::not_found, path};
    return *contents;
  }
};

class World {
 public:
  static constexpr int slice = 4000;
  explicit World(Machine::Config config = {}, Processes::Limits limits = {})
      : processes{NodeIdentity{Atom::of("here@host"), Creation{7}}, surroundings, limits},
        machine{processes, surroundings, surroundings, with_hook(std::move(config))} {
    surroundings.starter = [this](Process& process, const Process* spawner, Atom module, Atom function,
                                  Term arguments) {
      return machine.start(process, spawner, module, function, arguments);
    };
  }

  // Runs until no process is runnable and no timer is left. When all processes wait, the time moves to the
  // next timer, by `most_milliseconds` in all at most. Runs at most `turns` time slices.
  void settle(int turns = 1'000'000, std::int64_t most_milliseconds = 60'000) {
    auto end = surroundings.now_milliseconds + most_milliseconds;
    while (turns > 0) {
      for (; processes.scheduler().has_runnable() && turns > 0; --turns) processes.scheduler().run(1);
      auto next = processes.timers().next_deadline();
      if (processes.scheduler().has_runnable() || !next || *next > end) return;
      surroundings.now_milliseconds = std::max(surroundings.now_milliseconds, *next);
      processes.timers().advance(surroundings.now_milliseconds);
    }
  }

  Process* spawn(Atom module, Atom function, Term arguments, SpawnOptions options = {}) {
    return processes.spawner().spawn(nullptr, module, function, arguments, options);
  }

  // Runs module:function in a process and returns its exit reason as text. `arguments` is a list in Erlang
  // syntax.
  std::string exit_reason(const std::string& module, const std::string& function,
                          const std::string& arguments) {
    auto parsed = parse_text(arguments);
    if (!parsed) return "arguments: " + parsed.error().message();
    auto observer = std::make_unique<Observer>();
    Observer& seen = *observer;
    Process* parent = processes.spawner().spawn(nullptr, std::move(observer), SpawnOptions{});
    settle();
    SpawnOptions options;
    options.monitor = processes.this_node().make_reference();
    processes.spawner().spawn(parent, Atom::of(module), Atom::of(function), parsed->term(), options);
    settle();
    std::string reason = seen.reason;
    processes.exits().exit(*parent, Term::atom(atoms::killed));
    return reason;
  }

  // Calls module:function through erpc:execute_call/4. Returns the value, or another exit reason, as text.
  std::string call(const std::string& module, const std::string& function, const std::string& arguments) {
    auto reason =
        exit_reason("erpc", "execute_call", "[r,'" + module + "','" + function + "'," + arguments + "]");
    constexpr std::string_view value = "{r,return,";
    if (reason.starts_with(value)) return reason.substr(value.size(), reason.size() - value.size() - 1);
    return reason;
  }

  MachineSurroundings surroundings;
  Processes processes;
  std::vector<std::string> crashes;
  Machine machine;

 private:
  // Keeps the reason of the 'DOWN' message that it receives.
  class Observer : public Body {
   public:
    Next run(Process& self, int&) override {
      if (!self.mailbox.has_current()) return Next::wait;
      OwnedTerm message = self.mailbox.take_current();
      reason = to_text(message.term().element(4));
      return Next::wait;
    }
    std::string reason = "no answer";
  };

  Machine::Config with_hook(Machine::Config config) {
    if (!config.crashed)
      config.crashed = [this](Process&, Term reason) { crashes.push_back(to_text(reason)); };
    return config;
  }
};

}  // namespace noderuntime::test
