// Asks peers for modules that their realms lack: one question per realm and module, for all who wait for it.
//
//     ask ──► spawn_request of erpc:execute_call(Ref, code, get_object_code, [Module]), monitored, to the
//     peer 'DOWN' with {Ref, return, {Module, File, Name}} ──► Registry::lend ──► imports are asked for too
//     anything else, or no answer in time              ──► Registry::deny
//     a module with -on_load ──► its function runs in a process here; without ok the module is denied
//                                                       ──► who waits is woken, and looks again
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "noderuntime/code/questions.h"
#include "noderuntime/code/registry.h"

namespace noderuntime {

class Borrower {
 public:
  static constexpr std::int64_t time_limit = 5'000;  // milliseconds; then the module does not exist
  static constexpr std::size_t most_ahead = 64;      // imported modules asked for together with one

  Borrower(Processes& processes, Registry& registry) : processes_{processes}, registry_{registry} {}

  // The process waits; it is woken when there is an answer, or there will be none. False: nobody can be
  // asked, or the process runs the -on_load function of that very module.
  bool ask(Realm& realm, Atom module, Process& waiting);
  // The same, for a fun: a module of another MD5 is remembered as not having it.
  bool ask(Realm& realm, const FunObject& fun, Process& waiting);
  // Runs the -on_load function that the module waits for.
  void start(Realm& realm, Atom module) { question(realm, module); }
  // Whether a question is under way for the realm.
  bool asks(const Realm& realm) const { return questions_.any(realm); }
  const Questions& questions() const { return questions_; }

 private:
  class Asker;
  struct File {
    Bytes contents;
    std::string name;
  };
  static std::optional<File> file_in(Term reason, Atom module);
  // The one under way, or a new one. Null: there is no room for another process.
  Question* question(Realm& realm, Atom module);
  void set_deadline(Question& question);
  bool send_request(Question& question);  // false: no room for another process
  bool attach(Question& question, const Reference& request);
  void cancel_requests(Question& question);
  Process* asker();
  template <class Action>
  void step(Realm& realm, Atom module, Action action);
  // The steps of a question. Each ends with a request under way, or closes it.
  void on_end(const Reference& request, Term reason);
  void expire(Question& question);
  void answer(Question& question, std::optional<File> file);
  void end_of_on_load(Question& question, Term reason);
  void start_or_close(Question& question);
  void close(Question& question);
  void take(Question& question, std::optional<File> file);
  bool run_on_load(Question& question);  // false: no room for another process
  void ask_ahead(const Instance& instance);
  void report(const Question& question, std::string_view problem);

  Processes& processes_;
  Registry& registry_;
  Term asker_ = Term::nil();
  Questions questions_;
};

}  // namespace noderuntime
