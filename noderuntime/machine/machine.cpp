#include "noderuntime/machine/machine.h"

#include <algorithm>

#include "noderuntime/functions/background.h"
#include "noderuntime/machine/call_traces.h"
#include "noderuntime/machine/interpreter.h"
#include "noderuntime/term/pace.h"
#include "noderuntime/term/shared_walk.h"

namespace noderuntime {

namespace {

constexpr std::uint32_t no_id = (std::uint32_t{1} << 29) - 1;

}  // namespace

Machine::Machine(Processes& processes, System& system, Cluster& cluster, Config config)
    : processes_{processes},
      config_{std::move(config)},
      registry_{processes.host(), system, cluster, {config_.code_path, config_.borrow_code}},
      requests_{processes.this_node(), processes.table(), processes.spawner(), processes.signals()},
      borrower_{processes.host(),
                processes.timers(),
                processes.this_node(),
                processes.table(),
                processes.scheduler(),
                processes.exits(),
                cluster,
                registry_,
                requests_},
      comparer_{processes.host(),
                processes.timers(),
                cluster,
                registry_,
                requests_,
                borrower_,
                [this](Realm& realm, auto& modules) { versions_came(realm, modules); }},
      root_image_{Interpreter::root_image()},
      tables_{config_.tables},
      message_timers_{processes.timers(), processes.this_node(), processes.table(),
                      processes.names(),  processes.scheduler(), processes.signals()},
      modules_{processes.this_node(), registry_, borrower_, [this] { reclaim_later(); }},
      tracing_{processes, registry_, traced_native},
      access_{system, cluster, modules_, persistent_, message_timers_, tables_, state_, tracing_} {
  tracing_.set_access(access_);
  free_interpreters_.reserve(kept_interpreters);
  state_.environment = system.environment();
  state_.start_time = processes.host().monotonic_nanoseconds();
  processes.exits().on_end([this](Process& process) { hand_over_tables(process); });
  processes.exits().on_exit([this](Process& process, auto& breathe) {
    message_timers_.process_ends(process, breathe);
    state_.owned_files->close_all_of(process.self());
    if (auto background = access_.system.background()) background->forget(process);
  });
  borrower_.on_heard([this](Realm& realm) {
    if (realm.lender.compares && !comparer_.compares(realm)) comparer_.compare(realm);
  });
}

Machine::~Machine() { processes_.scheduler().cancel_paused(); }

Body::Next Machine::run(ErlangBody& body, Process& process, int& budget) {
  struct Borrowed {
    Machine& machine;
    std::unique_ptr<Interpreter> interpreter;
    ~Borrowed() { machine.give_back(std::move(interpreter)); }
  };
  Borrowed borrowed{*this, nullptr};
  if (!free_interpreters_.empty()) {
    borrowed.interpreter = std::move(free_interpreters_.back());
    free_interpreters_.pop_back();
  } else {
    borrowed.interpreter = std::make_unique<Interpreter>(*this);
  }
  return borrowed.interpreter->run(body, process, budget);
}

void Machine::give_back(std::unique_ptr<Interpreter> interpreter) noexcept {
  if (interpreter && free_interpreters_.size() < free_interpreters_.capacity())
    free_interpreters_.push_back(std::move(interpreter));
}

std::unique_ptr<Body> Machine::start(Process& process, const Process* spawner, Atom module, Atom function,
                                     Term arguments) {
  auto body = std::make_unique<ErlangBody>(*this);
  std::uint32_t arity = 0;
  for (Term rest = arguments; rest.is_cons(); rest = rest.tail()) ++arity;
  body->initial = {module, function, arity};
  auto* code = root_image_->code.data();
  body->instance = body->return_instance = &root(realm_for(process, spawner));
  body->code = code + Interpreter::root_apply_list;
  body->return_code = code + Interpreter::root_end;
  body->live = {Term::atom(module), Term::atom(function), arguments};
  return body;
}

// The spawner's realm. A spawn request from a peer uses that peer's realm.
Realm& Machine::realm_for(const Process& process, const Process* spawner) {
  if (auto* body = spawner ? erlang_body(*spawner) : nullptr) return *body->instance->realm;
  bool ours = process.origin == processes_.self().name || process.origin == Atom{};
  return ours ? registry_.home() : registry_.realm(process.origin);
}

const std::uint32_t* Machine::traced_return() const {
  return root_image_->code.data() + Interpreter::root_traced_return;
}

ModuleInstance& Machine::root(Realm& realm) {
  auto& instance = roots_[&realm];
  if (!instance) instance = std::make_unique<ModuleInstance>(root_image_, realm, no_id);
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
  auto now = processes_.host().monotonic_milliseconds();
  reclaim_timer_ = processes_.timers().start(now + reclaim_delay_, [this] { reclaim(); });
}

// Runs between time slices, when all frames are on stacks. Code that is paused may refer to more than that.
void Machine::reclaim() {
  if (pace.has_paused()) return start_reclaim_timer();
  auto in_use = registry_.suspects();
  auto look = [&](std::span<const Word> words) { in_use.words(words); };
  processes_.table().for_each_slot([&](Process& process) {
    process.heap.for_each_chunk(look);
    process.mailbox.for_each_heap([&](const Heap& heap) { heap.for_each_chunk(look); });
    if (auto* body = erlang_body(process)) body->refer(in_use);
  });
  persistent_.for_each_block(look);
  tables_.for_each_block(look);
  for (auto* over : registry_.reclaim(
           in_use, [&](auto& realm) { return borrower_.asks(realm) || comparer_.compares(realm); }))
    roots_.erase(over);
  reclaim_delay_ = std::min(2 * reclaim_delay_, last_reclaim);
  start_reclaim_timer();
}

// Gives tables to their heirs, which receive {'ETS-TRANSFER', Table, From, Data}; deletes the others.
void Machine::hand_over_tables(Process& process) {
  static const Atom transfer = Atom::of("ETS-TRANSFER");
  auto is_alive = [this](Term pid) { return processes_.table().find(pid) != nullptr; };
  for (auto& [heir, table] : tables_.owner_ends(process.self(), is_alive)) {
    Heap heap;
    Term data = copy(table->options.heir_data.term(), heap);
    Term name =
        table->options.named ? Term::atom(table->name) : make_reference(heap, processes_.self(), table->id);
    Term message = make_tuple(heap, {Term::atom(transfer), name, process.self(), data});
    processes_.signals().send_message(processes_.table().pid_of(process),
                                      processes_.table().pid_of(*processes_.table().find(heir)),
                                      {std::move(heap), message});
  }
  if (!tables_.has_buried() || sweeping_) return;
  processes_.scheduler().start_job([this] {
    constexpr std::size_t rows = 256;
    constexpr std::int64_t steps_per_row = 16;
    while (tables_.sweep(rows)) let_others_run(steps_per_row * static_cast<std::int64_t>(rows));
    sweeping_ = false;
  });
  sweeping_ = true;
}

}  // namespace noderuntime
