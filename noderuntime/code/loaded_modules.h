// What native functions may ask and change about modules, answered from the registry.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "noderuntime/code/borrower.h"
#include "noderuntime/functions/modules.h"
#include "noderuntime/process/this_node.h"

namespace noderuntime {

// Owned by the Machine. Loop thread only.
class LoadedModules final : public Modules {
 public:
  // `changed` is called when code may have become unused.
  LoadedModules(const ThisNode& node, ModuleRegistry& registry, Borrower& borrower,
                std::function<void()> changed)
      : this_node_{node}, registry_{registry}, borrower_{borrower}, changed_{std::move(changed)} {}

  bool exported(const ModuleInstance* caller, Atom module, Atom function, std::uint32_t arity) override;
  bool is_native(Atom module, Atom function, std::uint32_t arity) override;
  HostFunction* host_function(const FunctionName& name) override { return registry_.host_function(name); }
  bool loaded(const ModuleInstance* caller, Atom module) override;
  Load load(const ModuleInstance* caller, Atom module, Bytes file, std::string file_name) override;
  std::optional<ObjectCode> object_code(const ModuleInstance* caller, Atom module) override;
  std::optional<std::string> loaded_from(const ModuleInstance* caller, Atom module) override;
  std::vector<Atom> all(const ModuleInstance* caller) override;
  bool forget(const ModuleInstance* caller, Atom module) override;
  std::optional<Buffer> resource(std::string_view name) override { return registry_.resource(name); }
  const std::vector<std::string>& own_directories() override { return registry_.own_directories(); }
  void set_own_directories(std::vector<std::string> directories) override {
    registry_.set_own_directories(std::move(directories));
  }
  std::vector<Atom> lenders(const ModuleInstance* caller) override {
    return registry_.lenders(realm_of(caller), {});
  }
  bool is_ours(Atom module) override { return registry_.is_ours(module); }
  std::optional<Term> module_info(const ModuleInstance* caller, Heap& heap, Atom module, Atom key) override;
  Atom fun_name(const ModuleInstance* caller, const FunObject& fun) override;
  std::size_t code_bytes() override { return registry_.code_bytes() + registry_.literals().used_bytes(); }
  Counts counts() override { return {registry_.realm_count(), registry_.instance_count()}; }

 private:
  Realm& realm_of(const ModuleInstance* caller);

  const ThisNode& this_node_;
  ModuleRegistry& registry_;
  Borrower& borrower_;
  std::function<void()> changed_;
};

}  // namespace noderuntime
