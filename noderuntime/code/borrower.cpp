#include "noderuntime/code/borrower.h"

#include <algorithm>

#include "noderuntime/process/native_body.h"

namespace noderuntime {

namespace {

// The file in {Ref, return, {Module, File, Name}}; nullopt: the peer does not have the module.
std::optional<Bytes> file_in(Term reason, Atom module) {
  if (!reason.is_tuple(3) || !reason.element(1).is(atoms::return_)) return std::nullopt;
  Term code = reason.element(2);
  if (!code.is_tuple(3) || !code.element(0).is(module) || !code.element(1).is_bitstring())
    return std::nullopt;
  return aligned_bytes(code.element(1));
}

}  // namespace

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
  asked_[over.realm].erase(over.module);
  auto file = file_in(reason, over.module);
  answer(std::move(over), file);
}

void Borrower::answer(Question question, std::optional<Bytes> file) {
  auto& [realm, module, timer, waiting, versions] = question;
  auto lent = file ? registry_.lend(*realm, module, *file) : Result<Instance*>{Error{Errc::not_found, {}}};
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
  }
  for (Word pid : waiting)
    if (Process* process = processes_.find(Term::from_word(pid))) processes_.wake(*process);
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
