#include "noderuntime/observe/cluster.h"

#include <algorithm>

#include <noderuntime/node_name.h>

namespace noderuntime::observe {

namespace {

constexpr std::size_t most_events = 100, most_pairs = 200;
constexpr Milliseconds first_pause{1'000};  // before the second look, which gives the first rates
constexpr std::string_view state_names[] = {"connecting", "up", "silent", "unreachable", "gone"};

bool by_text(Atom a, Atom b) { return a.text() < b.text(); }

std::optional<double> divided(Number a, std::optional<double> by) {
  return a && by && *by > 0 ? std::optional{static_cast<double>(*a) / *by} : std::nullopt;
}

// How much a counter has grown. One that has become smaller began again.
Number grown(Number now, Number before) {
  return now && before && *now >= *before ? Number{*now - *before} : std::nullopt;
}

// Seconds between two looks, by the node's own clock.
std::optional<double> seconds_between(const std::optional<Facts>& facts, const Figures& now,
                                      const Figures& before) {
  if (!facts || !facts->second || *facts->second <= 0 || !now.time || !before.time ||
      *now.time <= *before.time)
    return std::nullopt;
  return static_cast<double>(*now.time - *before.time) / static_cast<double>(*facts->second);
}

std::int64_t whole(double value) {
  return static_cast<std::int64_t>(std::min(value, static_cast<double>(most_exact)));
}
std::int64_t whole(std::int64_t value) { return value; }

struct Rates {
  std::optional<double> reductions, processor, collections, input, output;
};
Rates rates_of(const std::optional<Facts>& facts, const std::optional<Figures>& now,
               const std::optional<Figures>& before) {
  if (!now || !before) return {};
  auto seconds = seconds_between(facts, *now, *before);
  auto rate = [&](Number a, Number b) { return divided(grown(a, b), seconds); };
  auto processor = rate(now->runtime, before->runtime);  // milliseconds a second
  return {rate(now->reductions, before->reductions),
          processor ? std::optional{*processor / 10} : std::nullopt,
          rate(now->collections, before->collections), rate(now->io.input, before->io.input),
          rate(now->io.output, before->io.output)};
}

// What a node says that it is called, if another one was expected: "EXPECTED: it is NAME" (Errc::wrong_node).
std::optional<Atom> real_name(const Error& error) {
  constexpr std::string_view before = "it is ";
  auto at = error.context.rfind(before);
  if (error.code != Errc::wrong_node || at == error.context.npos) return std::nullopt;
  auto name = NodeName::parse(error.context.substr(at + before.size()));
  auto atom = name ? Atom::intern(name->full()) : Result<Atom>{name.error()};
  return atom ? std::optional{*atom} : std::nullopt;
}

}  // namespace

Cluster::Cluster(ClusterOptions options, Questions& questions)
    : options_{std::move(options)}, questions_{questions} {
  for (auto& host : options_.hosts) hosts_[host] = Time{0};
}

// --- which nodes there are

Cluster::Node* Cluster::find(Atom name) {
  auto found = nodes_.find(name);
  return found == nodes_.end() ? nullptr : &found->second;
}

Cluster::Node* Cluster::know(Atom name, Time now) {
  if (auto* known = find(name)) return known;
  if (name == self_ || !NodeName::parse(name.text())) return nullptr;
  if (nodes_.size() >= options_.most_nodes) {
    left_out_ = true;
    return nullptr;
  }
  auto& node = nodes_[name];
  node.since = node.next = now;
  deadline_ = now;
  return &node;
}

void Cluster::add(Atom name) {
  if (auto* node = know(name, now_)) node->typed = true;
}

void Cluster::on_listed(const std::string& host, const std::optional<std::vector<std::string>>& names,
                        Time now) {
  asked_hosts_.insert(host);
  if (!names) {
    silent_hosts_.insert(host);
    return;
  }
  silent_hosts_.erase(host);
  std::set<Atom> listed;
  for (auto& name : *names) {
    auto whole = NodeName::parse(name + '@' + host);
    auto atom = whole ? Atom::intern(whole->full()) : Result<Atom>{whole.error()};
    if (!atom) continue;
    // A node with a long name was found by its short one before.
    auto same = std::find_if(nodes_.begin(), nodes_.end(), [&](auto& known) {
      auto text = known.first.text();
      return known.second.listed_at.count(host) != 0 && text.substr(0, text.find('@')) == name;
    });
    Atom found = same == nodes_.end() ? *atom : same->first;
    listed.insert(found);
    auto* node = know(found, now);
    if (!node) continue;
    bool fresh = node->listed_at.insert(host).second;
    if (fresh && !node->connected && !node->trying) node->next = deadline_ = now;
  }
  for (auto& [name, node] : nodes_)
    if (listed.count(name) == 0) node.listed_at.erase(host);
}

// The connections of a node lead to other nodes.
void Cluster::meet(const Figures& figures, Time now) {
  if (!options_.meets) return;
  for (auto* others : {&figures.visible, &figures.hidden})
    for (Atom other : *others) know(other, now);
}

bool Cluster::seen_by_others(Atom name) const {
  return std::any_of(nodes_.begin(), nodes_.end(), [&](auto& other) {
    return other.second.state == State::up && other.second.now && sees(*other.second.now, name);
  });
}

void Cluster::forget(Time now) {
  for (auto each = nodes_.begin(); each != nodes_.end();) {
    auto& [name, node] = *each;
    bool lost = node.state == State::gone || node.state == State::unreachable;
    bool wanted = node.typed || !node.listed_at.empty() || node.trying;
    // One that never was reached is a client of another node, such as a shell; it goes with its connection.
    auto keep = node.looks == 0 ? Time{0} : options_.forget;
    bool forgotten = lost && !wanted && now - node.since >= keep && !seen_by_others(name);
    each = forgotten ? nodes_.erase(each) : std::next(each);
  }
}

// --- what is to be done

Cluster::Steps Cluster::take_steps(Time now) {
  now_ = now;
  questions_.set_now(now);
  Steps steps;
  deadline_ = now + options_.interval;
  auto until = [&](Time time) { deadline_ = std::min(deadline_, std::max(time, now)); };
  for (auto& [host, next] : hosts_) {
    if (next <= now) {
      steps.list.push_back(host);
      next = now + options_.listing;
    }
    until(next);
  }
  record(now);
  forget(now);
  for (auto& [name, node] : nodes_) {
    if (node.trying || node.asking) continue;
    if (node.next <= now) {
      node.next = now + options_.interval;
      if (node.connected) {
        look(name, node, now);
      } else {
        node.trying = true;
        steps.connect.push_back(name);
      }
    }
    until(node.next);
  }
  return steps;
}

void Cluster::set_state(Atom name, Node& node, State state, std::string reason, Time now) {
  if (node.state != state) {
    bool was_up = node.state == State::up || node.state == State::silent;
    bool is_up = state == State::up || state == State::silent;
    if (was_up != is_up && (is_up || state == State::gone)) {
      events_.push_back({now, name, is_up, reason});
      if (events_.size() > most_events) events_.pop_front();
    }
    node.since = now;
    node.state = state;
  }
  node.reason = std::move(reason);
}

void Cluster::on_connected(Atom name, Time now) {
  now_ = now;
  auto* node = find(name);
  if (!node) return;
  node->trying = false;
  if (std::exchange(node->connected, true)) return;
  node->connection = ++connections_;
  node->asking = false;
  node->facts.reset();
  node->now.reset();
  node->before.reset();
  node->heard.clear();
  node->next = deadline_ = now;
  node->wait = Time{0};
}

void Cluster::on_unreachable(Atom name, const Error& error, Time now) {
  now_ = now;
  auto* node = find(name);
  if (!node) return;
  node->trying = false;
  if (auto real = real_name(error); real && *real != name) {
    auto listed_at = node->listed_at;
    if (!node->typed) nodes_.erase(name);
    if (auto* renamed = know(*real, now)) renamed->listed_at.merge(listed_at);
    if (!find(name)) return;
  }
  ++node->failures;
  bool was_up = node->looks > 0;
  bool unlisted = error.code == Errc::unknown_node;
  node->wait = was_up     ? std::clamp(node->wait * 2, options_.retry_lost, options_.retry)
               : unlisted ? options_.retry_unlisted
                          : options_.retry;
  node->next = now + node->wait;
  set_state(name, *node, was_up ? State::gone : State::unreachable, clean(error.message(), 300), now);
}

void Cluster::on_lost(Atom name, Time now) {
  now_ = now;
  auto* node = find(name);
  if (!node || !node->connected) return;
  node->connected = node->asking = false;
  node->wait = options_.retry_lost;
  node->next = now + node->wait;
  deadline_ = std::min(deadline_, node->next);
  ++node->failures;
  set_state(name, *node, State::gone, "the connection is lost", now);
}

// --- looks

void Cluster::look(Atom name, Node& node, Time now) {
  node.asking = true;
  node.asked = now;
  auto connection = node.connection;
  if (!node.facts) {
    auto batch = facts_batch();
    questions_.ask(name, batch.module, batch.function, batch.arguments,
                   [this, name, connection](const CallResult& result, Time now) {
                     on_facts(name, connection, result, now);
                   });
    return;
  }
  auto carriers = node.now ? node.now->carriers : node.facts->carriers;
  auto batch = figures_batch(carriers, node.facts->is_ours());
  questions_.ask(name, batch.module, batch.function, batch.arguments,
                 [this, name, connection, carriers](const CallResult& result, Time now) {
                   on_figures(name, connection, carriers, result, now);
                 });
}

void Cluster::on_no_answer(Atom name, Node& node, const CallResult& result, Time now) {
  ++node.failures;
  bool failed = result.kind == CallResult::Kind::failed;
  auto reason = failed && result.term.is("timeout"_atom)  ? "it does not answer in time"
                : failed && result.term.is("notsup"_atom) ? "it takes no calls"
                : !result.ok()                            ? "the call failed: " + shown(result.term, 200)
                                                          : std::string{"its answer cannot be read"};
  set_state(name, node, State::silent, std::move(reason), now);
}

void Cluster::on_facts(Atom name, std::uint64_t connection, const CallResult& result, Time now) {
  auto* node = find(name);
  if (!node || node->connection != connection || !node->connected) return;
  node->asking = false;
  node->facts = result.ok() ? facts_in(result.term) : std::nullopt;
  if (!node->facts) return on_no_answer(name, *node, result, now);
  node->next = deadline_ = now;
}

void Cluster::on_figures(Atom name, std::uint64_t connection, const std::vector<Carrier>& carriers,
                         const CallResult& result, Time now) {
  auto* node = find(name);
  if (!node || node->connection != connection || !node->connected) return;
  node->asking = false;
  auto figures =
      result.ok() ? figures_in(result.term, carriers, node->facts && node->facts->is_ours()) : std::nullopt;
  if (!figures) return on_no_answer(name, *node, result, now);
  node->answer_milliseconds = static_cast<double>((now - node->asked).count());
  node->before = std::exchange(node->now, std::move(figures));
  note_heard(*node);
  ++node->looks;
  if (!node->before) node->next = std::min(node->next, now + first_pause);
  deadline_ = std::min(deadline_, node->next);
  set_state(name, *node, State::up, {}, now);
  meet(*node->now, now);
}

// A connection on which nothing comes has missed its ticks.
void Cluster::note_heard(Node& node) {
  auto before = std::exchange(node.heard, {});
  for (auto& [other, traffic] : node.now->traffic) {
    if (!traffic.input_bytes) continue;
    auto known = before.find(other);
    bool same = known != before.end() && known->second.first == *traffic.input_bytes;
    node.heard[other] = same ? known->second : std::pair{*traffic.input_bytes, node.asked};
  }
}

void Cluster::record(Time now) {
  if (now < next_point_) return;
  next_point_ = now + options_.history_step;
  for (auto& [name, node] : nodes_) {
    if (node.looks == 0) continue;
    Point point;
    if (node.state == State::up && node.now) {
      auto rates = rates_of(node.facts, node.now, node.before);
      point = {node.now->memory.total, node.now->run_queue, node.now->processes,
               rates.processor,        rates.input,         rates.output};
    }
    node.history.push_back(point);
    if (node.history.size() > options_.history_points) node.history.pop_front();
  }
}

bool Cluster::settled(std::size_t looks) const {
  return asked_hosts_.size() == hosts_.size() && std::all_of(nodes_.begin(), nodes_.end(), [&](auto& each) {
           return each.second.looks >= looks || each.second.failures > 0;
         });
}

std::vector<Atom> Cluster::nodes() const {
  std::vector<Atom> names;
  for (auto& [name, node] : nodes_) names.push_back(name);
  std::sort(names.begin(), names.end(), by_text);
  return names;
}

std::optional<Cluster::State> Cluster::state(Atom name) const {
  auto found = nodes_.find(name);
  return found == nodes_.end() ? std::nullopt : std::optional{found->second.state};
}

bool Cluster::is_ours(Atom name) const {
  auto found = nodes_.find(name);
  return found != nodes_.end() && found->second.facts && found->second.facts->is_ours();
}

std::int64_t Cluster::processes(Atom name) const {
  auto found = nodes_.find(name);
  return found == nodes_.end() || !found->second.now ? 0 : found->second.now->processes.value_or(0);
}

std::vector<Cluster::Sample> Cluster::samples() const {
  std::vector<Sample> samples;
  for (Atom name : nodes()) {
    auto& node = nodes_.at(name);
    bool is_up = node.state == State::up && node.now;
    samples.push_back({name, node.state, node.facts ? &*node.facts : nullptr, is_up ? &*node.now : nullptr,
                       node.answer_milliseconds});
  }
  return samples;
}

// --- who sees whom

bool Cluster::sees(const Figures& figures, Atom other) const {
  auto among = [&](const std::vector<Atom>& nodes) {
    return std::find(nodes.begin(), nodes.end(), other) != nodes.end();
  };
  return among(figures.visible) || among(figures.hidden);
}

// Pairs of nodes of which only the first one sees the other. A connection that is made or lost between the looks at
// its two ends looks like that too: only what two looks at each end agree on is told.
std::vector<std::pair<Atom, Atom>> Cluster::one_sided() const {
  std::vector<std::pair<Atom, Atom>> pairs;
  for (auto& [name, node] : nodes_) {
    if (node.state != State::up || !node.now || !node.before) continue;
    for (auto* others : {&node.now->visible, &node.now->hidden})
      for (Atom other : *others) {
        auto found = nodes_.find(other);
        if (found == nodes_.end() || found->second.state != State::up) continue;
        auto &now = found->second.now, &before = found->second.before;
        if (!now || !before || sees(*now, name) || sees(*before, name) || !sees(*node.before, other))
          continue;
        pairs.emplace_back(name, other);
        if (pairs.size() == most_pairs) return pairs;
      }
  }
  return pairs;
}

// The nodes that are up, parted so that nodes that see each other are in one group; the largest group first.
std::vector<std::vector<Atom>> Cluster::groups() const {
  std::vector<std::vector<Atom>> groups;
  std::set<Atom> done;
  for (Atom first : nodes()) {
    if (nodes_.at(first).state != State::up || !done.insert(first).second) continue;
    std::vector<Atom> group{first};
    for (std::size_t at = 0; at < group.size(); ++at) {
      auto& node = nodes_.at(group[at]);
      for (auto* others : {&node.now->visible, &node.now->hidden})
        for (Atom other : *others) {
          auto found = nodes_.find(other);
          bool mutual = found != nodes_.end() && found->second.state == State::up && found->second.now &&
                        sees(*found->second.now, group[at]);
          if (mutual && done.insert(other).second) group.push_back(other);
        }
    }
    std::sort(group.begin(), group.end(), by_text);
    groups.push_back(std::move(group));
  }
  std::stable_sort(groups.begin(), groups.end(), [](auto& a, auto& b) { return a.size() > b.size(); });
  return groups;
}

// --- the document

Term Cluster::connections_term(Terms& terms, const Node& node) const {
  std::vector<Term> rows;
  auto seconds = node.before ? seconds_between(node.facts, *node.now, *node.before) : std::nullopt;
  auto add = [&](Atom other, bool hidden) {
    if (other == self_) return;
    Object row{terms};
    row.add("node", std::string{other.text()}).flag("hidden", hidden);
    auto now = node.now->traffic.find(other);
    if (now != node.now->traffic.end()) {
      auto& traffic = now->second;
      row.add("input_bytes", traffic.input_bytes).add("output_bytes", traffic.output_bytes);
      row.add("input_packets", traffic.input_packets).add("output_packets", traffic.output_packets);
      row.add("pending_bytes", traffic.pending);
      row.add("missed_ticks", traffic.missed_ticks);
      if (auto heard = node.heard.find(other); heard != node.heard.end())
        row.add("silent_seconds", Number{(node.asked - heard->second.second).count() / 1'000});
      auto before = node.before ? node.before->traffic.find(other) : now;
      if (node.before && before != node.before->traffic.end()) {
        auto rate = [&](Number Traffic::*counter) {
          return divided(grown(traffic.*counter, before->second.*counter), seconds);
        };
        row.add("input_bytes_per_second", rate(&Traffic::input_bytes));
        row.add("output_bytes_per_second", rate(&Traffic::output_bytes));
        row.add("input_packets_per_second", rate(&Traffic::input_packets));
        row.add("output_packets_per_second", rate(&Traffic::output_packets));
        if (auto busy = rate(&Traffic::busy)) row.add("busy_percent", std::optional{*busy / 10});
      }
    }
    rows.push_back(row.term());
  };
  for (Atom other : node.now->visible) add(other, false);
  for (Atom other : node.now->hidden) add(other, true);
  return terms.list_of(rows);
}

Term Cluster::history_term(Terms& terms, const Node& node) const {
  auto series = [&](auto member) {
    std::vector<Term> values;
    for (auto& point : node.history) {
      auto value = point.*member;
      values.push_back(value ? terms.integer(whole(*value)) : Term::atom("null"_atom));
    }
    return terms.list_of(values);
  };
  return Object{terms}
      .add("memory", series(&Point::memory))
      .add("run_queue", series(&Point::run_queue))
      .add("processes", series(&Point::processes))
      .add("processor_percent", series(&Point::processor))
      .add("input_bytes_per_second", series(&Point::input))
      .add("output_bytes_per_second", series(&Point::output))
      .term();
}

void Cluster::add_node(Terms& terms, Object& row, Atom name, const Node& node, Time now,
                       std::int64_t wall) const {
  row.add("node", std::string{name.text()});
  row.add("state", std::string{state_names[static_cast<int>(node.state)]});
  if (!node.reason.empty()) row.add("reason", node.reason);
  row.add("since", Number{(wall - (now - node.since).count()) / 1000});
  row.flag("listed", !node.listed_at.empty());
  if (node.facts) {
    auto& facts = *node.facts;
    row.add("runtime", facts.is_ours() ? "noderuntime" : "OTP");
    if (facts.release) row.add("release", *facts.release);
    if (facts.version) row.add("version", *facts.version);
    if (facts.system) row.add("system", *facts.system);
    if (facts.architecture) row.add("architecture", *facts.architecture);
    row.add("schedulers", facts.schedulers).add("process_limit", facts.process_limit);
    row.add("port_limit", facts.port_limit).add("atom_limit", facts.atom_limit);
    row.add("table_limit", facts.table_limit);
  }
  if (node.facts && node.now) {
    auto& figures = *node.now;
    if (figures.time && node.facts->start_time && node.facts->second && *node.facts->second > 0)
      row.add("uptime", Number{(*figures.time - *node.facts->start_time) / *node.facts->second});
    row.add("processes", figures.processes).add("ports", figures.ports).add("atoms", figures.atoms);
    row.add("tables", figures.tables).add("run_queue", figures.run_queue);
    row.add("reductions", figures.reductions).add("runtime_milliseconds", figures.runtime);
    row.add("collections", figures.collections);
    row.add("input_bytes", figures.io.input).add("output_bytes", figures.io.output);
    auto& memory = figures.memory;
    row.add("memory", Object{terms}
                          .add("total", memory.total)
                          .add("processes", memory.processes)
                          .add("system", memory.system)
                          .add("atom", memory.atom)
                          .add("binary", memory.binary)
                          .add("code", memory.code)
                          .add("ets", memory.ets)
                          .term());
    auto rates = rates_of(node.facts, node.now, node.before);
    row.add("reductions_per_second", rates.reductions).add("processor_percent", rates.processor);
    row.add("collections_per_second", rates.collections);
    row.add("input_bytes_per_second", rates.input).add("output_bytes_per_second", rates.output);
    row.add("answer_milliseconds", node.answer_milliseconds);
    row.add("connections", connections_term(terms, node));
  }
}

Term Cluster::document(Terms& terms, Time now, std::int64_t wall, bool history,
                       const NodeExtras& extras) const {
  std::vector<Term> rows, pairs, parts, lines, hosts;
  for (Atom name : nodes()) {
    auto& node = nodes_.at(name);
    Object row{terms};
    add_node(terms, row, name, node, now, wall);
    if (history) row.add("history", history_term(terms, node));
    if (auto more = extras.find(name); more != extras.end())
      for (auto& [key, value] : more->second) row.add(key, terms.of(value));
    rows.push_back(row.term());
  }
  for (auto& [one, other] : one_sided())
    pairs.push_back(Object{terms}
                        .add("node", std::string{one.text()})
                        .add("unseen_by", std::string{other.text()})
                        .term());
  for (auto& group : groups()) {
    std::vector<Term> names;
    for (Atom name : group) names.push_back(terms.of(std::string{name.text()}));
    parts.push_back(terms.list_of(names));
  }
  for (auto& event : events_) {
    Object line{terms};
    line.add("time", Number{(wall - (now - event.time).count()) / 1000});
    line.add("node", std::string{event.node.text()}).add("event", event.up ? "up" : "down");
    if (!event.reason.empty()) line.add("reason", event.reason);
    lines.push_back(line.term());
  }
  for (auto& host : silent_hosts_) hosts.push_back(terms.of(host));
  Object whole{terms};
  whole.add("time", Number{wall / 1000}).add("nodes", terms.list_of(rows));
  whole.add("groups", terms.list_of(parts)).add("one_sided", terms.list_of(pairs));
  whole.add("events", terms.list_of(lines)).add("hosts_without_epmd", terms.list_of(hosts));
  whole.flag("nodes_left_out", left_out_);
  if (history)
    whole.add("history_step",
              Number{std::chrono::duration_cast<std::chrono::seconds>(options_.history_step).count()});
  return whole.term();
}

}  // namespace noderuntime::observe
