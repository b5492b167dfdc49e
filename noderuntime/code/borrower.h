// Asks peers for modules that their realms lack: one question per realm and module, for all who wait for it.
//
//     ask ──► spawn_request of erpc:execute_call(Ref, code, get_object_code, [Module]), monitored, to the
//     peer 'DOWN' with {Ref, return, {Module, File, Name}} ──► Registry::lend ──► imports are asked for too
//     anything else, or no answer in time              ──► Registry::deny
//     a module with -on_load ──► its function runs in a process here; without ok the module is denied
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
  // Runs the -on_load function that the module waits for.
  void start(Realm& realm, Atom module) { question(realm, module); }
  // Whether a question is under way for the realm.
  bool asks(const Realm& realm) const { return asked_.contains(&realm); }

 private:
  class Asker;
  struct Question {
    Realm* realm;
    Atom module;
    Timers::Id timer;
    std::unordered_set<Word> waiting;  // pids
    std::vector<Digest> versions;      // that funs need
    bool on_load = false;              // asked of the module's -on_load function, in a process of ours
  };

  struct File {
    Bytes contents;
    std::string name;
  };
  static std::optional<File> file_in(Term reason, Atom module);
  Question* question(Realm& realm, Atom module);  // the one under way, or a new one. Null: no process left
  Process* asker();
  void on_end(const Reference& reference, Term reason);
  void answer(Question question, std::optional<File> file);
  bool run_on_load(Question question);  // false: no process left
  void wake(const Question& question);
  void ask_ahead(const Instance& instance);

  Processes& processes_;
  Registry& registry_;
  Term asker_ = Term::nil();
  std::unordered_map<Reference, Question> questions_;
  std::unordered_map<const Realm*, std::unordered_map<Atom, Reference>> asked_;
};

}  // namespace noderuntime
