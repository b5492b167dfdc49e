// Calls of functions on peers, and processes of ours that run a function: each answer goes to whoever asked.
//
//     call ──► spawn_request of erpc:execute_call(Ref, Module, Function, Arguments), monitored, to the peer
//     'DOWN' with {Ref, return, Value}, or another reason ──► answered(reason)
#pragma once

#include <functional>
#include <optional>
#include <unordered_map>

#include "noderuntime/process/processes.h"

namespace noderuntime {

class Requests {
 public:
  // `reason`: what the process ended with that carried the request out; valid during the call. The request is
  // not under way any more.
  using Answered = std::function<void(const Reference& request, Term reason)>;

  explicit Requests(Processes& processes) : processes_{processes} {}

  // Asks the peer for module:function(arguments). Nullopt: there is no room for another process, or no
  // memory. Throws nothing.
  std::optional<Reference> call(Atom node, Atom module, Atom function, std::initializer_list<Term> arguments,
                                Answered answered);
  // The value in such a reason. Nullopt: there is none.
  static std::optional<Term> value_in(Term reason);
  // Runs module:function(arguments) in a process here. Nullopt: there is no room for it.
  struct Run {
    Reference request;
    Term pid;
  };
  std::optional<Run> run(Atom module, Atom function, Term arguments, Atom origin, Answered answered);

  // Its answer is not waited for any more.
  void cancel(const Reference& request);
  // False also after the process that asks was killed: those requests are never answered.
  bool under_way(const Reference& request) const { return answered_.contains(request); }
  Term asker() const { return asker_; }

 private:
  class Asker;
  Process* find_asker();
  void on_end(const Reference& request, Term reason);

  Processes& processes_;
  Term asker_ = Term::nil();
  std::unordered_map<Reference, Answered> answered_;
};

}  // namespace noderuntime
