// The open searches for modules, found by realm and module and by the requests that carry them.
//
//     open ──► attach(request) … detach(request) ──► … ──► close
//
// Only open() adds a search, and only close() removes it. While it is open, all processes that need the
// module join it. It may have any number of requests at a time; between two steps it may have none.
#pragma once

#include <functional>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <noderuntime/pid.h>
#include "noderuntime/code/realm.h"
#include "noderuntime/process/timers.h"

namespace noderuntime {

struct ModuleSearch {
  struct Request {
    Reference reference;
    Atom node;               // the peer asked; '': a local process that runs the -on_load function
    std::int64_t since = 0;  // the time of sending, in milliseconds
  };
  Realm* realm;
  Atom module;
  std::unordered_set<Word> waiting{};  // pids of the processes to wake at the end
  std::vector<Atom> callers{};         // the peers whose calls these processes serve
  std::vector<Digest> versions{};      // MD5s that funs need
  std::vector<Atom> asked{};           // peers, each once
  std::vector<Request> requests{};     // in progress; changed by ModuleSearches only
  bool meets = false;                  // it waits for the release of some peer
  bool loads = false;                  // a large file is being loaded in time slices
  std::int64_t deadline = 0;           // milliseconds
  Timers::Id timer = 0;                // 0: none
  Term runs = Term::nil();             // the process that runs the module's -on_load function
};

// Bookkeeping only. A pointer to a search is valid until close().
class ModuleSearches {
 public:
  // Null: none is open.
  ModuleSearch* find(const Realm& realm, Atom module) const;
  // The search that the request carries. Null: the request was cancelled or has been answered.
  ModuleSearch* find(const Reference& request) const;
  // The open search, or a new one without requests.
  ModuleSearch& open(Realm& realm, Atom module);
  // False: the same reference is attached already; nothing changes.
  bool attach(ModuleSearch& search, const ModuleSearch::Request& request);
  // False: no search has that request.
  bool detach(const Reference& request);
  // Removes the search and its requests. Null: it is not one of these (any more).
  std::unique_ptr<ModuleSearch> close(ModuleSearch& search);

  bool any(const Realm& realm) const {
    auto found = by_realm_.find(&realm);
    return found != by_realm_.end() && !found->second.empty();
  }
  void for_each(const std::function<void(ModuleSearch&)>& look) const;
  std::size_t size() const { return count_; }
  std::size_t requests() const { return by_request_.size(); }

 private:
  using OfRealm = std::unordered_map<Atom, std::unique_ptr<ModuleSearch>>;
  std::unordered_map<const Realm*, OfRealm> by_realm_;
  std::unordered_map<Reference, ModuleSearch*> by_request_;
  std::size_t count_ = 0;
};

}  // namespace noderuntime
