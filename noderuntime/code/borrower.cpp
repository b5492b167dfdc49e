#include "noderuntime/code/borrower.h"

#include <algorithm>
#include <cstddef>

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

void Borrower::ask(Realm& realm, Atom module, Process& waiting) {
  if (auto* under_way = question(realm, module)) under_way->waiting.insert(waiting.self().word());
}

void Borrower::ask(Realm& realm, const FunObject& fun, Process& waiting) {
  auto* under_way = question(realm, fun.module.as_atom());
  if (!under_way) return;
  under_way->waiting.insert(waiting.self().word());
  Digest version;
  std::copy(std::begin(fun.uniq), std::end(fun.uniq), version.begin());
  auto& versions = under_way->versions;
  if (std::find(versions.begin(), versions.end(), version) == versions.end()) versions.push_back(version);
}

Borrower::Question* Borrower::question(Realm& realm, Atom module) {
  auto& asked = asked_[&realm];
  if (auto found = asked.find(module); found != asked.end()) return &questions_.at(found->second);
  if (registry_.starting(realm, module)) {
    bool runs = run_on_load({&realm, module, {}, {}, {}});
    return runs ? &questions_.at(asked_[&realm].at(module)) : nullptr;
  }
  Process* from = asker();
  if (!from) return nullptr;
  static const Atom execute_call = Atom::of("execute_call"), get_object_code = Atom::of("get_object_code"),
                    erpc = Atom::of("erpc"), code = Atom::of("code");
  Heap heap;
  Term arguments = make_list(heap, {processes_.make_reference_term(heap), Term::atom(code),
                                    Term::atom(get_object_code), make_list(heap, {Term::atom(module)})});
  Term options =
      make_list(heap, {Term::atom(atoms::monitor),
                       make_tuple(heap, {Term::atom(atoms::reply), Term::atom(atoms::error_only)})});
  auto request = processes_.spawn_request(*from, realm.node(), erpc, execute_call, arguments, options);
  if (!request) return nullptr;
  auto now = processes_.surroundings().monotonic_nanoseconds() / 1'000'000;
  Question fresh{&realm, module, {}, {}, {}};
  fresh.timer = processes_.timers().start(now + time_limit, [this, reference = *request] {
    if (Process* still = processes_.find(asker_)) processes_.demonitor(*still, reference, true);
    on_end(reference, Term::nil());
  });
  asked.emplace(module, *request);
  return &questions_.emplace(*request, std::move(fresh)).first->second;
}

Process* Borrower::asker() {
  if (Process* found = processes_.find(asker_)) return found;
  Process* process = processes_.spawn(nullptr, std::make_unique<Asker>(processes_, *this), {});
  if (process) asker_ = process->self();
  return process;
}

void Borrower::on_end(const Reference& reference, Term reason) {
  auto found = questions_.extract(reference);
  if (!found) return;  // too late
  Question over = std::move(found.mapped());
  processes_.timers().stop(over.timer);
  auto asked = asked_.find(over.realm);
  asked->second.erase(over.module);
  if (asked->second.empty()) asked_.erase(asked);
  if (over.on_load) {
    bool good = reason.is_tuple(2) && reason.element(0).is(atoms::ok) && reason.element(1).is(atoms::ok);
    if (!good)
      processes_.surroundings().log(LogLevel::warning, "the -on_load function of module " +
                                                           std::string{over.module.text()} + " ends with " +
                                                           to_text(reason));
    registry_.started(*over.realm, over.module, good);
    return wake(over);
  }
  if (reason.is(atoms::noconnection)) return wake(over);  // not answered: who still can ask, asks again
  auto file = file_in(reason, over.module);
  answer(std::move(over), file);
}

void Borrower::answer(Question question, std::optional<File> file) {
  auto& [realm, module, timer, waiting, versions, on_load] = question;
  auto lent = file ? registry_.lend(*realm, module, file->contents, file->name)
                   : Result<Instance*>{Error{Errc::not_found, {}}};
  if (!lent) {
    registry_.deny(*realm, module);
    if (file)
      processes_.surroundings().log(LogLevel::error, "module " + std::string{module.text()} + " of " +
                                                         std::string{realm->node().text()} + ": " +
                                                         lent.error().message());
  } else {
    for (auto& version : versions)
      if ((*lent)->image->md5 != version) registry_.deny(*realm, version);
    if (!waiting.empty()) ask_ahead(**lent);
    if (registry_.starting(*realm, module)) {
      if (run_on_load(question)) return;
      registry_.started(*realm, module, false);
    }
  }
  wake(question);
}

void Borrower::wake(const Question& question) {
  for (Word pid : question.waiting)
    if (Process* process = processes_.find(Term::from_word(pid))) processes_.wake(*process);
}

// In a process of its own, in the realm of the module. The prelude's code:on_load/1 exits with {ok, Result}.
bool Borrower::run_on_load(Question question) {
  Process* from = asker();
  Instance* instance = registry_.starting(*question.realm, question.module);
  if (!from || !instance) return false;
  static const Atom code = Atom::of("code"), on_load = Atom::of("on_load");
  Heap heap;
  Term arguments = make_list(heap, {on_load_fun(heap, *instance, from->self())});
  SpawnOptions options;
  options.monitor = processes_.make_reference();
  options.origin = question.realm->node();
  Process* process = processes_.spawn(from, code, on_load, arguments, options);
  if (!process) return false;
  auto now = processes_.surroundings().monotonic_nanoseconds() / 1'000'000;
  question.timer = processes_.timers().start(now + time_limit, [this, pid = process->self()] {
    if (Process* still = processes_.find(pid)) processes_.exit(*still, Term::atom(atoms::killed));
  });
  question.on_load = true;
  asked_[question.realm][question.module] = *options.monitor;
  questions_.emplace(*options.monitor, std::move(question));
  return true;
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
        !registry_.may_borrow(*instance.realm, name.module))
      continue;
    if (asked_[instance.realm].contains(name.module)) continue;
    question(*instance.realm, name.module);
    ++count;
  }
}

}  // namespace noderuntime
