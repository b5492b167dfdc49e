#include "noderuntime/code/borrower.h"

#include <algorithm>
#include <cstddef>

#include "noderuntime/functions/bytes_of.h"
#include "noderuntime/term/memory.h"
#include "noderuntime/term/pace.h"
#include "noderuntime/term/text.h"

namespace noderuntime {

namespace {

// A fun of arity 0 that runs the -on_load function.
Term on_load_fun(Heap& heap, ModuleInstance& instance, Term creator) {
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
  return ObjectFile{*contents, code->element(1), text_of_list(code->element(2)).value_or(std::string{})};
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
    bool fresh = !searches_.find(realm, module);
    auto& search = searches_.open(realm, module);
    // The -on_load function would wait for its own module. As on OTP, the call is undef.
    if (search.runs == waiting.self()) return;
    if (version && !contains(search.versions, *version)) search.versions.push_back(*version);
    if (waiting.origin != Atom{} && waiting.origin != node_.identity().name &&
        !contains(search.callers, waiting.origin))
      search.callers.push_back(waiting.origin);
    search.waiting.insert(word_of(waiting.self()));
    waits = true;
    if (fresh) begin(search);
  });
  return waits;
}

void Borrower::start(Realm& realm, Atom module) {
  step(realm, module, [&] {
    bool fresh = !searches_.find(realm, module);
    auto& search = searches_.open(realm, module);
    if (fresh) return begin(search);
    if (search.runs != Term::nil()) return;  // this version waits behind the one that runs
    cancel_requests(search);
    start_or_close(search);
  });
}

void Borrower::begin(ModuleSearch& search) {
  search.deadline = now() + (search.realm->lender.silent ? patience : time_limit);
  set_timer(search);
  if (registry_.starts(*search.realm, search.module)) return start_or_close(search);
  ask_next(search);
}

// A timer runs as long as a search is open, whatever else fails; so it ends, and the processes are woken.
void Borrower::set_timer(ModuleSearch& search) {
  auto former = search.timer;
  auto at = search.runs != Term::nil() ? search.deadline : std::min(search.deadline, now() + patience);
  search.timer = timers_.start(at, [this, realm = search.realm, module = search.module] {
    step(*realm, module, [&] {
      if (auto* open = searches_.find(*realm, module)) open->timer = 0, on_time(*open);
    });
  });
  if (former != 0) timers_.stop(former);
}

// --- the steps of a search

// Runs one step. If memory is short, the search ends as if no peer had the module.
template <class Action>
void Borrower::step(Realm& realm, Atom module, Action action) {
  if (has_memory_for(action)) return;
  auto* search = searches_.find(realm, module);
  if (!search) return;
  bool noted = has_memory_for([&] {
    report(*search, "there is no memory left");
    registry_.deny(realm, module, search->callers);
  });
  if (!noted) host_.log(LogLevel::error, "no memory");
  cancel_requests(*search);
  close(*search);
}

// Asks the next peer that may have the module. If there is none, and no answer is
// awaited, the module is denied.
void Borrower::ask_next(ModuleSearch& search) {
  if (search.loads) return;
  Realm& realm = *search.realm;
  search.meets = false;
  std::size_t met = 0;
  for (Atom node : registry_.lenders(realm, search.callers)) {
    if (contains(search.asked, node)) continue;
    if (search.asked.size() + met >= most_asked) break;
    Realm& lender = registry_.realm(node);
    bool concerned = &lender == &realm || contains(search.callers, node);
    if (!concerned && lender.lender.release.empty() && !realm.lender.code_release.empty()) {
      if (lender.lender.silent) continue;
      meet(lender);
      ++met;
      search.meets = true;  // its release decides whether it can be asked
      continue;
    }
    if (send_request(search, node)) return;
  }
  if (!search.requests.empty() || search.meets) return;
  ++counts_.missing;
  registry_.deny(realm, search.module, search.callers);
  start_or_close(search);
}

bool Borrower::send_request(ModuleSearch& search, Atom node) {
  static const Atom code = Atom::of("code"), get_object_code = Atom::of("get_object_code");
  search.asked.push_back(node);
  auto request =
      requests_.call(node, code, get_object_code, {Term::atom(search.module)},
                     [this](const Reference& reference, Term reason) { on_answer(reference, reason); });
  if (!request) return false;
  meet(registry_.realm(node));
  if (searches_.attach(search, {*request, node, now()})) return true;
  report(search, "a reference was used twice");
  return false;
}

// Later answers to its requests are dropped.
void Borrower::cancel_requests(ModuleSearch& search) {
  while (!search.requests.empty()) {
    auto request = search.requests.back().reference;
    requests_.cancel(request);
    if (!searches_.detach(request)) search.requests.pop_back();
  }
}

void Borrower::on_answer(const Reference& request, Term reason) {
  auto* search = searches_.find(request);
  if (!search) return;  // the answer comes too late
  auto row = std::find_if(search->requests.begin(), search->requests.end(),
                          [&](auto& carries) { return carries.reference == request; });
  Atom node = row == search->requests.end() ? Atom{} : row->node;
  searches_.detach(request);
  if (reason.is(atoms::noconnection)) std::erase(search->asked, node);  // it may be connected again
  step(*search->realm, search->module, [&] {
    if (!reason.is(atoms::noconnection)) heard(node);
    if (search->loads) return;  // another one that came earlier
    auto file = is_pushed(*search) ? std::nullopt : object_file(reason, search->module);
    if (file && file->contents.size() >= large_file) return load_in_slices(*search, *file, node);
    if (!file && !is_pushed(*search)) return ask_next(*search);
    OneStep whole;  // the search could be closed in a pause
    auto image = file ? registry_.load_file(file->contents) : Error{Errc::bad_module, ""};
    take_or_go_on(*search, std::move(image), file ? file->name : "", node);
  });
}

// A version that was pushed since the search was opened is newer than the files of peers.
bool Borrower::is_pushed(const ModuleSearch& search) const {
  return registry_.starts(*search.realm, search.module) ||
         (search.versions.empty() && registry_.find(*search.realm, search.module));
}

// Until it is loaded, the search stays open, and nobody else is asked.
void Borrower::load_in_slices(ModuleSearch& search, const ObjectFile& file, Atom node) {
  struct Lent {
    Atom realm, module, node;
    std::string name;
    OwnedTerm binary;
  };
  auto lent = std::make_shared<Lent>(
      Lent{search.realm->node(), search.module, node, file.name, OwnedTerm::copy_of(file.binary)});
  scheduler_.start_job([this, lent] {
    auto open = [&]() -> ModuleSearch* {
      Realm* realm = lent->realm == Atom{} ? &registry_.home() : registry_.find_realm(lent->realm);
      auto* found = realm ? searches_.find(*realm, lent->module) : nullptr;
      return found && found->loads ? found : nullptr;
    };
    ModuleRegistry::LoadedFile image = Error{Errc::too_large, "there is no memory left"};
    (void)has_memory_for([&] { image = registry_.load_file(*aligned_bytes(lent->binary.term())); });
    auto* search = open();
    if (!search) return;
    search->loads = false;
    step(*search->realm, search->module,
         [&] { take_or_go_on(*search, std::move(image), std::move(lent->name), lent->node); });
  });
  search.loads = true;
}

void Borrower::take_or_go_on(ModuleSearch& search, ModuleRegistry::LoadedFile image, std::string name,
                             Atom node) {
  if (!is_pushed(search) && !take(search, std::move(image), std::move(name), node)) return ask_next(search);
  cancel_requests(search);
  start_or_close(search);
}

bool Borrower::take(ModuleSearch& search, ModuleRegistry::LoadedFile image, std::string name, Atom node) {
  Realm& realm = *search.realm;
  auto lent = registry_.lend(realm, search.module, std::move(image), std::move(name), node);
  if (!lent) {
    ++counts_.unusable;
    host_.log(LogLevel::error, "module " + std::string{search.module.text()} + " of " +
                                   std::string{node.text()} + ": " + lent.error().message());
    return false;
  }
  ++counts_.borrowed;
  for (auto& version : search.versions)
    if ((*lent)->image->md5 != version) registry_.deny(realm, version);
  if (!search.waiting.empty()) ask_ahead(**lent, search.callers);
  return true;
}

// Marks peers that have not answered as silent and asks the next one; at the deadline, denies the module.
void Borrower::on_time(ModuleSearch& search) {
  if (search.runs != Term::nil()) {
    if (Process* still = table_.find(search.runs)) exits_.exit(*still, Term::atom(atoms::killed));
    return on_loaded(search, Term::atom(atoms::timeout));
  }
  if (search.loads) {
    search.deadline = std::max(search.deadline, now() + patience);
    return set_timer(search);
  }
  for (auto& request : search.requests)
    if (request.since + patience <= now()) falls_silent(registry_.realm(request.node));
  if (search.meets)
    for (Atom node : registry_.lenders(*search.realm, search.callers))
      if (Realm* met = registry_.find_realm(node);
          met && met->lender.meeting && met->lender.met_at + patience <= now())
        falls_silent(*met);
  if (now() >= search.deadline) {
    cancel_requests(search);
    ++counts_.missing;
    registry_.deny(*search.realm, search.module, search.callers);
    return start_or_close(search);
  }
  set_timer(search);
  ask_next(search);
}

// The module may be here, with its -on_load function still to run; while that ran, another
// version may have come.
void Borrower::start_or_close(ModuleSearch& search) {
  Realm& realm = *search.realm;
  while (registry_.starts(realm, search.module)) {
    if (run_on_load(search)) return;
    registry_.started(realm, search.module, false);
  }
  close(search);
}

// Closes the search and wakes the processes, which look again.
void Borrower::close(ModuleSearch& search) {
  auto over = searches_.close(search);
  if (!over) return report(search, "it is over already");
  if (over->timer != 0) timers_.stop(over->timer);
  for (Word pid : over->waiting)
    if (Process* process = table_.find(from_word(pid))) scheduler_.wake(*process);
}

// Runs it in a process of its own, in the realm of the module. The prelude's code:on_load/1
// exits with {ok, Result}.
bool Borrower::run_on_load(ModuleSearch& search) {
  ModuleInstance* instance = registry_.start(*search.realm, search.module);
  if (!instance) return false;
  static const Atom code = Atom::of("code"), on_load = Atom::of("on_load");
  Heap heap;
  Term arguments = make_list(heap, {on_load_fun(heap, *instance, requests_.asker())});
  auto run = requests_.run(code, on_load, arguments, search.realm->node(),
                           [this](const Reference& reference, Term reason) {
                             auto* open = searches_.find(reference);
                             if (open) step(*open->realm, open->module, [&] { on_loaded(*open, reason); });
                           });
  if (!run) return false;
  search.runs = run->pid;
  search.deadline = now() + time_limit;
  if (!searches_.attach(search, {run->request, Atom{}, now()})) report(search, "a reference was used twice");
  set_timer(search);
  return true;
}

void Borrower::on_loaded(ModuleSearch& search, Term reason) {
  search.runs = Term::nil();
  cancel_requests(search);
  bool good = reason.is_tuple(2) && reason.element(0).is(atoms::ok) && reason.element(1).is(atoms::ok);
  if (!good)
    host_.log(LogLevel::warning, "the -on_load function of module " + std::string{search.module.text()} +
                                     " ends with " + to_text(reason));
  registry_.started(*search.realm, search.module, good);
  start_or_close(search);
}

// Asks for the imports of a module, so that its calls do not need a round trip each. Only for modules that a
// process waits for: the imports of imports would fetch the peer's whole library.
void Borrower::ask_ahead(const ModuleInstance& instance, const std::vector<Atom>& callers) {
  Realm& realm = *instance.realm;
  std::size_t count = 0;
  for (auto& name : instance.image->imports) {
    if (count == most_ahead) return;
    CallTarget link;
    link.name = name;
    if (registry_.resolve(realm, link, false) || !registry_.may_borrow(realm, name.module) ||
        searches_.find(realm, name.module))
      continue;
    step(realm, name.module, [&] {
      auto& search = searches_.open(realm, name.module);
      search.callers = callers;
      begin(search);
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
  std::vector<ModuleSearch*> waiting;
  searches_.for_each([&](ModuleSearch& search) {
    if (search.meets) waiting.push_back(&search);
  });
  for (auto* search : waiting) step(*search->realm, search->module, [&] { ask_next(*search); });
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

// For what must not happen. The search continues, and ends at its deadline at the latest.
void Borrower::report(const ModuleSearch& search, std::string_view problem) {
  host_.log(LogLevel::error,
            "asking for module " + std::string{search.module.text()} + ": " + std::string{problem});
}

}  // namespace noderuntime
