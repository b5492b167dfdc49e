// Asks peers for modules that their realms lack: one search per realm and module, for
// all processes that wait.
//
//     ask ──► code:get_object_code(Module), at one peer after the other, in the order of
//             ModuleRegistry::lenders(); the next peer when one lacks it, is lost, or does not answer in time
//               {Module, File, Name}                  ──► ModuleRegistry::lend ──► asks for its imports too
//               all lack it, or no answer in time     ──► ModuleRegistry::deny
//             a module with -on_load: its function runs in a process of this node; unless it returns ok,
//             the module is denied
//         ──► the waiting processes are woken, and look again
//
// Owned by the Machine. Loop thread only.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "noderuntime/code/module_registry.h"
#include "noderuntime/code/module_searches.h"
#include "noderuntime/code/requests.h"

namespace noderuntime {

// The file in the result of code:get_object_code(module). nullopt: the peer does not have the module.
struct ObjectFile {
  Bytes contents;  // of `binary`
  Term binary;
  std::string name;
};
std::optional<ObjectFile> object_file(Term reason, Atom module);

class Borrower {
 public:
  static constexpr std::int64_t time_limit = 5'000;  // milliseconds; then the module does not exist
  // Milliseconds after which the next peer is asked as well. A peer that has not answered by then is silent:
  // until it answers a request, it is asked last.
  static constexpr std::int64_t patience = 2'000;
  static constexpr std::size_t most_asked = 16;  // peers, for one module
  static constexpr std::size_t most_ahead = 64;  // imports that are asked for together with a module
  static constexpr std::size_t large_file = std::size_t{64}
                                            << 10;  // bytes from which a file is loaded in time slices

  Borrower(Host& host, Timers& timers, const ThisNode& node, const ProcessTable& table, Scheduler& scheduler,
           Exits& exits, Cluster& cluster, ModuleRegistry& registry, Requests& requests)
      : host_{host},
        timers_{timers},
        node_{node},
        table_{table},
        scheduler_{scheduler},
        exits_{exits},
        cluster_{cluster},
        registry_{registry},
        requests_{requests} {}

  // Makes the process wait; it is woken when the search is closed, with or without the module. False: the
  // process runs the module's -on_load function itself, or there is no room for another process.
  bool ask(Realm& realm, Atom module, Process& waiting);
  // The same for a fun. If a module of another MD5 comes, the version of the fun is denied.
  bool ask(Realm& realm, const FunObject& fun, Process& waiting);
  // Runs the -on_load function of a version that waits for it.
  void start(Realm& realm, Atom module);
  // Whether a search is open for the realm.
  bool asks(const Realm& realm) const { return searches_.any(realm); }
  const ModuleSearches& searches() const { return searches_; }
  struct Counts {
    std::uint64_t borrowed = 0;  // modules, and versions of modules, that peers have lent
    std::uint64_t unusable = 0;  // files of peers that were refused
    std::uint64_t missing = 0;   // searches that ended without the module
  };
  const Counts& counts() const { return counts_; }

  // Asks the peer for its OTP release, unless it is known or being asked for. An answer
  // ends the peer's silence.
  void meet(Realm& realm);
  // Marks the peer silent: it has left a request unanswered for too long.
  void falls_silent(Realm& realm);
  // `hook` is called when a silent peer has answered.
  void on_heard(std::function<void(Realm&)> hook) { heard_hook_ = std::move(hook); }

 private:
  bool ask(Realm& realm, Atom module, const Digest* version, Process& waiting);
  void begin(ModuleSearch& search);
  void set_timer(ModuleSearch& search);
  bool send_request(ModuleSearch& search, Atom node);  // false: no room for another process
  void cancel_requests(ModuleSearch& search);
  template <class Action>
  void step(Realm& realm, Atom module, Action action);
  // The steps of a search. Each leaves something to wait for, or closes the search.
  void ask_next(ModuleSearch& search);
  void on_answer(const Reference& request, Term reason);
  void on_time(ModuleSearch& search);
  void on_loaded(ModuleSearch& search, Term reason);
  void start_or_close(ModuleSearch& search);
  void close(ModuleSearch& search);
  void load_in_slices(ModuleSearch& search, const ObjectFile& file, Atom node);
  void take_or_go_on(ModuleSearch& search, ModuleRegistry::LoadedFile image, std::string name, Atom node);
  bool is_pushed(const ModuleSearch& search) const;
  // False: the file is not usable.
  bool take(ModuleSearch& search, ModuleRegistry::LoadedFile image, std::string name, Atom node);
  bool run_on_load(ModuleSearch& search);  // false: no room for another process
  void ask_ahead(const ModuleInstance& instance, const std::vector<Atom>& callers);
  void on_met(Atom node, const Reference& request, Term reason);
  void heard(Atom node);
  void report(const ModuleSearch& search, std::string_view problem);
  std::int64_t now() { return host_.monotonic_milliseconds(); }

  Host& host_;
  Timers& timers_;
  const ThisNode& node_;
  const ProcessTable& table_;
  Scheduler& scheduler_;
  Exits& exits_;
  Cluster& cluster_;
  ModuleRegistry& registry_;
  Requests& requests_;
  ModuleSearches searches_;
  Counts counts_;
  std::function<void(Realm&)> heard_hook_;
};

}  // namespace noderuntime
