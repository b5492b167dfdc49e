#include "noderuntime/machine/machine.h"

#include <algorithm>

#include "noderuntime/external_format/decode.h"
#include "noderuntime/machine/interpreter.h"

namespace noderuntime {

namespace {

constexpr std::uint32_t no_id = (std::uint32_t{1} << 29) - 1;

Term external_term(Heap& heap, const NodeIdentity& self, Bytes bytes) {
  DecodeOptions options;
  options.self = self;
  auto decoded =
      bytes.empty() ? Result<Decoded>{Error{Errc::truncated, ""}} : decode_with_version(heap, bytes, options);
  return decoded ? decoded->term : Term::nil();
}

Term name_and_arity(Heap& heap, Atom name, std::uint32_t arity) {
  return make_tuple(heap, {Term::atom(name), Term::small(arity)});
}

}  // namespace

Machine::Machine(Processes& processes, Config config)
    : processes_{processes},
      config_{std::move(config)},
      registry_{processes.surroundings(), {config_.code_path, config_.borrow_code}},
      requests_{processes},
      borrower_{processes, registry_, requests_},
      comparer_{processes, registry_, requests_, borrower_,
                [this](Realm& realm, auto& modules) { versions_came(realm, modules); }},
      root_image_{Interpreter::root_image()},
      interpreter_{std::make_unique<Interpreter>(*this)},
      tables_{config_.tables},
      start_time_{processes.surroundings().monotonic_nanoseconds()} {
  processes.on_exit([this](Process& process) {
    cancel_timers_of(process);
    hand_over_tables(process);
  });
  borrower_.on_heard([this](Realm& realm) {
    if (realm.lender.compares && !comparer_.compares(realm)) comparer_.compare(realm);
  });
}

Machine::~Machine() = default;

std::unique_ptr<Body> Machine::start(Process& process, Atom module, Atom function, Term arguments) {
  auto body = std::make_unique<ErlangBody>(*this);
  std::uint32_t arity = 0;
  for (Term rest = arguments; rest.is_cons(); rest = rest.tail()) ++arity;
  body->initial = {module, function, arity};
  auto* code = root_image_->code.data();
  body->instance = body->return_instance = &root(realm_for(process));
  body->code = code + Interpreter::root_apply_list;
  body->return_code = code + Interpreter::root_end;
  body->live = {Term::atom(module), Term::atom(function), arguments};
  return body;
}

// The spawner's realm. A spawn request from a peer uses that peer's realm.
Realm& Machine::realm_for(const Process& process) {
  Process* spawner = processes_.current();
  if (auto* body = dynamic_cast<ErlangBody*>(spawner ? spawner->body() : nullptr))
    return *body->instance->realm;
  bool ours = process.origin == processes_.self().name || process.origin == Atom{};
  return ours ? registry_.home() : registry_.realm(process.origin);
}

Instance& Machine::root(Realm& realm) {
  auto& instance = roots_[&realm];
  if (!instance) instance = std::make_unique<Instance>(root_image_, realm, no_id);
  return *instance;
}

bool Machine::borrow(Process& process, Realm& realm, Atom module) {
  return registry_.may_borrow(realm, module, process.origin) && borrower_.ask(realm, module, process);
}

bool Machine::borrow(Process& process, Realm& realm, const FunObject& fun) {
  Realm* lender = registry_.may_borrow(realm, fun, process.origin) ? &realm : registry_.maker(fun);
  return lender && registry_.may_borrow(*lender, fun, process.origin) && borrower_.ask(*lender, fun, process);
}

void Machine::peer_returns(Atom node) {
  registry_.peer_returns(node);
  if (Realm* realm = registry_.find_realm(node)) comparer_.compare(*realm);
  reclaim_later();
}

void Machine::versions_came(Realm& realm, const std::vector<Atom>& modules) {
  for (Atom module : modules)
    if (registry_.starts(realm, module)) borrower_.start(realm, module);
  reclaim_later();
}

// --- unused code

void Machine::reclaim_later() {
  if (reclaim_timer_ != 0 && reclaim_delay_ == first_reclaim) return;
  reclaim_delay_ = first_reclaim;
  if (reclaim_timer_ != 0) processes_.timers().stop(reclaim_timer_);
  start_reclaim_timer();
}

void Machine::start_reclaim_timer() {
  reclaim_timer_ = 0;
  if (!registry_.has_suspects()) return;
  auto now = processes_.surroundings().monotonic_nanoseconds() / 1'000'000;
  reclaim_timer_ = processes_.timers().start(now + reclaim_delay_, [this] { reclaim(); });
}

// Runs between turns, when all frames are on stacks.
void Machine::reclaim() {
  auto in_use = registry_.suspects();
  auto look = [&](std::span<const Word> words) { in_use.words(words); };
  for (Term pid : processes_.all()) {
    Process* process = processes_.find(pid);
    if (!process) continue;
    process->heap.for_each_chunk(look);
    process->mailbox.for_each_heap([&](const Heap& heap) { heap.for_each_chunk(look); });
    if (auto* body = dynamic_cast<ErlangBody*>(process->body())) body->refer(in_use);
  }
  persistent_.for_each_block(look);
  tables_.for_each_block(look);
  for (auto* over : registry_.reclaim(
           in_use, [&](auto& realm) { return borrower_.asks(realm) || comparer_.compares(realm); }))
    roots_.erase(over);
  reclaim_delay_ = std::min(2 * reclaim_delay_, last_reclaim);
  start_reclaim_timer();
}

Realm& Machine::realm_of(const Instance* caller) { return caller ? *caller->realm : registry_.home(); }

bool Machine::exported(const Instance* caller, Atom module, Atom function, std::uint32_t arity) {
  Link link;
  link.name = {module, function, arity};
  return registry_.resolve(realm_of(caller), link, false);
}

bool Machine::is_native(Atom module, Atom function, std::uint32_t arity) {
  return registry_.is_native({module, function, arity});
}

bool Machine::loaded(const Instance* caller, Atom module) {
  return registry_.is_built_in(module) || registry_.find(realm_of(caller), module) != nullptr;
}

// Calls use the former code until the -on_load function has returned ok.
Machine::Load Machine::load(const Instance* caller, Atom module, Bytes file, std::string file_name) {
  if (registry_.is_ours(module)) return Load::ours;
  Realm& realm = realm_of(caller);
  auto loaded = registry_.load_binary(realm, file, module, std::move(file_name));
  if (!loaded) return Load::damaged;
  if (registry_.starts(realm, module)) borrower_.start(realm, module);
  reclaim_later();
  return Load::done;
}

std::optional<Machine::ObjectCode> Machine::object_code(const Instance* caller, Atom module) {
  if (registry_.is_ours(module)) return std::nullopt;
  Instance* found = registry_.any(realm_of(caller), module);
  if (!found) return std::nullopt;
  return ObjectCode{found->image->file, found->file_name};
}

std::optional<std::string> Machine::loaded_from(const Instance* caller, Atom module) {
  Instance* found = registry_.is_ours(module) ? nullptr : registry_.find(realm_of(caller), module);
  if (!found) return registry_.is_built_in(module) ? std::optional{std::string{}} : std::nullopt;
  return found->file_name.empty() ? std::string{module.text()} + ".beam" : found->file_name;
}

std::vector<Atom> Machine::modules(const Instance* caller) {
  auto& built_in = registry_.built_in();
  std::vector<Atom> found{built_in.begin(), built_in.end()};
  for (auto* instance : registry_.all(realm_of(caller)))
    if (!built_in.contains(instance->image->module)) found.push_back(instance->image->module);
  return found;
}

bool Machine::forget(const Instance* caller, Atom module) {
  bool known = registry_.forget(realm_of(caller), module);
  if (known) reclaim_later();
  return known;
}

std::optional<Term> Machine::module_info(const Instance* caller, Heap& heap, Atom module, Atom key) {
  // If a module asks about itself, the instance that asks is meant.
  const Instance* instance =
      caller && caller->image->module == module ? caller : registry_.find(realm_of(caller), module);
  if (!instance) return std::nullopt;
  auto& image = *instance->image;
  auto exports = [&] {
    Term list = Term::nil();
    for (auto& row : image.exports) list = make_cons(heap, name_and_arity(heap, row.name, row.arity), list);
    return list;
  };
  struct Row {
    const char* name;
    std::function<Term()> value;
  };
  const Row rows[] = {
      {"module", [&] { return Term::atom(image.module); }},
      {"exports", exports},
      {"attributes", [&] { return external_term(heap, processes_.self(), image.attributes); }},
      {"compile", [&] { return external_term(heap, processes_.self(), image.compile_info); }},
      {"md5", [&] { return make_binary(heap, std::span<const std::uint8_t>{image.md5}); }},
      {"native", [] { return Term::boolean(false); }},
      {"nifs", [] { return Term::nil(); }},
      {"functions",
       [&] {
         Term list = Term::nil();
         for (auto& row : image.functions)
           list = make_cons(heap, name_and_arity(heap, row.name, row.arity), list);
         return list;
       }},
  };
  constexpr std::size_t listed = 5;  // module_info/0 has the first five
  if (key == Atom{}) {
    Term list = Term::nil();
    for (std::size_t i = listed; i-- > 0;)
      list = make_cons(heap, make_tuple(heap, {Term::atom(Atom::of(rows[i].name)), rows[i].value()}), list);
    return list;
  }
  for (auto& row : rows)
    if (key.text() == row.name) return row.value();
  return std::nullopt;
}

Atom Machine::fun_name(const Instance* caller, const FunObject& fun) {
  auto* binding = static_cast<const FunBinding*>(fun.code);
  if (!binding || !binding->instance) binding = registry_.bind(realm_of(caller), fun);
  return binding && binding->instance ? binding->lambda->name : Atom{};
}

Term Machine::stack_trace(Process& process, Heap& heap) {
  auto* body = dynamic_cast<ErlangBody*>(process.body());
  if (!body) return Term::nil();
  CodePlace place{body->instance, body->code, body->return_instance, body->return_code};
  return build_stack_trace(heap, registry_, capture(heap, atoms::error, body->stack, place, nullptr));
}

std::map<std::string, std::string>& Machine::environment() {
  if (!environment_) environment_ = processes_.surroundings().environment();
  return *environment_;
}

ErlangState* Machine::state_of(Process& process) {
  auto* body = dynamic_cast<ErlangBody*>(process.body());
  return body ? &body->state : nullptr;
}

// Gives tables to their heirs, which receive {'ETS-TRANSFER', Table, From, Data}; deletes the others.
void Machine::hand_over_tables(Process& process) {
  static const Atom transfer = Atom::of("ETS-TRANSFER");
  auto is_alive = [this](Term pid) { return processes_.find(pid) != nullptr; };
  for (auto& [heir, table] : tables_.owner_ends(process.self(), is_alive)) {
    Heap heap;
    Term data = copy(table->options.heir_data.term(), heap);
    Term name =
        table->options.named ? Term::atom(table->name) : make_reference(heap, processes_.self(), table->id);
    Term message = make_tuple(heap, {Term::atom(transfer), name, process.self(), data});
    processes_.send_message(processes_.pid_of(process), processes_.pid_of(*processes_.find(heir)),
                            {std::move(heap), message});
  }
}

void Machine::collect_soon(Process& process) {
  if (auto* body = dynamic_cast<ErlangBody*>(process.body())) body->collect_requested = true;
}

std::size_t Machine::MessageTimer::bytes() const {
  constexpr std::size_t rows = 384;  // bytes of one timer in the tables, roughly
  return rows + message.heap().held_bytes();
}

// `wrapped`: the message is {timeout, Timer, Message}. A target that is gone is ignored.
Reference Machine::start_timer(std::int64_t deadline, Term to, Term message, bool wrapped) {
  Reference timer = processes_.make_reference();
  Heap heap;
  Term kept = copy(message, heap);
  if (wrapped)
    kept =
        make_tuple(heap, {Term::atom(atoms::timeout), make_reference(heap, processes_.self(), timer), kept});
  Process* holder = to.is_atom() ? processes_.current() : processes_.find(to);
  auto& row = timers_[timer];
  row = {0, to, holder ? holder->self() : Term::nil(), OwnedTerm{std::move(heap), kept}};
  if (holder) holder->timer_bytes += row.bytes();
  try {
    if (holder) timers_of_[row.holder.word()].insert(timer);
    row.id = processes_.timers().start(deadline, [this, timer] { fire(timer); });
  } catch (...) {
    take_timer(timer);
    throw;
  }
  return timer;
}

std::optional<Machine::MessageTimer> Machine::take_timer(const Reference& timer) {
  auto found = timers_.extract(timer);
  if (!found) return std::nullopt;
  auto& row = found.mapped();
  if (Process* holder = processes_.find(row.holder)) holder->timer_bytes -= row.bytes();
  if (auto of_holder = timers_of_.find(row.holder.word()); of_holder != timers_of_.end()) {
    of_holder->second.erase(timer);
    if (of_holder->second.empty()) timers_of_.erase(of_holder);
  }
  return std::move(row);
}

void Machine::fire(const Reference& timer) {
  auto due = take_timer(timer);
  Process* process = due->to.is_atom() ? processes_.whereis(due->to.as_atom()) : processes_.find(due->to);
  if (process) processes_.send_message({}, processes_.pid_of(*process), std::move(due->message));
}

std::optional<std::int64_t> Machine::timer_deadline(const Reference& timer) {
  auto found = timers_.find(timer);
  return found == timers_.end() ? std::nullopt : processes_.timers().deadline_of(found->second.id);
}

void Machine::stop_timer(const Reference& timer) {
  if (auto stopped = take_timer(timer)) processes_.timers().stop(stopped->id);
}

// As on OTP, a timer ends with its receiver if that is a pid; a timer to a name continues.
void Machine::cancel_timers_of(Process& process) {
  auto of_process = timers_of_.extract(process.self().word());
  if (!of_process) return;
  for (auto& timer : of_process.mapped()) {
    auto found = timers_.find(timer);
    if (found->second.to.is_atom() && !process.ends_for_memory) continue;
    processes_.timers().stop(found->second.id);
    timers_.erase(found);
  }
  shrink(timers_), shrink(timers_of_);
}

}  // namespace noderuntime
