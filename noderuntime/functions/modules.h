// The modules of the node, as native functions see them. Implemented by code/loaded_modules.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <noderuntime/bytes.h>
#include "noderuntime/functions/native.h"

namespace noderuntime {

// `caller` is the instance that the native function was called from (Context::caller); its realm decides which
// modules there are. Null: the node's own realm. Loop thread only.
class Modules {
 public:
  virtual ~Modules() = default;

  // Whether the function exists already, as code or natively. Does not load the module.
  virtual bool exported(const ModuleInstance* caller, Atom module, Atom function, std::uint32_t arity) = 0;
  virtual bool is_native(Atom module, Atom function, std::uint32_t arity) = 0;
  virtual HostFunction* host_function(const FunctionName& name) = 0;  // null: none
  virtual bool loaded(const ModuleInstance* caller, Atom module) = 0;
  // Loads a pushed module into the caller's realm; all realms see it.
  enum class Load { done, damaged, ours };  // ours: only the node's own version may exist
  virtual Load load(const ModuleInstance* caller, Atom module, Bytes file, std::string file_name) = 0;
  // The file of a module that is here, for others to load.
  struct ObjectCode {
    Bytes file;
    std::string_view name;
  };
  virtual std::optional<ObjectCode> object_code(const ModuleInstance* caller, Atom module) = 0;
  // The name of its file; '': built in; nullopt: not loaded.
  virtual std::optional<std::string> loaded_from(const ModuleInstance* caller, Atom module) = 0;
  virtual std::vector<Atom> all(const ModuleInstance* caller) = 0;
  virtual bool forget(const ModuleInstance* caller, Atom module) = 0;  // the next call looks for it again
  // The contents of a file beside the modules of the code path, by its name without a directory. nullopt: none has it.
  virtual std::optional<Buffer> resource(std::string_view name) = 0;
  // The directories of FileSystem that code has put in front of the code path: names that the file system places.
  virtual const std::vector<std::string>& own_directories() = 0;
  virtual void set_own_directories(std::vector<std::string> directories) = 0;
  virtual std::vector<Atom> lenders(
      const ModuleInstance* caller) = 0;  // the peers that would be asked for a module
  virtual bool is_ours(Atom module) = 0;  // only this node's own functions of it exist
  // The value of module_info(key); for key '' the whole list. nullopt: no such module or key.
  virtual std::optional<Term> module_info(const ModuleInstance* caller, Heap& heap, Atom module,
                                          Atom key) = 0;
  // The name of the function of a local fun; '' if its code is not here.
  virtual Atom fun_name(const ModuleInstance* caller, const FunObject& fun) = 0;
  virtual std::size_t code_bytes() = 0;
  // The realms of peers, and the instances of modules in all realms.
  struct Counts {
    std::size_t realms, instances;
  };
  virtual Counts counts() = 0;
};

}  // namespace noderuntime
