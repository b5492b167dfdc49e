#include "noderuntime/code/borrower.h"

#include <algorithm>
#include <cstddef>

#include "noderuntime/functions/bytes_of.h"
#include "noderuntime/term/memory.h"
#include "noderuntime/term/text.h"

namespace noderuntime {

namespace {

// A fun of arity 0 that runs the -on_load function.
Term on_load_fun(Heap& heap, Instance& instance, Term creator) {
  constexpr std::size_t words = offsetof(FunObject, free_variables) / sizeof(Word);
  auto* fun = reinterpret_cast<FunObject*>(heap.allocate(words));
  *fun = {};
  fun->header = box_header(Kind::fun, words - 1);
  std::copy(instance.image->md5.begin(), instance.image->md5.end(), fun->uniq);
  fun->code = &instance.on_load;
  fun->module = Term::atom(instance.image->module);
  fun->old_uniq = Term::small(0), fun->creator = creator;
  return box_at(reinterpret_cast<Word*>(fun));
}

template <class Values, class Value>
bool contains(const Values& values, const Value& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

}  // namespace

std::optional<ObjectFile> object_file(Term reason, Atom module) {
  auto code = Requests::value_in(reason);
  if (!code || !code->is_tuple(3) || !code->element(0).is(module) || !code->element(1).is_bitstring())
    return std::nullopt;
  auto contents = aligned_bytes(code->element(1));
  if (!contents) return std::nullopt;
  return ObjectFile{*contents, text_of_list(code->element(2)).value_or(std::string{})};
}

// --- asking

bool Borrower::ask(Realm& realm, Atom module, Process& waiting) {
  return ask(realm, module, nullptr, waiting);
}

bool Borrower::ask(Realm& realm, const FunObject& fun, Process& waiting) {
  Digest version;
  std::copy(std::begin(fun.uniq), std::end(fun.uniq), version.begin());
  return ask(realm, fun.module.as_atom(), &version, waiting);
}

bool Borrower::ask(Realm& realm, Atom module, const Digest* version, Process& waiting) {
  bool waits = false;
  step(realm, module, [&] {
    bool fresh = !questions_.find(realm, module);
    auto& question = questions_.open(realm, module);
    // The -on_load function would wait for its own module. As on OTP, the call is undef.
    if (question.runs == waiting.self()) return;
    if (version && !contains(question.versions, *version)) question.versions.push_back(*version);
    if (waiting.origin != Atom{} && waiting.origin != node_.identity().name &&
        !contains(question.callers, waiting.origin))
      question.callers.push_back(waiting.origin);
    question.waiting.insert(word_of(waiting.self()));
    waits = true;
    if (fresh) begin(question);
  });
  return waits;
}

void Borrower::start(Realm& realm, Atom module) {
  step(realm, module, [&] {
    bool fresh = !questions_.find(realm, module);
    auto& question = questions_.open(realm, module);
    if (fresh) return begin(question);
    if (question.runs != Term::nil()) return;  // this version waits behind the one that runs
    cancel_requests(question);
    start_or_close(question);
  });
}

void Borrower::begin(Question& question) {
  question.deadline = now() + (question.realm->lender.silent ? patience : time_limit);
  set_timer(question);
  if (registry_.starts(*question.realm, question.module)) return start_or_close(question);
  ask_next(question);
}

// A timer runs as long as a question is open, whatever else fails; so it ends, and the processes are woken.
void Borrower::set_timer(Question& question) {
  auto former = question.timer;
  auto at = question.runs != Term::nil() ? question.deadline : std::min(question.deadline, now() + patience);
  question.timer = timers_.start(at, [this, realm = question.realm, module = question.module] {
    step(*realm, module, [&] {
      if (auto* open = questions_.find(*realm, module)) open->timer = 0, on_time(*open);
    });
  });
  if (former != 0) timers_.stop(former);
}

// --- the steps of a question

// Runs one step. If memory is short, the question ends as if no peer had the module.
template <class Action>
void Borrower::step(Realm& realm, Atom module, Action action) {
  if (has_memory_for(action)) return;
  auto* question = questions_.find(realm, module);
  if (!question) return;
  bool noted = has_memory_for([&] {
    report(*question, "there is no memory left");
    registry_.deny(realm, module, question->callers);
  });
  if (!noted) host_.log(LogLevel::error, "no memory");
  cancel_requests(*question);
  close(*question);
}

// Asks the next peer that may have the module. If there is none, and no answer is
// awaited, the module is denied.
void Borrower::ask_next(Question& question) {
  Realm& realm = *question.realm;
  question.meets = false;
  std::size_t met = 0;
  for (Atom node : registry_.lenders(realm, question.callers)) {
    if (contains(question.asked, node)) continue;
    if (question.asked.size() + met >= most_asked) break;
    Realm& lender = registry_.realm(node);
    bool concerned = &lender == &realm || contains(question.callers, node);
    if (!concerned && lender.lender.release.empty() && !realm.lender.code_release.empty()) {
      if (lender.lender.silent) continue;
      meet(lender);
      ++met;
      question.meets = true;  // its release decides whether it can be asked
      continue;
    }
    if (send_request(question, node)) return;
  }
  if (!question.requests.empty() || question.meets) return;
  registry_.deny(realm, question.module, question.callers);
  start_or_close(question);
}

bool Borrower::send_request(Question& question, Atom node) {
  static const Atom code = Atom::of("code"), get_object_code = Atom::of("get_object_code");
  question.asked.push_back(node);
  auto request =
      requests_.call(node, code, get_object_code, {Term::atom(question.module)},
                     [this](const Reference& reference, Term reason) { on_answer(reference, reason); });
  if (!request) return false;
  meet(registry_.realm(node));
  if (questions_.attach(question, {*request, node, now()})) return true;
  report(question, "a reference was used twice");
  return false;
}

// Later answers to its requests are dropped.
void Borrower::cancel_requests(Question& question) {
  while (!question.requests.empty()) {
    auto request = question.requests.back().reference;
    requests_.cancel(request);
    if (!questions_.detach(request)) question.requests.pop_back();
  }
}

void Borrower::on_answer(const Reference& request, Term reason) {
  auto* question = questions_.find(request);
  if (!question) return;  // the answer comes too late
  auto row = std::find_if(question->requests.begin(), question->requests.end(),
                          [&](auto& carries) { return carries.reference == request; });
  Atom node = row == question->requests.end() ? Atom{} : row->node;
  questions_.detach(request);
  if (reason.is(atoms::noconnection)) std::erase(question->asked, node);  // it may be connected again
  step(*question->realm, question->module, [&] {
    if (!reason.is(atoms::noconnection)) heard(node);
    // A version that was pushed since the question was opened is newer than the files of peers.
    bool pushed = registry_.starts(*question->realm, question->module) ||
                  (question->versions.empty() && registry_.find(*question->realm, question->module));
    auto file = pushed ? std::nullopt : object_file(reason, question->module);
    if (!pushed && !(file && take(*question, *file, node))) return ask_next(*question);
    cancel_requests(*question);
    start_or_close(*question);
  });
}

bool Borrower::take(Question& question, const ObjectFile& file, Atom node) {
  Realm& realm = *question.realm;
  auto lent = registry_.lend(realm, question.module, file.contents, file.name, node);
  if (!lent) {
    host_.log(LogLevel::error, "module " + std::string{question.module.text()} + " of " +
                                   std::string{node.text()} + ": " + lent.error().message());
    return false;
  }
  for (auto& version : question.versions)
    if ((*lent)->image->md5 != version) registry_.deny(realm, version);
  if (!question.waiting.empty()) ask_ahead(**lent, question.callers);
  return true;
}

// Marks peers that have not answered as silent and asks the next one; at the deadline, denies the module.
void Borrower::on_time(Question& question) {
  if (question.runs != Term::nil()) {
    if (Process* still = table_.find(question.runs)) exits_.exit(*still, Term::atom(atoms::killed));
    return on_loaded(question, Term::atom(atoms::timeout));
  }
  for (auto& request : question.requests)
    if (request.since + patience <= now()) falls_silent(registry_.realm(request.node));
  if (question.meets)
    for (Atom node : registry_.lenders(*question.realm, question.callers))
      if (Realm* met = registry_.find_realm(node);
          met && met->lender.meeting && met->lender.met_at + patience <= now())
        falls_silent(*met);
  if (now() >= question.deadline) {
    cancel_requests(question);
    registry_.deny(*question.realm, question.module, question.callers);
    return start_or_close(question);
  }
  set_timer(question);
  ask_next(question);
}

// The module may be here, with its -on_load function still to run; while that ran, another
// version may have come.
void Borrower::start_or_close(Question& question) {
  Realm& realm = *question.realm;
  while (registry_.starts(realm, question.module)) {
    if (run_on_load(question)) return;
    registry_.started(realm, question.module, false);
  }
  close(question);
}

// Closes the question and wakes the processes, which look again.
void Borrower::close(Question& question) {
  auto over = questions_.close(question);
  if (!over) return report(question, "it is over already");
  if (over->timer != 0) timers_.stop(over->timer);
  for (Word pid : over->waiting)
    if (Process* process = table_.find(from_word(pid))) scheduler_.wake(*process);
}

// Runs it in a process of its own, in the realm of the module. The prelude's code:on_load/1
// exits with {ok, Result}.
bool Borrower::run_on_load(Question& question) {
  Instance* instance = registry_.start(*question.realm, question.module);
  if (!instance) return false;
  static const Atom code = Atom::of("code"), on_load = Atom::of("on_load");
  Heap heap;
  Term arguments = make_list(heap, {on_load_fun(heap, *instance, requests_.asker())});
  auto run = requests_.run(code, on_load, arguments, question.realm->node(),
                           [this](const Reference& reference, Term reason) {
                             auto* open = questions_.find(reference);
                             if (open) step(*open->realm, open->module, [&] { on_loaded(*open, reason); });
                           });
  if (!run) return false;
  question.runs = run->pid;
  question.deadline = now() + time_limit;
  if (!questions_.attach(question, {run->request, Atom{}, now()}))
    report(question, "a reference was used twice");
  set_timer(question);
  return true;
}

void Borrower::on_loaded(Question& question, Term reason) {
  question.runs = Term::nil();
  cancel_requests(question);
  bool good = reason.is_tuple(2) && reason.element(0).is(atoms::ok) && reason.element(1).is(atoms::ok);
  if (!good)
    host_.log(LogLevel::warning, "the -on_load function of module " + std::string{question.module.text()} +
                                     " ends with " + to_text(reason));
  registry_.started(*question.realm, question.module, good);
  start_or_close(question);
}

// Asks for the imports of a module, so that its calls do not need a round trip each. Only for modules that a
// process waits for: the imports of imports would fetch the peer's whole library.
void Borrower::ask_ahead(const Instance& instance, const std::vector<Atom>& callers) {
  Realm& realm = *instance.realm;
  std::size_t count = 0;
  for (auto& name : instance.image->imports) {
    if (count == most_ahead) return;
    CallTarget link;
    link.name = name;
    if (registry_.resolve(realm, link, false) || !registry_.may_borrow(realm, name.module) ||
        questions_.find(realm, name.module))
      continue;
    step(realm, name.module, [&] {
      auto& question = questions_.open(realm, name.module);
      question.callers = callers;
      begin(question);
    });
    ++count;
  }
}

// --- peers

void Borrower::meet(Realm& realm) {
  auto& lender = realm.lender;
  bool under_way = lender.meeting && requests_.under_way(*lender.meeting);
  if (under_way || (!lender.release.empty() && !lender.silent)) return;
  static const Atom system_info = Atom::of("system_info"), otp_release = Atom::of("otp_release");
  lender.meeting = requests_.call(
      realm.node(), atoms::erlang, system_info, {Term::atom(otp_release)},
      [this, node = realm.node()](const Reference& request, Term reason) { on_met(node, request, reason); });
  lender.met_at = now();
}

void Borrower::on_met(Atom node, const Reference& request, Term reason) {
  Realm* realm = registry_.find_realm(node);
  if (!realm) return;
  auto& lender = realm->lender;
  if (lender.meeting == request) lender.meeting.reset();
  if (!reason.is(atoms::noconnection)) {
    auto value = Requests::value_in(reason);
    auto release = value ? text_of_list(*value) : std::nullopt;
    lender.release = release && !release->empty() ? *release : "?";  // a release that no other peer has
    if (lender.code_release.empty() && lender.program == cluster_.creation_of(node))
      lender.code_release = lender.release;
    heard(node);
  }
  std::vector<Question*> waiting;
  questions_.for_each([&](Question& question) {
    if (question.meets) waiting.push_back(&question);
  });
  for (auto* question : waiting) step(*question->realm, question->module, [&] { ask_next(*question); });
}

void Borrower::falls_silent(Realm& realm) {
  realm.lender.silent = true;
  meet(realm);
}

void Borrower::heard(Atom node) {
  Realm* realm = registry_.find_realm(node);
  if (!realm || !std::exchange(realm->lender.silent, false)) return;
  if (heard_hook_) heard_hook_(*realm);
}

// For what must not happen. The question continues, and ends at its deadline at the latest.
void Borrower::report(const Question& question, std::string_view problem) {
  host_.log(LogLevel::error,
            "asking for module " + std::string{question.module.text()} + ": " + std::string{problem});
}

}  // namespace noderuntime
