// Asks peers for modules that their realms lack: one question per realm and module, for all who wait for it.
//
//     ask ──► spawn_request of erpc:execute_call(Ref, code, get_object_code, [Module]), monitored, to the
//     peer 'DOWN' with {Ref, return, {Module, File, Name}} ──► Registry::lend ──► imports are asked for too
//     anything else, or no answer in time              ──► Registry::deny
//                                                       ──► who waits is woken, and looks again
#pragma once

#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "noderuntime/code/registry.h"

namespace noderuntime {

class Borrower {
 public:
  static constexpr std::int64_t time_limit = 5'000;  // milliseconds; then the module does not exist
  static constexpr std::size_t most_ahead = 64;      // imported modules asked for together with one

  Borrower(Processes& processes, Registry& registry) : processes_{processes}, registry_{registry} {}

  // The process waits; it is woken when there is an answer, or there will be none.
  void ask(Realm& realm, Atom module, Process& waiting);
  // The same, for a fun: a module of another MD5 is remembered as not having it.
  void ask(Realm& realm, const FunObject& fun, Process& waiting);

 private:
  class Asker;
  struct Question {
    Realm* realm;
    Atom module;
    Timers::Id timer;
    std::unordered_set<Word> waiting;  // pids
    std::vector<Digest> versions;      // that funs need
  };

  Question* question(Realm& realm, Atom module);  // the one under way, or a new one. Null: no process left
  Process* asker();
  void on_end(const Reference& reference, Term reason);
  void answer(Question question, std::optional<Bytes> file);
  void ask_ahead(const Instance& instance);

  Processes& processes_;
  Registry& registry_;
  Term asker_ = Term::nil();
  std::unordered_map<Reference, Question> questions_;
  std::unordered_map<const Realm*, std::unordered_map<Atom, Reference>> asked_;
};

}  // namespace noderuntime
