// The questions about modules that are under way, found by realm and module
// and by the requests that carry them.
//
//     open ──► attach(request) … detach(request) ──► … ──► close
//
// A question is added by open() alone and removed by close() alone; while it is open, everybody who needs the
// module joins it. It may have any number of requests at a time, also none between two of its steps.
#pragma once

#include <functional>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "noderuntime/code/realm.h"
#include "noderuntime/pid.h"
#include "noderuntime/process/timers.h"

namespace noderuntime {

struct Question {
  struct Request {
    Reference reference;
    Atom node;               // who is asked; '': a process here runs the -on_load function
    std::int64_t since = 0;  // when it was sent, in milliseconds
  };
  Realm* realm;
  Atom module;
  std::unordered_set<Word> waiting{};  // pids of processes that are woken at the end
  std::vector<Atom> callers{};         // the peers that these processes are of
  std::vector<Digest> versions{};      // that funs need
  std::vector<Atom> asked{};           // peers, each once
  std::vector<Request> requests{};     // under way; changed by Questions only
  bool meets = false;                  // it waits until the release of some peer is known
  std::int64_t deadline = 0;           // milliseconds
  Timers::Id timer = 0;                // 0: none runs
  Term runs = Term::nil();             // the process that runs the module's -on_load function
};

// Pure bookkeeping. A pointer to a question is valid until close().
class Questions {
 public:
  // Null: none is under way.
  Question* find(const Realm& realm, Atom module) const;
  // The question that the request carries. Null: none, so its answer comes too late.
  Question* find(const Reference& request) const;
  // The one under way, or a new one without requests.
  Question& open(Realm& realm, Atom module);
  // False: a request of that name is under way already; nothing has changed.
  bool attach(Question& question, const Question::Request& request);
  // False: no question has that request.
  bool detach(const Reference& request);
  // Removes it, with its requests. Empty: it is none of these (any more).
  std::unique_ptr<Question> close(Question& question);

  bool any(const Realm& realm) const {
    auto found = by_realm_.find(&realm);
    return found != by_realm_.end() && !found->second.empty();
  }
  void for_each(const std::function<void(Question&)>& look) const;
  std::size_t size() const { return count_; }
  std::size_t requests() const { return by_request_.size(); }

 private:
  using OfRealm = std::unordered_map<Atom, std::unique_ptr<Question>>;
  std::unordered_map<const Realm*, OfRealm> by_realm_;
  std::unordered_map<Reference, Question*> by_request_;
  std::size_t count_ = 0;
};

}  // namespace noderuntime
