#include "noderuntime/observe/exporter.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "common/metrics/program_rows.h"

namespace noderuntime::observe {

namespace {

using metrics::Exposition;
using metrics::Family;
using metrics::Type;
using State = Cluster::State;

struct Told {
  std::vector<Cluster::Sample> samples;
  std::vector<std::pair<Atom, Atom>> one_sided;
  const http::Server::Counts& endpoint;
  std::size_t left_out = 0;  // connections
  metrics::ProgramFacts program = metrics::read_program_facts();
};

// A series for each node that is up and tells the number. `number` gets its Facts and Figures.
template <class Number>
void each_node(const Told& told, Exposition& out, Number number) {
  for (auto& sample : told.samples)
    if (sample.facts && sample.figures)
      if (auto value = number(*sample.facts, *sample.figures)) out.add({sample.node.text()}, *value);
}

// The same with a second label, for each part of a sum.
using Part = std::pair<std::string_view, Number>;
template <class Parts>
void each_part(const Told& told, Exposition& out, Parts parts) {
  for (auto& sample : told.samples)
    if (sample.figures)
      for (auto& [name, value] : parts(sample.figures->memory))
        if (value) out.add({sample.node.text(), name}, *value);
}

// A series for each connection of each node.
template <class Number>
void each_connection(const Told& told, Exposition& out, Number number) {
  std::size_t count = 0;
  for (auto& sample : told.samples) {
    if (!sample.figures) continue;
    for (auto& [peer, traffic] : sample.figures->traffic) {
      if (++count > most_told_connections) return;
      if (auto value = number(traffic)) out.add({sample.node.text(), peer.text()}, *value);
    }
  }
}

Number difference(Number all, Number part) {
  return all && part && *all >= *part ? Number{*all - *part} : std::nullopt;
}

Number uptime_milliseconds(const Facts& facts, const Figures& figures) {
  if (!figures.time || !facts.start_time || !facts.second || *facts.second <= 0) return std::nullopt;
  auto units = static_cast<double>(*figures.time - *facts.start_time);
  return static_cast<std::int64_t>(units / static_cast<double>(*facts.second) * 1000);
}

std::string_view or_empty(const std::optional<std::string>& text) {
  return text ? *text : std::string_view{};
}

#define NODERUNTIME_OF_NODE(member)                                         \
  [](const Told& t, Exposition& out) {                                      \
    each_node(t, out, [](auto&, auto& figures) { return figures.member; }); \
  }
#define NODERUNTIME_FACT_OF_NODE(member) \
  [](const Told& t, Exposition& out) { each_node(t, out, [](auto& facts, auto&) { return facts.member; }); }
#define NODERUNTIME_OF_CONNECTION(member)                                  \
  [](const Told& t, Exposition& out) {                                     \
    each_connection(t, out, [](auto& traffic) { return traffic.member; }); \
  }

constexpr metrics::Row<Told> rows[] = {
    // which nodes there are
    {{"noderuntime_build_info", Type::gauge, "version", "1, with the version of the program"},
     [](const Told&, Exposition& out) { out.add({NODERUNTIME_VERSION}, 1); }},
    {{"noderuntime_observed_up", Type::gauge, "node", "1 if the node answers, else 0"},
     [](const Told& t, Exposition& out) {
       for (auto& sample : t.samples) out.add({sample.node.text()}, sample.state == State::up ? 1 : 0);
     }},
    {{"noderuntime_observed_info", Type::gauge, "node,release,system", "1, with what the node is"},
     [](const Told& t, Exposition& out) {
       for (auto& sample : t.samples)
         if (sample.facts && sample.figures)
           out.add({sample.node.text(), or_empty(sample.facts->release), or_empty(sample.facts->system)}, 1);
     }},
    {{"noderuntime_observed_answer_seconds", Type::gauge, "node",
      "how long the node took for the last answer"},
     [](const Told& t, Exposition& out) {
       for (auto& sample : t.samples)
         if (sample.figures && sample.answer_milliseconds)
           out.add({sample.node.text()}, *sample.answer_milliseconds / 1000);
     }},
    {{"noderuntime_observed_one_sided", Type::gauge, "node,unseen_by",
      "1: the node is connected to the other one, which is not connected to it"},
     [](const Told& t, Exposition& out) {
       for (auto& [one, other] : t.one_sided) out.add({one.text(), other.text()}, 1);
     }},

    // processes
    {{"erlang_vm_process_count", Type::gauge, "node", "processes"}, NODERUNTIME_OF_NODE(processes)},
    {{"erlang_vm_process_limit", Type::gauge, "node", "processes that there may be"},
     NODERUNTIME_FACT_OF_NODE(process_limit)},

    // memory
    {{"erlang_vm_memory_bytes_total", Type::gauge, "node,kind", "memory of processes, and of all else"},
     [](const Told& t, Exposition& out) {
       each_part(t, out, [](auto& m) {
         return std::array{Part{"processes", m.processes}, Part{"system", m.system}};
       });
     }},
    {{"erlang_vm_memory_processes_bytes_total", Type::gauge, "node,usage", "memory of processes"},
     [](const Told& t, Exposition& out) {
       each_part(t, out, [](auto& m) {
         return std::array{Part{"used", m.processes_used},
                           Part{"free", difference(m.processes, m.processes_used)}};
       });
     }},
    {{"erlang_vm_memory_system_bytes_total", Type::gauge, "node,usage",
      "memory of the node that belongs to no process"},
     [](const Told& t, Exposition& out) {
       each_part(t, out, [](auto& m) {
         auto other = m.system;
         for (auto part : {m.atom, m.binary, m.code, m.ets}) other = difference(other, part);
         return std::array{Part{"atom", m.atom}, Part{"binary", m.binary}, Part{"code", m.code},
                           Part{"ets", m.ets}, Part{"other", other}};
       });
     }},
    {{"erlang_vm_memory_atom_bytes_total", Type::gauge, "node,usage", "memory of atoms"},
     [](const Told& t, Exposition& out) {
       each_part(t, out, [](auto& m) {
         return std::array{Part{"used", m.atom_used}, Part{"free", difference(m.atom, m.atom_used)}};
       });
     }},
    {{"erlang_vm_atom_count", Type::gauge, "node", "atoms"}, NODERUNTIME_OF_NODE(atoms)},
    {{"erlang_vm_atom_limit", Type::gauge, "node", "atoms that there may be"},
     NODERUNTIME_FACT_OF_NODE(atom_limit)},
    {{"erlang_vm_ets_tables", Type::gauge, "node", "ets tables"}, NODERUNTIME_OF_NODE(tables)},
    {{"erlang_vm_memory_ets_tables", Type::gauge, "node", "the same, under its other name"},
     NODERUNTIME_OF_NODE(tables)},
    {{"erlang_vm_ets_limit", Type::gauge, "node", "ets tables that there may be"},
     NODERUNTIME_FACT_OF_NODE(table_limit)},

    // work
    {{"erlang_vm_statistics_reductions_total", Type::counter, "node", "reductions"},
     NODERUNTIME_OF_NODE(reductions)},
    {{"erlang_vm_statistics_run_queues_length_total", Type::gauge, "node", "processes that are runnable"},
     NODERUNTIME_OF_NODE(run_queue)},
    {{"erlang_vm_statistics_run_queues_length", Type::gauge, "node", "the same, under its newer name"},
     NODERUNTIME_OF_NODE(run_queue)},
    {{"erlang_vm_statistics_garbage_collection_number_of_gcs", Type::counter, "node", "collections of heaps"},
     NODERUNTIME_OF_NODE(collections)},
    {{"erlang_vm_statistics_runtime_milliseconds", Type::counter, "node", "processor time of the node"},
     NODERUNTIME_OF_NODE(runtime)},
    {{"erlang_vm_statistics_wallclock_time_milliseconds", Type::counter, "node",
      "time since the node started"},
     [](const Told& t, Exposition& out) { each_node(t, out, uptime_milliseconds); }},
    {{"erlang_vm_schedulers_online", Type::gauge, "node", "schedulers that are online"},
     NODERUNTIME_FACT_OF_NODE(schedulers)},

    // ports and connections
    {{"erlang_vm_port_count", Type::gauge, "node", "ports"}, NODERUNTIME_OF_NODE(ports)},
    {{"erlang_vm_port_limit", Type::gauge, "node", "ports that there may be"},
     NODERUNTIME_FACT_OF_NODE(port_limit)},
    {{"erlang_vm_statistics_bytes_received_total", Type::counter, "node", "bytes that came through ports"},
     NODERUNTIME_OF_NODE(io.input)},
    {{"erlang_vm_statistics_bytes_output_total", Type::counter, "node", "bytes that went through ports"},
     NODERUNTIME_OF_NODE(io.output)},
    {{"noderuntime_observed_connections", Type::gauge, "node", "connections of the node to others"},
     [](const Told& t, Exposition& out) {
       each_node(t, out, [](auto&, auto& figures) {
         return Number{static_cast<std::int64_t>(figures.visible.size() + figures.hidden.size())};
       });
     }},
    {{"erlang_vm_dist_recv_bytes", Type::gauge, "node,peer",
      "bytes that came from the peer, since it is connected"},
     NODERUNTIME_OF_CONNECTION(input_bytes)},
    {{"erlang_vm_dist_recv_cnt", Type::gauge, "node,peer",
      "packets that came from the peer, since it is connected"},
     NODERUNTIME_OF_CONNECTION(input_packets)},
    {{"erlang_vm_dist_send_bytes", Type::gauge, "node,peer",
      "bytes that went to the peer, since it is connected"},
     NODERUNTIME_OF_CONNECTION(output_bytes)},
    {{"erlang_vm_dist_send_cnt", Type::gauge, "node,peer",
      "packets that went to the peer, since it is connected"},
     NODERUNTIME_OF_CONNECTION(output_packets)},
    {{"erlang_vm_dist_send_pend_bytes", Type::gauge, "node,peer", "bytes that wait for the kernel"},
     NODERUNTIME_OF_CONNECTION(pending)},
    {{"noderuntime_observed_connections_left_out", Type::gauge, "",
      "connections without series, above 10,000"},
     [](const Told& t, Exposition& out) { out.add(t.left_out); }},

    // the endpoint
    {{"noderuntime_http_requests_total", Type::counter, "", "requests for metrics that were read"},
     [](const Told& t, Exposition& out) { out.add(t.endpoint.requests); }},
    {{"noderuntime_http_refused_total", Type::counter, "what",
      "requests there that were wrong, and connections without a place"},
     [](const Told& t, Exposition& out) {
       out.add({"requests"}, t.endpoint.refused_requests);
       out.add({"connections"}, t.endpoint.refused_connections);
     }},
};

#undef NODERUNTIME_OF_NODE
#undef NODERUNTIME_FACT_OF_NODE
#undef NODERUNTIME_OF_CONNECTION

}  // namespace

void write_metrics(const Cluster& cluster, const http::Server::Counts& endpoint, Exposition& out) {
  Told told{.samples = cluster.samples(), .one_sided = cluster.one_sided(), .endpoint = endpoint};
  std::size_t connections = 0;
  for (auto& sample : told.samples) connections += sample.figures ? sample.figures->traffic.size() : 0;
  told.left_out = connections - std::min(connections, most_told_connections);
  metrics::write_rows(rows, told, out);
  metrics::write_rows(metrics::program_rows, told.program, out);
}

std::vector<Family> metric_families() {
  std::vector<Family> all;
  for (auto& row : rows) all.push_back(row.family);
  for (auto& row : metrics::program_rows) all.push_back(row.family);
  return all;
}

}  // namespace noderuntime::observe
