// What native functions need from the machine; they reach it as Context::code. Implemented by Machine.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "noderuntime/bytes.h"
#include "noderuntime/functions/native.h"
#include "noderuntime/pid.h"
#include "noderuntime/process/surroundings.h"

namespace noderuntime::tables {
class Tables;
}

namespace noderuntime {

class CodeServices {
 public:
  virtual ~CodeServices() = default;

  // Whether the function exists already, as code or natively. Does not load the module.
  virtual bool exported(const Instance* caller, Atom module, Atom function, std::uint32_t arity) = 0;
  virtual bool is_native(Atom module, Atom function, std::uint32_t arity) = 0;
  virtual ProvidedFunction* provided(const FunctionName& name) { return (void)name, nullptr; }  // null: none
  virtual bool loaded(const Instance* caller, Atom module) = 0;
  // Loads a pushed module into the caller's realm; all realms see it.
  enum class Load { done, damaged, ours };  // ours: only the node's own version may exist
  virtual Load load(const Instance* caller, Atom module, Bytes file, std::string file_name) = 0;
  // The file of a module that is here, for others to load.
  struct ObjectCode {
    Bytes file;
    std::string_view name;
  };
  virtual std::optional<ObjectCode> object_code(const Instance* caller, Atom module) = 0;
  // The name of its file; '': built in; nullopt: not loaded.
  virtual std::optional<std::string> loaded_from(const Instance* caller, Atom module) = 0;
  virtual std::vector<Atom> modules(const Instance* caller) = 0;
  virtual bool forget(const Instance* caller, Atom module) = 0;  // the next call looks for it again
  virtual bool is_ours(Atom module) = 0;                         // only this node's own functions of it exist
  // The value of module_info(key); for key '' the whole list. nullopt: no such module or key.
  virtual std::optional<Term> module_info(const Instance* caller, Heap& heap, Atom module, Atom key) = 0;
  // The name of the function of a local fun; '' if its code is not here.
  virtual Atom fun_name(const Instance* caller, const FunObject& fun) = 0;
  virtual Term stack_trace(Process& process, Heap& heap) = 0;

  // State of the node that outlives processes.
  virtual tables::Tables& tables() = 0;
  virtual std::map<std::string, std::string>& environment() = 0;  // as changed by os:putenv/2
  struct LastAsked {                                              // the previous call of erlang:statistics/1
    std::uint64_t reductions = 0, exact_reductions = 0, runtime = 0, wall_clock = 0;
  };
  virtual LastAsked& last_asked() = 0;
  // The processes that turned the measuring on by erlang:system_flag(scheduler_wall_time, true).
  struct SchedulerTimeUse {
    struct User {
      Term pid;           // may have ended since
      std::size_t times;  // calls that turned it on, minus those that turned it off
    };
    std::vector<User> users;
    Surroundings::SchedulerTime since;  // the figures when the first of them called
  };
  virtual SchedulerTimeUse& scheduler_time_use() = 0;
  virtual ErlangState* state_of(Process& process) = 0;  // null: it does not run Erlang code
  virtual std::size_t code_bytes() = 0;
  // Persistent terms are shared: the process that reads one holds it.
  virtual std::optional<Term> persistent(ErlangState& state, Term key) = 0;  // nullopt: none
  virtual bool set_persistent(Term key, Term value) = 0;                     // false: no room
  virtual bool erase_persistent(Term key) = 0;
  virtual std::vector<std::pair<Term, Term>> all_persistent(ErlangState& state) = 0;
  virtual std::size_t persistent_count() = 0;
  virtual std::size_t persistent_bytes() = 0;
  // The objects owned by references of this node, so that a reference that was sent away
  // still finds its object.
  using CountedNames = std::unordered_map<Reference, Counted*>;
  virtual const std::shared_ptr<CountedNames>& counted_names() = 0;
  virtual std::int64_t next_unique() = 0;  // 1, 2, 3 …
  virtual std::int64_t start_time() = 0;   // monotonic nanoseconds
  virtual void collect_soon(Process& process) = 0;

  // Timers that send a message. `deadline`: milliseconds of the monotonic clock; `to`: a local pid or a name.
  virtual Reference start_timer(std::int64_t deadline, Term to, Term message, bool wrapped) = 0;
  virtual std::optional<std::int64_t> timer_deadline(
      const Reference& timer) = 0;  // nullopt: fired, stopped, or no such timer
  virtual void stop_timer(const Reference& timer) = 0;
};

}  // namespace noderuntime
