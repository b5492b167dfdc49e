// Compares the modules that peers have with those that they lent. A reconnected peer may be another program
// or have other versions, so each module of its realm is compared; calls meanwhile use the code that is here.
//
//     peer_returns ──► erlang:get_module_info(Module, md5), for some modules at a time
//       the MD5 of the module here                ──► the same version
//       another MD5, or not loaded there          ──► code:get_object_code(Module)
//         a file with another MD5                 ──► a new version
//         the same MD5, or `error`                ──► nothing changes
//     all are answered                            ──► ModuleRegistry::replace() with all new versions at once
//     connection lost, or no answer for a while   ──► nothing changes
#pragma once

#include <functional>
#include <unordered_map>
#include <vector>

#include "noderuntime/code/borrower.h"

namespace noderuntime {

class Comparer {
 public:
  static constexpr std::size_t most_at_once = 16;  // modules asked for at the same time
  // `replaced` is called with the modules that have new versions.
  Comparer(Host& host, Timers& timers, Cluster& cluster, ModuleRegistry& registry, Requests& requests,
           Borrower& borrower, std::function<void(Realm&, const std::vector<Atom>&)> replaced)
      : host_{host},
        timers_{timers},
        cluster_{cluster},
        registry_{registry},
        requests_{requests},
        borrower_{borrower},
        replaced_{std::move(replaced)} {}

  // To be called when the realm's peer is connected again, or has answered after a silence.
  void compare(Realm& realm);
  bool compares(const Realm& realm) const { return comparisons_.contains(realm.node()); }

 private:
  struct Comparison {
    std::vector<Atom> left;                         // not asked for yet
    std::unordered_map<Reference, Atom> requests;   // the modules by request
    std::vector<ModuleRegistry::Version> versions;  // the new versions so far
    bool all = true;                                // the peer has had every module so far
    Timers::Id timer = 0;
  };
  void ask(Atom node, Comparison& comparison);
  void send(Atom node, Comparison& comparison, Atom module, bool file);
  void on_version(Atom node, const Reference& request, Term reason);
  void on_file(Atom node, const Reference& request, Term reason);
  Comparison* answered(Atom node, const Reference& request, Term reason, Atom& module);
  void set_timer(Atom node, Comparison& comparison);
  void finish(Atom node);
  void give_up(Atom node);

  Host& host_;
  Timers& timers_;
  Cluster& cluster_;
  ModuleRegistry& registry_;
  Requests& requests_;
  Borrower& borrower_;
  std::function<void(Realm&, const std::vector<Atom>&)> replaced_;
  std::unordered_map<Atom, Comparison> comparisons_;  // by peer
};

}  // namespace noderuntime
