// Calls of functions on peers, and local processes that run a function; each answer goes to the caller.
//
//     call ──► spawn_request of erpc:execute_call(Ref, Module, Function, Arguments), monitored, to the peer
//     'DOWN' with {Ref, return, Value}, or another reason ──► answered(reason)
#pragma once

#include <functional>
#include <optional>
#include <unordered_map>

#include "noderuntime/process/signal_router.h"

namespace noderuntime {

class Requests {
 public:
  // `reason` is the exit reason of the process that carried the request out, valid during the call. The
  // request is no longer in progress.
  using Answered = std::function<void(const Reference& request, Term reason)>;

  Requests(ThisNode& node, const ProcessTable& table, Spawner& spawner, SignalRouter& signals)
      : node_{node}, table_{table}, spawner_{spawner}, signals_{signals} {}

  // Calls module:function(arguments) on the peer. nullopt: no room for another process, or no
  // memory. Does not throw.
  std::optional<Reference> call(Atom node, Atom module, Atom function, std::initializer_list<Term> arguments,
                                Answered answered);
  // The returned value in such a reason. nullopt: there is none.
  static std::optional<Term> value_in(Term reason);
  // Runs module:function(arguments) in a process of this node. nullopt: no room for another process.
  struct Run {
    Reference request;
    Term pid;
  };
  std::optional<Run> run(Atom module, Atom function, Term arguments, Atom origin, Answered answered);

  // Drops the answer when it comes.
  void cancel(const Reference& request);
  // False also after the asking process was killed: its requests are never answered.
  bool under_way(const Reference& request) const { return answered_.contains(request); }
  Term asker() const { return asker_; }

 private:
  class Asker;
  Process* find_asker();
  void on_end(const Reference& request, Term reason);

  ThisNode& node_;
  const ProcessTable& table_;
  Spawner& spawner_;
  SignalRouter& signals_;
  Term asker_ = Term::nil();
  std::unordered_map<Reference, Answered> answered_;
};

}  // namespace noderuntime
