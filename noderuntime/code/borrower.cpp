#include "noderuntime/code/borrower.h"

#include <algorithm>
#include <cstddef>
#include <new>

#include "noderuntime/functions/bytes_of.h"
#include "noderuntime/process/native_body.h"
#include "noderuntime/term/text.h"

namespace noderuntime {

namespace {

// A fun of no arguments that runs the -on_load function.
Term on_load_fun(Heap& heap, Instance& instance, Term creator) {
  constexpr std::size_t words = offsetof(FunObject, free_variables) / sizeof(Word);
  auto* fun = reinterpret_cast<FunObject*>(heap.allocate(words));
  *fun = {};
  fun->header = Term::header(Kind::fun, words - 1);
  std::copy(instance.image->md5.begin(), instance.image->md5.end(), fun->uniq);
  fun->code = &instance.on_load;
  fun->module = Term::atom(instance.image->module);
  fun->old_uniq = Term::small(0), fun->creator = creator;
  return Term::box(reinterpret_cast<Word*>(fun));
}

}  // namespace

// The file in {Ref, return, {Module, File, Name}}; nullopt: the peer does not have the module.
std::optional<Borrower::File> Borrower::file_in(Term reason, Atom module) {
  if (!reason.is_tuple(3) || !reason.element(1).is(atoms::return_)) return std::nullopt;
  Term code = reason.element(2);
  if (!code.is_tuple(3) || !code.element(0).is(module) || !code.element(1).is_bitstring())
    return std::nullopt;
  auto contents = aligned_bytes(code.element(1));
  if (!contents) return std::nullopt;
  return File{*contents, text_of_list(code.element(2)).value_or(std::string{})};
}

// The process that our questions come from. It takes {'DOWN', Request, process, Pid, Reason} and, when the
// peer starts no process, {spawn_reply, Request, error, Reason}.
class Borrower::Asker final : public NativeBody {
 public:
  Asker(Processes& processes, Borrower& borrower) : NativeBody{processes}, borrower_{borrower} {}

 private:
  void on_message(Process&, Term message) override {
    bool down = message.is_tuple(5) && message.element(0).is(atoms::DOWN);
    bool refused = message.is_tuple(4) && message.element(0).is(atoms::spawn_reply);
    if ((down || refused) && message.element(1).is_reference())
      borrower_.on_end(to_reference(processes().self(), message.element(1)), message.element(down ? 4 : 3));
  }
  Borrower& borrower_;
};

bool Borrower::ask(Realm& realm, Atom module, Process& waiting) {
  auto* under_way = question(realm, module);
  // The -on_load function needs its own module: it would wait for itself. As on OTP the call is undef.
  if (!under_way || under_way->runs == waiting.self()) return false;
  under_way->waiting.insert(waiting.self().word());
  return true;
}

bool Borrower::ask(Realm& realm, const FunObject& fun, Process& waiting) {
  auto* under_way = question(realm, fun.module.as_atom());
  if (!under_way || under_way->runs == waiting.self()) return false;
  under_way->waiting.insert(waiting.self().word());
  Digest version;
  std::copy(std::begin(fun.uniq), std::end(fun.uniq), version.begin());
  auto& versions = under_way->versions;
  if (std::find(versions.begin(), versions.end(), version) == versions.end()) versions.push_back(version);
  return true;
}

Question* Borrower::question(Realm& realm, Atom module) {
  if (auto* known = questions_.find(realm, module)) return known;
  auto& fresh = questions_.open(realm, module);
  set_deadline(fresh);
  if (registry_.starts(realm, module) ? run_on_load(fresh) : send_request(fresh)) return &fresh;
  processes_.timers().stop(fresh.timer);
  questions_.close(fresh);
  return nullptr;
}

// While a question is open its timer runs, whatever else fails: so it ends, and who waits is woken.
void Borrower::set_deadline(Question& question) {
  auto now = processes_.surroundings().monotonic_nanoseconds() / 1'000'000;
  auto former = question.timer;
  question.timer =
      processes_.timers().start(now + time_limit, [this, realm = question.realm, module = question.module] {
        step(*realm, module, [&] {
          if (auto* late = questions_.find(*realm, module)) late->timer = 0, expire(*late);
        });
      });
  if (former != 0) processes_.timers().stop(former);
}

bool Borrower::send_request(Question& question) {
  Process* from = asker();
  if (!from) return false;
  static const Atom execute_call = Atom::of("execute_call"), get_object_code = Atom::of("get_object_code"),
                    erpc = Atom::of("erpc"), code = Atom::of("code");
  Heap heap;
  Term arguments =
      make_list(heap, {processes_.make_reference_term(heap), Term::atom(code), Term::atom(get_object_code),
                       make_list(heap, {Term::atom(question.module)})});
  Term options =
      make_list(heap, {Term::atom(atoms::monitor),
                       make_tuple(heap, {Term::atom(atoms::reply), Term::atom(atoms::error_only)})});
  auto request =
      processes_.spawn_request(*from, question.realm->node(), erpc, execute_call, arguments, options);
  return request && attach(question, *request);
}

bool Borrower::attach(Question& question, const Reference& request) {
  if (questions_.attach(question, request)) return true;
  report(question, "a reference was used twice");
  return false;
}

// What must not happen. The question goes on without that request, and ends at its deadline at the latest.
void Borrower::report(const Question& question, std::string_view problem) {
  processes_.surroundings().log(LogLevel::error, "asking for module " + std::string{question.module.text()} +
                                                     ": " + std::string{problem});
}

Process* Borrower::asker() {
  if (Process* found = processes_.find(asker_)) return found;
  Process* process = processes_.spawn(nullptr, std::make_unique<Asker>(processes_, *this), {});
  if (process) asker_ = process->self();
  return process;
}

// Memory may be refused in any step. The question is over then, as if the peer had nothing.
template <class Action>
void Borrower::step(Realm& realm, Atom module, Action action) {
  auto give_up = [&] {
    auto* question = questions_.find(realm, module);
    if (!question) return;
    report(*question, "there is no memory left");
    registry_.deny(realm, module);
    close(*question);
  };
  try {
    action();
  } catch (const HeapLimitExceeded&) { give_up(); } catch (const std::bad_alloc&) {
    give_up();
  }
}

void Borrower::on_end(const Reference& request, Term reason) {
  auto* question = questions_.find(request);
  if (!question) return;  // too late
  questions_.detach(request);
  step(*question->realm, question->module, [&] {
    if (question->runs != Term::nil()) return end_of_on_load(*question, reason);
    if (reason.is(atoms::noconnection))
      return close(*question);  // not answered: who still can ask, asks again
    answer(*question, file_in(reason, question->module));
  });
}

void Borrower::expire(Question& question) {
  if (question.runs != Term::nil()) {
    if (Process* still = processes_.find(question.runs)) processes_.exit(*still, Term::atom(atoms::killed));
    return end_of_on_load(question, Term::atom(atoms::timeout));
  }
  cancel_requests(question);
  answer(question, std::nullopt);
}

// What comes for them is not waited for any more.
void Borrower::cancel_requests(Question& question) {
  Process* from = processes_.find(asker_);
  for (auto requests = question.requests; auto& request : requests) {
    questions_.detach(request);
    if (from && !processes_.demonitor(*from, request, true)) processes_.abandon_spawn_request(*from, request);
  }
}

void Borrower::answer(Question& question, std::optional<File> file) {
  Realm& realm = *question.realm;
  Atom module = question.module;
  // What was pushed since the question was asked is newer than the file on the peer's disk.
  bool pushed =
      registry_.starts(realm, module) || (question.versions.empty() && registry_.find(realm, module));
  if (!pushed) take(question, std::move(file));
  start_or_close(question);
}

void Borrower::take(Question& question, std::optional<File> file) {
  Realm& realm = *question.realm;
  Atom module = question.module;
  if (!file) return registry_.deny(realm, module);
  auto lent = registry_.lend(realm, module, file->contents, file->name);
  if (!lent) {
    registry_.deny(realm, module);
    return processes_.surroundings().log(LogLevel::error, "module " + std::string{module.text()} + " of " +
                                                              std::string{realm.node().text()} + ": " +
                                                              lent.error().message());
  }
  for (auto& version : question.versions)
    if ((*lent)->image->md5 != version) registry_.deny(realm, version);
  if (!question.waiting.empty()) ask_ahead(**lent);
}

// The module may be here, but for its -on_load function; another version may have come while that ran.
void Borrower::start_or_close(Question& question) {
  Realm& realm = *question.realm;
  while (registry_.starts(realm, question.module)) {
    if (run_on_load(question)) return;
    registry_.started(realm, question.module, false);
  }
  close(question);
}

// Who waits is woken, and looks again.
void Borrower::close(Question& question) {
  auto over = questions_.close(question);
  if (!over) return report(question, "it is over already");
  if (over->timer != 0) processes_.timers().stop(over->timer);
  for (Word pid : over->waiting)
    if (Process* process = processes_.find(Term::from_word(pid))) processes_.wake(*process);
}

// In a process of its own, in the realm of the module. The prelude's code:on_load/1 exits with {ok, Result}.
bool Borrower::run_on_load(Question& question) {
  Process* from = asker();
  Instance* instance = registry_.start(*question.realm, question.module);
  if (!from || !instance) return false;
  static const Atom code = Atom::of("code"), on_load = Atom::of("on_load");
  Heap heap;
  Term arguments = make_list(heap, {on_load_fun(heap, *instance, from->self())});
  SpawnOptions options;
  options.monitor = processes_.make_reference();
  options.origin = question.realm->node();
  if (!attach(question, *options.monitor)) return false;
  Process* process = processes_.spawn(from, code, on_load, arguments, options);
  if (!process) return questions_.detach(*options.monitor), false;
  question.runs = process->self();
  set_deadline(question);
  return true;
}

void Borrower::end_of_on_load(Question& question, Term reason) {
  question.runs = Term::nil();
  for (auto requests = question.requests; auto& request : requests) questions_.detach(request);
  bool good = reason.is_tuple(2) && reason.element(0).is(atoms::ok) && reason.element(1).is(atoms::ok);
  if (!good)
    processes_.surroundings().log(LogLevel::warning, "the -on_load function of module " +
                                                         std::string{question.module.text()} + " ends with " +
                                                         to_text(reason));
  registry_.started(*question.realm, question.module, good);
  start_or_close(question);
}

// The module will call what it imports: asked for now, this is no round trip each later. Only for modules
// that somebody waits for: the imports of all imports would be the peer's whole library.
void Borrower::ask_ahead(const Instance& instance) {
  std::size_t count = 0;
  for (auto& name : instance.image->imports) {
    if (count == most_ahead) return;
    Link link;
    link.name = name;
    if (registry_.resolve(*instance.realm, link, false) ||
        !registry_.may_borrow(*instance.realm, name.module) || questions_.find(*instance.realm, name.module))
      continue;
    question(*instance.realm, name.module);
    ++count;
  }
}

}  // namespace noderuntime
