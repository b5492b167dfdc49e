#include "noderuntime/command/observe.h"

#include <algorithm>
#include "common/net/host.h"
#include "noderuntime/command/observation.h"
#include "noderuntime/command/observe_metrics.h"
#include "noderuntime/command/observe_page.h"
#include "noderuntime/library/states.h"
#include "noderuntime/node/epmd_port.h"
#include "noderuntime/observe/views.h"

namespace noderuntime::command {

namespace {

// --- the table

std::string in_megabytes(std::optional<Term> bytes) {
  if (!bytes || !bytes->is_small()) return "";
  char text[32];
  std::snprintf(text, sizeof text, "%.1f MB", static_cast<double>(bytes->as_small()) / 1e6);
  return text;
}

std::string field(Term row, Atom name) {
  auto value = Terms::get(row, Term::atom(name));
  if (!value) return "";
  auto text = detail::read_text(*value);
  return text ? *text : Terms::digits(*value);
}

void print_table(const Output& output, Term document) {
  auto line = [&](const std::string& node, const std::string& state, const std::string& release,
                  const std::string& memory, const std::string& processes, const std::string& queue,
                  const std::string& connections) {
    char text[512];
    std::snprintf(text, sizeof text, "%-28.255s %-11.11s %-7.7s %12.20s %10.20s %9.20s %5.20s", node.c_str(),
                  state.c_str(), release.c_str(), memory.c_str(), processes.c_str(), queue.c_str(),
                  connections.c_str());
    output.line(text);
  };
  line("NODE", "STATE", "RELEASE", "MEMORY", "PROCESSES", "RUN QUEUE", "PEERS");
  auto rows = Terms::elements(Terms::get(document, Term::atom("nodes"_atom)).value_or(Term::nil()));
  for (Term row : rows.value_or(std::vector<Term>{})) {
    auto memory = Terms::get(row, Term::atom("memory"_atom));
    auto peers = Terms::get(row, Term::atom("connections"_atom));
    line(field(row, "node"_atom), field(row, "state"_atom), field(row, "release"_atom),
         memory ? in_megabytes(Terms::get(*memory, Term::atom("total"_atom))) : "",
         field(row, "processes"_atom), field(row, "run_queue"_atom),
         peers ? std::to_string(Terms::elements(*peers).value_or(std::vector<Term>{}).size()) : "");
    if (auto reason = field(row, "reason"_atom); !reason.empty()) output.line("  " + reason);
  }
  auto hosts =
      Terms::elements(Terms::get(document, Term::atom("hosts_without_epmd"_atom)).value_or(Term::nil()));
  for (Term host : hosts.value_or(std::vector<Term>{}))
    complain("no port mapper daemon answers on " + detail::read_text(host).value_or(""));
}

// The views of --with, of each node that is up.
class Extras {
 public:
  Extras(Observation& observation, const std::vector<std::string>& views)
      : observation_{observation}, views_{observation.cluster(), observation.questions(), Milliseconds{0}} {
    for (Atom node : observation.cluster().nodes())
      if (observation.cluster().state(node) == observe::Cluster::State::up)
        for (auto& view : views) ask(node, view);
  }
  bool complete() const { return open_ == 0; }
  const observe::NodeExtras& found() const { return found_; }

 private:
  void ask(Atom node, const std::string& view) {
    ++open_;
    views_.show(view, {{"node", std::string{node.text()}}}, [this, node, view](Result<Value> answer) {
      --open_;
      found_[node].emplace(view, answer ? *answer : observe::built([&](Terms& terms) {
                             return terms.map(std::pair{"error"_atom, terms.of(answer.error().message())});
                           }));
      observation_.wake();
    });
  }

  Observation& observation_;
  observe::Views views_;
  observe::NodeExtras found_;
  std::size_t open_ = 0;
};

int print_once(Client& client, Observation& observation, const ObserveOptions& options) {
  auto limit = options.client.timeout == Seconds{0}
                   ? Milliseconds::max()
                   : steady_time() + std::chrono::ceil<Milliseconds>(options.client.timeout);
  auto& cluster = observation.cluster();
  auto turn_until = [&](auto condition) {
    while (!client.interrupted() && !condition() && steady_time() < limit) observation.turn(limit);
  };
  turn_until([&] { return cluster.settled(2); });
  Extras extras{observation, options.with};
  turn_until([&] { return extras.complete(); });
  if (client.interrupted()) return by_interrupt;
  auto document = client.build([&](Terms& terms) {
    return cluster.document(terms, steady_time(), wall_time(), false, extras.found());
  });
  if (client.output().json())
    client.output().document(document.term());
  else
    print_table(client.output(), document.term());
  auto nodes = cluster.nodes();
  auto up = std::count_if(nodes.begin(), nodes.end(),
                          [&](Atom node) { return cluster.state(node) == observe::Cluster::State::up; });
  return up == static_cast<std::ptrdiff_t>(nodes.size()) && up > 0 ? success : up > 0 ? partial : unreachable;
}

int observe_all(Client& client, const ObserveOptions& options) {
  auto epmd_port = epmd_port_of_environment();
  if (!epmd_port) return client.fail(epmd_port.error());
  auto nodes = client.targets(options.nodes);
  if (!nodes) return client.fail(nodes.error());
  observe::ClusterOptions cluster;
  cluster.interval = std::chrono::ceil<Milliseconds>(options.interval);
  cluster.most_nodes = options.most_nodes;
  cluster.hosts = options.hosts;
  if (nodes->empty() && cluster.hosts.empty()) {
    auto own = net::host_name();
    if (!own) return client.fail(own.error());
    cluster.hosts.push_back(own->substr(0, own->find('.')));
  }
  auto answer_limit = std::chrono::ceil<Milliseconds>(options.answer_limit);
  Observation observation{client, answer_limit, *epmd_port, std::move(cluster)};
  for (Atom node : *nodes) observation.cluster().add(node);
  if (options.once) return print_once(client, observation, options);
  auto access = WebAccess::create(client.loop().state().loop, options.web);
  if (!access) return client.fail(access.error());
  auto metrics = serve_metrics(client, observation, options, **access);
  if (!metrics) return client.fail(metrics.error(), "--metrics " + options.metrics);
  if (*metrics && options.listen.empty()) return (*metrics)->run(client, observation);
  return show_page(client, observation, options, **access);
}

}  // namespace

int observe(const ObserveOptions& options) { return with_client(options, observe_all); }

}  // namespace noderuntime::command
