// A node whose peers lend it modules, for the tests of noderuntime/code.
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "test/unit/catch.h"

#include "test/unit/machine/world.h"

namespace noderuntime::test {

// The node. The test answers its questions in place of the peers.
struct Peers : World {
  explicit Peers(Processes::Limits limits = {}) : World{{.borrow_code = true}, limits} {
    surroundings.is_connected = true;
  }

  // Starts a process as a spawn request of `peer` does. Returns its pid.
  Term start(const char* peer, const char* module, const char* function, const std::string& arguments) {
    auto parsed = parse_text(arguments);
    REQUIRE(parsed);
    Observer::Seen seen = std::make_shared<std::string>("no answer");
    Process* watcher = processes.spawner().spawn(nullptr, std::make_unique<Observer>(seen), {});
    watcher_pids.push_back(watcher->self());
    SpawnOptions options;
    options.monitor = processes.this_node().make_reference();
    options.origin = Atom::of(peer);
    auto* started =
        processes.spawner().spawn(watcher, Atom::of(module), Atom::of(function), parsed->term(), options);
    REQUIRE(started);
    Term pid = started->self();
    watchers.push_back(seen);
    run();
    return pid;
  }
  // Runs all runnable processes; the time stands still.
  void run() {
    while (processes.scheduler().has_runnable()) processes.scheduler().run(1);
  }
  std::string outcome(std::size_t index) const { return *watchers.at(index); }

  struct Question {
    Atom node;
    Reference request;
    std::string arguments;  // the arguments of erpc:execute_call/4 after the reference
  };
  std::vector<Question> requests(const std::string& beginning = "") const {
    std::vector<Question> found;
    for (auto& sent : surroundings.sent)
      if (auto* request = std::get_if<signal::SpawnRequest>(&sent.signal.body)) {
        Question question{sent.node, request->request, to_text(request->arguments.tail())};
        if (question.arguments.starts_with(beginning)) found.push_back(question);
      }
    return found;
  }
  std::vector<Question> questions() const { return requests("[code,get_object_code,"); }
  std::vector<Question> comparisons() const { return requests("[erlang,get_module_info,"); }
  std::vector<Question> meetings() const { return requests("[erlang,system_info,"); }
  std::size_t asked(const std::string& module) const {
    std::size_t count = 0;
    for (auto& question : questions())
      count += question.arguments == "[code,get_object_code,[" + module + "]]";
    return count;
  }
  Question question_for(const std::string& module) const {
    for (auto& question : questions())
      if (question.arguments == "[code,get_object_code,[" + module + "]]") return question;
    FAIL("nobody asked for " + module);
    throw 0;
  }
  void answer(const Question& question, OwnedTerm reason) {
    deliver_answer(question, std::move(reason));
    run();
  }
  void deliver_answer(const Question& question, OwnedTerm reason) {
    Pid asker = request_of(question.request)->from;  // a copy: deliver() may send more and move the request
    Pid child{{question.node, Creation{1}}, 77, 0};
    processes.signals().deliver(
        {signal::SpawnReply{question.request, asker, signal::SpawnReply::monitor, child}, Heap{}});
    Term term = reason.term();
    processes.signals().deliver(
        {signal::Down{child, asker, question.request, term}, std::move(reason).take_heap()});
  }
  // Answers with the contents of a file: {Ref, return, {Module, Binary, Name}}.
  void lend(const Question& question, const char* module, const std::string& file) {
    auto contents = file_contents(file);
    REQUIRE(contents);
    lend_bytes(question, module, *contents);
  }
  void lend_bytes(const Question& question, const char* module, Bytes contents) {
    deliver_bytes(question, module, contents);
    run();
  }
  void deliver_file(const Question& question, const char* module, const std::string& file) {
    auto contents = file_contents(file);
    REQUIRE(contents);
    deliver_bytes(question, module, *contents);
  }
  void deliver_bytes(const Question& question, const char* module, Bytes contents) {
    Heap heap;
    Term code = make_tuple(heap, {Term::atom(Atom::of(module)), make_binary(heap, contents), Term::nil()});
    Term reason = make_tuple(heap, {Term::nil(), Term::atom(atoms::return_), code});
    deliver_answer(question, {std::move(heap), reason});
  }
  void have_nothing(const Question& question) { answer(question, *parse_text("{r,return,error}")); }
  void pass(std::int64_t milliseconds) {
    surroundings.now_milliseconds += milliseconds;
    processes.timers().advance(surroundings.now_milliseconds);
    run();
  }

  bool is_watcher(Term pid) const {
    return std::find(watcher_pids.begin(), watcher_pids.end(), pid) != watcher_pids.end();
  }

  std::vector<std::shared_ptr<std::string>> watchers;
  std::vector<Term> watcher_pids;

 private:
  class Observer : public Body {
   public:
    using Seen = std::shared_ptr<std::string>;
    explicit Observer(Seen seen) : seen_{std::move(seen)} {}
    Next run(Process& self, int&) override {
      if (self.mailbox.has_current()) *seen_ = to_text(self.mailbox.take_current().term().element(4));
      return Next::wait;
    }

   private:
    Seen seen_;
  };
  const signal::SpawnRequest* request_of(const Reference& reference) const {
    for (auto& sent : surroundings.sent)
      if (auto* request = std::get_if<signal::SpawnRequest>(&sent.signal.body);
          request && request->request == reference)
        return request;
    return nullptr;
  }
};

}  // namespace noderuntime::test
