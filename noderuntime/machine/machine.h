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
#include "noderuntime/code/loaded_modules.h"
#include "noderuntime/functions/node_access.h"
#include "noderuntime/machine/body.h"
#include "noderuntime/machine/persistent_terms.h"
#include "noderuntime/process/processes.h"
#include "noderuntime/tables/tables.h"
#include "noderuntime/tracing/tracing.h"

namespace noderuntime {

class ErlangBody;
class Interpreter;

// Owned by the Node. Loop thread only.
class Machine {
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
  Machine(Processes& processes, System& system, Cluster& cluster, Config config);
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  // Makes a body that runs module:function(arguments); `arguments` is a proper list on the process's heap. If
  // the function does not exist, the process exits with undef when it runs.
  // `spawner`: null for a spawn request of a peer, and where no process spawns it.
  std::unique_ptr<Body> start(Process& process, const Process* spawner, Atom module, Atom function,
                              Term arguments);

  // `node` is connected, perhaps not for the first time.
  void peer_returns(Atom node);
  // A peer is disconnected; its code is freed when nothing refers to it any more.
  void peer_leaves() { reclaim_later(); }

  // Asks peers for the module, or for the version of it that the fun needs, if one may have it: the process
  // then waits, and tries again when it is woken. False: no peer is asked.
  bool borrow(Process& process, Realm& realm, Atom module);
  bool borrow(Process& process, Realm& realm, const FunObject& fun);

  const ModuleSearches& searches() const { return borrower_.searches(); }  // open now
  ModuleRegistry& registry() { return registry_; }
  Requests& requests() { return requests_; }
  Processes& processes() { return processes_; }
  // Runs a time slice of the body. One interpreter serves it; a slice that is paused keeps its own.
  Body::Next run(ErlangBody& body, Process& process, int& budget);
  NodeAccess& access() { return access_; }
  const Config& config() const { return config_; }

  const NodeState::Collections& collections() const { return state_.collections; }
  const Borrower::Counts& borrowed() const { return borrower_.counts(); }
  const tables::Tables& tables() const { return tables_; }
  Tracing& tracing() { return tracing_; }
  // The code that functions return to whose end is traced; of no module.
  const std::uint32_t* traced_return() const;
  ModuleInstance& root(Realm& realm);

 private:
  friend class Interpreter;
  // Unused code is looked for this long after it became a suspect; as long as suspects are still in use, the
  // interval doubles, up to last_reclaim.
  static constexpr std::size_t kept_interpreters = 16;
  static constexpr std::int64_t first_reclaim = 2'000, last_reclaim = 64'000;  // milliseconds
  void give_back(std::unique_ptr<Interpreter> interpreter) noexcept;
  void reclaim_later();
  void start_reclaim_timer();
  void reclaim();
  void versions_came(Realm& realm, const std::vector<Atom>& modules);
  Realm& realm_for(const Process& process, const Process* spawner);
  void hand_over_tables(Process& process);
  Processes& processes_;
  Config config_;
  ModuleRegistry registry_;
  Requests requests_;
  Borrower borrower_;
  Comparer comparer_;
  std::shared_ptr<const Image> root_image_;
  // root instances, which begin and end processes
  std::unordered_map<const Realm*, std::unique_ptr<ModuleInstance>> roots_;
  std::vector<std::unique_ptr<Interpreter>> free_interpreters_;
  tables::Tables tables_;
  PersistentTerms persistent_{registry_.shared_literals()};
  MessageTimers message_timers_;
  LoadedModules modules_;
  NodeState state_;
  Tracing tracing_;
  NodeAccess access_;
  bool sweeping_ = false;  // a job releases what deleted tables held
  std::int64_t reclaim_delay_ = first_reclaim;
  Timers::Id reclaim_timer_ = 0;
};

}  // namespace noderuntime
