// Which functions are traced, and how: what erlang:trace_pattern/3 has set.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "noderuntime/code/module_registry.h"
#include "noderuntime/tracing/trace_program.h"

namespace noderuntime {

// Of one function.
struct CallPattern {
  bool global = false, local = false, meta = false, counts = false, counting = false;
  bool times = false, timing = false;
  std::shared_ptr<const TraceProgram> program, meta_program;  // of global or local, of meta; null: none
  Term meta_tracer = Term::nil();
  std::uint64_t count = 0;
  bool is_set() const { return global || local || meta || counts || times; }
};

// The function of a process whose time counts.
struct TimedCall {
  FunctionName name;
  std::int64_t since = 0;  // nanoseconds
  bool active = false;     // false: there is none
};

// A change of the patterns of some functions.
struct PatternChange {
  enum class To { off, on, restart, pause } to = To::on;
  bool local = false, meta = false, counts = false, times = false;  // none: global
  bool is_global() const { return !local && !meta && !counts && !times; }
  std::shared_ptr<const TraceProgram> program;
  Term meta_tracer = Term::nil();
  void apply(CallPattern& pattern) const;
};

// The functions that a change is about. nullopt: all.
struct FunctionFilter {
  std::optional<Atom> module, function;
  std::optional<std::uint32_t> arity;
  bool has(Atom name, std::uint32_t count) const {
    return (!function || *function == name) && (!arity || *arity == count);
  }
};

// Breakpoints and patterns by name. Owned by Tracing. Loop thread only.
//
// A function in Erlang code that is traced locally has a breakpoint: its first instruction is Operation::breakpoint, in the
// image that all realms share. Calls from outside of a function that is traced globally lead to a stub, an instance of its
// own whose code is Operation::traced_export. A native function has no entry: links to it lead to the native function that
// was given to the constructor, which traces it and then calls it. All other calls are as they were.
class CallPatterns final : public CallObserver {
 public:
  struct Breakpoint {
    CallPattern pattern;
    std::uint32_t original;  // the operation at the entry
  };
  struct TracedNative {
    CallPattern pattern;
    Native native = nullptr;  // null: the function is in Erlang code
  };
  // What calls from outside enter, in place of the function.
  struct Stub : ModuleInstance {
    using ModuleInstance::ModuleInstance;
    CallTarget target;
    std::uint64_t version = 0;  // of the links, when `target` was resolved
  };

  CallPatterns(ModuleRegistry& registry, Native traced_native)
      : registry_{registry}, traced_native_{traced_native} {}
  ~CallPatterns();

  // Returns the number of functions. Pauses.
  std::size_t set(Realm& realm, const FunctionFilter& functions, const PatternChange& change);
  void set_on_load(const PatternChange& change);
  const CallPattern& on_load() const { return on_load_; }

  // Null: there is none.
  static Breakpoint* breakpoint_at(const Image& image, std::uint32_t offset);
  TracedNative* named(const FunctionName& name);
  // Whether error_handler:undefined_function/3, or what it calls, may be traced.
  bool show_undefined() const { return !named_.empty() || error_handler_breakpoints_ > 0; }
  // The function that calls of the stub reach now. Null: there is none any more.
  const CallTarget* target_of(ModuleInstance& stub);

  // Times of calls, by function and process: as {Pid, Count, Seconds, Microseconds}. A function has so many rows at most.
  static constexpr std::size_t most_times = 65'536;
  void add_time(const FunctionName& name, Term pid, std::uint64_t count, std::int64_t nanoseconds);
  Term times(Heap& heap, const FunctionName& name) const;

  // nullopt: no such function. The patterns of all its versions together; Erlang code of `realm` first.
  std::optional<CallPattern> find(Realm& realm, const FunctionName& name);

  void resolved(Realm& realm, CallTarget& link) override;
  void placed(ModuleInstance& instance, bool replaced) override;

 private:
  struct Breakpoints {
    std::unordered_map<std::uint32_t, Breakpoint> rows;  // by the offset of the entry
  };
  struct StubKey {
    const Realm* realm;
    FunctionName name;
    bool operator==(const StubKey&) const = default;
  };
  struct StubHash {
    std::size_t operator()(const StubKey& key) const {
      return FunctionNameHash{}(key.name) ^ std::hash<const void*>{}(key.realm);
    }
  };
  void set_in(const ModuleInstance& instance, const FunctionFilter& functions, const PatternChange& change,
              std::vector<FunctionName>& matched);
  void change_breakpoint(const Image& image, std::uint32_t entry, const PatternChange& change);
  void change_named(const FunctionName& name, const PatternChange& change, Native native);
  void observe();
  void note_times(const FunctionName& name, const PatternChange& change);

  ModuleRegistry& registry_;
  Native traced_native_;
  std::unordered_map<FunctionName, TracedNative, FunctionNameHash> named_;
  std::unordered_map<StubKey, std::unique_ptr<Stub>, StubHash> stubs_;
  struct Time {
    std::uint64_t count = 0;
    std::int64_t nanoseconds = 0;
  };
  std::unordered_map<FunctionName, std::unordered_map<std::uint64_t, Time>, FunctionNameHash>
      times_;  // by pid
  CallPattern on_load_;
  std::size_t error_handler_breakpoints_ = 0;  // in the node's own module, which is never unloaded
  std::optional<PatternChange> on_load_change_, on_load_meta_;
};

}  // namespace noderuntime
