#include "noderuntime/node/node.h"

#include <algorithm>
#include <chrono>

#include "common/net/tcp.h"
#include "common/program/logging.h"
#include "common/program/memory.h"
#include "common/program/secrets.h"
#include "noderuntime/machine/machine.h"
#include "noderuntime/node/credential_watch.h"
#include "noderuntime/node/epmd_registration.h"
#include "noderuntime/node/join.h"
#include "noderuntime/node/listeners.h"
#include "noderuntime/node/node_cluster.h"
#include "noderuntime/node/node_system.h"
#include "noderuntime/node/peers.h"
#include "noderuntime/node/transport.h"
#include "noderuntime/services/crash_report.h"
#include "noderuntime/services/services.h"
#include "noderuntime/term/pace.h"
#include "noderuntime/term/reclaimer.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime {

namespace {

// Then the sockets have their turn.
constexpr int slices_per_turn = 64;
constexpr std::int64_t turn_nanoseconds = 500'000;
constexpr std::int64_t slice_nanoseconds = 1'000'000;  // of work that counts less than it takes
constexpr std::int64_t reclaimed_steps = 16'384;       // of memory that is given back in a turn
constexpr net::Milliseconds farewell{500};             // for peers to close their side of the connection
constexpr net::Milliseconds give_back_after{2'000};
// Hidden nodes register with it too. Source: docs/protocol/epmd.md, "ALIVE2_REQ".
constexpr std::uint8_t erlang_node_type = 77;

NodeIdentity nobody() { return {atoms::nonode, Creation{0}}; }

template <class Clock>
std::int64_t nanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch()).count();
}

}  // namespace

Node::Node(net::Loop& loop, NodeConfiguration configuration, Events events)
    : loop_{loop},
      configuration_{std::move(configuration)},
      events_{std::move(events)},
      processes_{nobody(), *this, {.processes = configuration_.processes}},
      transport_{std::make_unique<Transport>(loop, configuration_.credentials, [this] { settle(); })},
      peers_{std::make_unique<Peers>(loop, *transport_, configuration_, processes_.signals(),
                                     static_cast<PeerEvents&>(*this))},
      system_{std::make_unique<NodeSystem>(
          loop, processes_, configuration_.file_system, configuration_.file_operations,
          [this] { schedule(); }, [this](int status) { halt(status); },
          [this](int status) {
            later_([this, status] { end_in_order([this, status] { halt(status); }); });
          })},
      cluster_{std::make_unique<NodeCluster>(loop, configuration_, processes_.this_node(), *peers_,
                                             [this] { schedule(); })},
      machine_{std::make_unique<Machine>(
          processes_, *system_, *cluster_,
          Machine::Config{
              .code_path = configuration_.code_path,
              .borrow_code = configuration_.borrow_code,
              .tables = {.tables = configuration_.tables, .words = configuration_.table_bytes / sizeof(Word)},
              .crashed =
                  [this](Process& process, Term reason) {
                    ++counts_.crashes;
                    report_crash(processes_, process, reason);
                  }})},
      applications_{machine_->requests()},
      work_{loop, [this] { schedule(); }},
      timer_{loop},
      halt_timer_{loop},
      stop_timer_{loop},
      give_back_timer_{loop} {
  if (configuration_.file_system) machine_->registry().set_own_directories({"."});
  program::keep_secret(configuration_.cookie);
  for (auto& [node, cookie] : configuration_.peer_cookies) program::keep_secret(cookie);
  processes_.exits().on_heap_exceeded([this](Process& process) {
    ++counts_.exceeded_heaps;
    report_heap(processes_, process);
  });
  if (configuration_.credentials)
    credential_watch_ = std::make_unique<CredentialWatch>(loop_, configuration_.credentials);
  if (!configuration_.full_name) return;
  later_([this] {
    if (stopped_) return;
    if (!configuration_.publish) return appear(Port{0});
    if (auto outcome = listen(); !outcome) events_.failed(outcome.error());
  });
}

Node::~Node() { stop(); }

void Node::reload_credentials() {
  if (credential_watch_) credential_watch_->reload();
}

ModuleRegistry& Node::code() { return machine_->registry(); }
void Node::connect(Atom node, std::function<void(Outcome)> done) { peers_->connect(node, std::move(done)); }

// --- coming up and stopping

Outcome Node::listen() {
  auto listeners = Listeners::open(loop_, configuration_, [this](std::unique_ptr<net::TcpStream> stream) {
    peers_->accept(std::move(stream));
  });
  if (!listeners) return listeners.error();
  listeners_ = std::move(*listeners);
  if (configuration_.use_epmd)
    publish(listeners_->port());
  else
    appear(listeners_->port());
  return done;
}

void Node::publish(Port port) {
  epmd::NodeEntry entry;
  entry.name = std::string{configuration_.full_name->name()};
  entry.port = configuration_.advertised_port ? Port{configuration_.advertised_port} : port;
  entry.node_type = erlang_node_type;
  epmd_registration_ = std::make_unique<EpmdRegistration>(
      loop_, std::move(entry), Port{configuration_.epmd_port}, configuration_.start_epmd,
      configuration_.epmd_retry,
      EpmdRegistration::Events{
          .registered =
              [this, port](Creation creation) {
                become({*configuration_.full_name, creation});
                come_up(port);
              },
          .failed = [this, port](Error error) { on_unregistered(port, std::move(error)); },
          .note = [](std::string text) { program::log_warning(text); }});
}

// Without an epmd, other nodes still find this one at the port of all.
void Node::on_unregistered(Port port, Error error) {
  if (configuration_.common_port == 0 || error.code != Errc::no_epmd) return events_.failed(std::move(error));
  loop_.drop_later(std::move(epmd_registration_));
  appear(port);
}

void Node::appear(Port port) {
  become({*configuration_.full_name, Creation{static_cast<std::uint32_t>(random()) | 4}});
  come_up(port);
}

void Node::come_up(Port port) {
  up_ = true;
  events_.up(port);
  auto joined = [this] { start_applications(); };
  if (stopped_) return;
  if (configuration_.join_plan.empty())
    joined();
  else
    join_ = std::make_unique<Join>(
        loop_, configuration_, *peers_,
        Join::Events{.joined = joined,
                     .note =
                         [this](bool warning, const std::string& text) {
                           note_limited(warning ? program::LogLevel::warning : program::LogLevel::info, text);
                         },
                     .random = [this] { return random(); }});
  settle();
}

void Node::start_applications() {
  auto ready = [this] {
    if (!stopped_ && events_.joined) events_.joined();
  };
  auto failed = [this](Error error) {
    if (!stopped_) events_.failed(std::move(error));
  };
  if (configuration_.applications.empty()) return ready();
  bool begun = applications_.start(configuration_.applications, [this, ready, failed](Outcome outcome) {
    later_([ready, failed, outcome] { outcome ? ready() : failed(outcome.error()); });
  });
  if (!begun) return failed(Error{Errc::not_started, "there is no room for another process"});
  schedule();
}

void Node::end_in_order(std::function<void()> then) {
  static const Atom controller = Atom::of("application_controller");
  if (stopped_ || ending_) return;
  ending_ = std::move(then);
  auto end = [this] {
    if (ending_) std::exchange(ending_, {})();
  };
  if (!processes_.names().whereis(controller)) return end();
  stop_timer_.start(configuration_.stop_time, [this, end] {
    program::log_warning("applications still run after --stop-time");
    end();
  });
  if (!applications_.stop([this, end] { later_(end); })) return end();
  schedule();
}

void Node::become(const distribution::Identity& identity) {
  processes_.this_node().set_identity({Atom::of(identity.name.full()), identity.creation});
  peers_->set_self(identity);
  start_own_processes();
}

void Node::start_own_processes() {
  system_->open_console([this] {
    console_drained(processes_);
    schedule();
  });
  start_services(processes_, *system_, *cluster_);
}

void Node::stop() {
  if (std::exchange(stopped_, true)) return;
  cluster_->drop_requests();
  if (listeners_) loop_.drop_later(std::move(listeners_));
  if (join_) {
    join_->stop();
    loop_.drop_later(std::move(join_));
  }
  peers_->disconnect_all();
  system_->close_console();
  system_->stop_background();
  if (epmd_registration_) loop_.drop_later(std::move(epmd_registration_));
  work_.stop();
  timer_.stop();
  halt_timer_.stop();
  stop_timer_.stop();
  ending_ = {};
  give_back_timer_.stop();
  program::stop_giving_back();
  credential_watch_.reset();
  reclaimer.finish();
}

// --- for those who watch the node

bool Node::is_registered() const { return epmd_registration_ && epmd_registration_->is_registered(); }

std::uint64_t Node::registrations() const {
  return epmd_registration_ ? epmd_registration_->registrations() : 0;
}

std::optional<std::string> Node::unready() const {
  if (!up_) return "the node is not up yet";
  if (stopped_ || halting_) return "the node ends";
  if (epmd_registration_ && !epmd_registration_->is_registered())
    return "it is not registered at the port mapper daemon";
  if (!join_) return std::nullopt;
  auto& joiner = join_->joiner();
  if (auto wanted = configuration_.join_plan.wait; wanted > 0) {
    auto connected = joiner.connected();
    if (connected >= wanted) return std::nullopt;
    return std::to_string(connected) + " of " + std::to_string(wanted) + " nodes are connected (--join-wait)";
  }
  auto missing = joiner.missing();
  if (missing.empty()) return std::nullopt;
  auto others = missing.size() - 1;
  return missing.front().full() + (others == 0 ? " is" : " and " + std::to_string(others) + " more are") +
         " not connected (--join)";
}

// --- turns

void Node::schedule() {
  processes_.timers().advance(monotonic_milliseconds());
  processes_.scheduler().run(slices_per_turn, turn_nanoseconds);
  if (!reclaimer.done()) reclaimer.work(reclaimed_steps);
  if (gives_back_) gives_back_ = program::give_back_some();
  settle();
}

// Flushes output, lets runnable processes run, and arms the timer.
void Node::settle() {
  if (stopped_) return;
  reclaimer.start();
  pace.limit_time(nanoseconds<std::chrono::steady_clock>, slice_nanoseconds);
  peers_->flush();
  processes_.exits().relieve();
  if (program::memory_is_short()) {
    processes_.exits().relieve(Exits::Relief::now);
    program::refill_reserve();
  }
  give_back_memory();
  // Timers that are due are work, too: libuv would run one that starts at once before it looks at the sockets again.
  bool due = !arm_timer();
  bool has_work = due || processes_.scheduler().has_runnable() || !reclaimer.done() || gives_back_;
  if (has_work != work_.started()) has_work ? work_.start() : work_.stop();
}

// Some time after much memory was freed, so that memory which is needed again soon stays.
void Node::give_back_memory() {
  most_held_ = std::max(most_held_, held_memory.used());
  if (most_held_ - held_memory.used() < program::kept_free_bytes || give_back_timer_.running()) return;
  give_back_timer_.start(give_back_after, [this] {
    program::start_giving_back(most_held_ - std::min(most_held_, held_memory.used()));
    most_held_ = held_memory.used();
    gives_back_ = true;
    settle();
  });
}

// False: a timer is due already.
bool Node::arm_timer() {
  auto deadline = processes_.timers().next_deadline();
  auto delay = deadline ? *deadline - monotonic_milliseconds() : 0;
  if (!deadline || delay <= 0) {
    timer_.stop();
    return !deadline;
  }
  timer_.start(net::Milliseconds{delay}, [this] { schedule(); });
  return true;
}

// --- events of peers

void Node::on_identity(const distribution::Identity& given) {
  processes_.this_node().set_identity({Atom::of(given.name.full()), given.creation});
  start_own_processes();
}

void Node::on_node_up(Atom node, bool visible) {
  program::log_debug(std::string{node.text()} + " is connected (" + (visible ? "visible" : "hidden") + ")");
  machine_->peer_returns(node);
  announce_node(processes_, atoms::nodeup, node, visible);
  if (join_) join_->node_up(node, visible);
  if (events_.node_changed) events_.node_changed(node, true);
  schedule();
}

void Node::on_node_down(Atom node, bool visible, const Error& why) {
  processes_.signals().node_down(node);
  machine_->peer_leaves();
  bool ordinary = why.code == Errc::connection_closed || why.code == Errc::other_connection;
  note(!ordinary,
       "the connection to " + std::string{node.text()} + " ends: " + program::printable(why.message()));
  announce_node(processes_, atoms::nodedown, node, visible);
  if (events_.node_changed && !stopped_) events_.node_changed(node, false);
  if (join_) join_->node_down(node);
  halt_when_alone();
  settle();
}

void Node::on_unreachable(Atom node, ReachStep step, const Error& why) {
  processes_.signals().node_down(node);
  machine_->peer_leaves();
  if (join_) join_->unreachable(node, step, why);
  halt_when_alone();
  settle();
}

void Node::on_drained(Atom node) {
  processes_.scheduler().node_drained(node);
  settle();
}

void Node::on_input_done() { schedule(); }

std::uint64_t Node::begin_work(std::function<void()> work, std::function<void()> ended) {
  return processes_.scheduler().begin_job(std::move(work), std::move(ended));
}

void Node::cancel_work(std::uint64_t job) { processes_.scheduler().cancel_job(job); }

void Node::note(bool warning, std::string text) {
  if (warning) return note_limited(program::LogLevel::warning, text);
  program::log_debug(text);
}

void Node::note_limited(program::LogLevel level, std::string_view text) {
  if (!warnings_.allows(loop_.now())) return;
  if (auto held_back = warnings_.take_suppressed())
    program::log_warning(std::to_string(held_back) + " warnings were held back");
  program::log(level, text);
}

// --- what processes need

bool Node::send(Atom node, const SignalBody& signal) { return peers_->send(node, signal); }
std::vector<Host::HeldForPeer> Node::held_for_peers() { return peers_->held(); }
void Node::end_connection(Atom node, std::string why) { peers_->end_soon(node, std::move(why)); }
bool Node::busy(Atom node, const Pid& sender) { return peers_->busy(node, sender); }

std::int64_t Node::monotonic_nanoseconds() { return nanoseconds<std::chrono::steady_clock>(); }
std::int64_t Node::system_nanoseconds() { return nanoseconds<std::chrono::system_clock>(); }

std::uint64_t Node::random() { return random_.next(); }

// Lets the last answers reach their callers: if a connection were closed with unread input, it would be
// reset, and what the other side has not read yet would be lost.
void Node::halt(int status) {
  later_([this, status] {
    if (stopped_ || halting_ || !events_.halted) return;
    halting_ = status;
    peers_->finish_output();
    if (!peers_->any_connected()) return events_.halted(status);
    halt_timer_.start(farewell, [this, status] {
      if (!stopped_) events_.halted(status);
    });
  });
}

void Node::halt_when_alone() {
  if (halting_ && !stopped_ && !peers_->any_connected())
    halt_timer_.start(net::Milliseconds{0}, [this] {
      if (!stopped_) events_.halted(*halting_);
    });
}

void Node::log(LogLevel level, std::string_view text) {
  static constexpr program::LogLevel levels[] = {program::LogLevel::debug, program::LogLevel::info,
                                                 program::LogLevel::warning, program::LogLevel::error};
  program::log(levels[static_cast<int>(level)], text);
}

std::unique_ptr<Body> Node::start_function(Process& process, const Process* spawner, Atom module,
                                           Atom function, Term arguments) {
  return machine_->start(process, spawner, module, function, arguments);
}

}  // namespace noderuntime
