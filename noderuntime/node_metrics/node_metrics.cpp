#include "noderuntime/node_metrics/node_metrics.h"

#include <algorithm>
#include <string>

#include "common/metrics/program_rows.h"
#include "common/net/loop.h"
#include "noderuntime/machine/machine.h"
#include "noderuntime/node/node.h"
#include "noderuntime/node/peers.h"
#include "noderuntime/process/processes.h"
#include "noderuntime/term/heap.h"
#include "noderuntime/term/memory.h"

namespace noderuntime::node_metrics {
namespace {

using metrics::Exposition;
using metrics::Family;
using metrics::Type;

constexpr std::string_view others = "other";  // no name of a node: it has no '@'

// One peer, or all that have no series of their own.
struct PeerRow {
  std::string_view name;
  PeerSample sample;
};

struct Facts {
  const Sources& sources;
  std::vector<PeerRow> peers;
  std::size_t visible = 0, hidden = 0, connecting = 0;
  metrics::ProgramFacts program = metrics::read_program_facts();

  Node& node() const { return sources.node; }
  Processes& processes() const { return sources.node.processes(); }
  Machine& machine() const { return sources.node.machine(); }
  const PeersCounts& counts() const { return sources.node.peers().counts(); }
  std::size_t atom_bytes() const { return atom_count() * 64; }  // as erlang:memory/0
  std::size_t code_bytes() const { return sources.node.code().code_bytes(); }
  std::size_t table_bytes() const { return machine().tables().words() * sizeof(Word); }
  // What erlang:memory/0 finds process by process, from the account: also records of processes, timers, output.
  std::size_t process_bytes() const {
    auto used = held_memory.used(), others = RefcBinary::all_bytes + code_bytes();
    return used - std::min(used, others);
  }
};

void add_to(PeerSample& sum, const PeerSample& sample) {
  sum.up = sum.up || sample.up;
  sum.traffic.received_bytes += sample.traffic.received_bytes;
  sum.traffic.sent_bytes += sample.traffic.sent_bytes;
  sum.traffic.received_signals += sample.traffic.received_signals;
  sum.traffic.sent_signals += sample.traffic.sent_signals;
  sum.unwritten_bytes += sample.unwritten_bytes;
  sum.waiting_bytes += sample.waiting_bytes;
  sum.pending_signals += sample.pending_signals;
  sum.busy_time += sample.busy_time;
  sum.silent_checks += sample.silent_checks;
}

Facts facts_of(const Sources& sources) {
  Facts facts{.sources = sources};
  auto samples = sources.node.peers().samples();
  for (auto& sample : samples)
    ++(!sample.up ? facts.connecting : sample.visible ? facts.visible : facts.hidden);
  // Those that have been known longest keep their series.
  std::ranges::sort(samples, {}, &PeerSample::number);
  for (auto& sample : samples) {
    if (facts.peers.size() < sources.peers)
      facts.peers.push_back({sample.node.text(), sample});
    else if (facts.peers.size() == sources.peers)
      facts.peers.push_back({others, sample});
    else
      add_to(facts.peers.back().sample, sample);
  }
  return facts;
}

double seconds(std::chrono::nanoseconds time) { return static_cast<double>(time.count()) / 1e9; }

template <class Number>
void each_peer(const Facts& facts, Exposition& out, Number number) {
  for (const auto& [name, sample] : facts.peers) out.add({name}, number(sample));
}

// The names of the alternatives of SignalBody.
constexpr std::string_view signal_kinds[] = {"message", "link",         "unlink",        "unlink_ack",
                                             "exit",    "exit2",        "monitor",       "demonitor",
                                             "down",    "group_leader", "spawn_request", "spawn_reply"};
static_assert(std::size(signal_kinds) == std::variant_size_v<SignalBody>);

void add_signals(Exposition& out, const CountsBySignal& counts) {
  for (std::size_t i = 0; i < counts.size(); ++i) out.add({signal_kinds[i]}, counts[i]);
}

// Reasons that are told even while nothing has failed for them, so that a first failure is an increase.
constexpr Errc usual_reasons[] = {Errc::timeout,     Errc::bad_cookie,        Errc::bad_flags,
                                  Errc::not_allowed, Errc::no_epmd,           Errc::unknown_node,
                                  Errc::tls_failed,  Errc::too_large,         Errc::certificate_expired,
                                  Errc::system,      Errc::connection_closed, Errc::bad_frame,
                                  Errc::bad_control, Errc::bad_term};

template <class Add>
void each_reason(const CountsByError& counts, Add add) {
  for (std::size_t i = 0; i < counts.size(); ++i) {
    auto code = static_cast<Errc>(i);
    bool usual = std::ranges::find(usual_reasons, code) != std::end(usual_reasons);
    if (usual || counts[i] > 0) add(error_name(code), counts[i]);
  }
}

// Names and labels that begin with erlang_vm_ are those of prometheus.erl, whose dashboards then show this node too.
constexpr metrics::Row<Facts> rows[] = {
    // the node
    {{"noderuntime_build_info", Type::gauge, "version", "1, with the version of the program"},
     [](const Facts&, Exposition& out) { out.add({NODERUNTIME_VERSION}, 1); }},
    {{"noderuntime_ready", Type::gauge, "", "1 if /ready is 200, else 0"},
     [](const Facts& f, Exposition& out) { out.add(f.node().unready() ? 0 : 1); }},
    {{"noderuntime_epmd_registered", Type::gauge, "", "1 while the name is registered at epmd, else 0"},
     [](const Facts& f, Exposition& out) { out.add(f.node().is_registered() ? 1 : 0); }},
    {{"noderuntime_epmd_registrations_total", Type::counter, "", "registrations at epmd"},
     [](const Facts& f, Exposition& out) { out.add(f.node().registrations()); }},

    // processes
    {{"erlang_vm_process_count", Type::gauge, "", "processes"},
     [](const Facts& f, Exposition& out) { out.add(f.processes().table().count()); }},
    {{"erlang_vm_process_limit", Type::gauge, "", "processes that there may be (--max-processes)"},
     [](const Facts& f, Exposition& out) { out.add(f.processes().table().limits().processes); }},
    {{"noderuntime_processes_started_total", Type::counter, "", "processes that have been started"},
     [](const Facts& f, Exposition& out) { out.add(f.processes().table().started()); }},
    {{"noderuntime_process_crashes_total", Type::counter, "",
      "processes that ended with an error or an uncaught throw"},
     [](const Facts& f, Exposition& out) { out.add(f.node().counts().crashes); }},
    {{"noderuntime_process_heaps_exceeded_total", Type::counter, "",
      "processes that exceeded their max_heap_size"},
     [](const Facts& f, Exposition& out) { out.add(f.node().counts().exceeded_heaps); }},
    {{"noderuntime_timers", Type::gauge, "", "timers that run"},
     [](const Facts& f, Exposition& out) { out.add(f.processes().timers().count()); }},

    // memory
    {{"erlang_vm_memory_bytes_total", Type::gauge, "kind",
      "memory of processes (as the account has it), and of all else"},
     [](const Facts& f, Exposition& out) {
       out.add({"processes"}, f.process_bytes());
       out.add({"system"}, f.atom_bytes() + RefcBinary::all_bytes + f.code_bytes() + f.table_bytes());
     }},
    {{"erlang_vm_memory_processes_bytes_total", Type::gauge, "usage", "memory of processes"},
     [](const Facts& f, Exposition& out) {
       out.add({"used"}, f.process_bytes());
       out.add({"free"}, 0);
     }},
    {{"erlang_vm_memory_system_bytes_total", Type::gauge, "usage",
      "memory of the node that belongs to no process"},
     [](const Facts& f, Exposition& out) {
       out.add({"atom"}, f.atom_bytes());
       out.add({"binary"}, RefcBinary::all_bytes);
       out.add({"code"}, f.code_bytes());
       out.add({"ets"}, f.table_bytes());
       out.add({"other"}, 0);
     }},
    {{"erlang_vm_memory_atom_bytes_total", Type::gauge, "usage", "memory of atoms, estimated"},
     [](const Facts& f, Exposition& out) {
       out.add({"used"}, f.atom_bytes());
       out.add({"free"}, 0);
     }},
    {{"noderuntime_held_memory_bytes", Type::gauge, "", "memory that processes and peers make the node hold"},
     [](const Facts&, Exposition& out) { out.add(held_memory.used()); }},
    {{"noderuntime_held_memory_limit_bytes", Type::gauge, "", "the bound of it (--max-memory)"},
     [](const Facts&, Exposition& out) { out.add(held_memory.bound()); }},
    {{"erlang_vm_atom_count", Type::gauge, "", "atoms"},
     [](const Facts&, Exposition& out) { out.add(atom_count()); }},
    {{"erlang_vm_atom_limit", Type::gauge, "", "atoms that there may be (--max-atoms)"},
     [](const Facts&, Exposition& out) { out.add(atom_limit()); }},
    {{"erlang_vm_ets_tables", Type::gauge, "", "ets tables"},
     [](const Facts& f, Exposition& out) { out.add(f.machine().tables().count()); }},
    {{"erlang_vm_memory_ets_tables", Type::gauge, "", "the same, under its other name"},
     [](const Facts& f, Exposition& out) { out.add(f.machine().tables().count()); }},
    {{"erlang_vm_dets_tables", Type::gauge, "", "dets tables: 0"},
     [](const Facts&, Exposition& out) { out.add(0); }},
    {{"erlang_vm_ets_limit", Type::gauge, "", "ets tables that there may be (--max-tables)"},
     [](const Facts& f, Exposition& out) { out.add(f.machine().tables().limits().tables); }},

    // work
    {{"erlang_vm_statistics_context_switches", Type::counter, "", "time slices"},
     [](const Facts& f, Exposition& out) { out.add(f.processes().scheduler().counters().time_slices); }},
    {{"erlang_vm_statistics_reductions_total", Type::counter, "", "reductions"},
     [](const Facts& f, Exposition& out) { out.add(f.processes().scheduler().counters().reductions); }},
    {{"erlang_vm_statistics_run_queues_length_total", Type::gauge, "", "processes that are runnable"},
     [](const Facts& f, Exposition& out) { out.add(f.processes().scheduler().runnable()); }},
    {{"erlang_vm_statistics_run_queues_length", Type::gauge, "", "the same, under its newer name"},
     [](const Facts& f, Exposition& out) { out.add(f.processes().scheduler().runnable()); }},
    {{"erlang_vm_statistics_garbage_collection_number_of_gcs", Type::counter, "", "collections of heaps"},
     [](const Facts& f, Exposition& out) {
       out.add(f.machine().collections().all + f.machine().collections().young);
     }},
    {{"erlang_vm_statistics_garbage_collection_words_reclaimed", Type::counter, "",
      "words that collections freed"},
     [](const Facts& f, Exposition& out) { out.add(f.machine().collections().reclaimed_words); }},
    {{"erlang_vm_statistics_garbage_collection_bytes_reclaimed", Type::counter, "", "the same in bytes"},
     [](const Facts& f, Exposition& out) {
       out.add(f.machine().collections().reclaimed_words * sizeof(Word));
     }},
    {{"noderuntime_collections_total", Type::counter, "generation",
      "collections of whole heaps, and of their young generations"},
     [](const Facts& f, Exposition& out) {
       out.add({"all"}, f.machine().collections().all);
       out.add({"young"}, f.machine().collections().young);
     }},
    {{"erlang_vm_statistics_runtime_milliseconds", Type::counter, "", "processor time of the program"},
     [](const Facts& f, Exposition& out) {
       out.add(static_cast<std::uint64_t>(f.program.processor_seconds * 1000));
     }},
    {{"erlang_vm_statistics_wallclock_time_milliseconds", Type::counter, "", "time since the node started"},
     [](const Facts& f, Exposition& out) {
       auto since = f.processes().host().monotonic_nanoseconds() - f.machine().access().state.start_time;
       out.add(since / 1'000'000);
     }},
    {{"erlang_vm_schedulers", Type::gauge, "", "schedulers: 1"},
     [](const Facts&, Exposition& out) { out.add(1); }},
    {{"erlang_vm_schedulers_online", Type::gauge, "", "schedulers that are online: 1"},
     [](const Facts&, Exposition& out) { out.add(1); }},
    {{"erlang_vm_port_count", Type::gauge, "", "ports: 0"},
     [](const Facts&, Exposition& out) { out.add(0); }},
    {{"erlang_vm_port_limit", Type::gauge, "", "ports that there may be: 0"},
     [](const Facts&, Exposition& out) { out.add(0); }},
    {{"noderuntime_loop_step_seconds", Type::histogram, "",
      "steps of the loop; all else waits for the end of a step"},
     [](const Facts& f, Exposition& out) {
       auto& steps = f.sources.loop.step_counts();
       out.add_histogram(net::Loop::step_limits, steps.counts, steps.sum);
     }},
    {{"noderuntime_longest_step_seconds", Type::gauge, "", "the longest step since the start"},
     [](const Facts& f, Exposition& out) { out.add(seconds(f.sources.loop.longest_step().duration)); }},
    {{"noderuntime_longest_step_processor_seconds", Type::gauge, "",
      "the longest step since the start, by processor time"},
     [](const Facts& f, Exposition& out) { out.add(seconds(f.sources.loop.longest_work().step.duration)); }},
    {{"noderuntime_longest_slice_seconds", Type::gauge, "",
      "the longest time slice of a process since the start"},
     [](const Facts& f, Exposition& out) {
       out.add(static_cast<double>(f.processes().scheduler().longest_slice().nanoseconds) / 1e9);
     }},
    {{"noderuntime_loop_busy_seconds_total", Type::counter, "",
      "time in which the loop neither slept nor polled"},
     [](const Facts& f, Exposition& out) { out.add(seconds(f.sources.loop.use().busy)); }},

    // code
    {{"noderuntime_modules", Type::gauge, "",
      "loaded modules of others than the node itself, each version once"},
     [](const Facts& f, Exposition& out) { out.add(f.node().code().instance_count()); }},
    {{"noderuntime_realms", Type::gauge, "", "peers whose code is here"},
     [](const Facts& f, Exposition& out) { out.add(f.node().code().realm_count()); }},
    {{"noderuntime_modules_borrowed_total", Type::counter, "", "modules that peers have lent"},
     [](const Facts& f, Exposition& out) { out.add(f.machine().borrowed().borrowed); }},
    {{"noderuntime_modules_missing_total", Type::counter, "", "searches for a module that no peer had"},
     [](const Facts& f, Exposition& out) { out.add(f.machine().borrowed().missing); }},
    {{"noderuntime_modules_refused_total", Type::counter, "", "files of modules that could not be used"},
     [](const Facts& f, Exposition& out) { out.add(f.machine().borrowed().unusable); }},

    // connections
    {{"noderuntime_peers", Type::gauge, "state",
      "other nodes: connected visibly or hidden, or being connected to"},
     [](const Facts& f, Exposition& out) {
       out.add({"visible"}, f.visible);
       out.add({"hidden"}, f.hidden);
       out.add({"connecting"}, f.connecting);
     }},
    {{"noderuntime_handshakes", Type::gauge, "", "connections of others that have not proved the cookie yet"},
     [](const Facts& f, Exposition& out) { out.add(f.node().peers().handshakes()); }},
    {{"noderuntime_connections_opened_total", Type::counter, "by",
      "connections that came up, by who called: us or peers"},
     [](const Facts& f, Exposition& out) {
       out.add({"us"}, f.counts().opened_by_us);
       out.add({"peers"}, f.counts().opened_by_peers);
     }},
    {{"noderuntime_connections_ended_total", Type::counter, "reason",
      "connections that were up and ended, by the reason"},
     [](const Facts& f, Exposition& out) {
       each_reason(f.counts().ended, [&](auto reason, auto count) { out.add({reason}, count); });
     }},
    {{"noderuntime_handshakes_failed_total", Type::counter, "by,reason",
      "attempts to connect that failed: of us, or of peers"},
     [](const Facts& f, Exposition& out) {
       each_reason(f.counts().failed_by_us, [&](auto reason, auto count) { out.add({"us", reason}, count); });
       each_reason(f.counts().failed_by_peers, [&](auto reason, auto count) {
         out.add({"peers", reason}, count);
       });
       out.add({"peers", "crowded_out"}, f.counts().crowded_out);
     }},
    {{"erlang_vm_statistics_bytes_received_total", Type::counter, "", "bytes that came from other nodes"},
     [](const Facts& f, Exposition& out) { out.add(f.counts().traffic.received_bytes); }},
    {{"erlang_vm_statistics_bytes_output_total", Type::counter, "", "bytes that went to other nodes"},
     [](const Facts& f, Exposition& out) { out.add(f.counts().traffic.sent_bytes); }},
    {{"noderuntime_signals_received_total", Type::counter, "kind", "signals of other nodes"},
     [](const Facts& f, Exposition& out) { add_signals(out, f.counts().received); }},
    {{"noderuntime_signals_sent_total", Type::counter, "kind", "signals to other nodes"},
     [](const Facts& f, Exposition& out) { add_signals(out, f.counts().sent); }},
    {{"noderuntime_signals_lost_total", Type::counter, "",
      "signals that had no room while a connection was being made"},
     [](const Facts& f, Exposition& out) { out.add(f.counts().lost_signals); }},

    // each peer
    {{"erlang_vm_dist_node_state", Type::gauge, "peer",
      "3: the peer is connected; 1: it is being connected to"},
     [](const Facts& f, Exposition& out) { each_peer(f, out, [](auto& s) { return s.up ? 3 : 1; }); }},
    {{"erlang_vm_dist_recv_bytes", Type::gauge, "peer",
      "bytes that came from the peer, since it is connected"},
     [](const Facts& f, Exposition& out) {
       each_peer(f, out, [](auto& s) { return s.traffic.received_bytes; });
     }},
    {{"erlang_vm_dist_recv_cnt", Type::gauge, "peer",
      "signals that came from the peer, since it is connected"},
     [](const Facts& f, Exposition& out) {
       each_peer(f, out, [](auto& s) { return s.traffic.received_signals; });
     }},
    {{"erlang_vm_dist_send_bytes", Type::gauge, "peer", "bytes that went to the peer, since it is connected"},
     [](const Facts& f, Exposition& out) {
       each_peer(f, out, [](auto& s) { return s.traffic.sent_bytes; });
     }},
    {{"erlang_vm_dist_send_cnt", Type::gauge, "peer", "signals that went to the peer, since it is connected"},
     [](const Facts& f, Exposition& out) {
       each_peer(f, out, [](auto& s) { return s.traffic.sent_signals; });
     }},
    {{"erlang_vm_dist_send_pend_bytes", Type::gauge, "peer", "bytes that wait for the kernel"},
     [](const Facts& f, Exposition& out) { each_peer(f, out, [](auto& s) { return s.unwritten_bytes; }); }},
    {{"erlang_vm_dist_node_queue_size_bytes", Type::gauge, "peer",
      "bytes of large messages, and of what waits behind them"},
     [](const Facts& f, Exposition& out) { each_peer(f, out, [](auto& s) { return s.waiting_bytes; }); }},
    {{"erlang_vm_dist_port_input_bytes", Type::gauge, "peer", "as erlang_vm_dist_recv_bytes"},
     [](const Facts& f, Exposition& out) {
       each_peer(f, out, [](auto& s) { return s.traffic.received_bytes; });
     }},
    {{"erlang_vm_dist_port_output_bytes", Type::gauge, "peer", "as erlang_vm_dist_send_bytes"},
     [](const Facts& f, Exposition& out) {
       each_peer(f, out, [](auto& s) { return s.traffic.sent_bytes; });
     }},
    {{"erlang_vm_dist_port_queue_size_bytes", Type::gauge, "peer", "as erlang_vm_dist_send_pend_bytes"},
     [](const Facts& f, Exposition& out) { each_peer(f, out, [](auto& s) { return s.unwritten_bytes; }); }},
    {{"noderuntime_peer_busy_seconds_total", Type::counter, "peer",
      "time in which senders to the peer were suspended"},
     [](const Facts& f, Exposition& out) {
       each_peer(f, out, [](auto& s) { return seconds(s.busy_time); });
     }},
    {{"noderuntime_peer_pending_signals", Type::gauge, "peer", "signals that wait for the connection"},
     [](const Facts& f, Exposition& out) { each_peer(f, out, [](auto& s) { return s.pending_signals; }); }},
    {{"noderuntime_peer_missed_ticks_total", Type::counter, "peer",
      "quarters of the ticktime in which nothing came from the peer"},
     [](const Facts& f, Exposition& out) { each_peer(f, out, [](auto& s) { return s.silent_checks; }); }},

    // these metrics
    {{"noderuntime_http_connections", Type::gauge, "", "connections to /metrics, /health and /ready"},
     [](const Facts& f, Exposition& out) { out.add(f.sources.endpoint.open); }},
    {{"noderuntime_http_requests_total", Type::counter, "", "requests there that were read"},
     [](const Facts& f, Exposition& out) { out.add(f.sources.endpoint.requests); }},
    {{"noderuntime_http_refused_total", Type::counter, "what",
      "requests there that were wrong, and connections without a place"},
     [](const Facts& f, Exposition& out) {
       out.add({"requests"}, f.sources.endpoint.refused_requests);
       out.add({"connections"}, f.sources.endpoint.refused_connections);
     }},
};

}  // namespace

void write(const Sources& sources, Exposition& out) {
  auto facts = facts_of(sources);
  metrics::write_rows(rows, facts, out);
  metrics::write_rows(metrics::program_rows, facts.program, out);
}

std::vector<Family> families() {
  std::vector<Family> all;
  for (const auto& row : rows) all.push_back(row.family);
  for (const auto& row : metrics::program_rows) all.push_back(row.family);
  return all;
}

}  // namespace noderuntime::node_metrics
