// What native functions ask of the machine around them; a function finds it as Context::code.
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

  // Whether code or a native function exists already: never loads.
  virtual bool exported(const Instance* caller, Atom module, Atom function, std::uint32_t arity) = 0;
  virtual bool is_native(Atom module, Atom function, std::uint32_t arity) = 0;
  virtual ProvidedFunction* provided(const FunctionName& name) { return (void)name, nullptr; }  // null: none
  virtual bool loaded(const Instance* caller, Atom module) = 0;
  // A module that is pushed: into the caller's realm, seen by all.
  enum class Load { done, damaged, ours };  // ours: only the node itself has that module
  virtual Load load(const Instance* caller, Atom module, Bytes file, std::string file_name) = 0;
  // The file of a module that is here, for whoever else wants to load it.
  struct ObjectCode {
    Bytes file;
    std::string_view name;
  };
  virtual std::optional<ObjectCode> object_code(const Instance* caller, Atom module) = 0;
  // The file's name; '': built in; nullopt: not loaded.
  virtual std::optional<std::string> loaded_from(const Instance* caller, Atom module) = 0;
  virtual std::vector<Atom> modules(const Instance* caller) = 0;
  virtual bool forget(const Instance* caller, Atom module) = 0;  // the next call looks for it anew
  virtual bool is_ours(Atom module) = 0;                         // only our own functions of it exist
  // The value of module_info(key); nullopt: no such module or key. Key '': the whole list.
  virtual std::optional<Term> module_info(const Instance* caller, Heap& heap, Atom module, Atom key) = 0;
  // The name of a local fun's function; '' when its code is not here.
  virtual Atom fun_name(const Instance* caller, const FunObject& fun) = 0;
  virtual Term stack_trace(Process& process, Heap& heap) = 0;

  // Values of the node that outlive processes.
  virtual tables::Tables& tables() = 0;
  virtual std::map<std::string, std::string>& environment() = 0;  // as os:putenv/2 has changed it
  struct LastAsked {                                              // by erlang:statistics/1
    std::uint64_t reductions = 0, exact_reductions = 0, runtime = 0, wall_clock = 0;
  };
  virtual LastAsked& last_asked() = 0;
  // Who has asked by erlang:system_flag(scheduler_wall_time, true) for the scheduler's time to be measured.
  struct SchedulerTimeUse {
    struct User {
      Term pid;           // may have ended since
      std::size_t times;  // that it has asked, less those that it has taken back
    };
    std::vector<User> users;
    Surroundings::SchedulerTime since;  // when the first of them asked
  };
  virtual SchedulerTimeUse& scheduler_time_use() = 0;
  virtual ErlangState* state_of(Process& process) = 0;  // null: it runs no Erlang code
  virtual std::size_t code_bytes() = 0;
  // A value is shared: the process that got it holds it.
  virtual std::optional<Term> persistent(ErlangState& state, Term key) = 0;  // nullopt: none
  virtual bool set_persistent(Term key, Term value) = 0;                     // false: no room
  virtual bool erase_persistent(Term key) = 0;
  virtual std::vector<std::pair<Term, Term>> all_persistent(ErlangState& state) = 0;
  virtual std::size_t persistent_count() = 0;
  virtual std::size_t persistent_bytes() = 0;
  // What references of ours hold, so that a reference that went over the wire still finds it.
  using CountedNames = std::unordered_map<Reference, Counted*>;
  virtual const std::shared_ptr<CountedNames>& counted_names() = 0;
  virtual std::int64_t next_unique() = 0;  // 1, 2, 3 …
  virtual std::int64_t start_time() = 0;   // monotonic nanoseconds
  virtual void collect_soon(Process& process) = 0;

  // Timers that send. `deadline`: milliseconds of the monotonic clock; `to`: a local pid or a name.
  virtual Reference start_timer(std::int64_t deadline, Term to, Term message, bool wrapped) = 0;
  virtual std::optional<std::int64_t> timer_deadline(
      const Reference& timer) = 0;  // nullopt: fired, stopped, none
  virtual void stop_timer(const Reference& timer) = 0;
};

}  // namespace noderuntime
