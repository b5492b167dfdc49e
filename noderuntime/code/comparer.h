// Compares what peers have with what they lent. A peer that is connected again may be another program, or
// have other versions: each module of its realm is compared, while calls go on with the code that is here.
//
//     peer_returns ──► erlang:get_module_info(Module, md5), for some modules at a time
//       the MD5 that is here ──► the same version
//       another one, or it is not loaded there ──► code:get_object_code(Module)
//         a file of another MD5 ──► a new version       the same, or `error` ──► nothing changes
//     all are answered ──► Registry::replace() with all new versions at once
//     the connection is lost, or no answer for a while ──► nothing changes
#pragma once

#include <functional>
#include <unordered_map>
#include <vector>

#include "noderuntime/code/borrower.h"

namespace noderuntime {

class Comparer {
 public:
  static constexpr std::size_t most_at_once = 16;  // modules that are asked for at the same time
  // `replaced`: new versions have come, of these modules.
  Comparer(Processes& processes, Registry& registry, Requests& requests, Borrower& borrower,
           std::function<void(Realm&, const std::vector<Atom>&)> replaced)
      : processes_{processes},
        registry_{registry},
        requests_{requests},
        borrower_{borrower},
        replaced_{std::move(replaced)} {}

  // The realm's peer is connected again, or is heard of again.
  void compare(Realm& realm);
  bool compares(const Realm& realm) const { return comparisons_.contains(realm.node()); }

 private:
  struct Comparison {
    std::vector<Atom> left;                        // not asked for yet
    std::unordered_map<Reference, Atom> requests;  // and the modules that they are about
    std::vector<Registry::Version> versions;       // that are new
    bool all = true;                               // it has each module so far
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

  Processes& processes_;
  Registry& registry_;
  Requests& requests_;
  Borrower& borrower_;
  std::function<void(Realm&, const std::vector<Atom>&)> replaced_;
  std::unordered_map<Atom, Comparison> comparisons_;  // by peer
};

}  // namespace noderuntime
