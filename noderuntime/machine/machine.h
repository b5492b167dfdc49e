// The machine of one node: runs Erlang code in processes.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "noderuntime/code/comparer.h"
#include "noderuntime/functions/code_services.h"
#include "noderuntime/machine/body.h"
#include "noderuntime/machine/persistent_terms.h"
#include "noderuntime/process/processes.h"
#include "noderuntime/tables/tables.h"

namespace noderuntime {

class Interpreter;

class Machine final : public CodeServices {
 public:
  struct Config {
    std::vector<std::string> code_path;
    bool borrow_code = false;  // a process that a peer asked for runs in that peer's realm
    tables::Tables::Limits tables{};
    bool collect_always = false;  // collect wherever it is allowed: for tests
    // Called when a process ends with an error or an uncaught throw. `reason` is the
    // exit reason, on its heap.
    std::function<void(Process&, Term reason)> crashed;
  };
  Machine(Processes& processes, Config config);
  ~Machine() override;

  // Makes a body that runs module:function(arguments); `arguments` is a proper list on the process's heap. If
  // the function does not exist, the process exits with undef when it runs.
  std::unique_ptr<Body> start(Process& process, Atom module, Atom function, Term arguments);

  // `node` is connected, perhaps not for the first time.
  void peer_returns(Atom node);
  // A peer is disconnected; its code is freed when nothing refers to it any more.
  void peer_leaves() { reclaim_later(); }

  // Asks peers for the module, or for the version of it that the fun needs, if one may have it: the process
  // then waits, and tries again when it is woken. False: no peer is asked.
  bool borrow(Process& process, Realm& realm, Atom module);
  bool borrow(Process& process, Realm& realm, const FunObject& fun);

  const Questions& questions() const { return borrower_.questions(); }  // questions that peers are asked now
  Registry& registry() { return registry_; }
  Processes& processes() { return processes_; }
  Interpreter& interpreter() { return *interpreter_; }
  const Config& config() const { return config_; }

  // CodeServices.
  bool exported(const Instance* caller, Atom module, Atom function, std::uint32_t arity) override;
  bool is_native(Atom module, Atom function, std::uint32_t arity) override;
  ProvidedFunction* provided(const FunctionName& name) override { return registry_.provided(name); }
  bool loaded(const Instance* caller, Atom module) override;
  Load load(const Instance* caller, Atom module, Bytes file, std::string file_name) override;
  std::optional<ObjectCode> object_code(const Instance* caller, Atom module) override;
  std::optional<std::string> loaded_from(const Instance* caller, Atom module) override;
  std::vector<Atom> modules(const Instance* caller) override;
  bool forget(const Instance* caller, Atom module) override;
  bool is_ours(Atom module) override { return registry_.is_ours(module); }
  std::optional<Term> module_info(const Instance* caller, Heap& heap, Atom module, Atom key) override;
  Atom fun_name(const Instance* caller, const FunObject& fun) override;
  Term stack_trace(Process& process, Heap& heap) override;
  tables::Tables& tables() override { return tables_; }
  std::map<std::string, std::string>& environment() override;
  LastAsked& last_asked() override { return last_asked_; }
  SchedulerTimeUse& scheduler_time_use() override { return scheduler_time_use_; }
  ErlangState* state_of(Process& process) override;
  std::size_t code_bytes() override { return registry_.literals().used_bytes(); }
  std::optional<Term> persistent(ErlangState& state, Term key) override {
    return persistent_.get(state, key);
  }
  bool set_persistent(Term key, Term value) override { return persistent_.put(key, value); }
  bool erase_persistent(Term key) override { return persistent_.erase(key); }
  std::vector<std::pair<Term, Term>> all_persistent(ErlangState& state) override {
    return persistent_.all(state);
  }
  std::size_t persistent_count() override { return persistent_.count(); }
  std::size_t persistent_bytes() override { return persistent_.bytes(); }
  const std::shared_ptr<CountedNames>& counted_names() override { return counted_names_; }
  std::int64_t next_unique() override { return ++unique_; }
  std::int64_t start_time() override { return start_time_; }
  void collect_soon(Process& process) override;
  Reference start_timer(std::int64_t deadline, Term to, Term message, bool wrapped) override;
  std::optional<std::int64_t> timer_deadline(const Reference& timer) override;
  void stop_timer(const Reference& timer) override;

 private:
  // A timer of erlang:send_after or start_timer. `holder` is the process that it is accounted to: the
  // receiver, or if that is a name, the process that started it.
  struct MessageTimer {
    Timers::Id id;
    Term to, holder;
    OwnedTerm message;
    std::size_t bytes() const;
  };
  void fire(const Reference& timer);
  std::optional<MessageTimer> take_timer(const Reference& timer);
  void cancel_timers_of(Process& process);

  friend class Interpreter;
  // Unused code is looked for this long after it became a suspect; as long as suspects are still in use, the
  // interval doubles, up to last_reclaim.
  static constexpr std::int64_t first_reclaim = 2'000, last_reclaim = 64'000;  // milliseconds
  void reclaim_later();
  void start_reclaim_timer();
  void reclaim();
  void versions_came(Realm& realm, const std::vector<Atom>& modules);
  Realm& realm_of(const Instance* caller);
  Realm& realm_for(const Process& process);
  Instance& root(Realm& realm);
  void hand_over_tables(Process& process);
  Processes& processes_;
  Config config_;
  Registry registry_;
  Requests requests_;
  Borrower borrower_;
  Comparer comparer_;
  std::shared_ptr<const Image> root_image_;
  // root instances, which begin and end processes
  std::unordered_map<const Realm*, std::unique_ptr<Instance>> roots_;
  std::unique_ptr<Interpreter> interpreter_;
  tables::Tables tables_;
  std::optional<std::map<std::string, std::string>> environment_;
  LastAsked last_asked_;
  SchedulerTimeUse scheduler_time_use_;
  PersistentTerms persistent_{registry_.shared_literals()};
  std::shared_ptr<CountedNames> counted_names_ = std::make_shared<CountedNames>();
  HeldMap<Reference, MessageTimer> timers_;
  HeldMap<Word, HeldSet<Reference>> timers_of_;  // by the holder's pid
  std::int64_t unique_ = 0, start_time_;
  std::int64_t reclaim_delay_ = first_reclaim;
  Timers::Id reclaim_timer_ = 0;
};

}  // namespace noderuntime
