#include "noderuntime/membership/joiner.h"

#include <algorithm>
#include <utility>

namespace noderuntime::membership {

namespace {

using Kind = JoinSource::Kind;

// Between a half of `whole` and `whole`.
Milliseconds shortened(Milliseconds whole, std::uint64_t chance) {
  auto half = static_cast<std::uint64_t>(whole.count()) / 2;
  return Milliseconds{whole.count() - static_cast<std::int64_t>(chance % (half + 1))};
}

// After `failures` failures in a row, at least one.
Milliseconds pause_after(unsigned failures, std::uint64_t chance) {
  auto doublings = std::min(failures - 1, 16u);  // enough for the longest pause, and no overflow
  return shortened(std::min(longest_pause, first_pause * (1 << doublings)), chance);
}

std::string title(const JoinSource& source) {
  return source.kind == Kind::epmd ? "epmd of " + source.name : source.name;
}

}  // namespace

Joiner::Joiner(JoinPlan plan, NodeName own)
    : plan_{std::move(plan)}, own_{std::move(own)}, asked_(plan_.sources.size()) {
  for (auto& node : plan_.nodes) want(Milliseconds{0}, node, {});
}

bool Joiner::Told::is_news(Milliseconds now, Errc failure) {
  if (why == failure && now - at < told_again_after) return false;
  why = failure;
  at = now;
  return true;
}

// --- what to do

bool Joiner::may_ask(Kind kind) const {
  std::size_t names = 0, hosts = 0;
  for (std::size_t which = 0; which < asked_.size(); ++which)
    if (asked_[which].asking) ++(plan_.sources[which].kind == Kind::epmd ? hosts : names);
  return kind == Kind::epmd ? hosts < hosts_asked_at_once : names == 0;
}

bool Joiner::may_try() const {
  auto trying = std::count_if(wanted_.begin(), wanted_.end(),
                              [](auto& row) { return row.second.state == Wanted::State::trying; });
  return static_cast<std::size_t>(trying) < attempts_at_once;
}

// Those that have waited longest come first.
Joiner::Steps Joiner::take_steps(Milliseconds now) {
  Steps steps;
  std::vector<std::pair<Milliseconds, std::size_t>> questions;
  for (std::size_t which = 0; which < asked_.size(); ++which)
    if (!asked_[which].asking && asked_[which].next <= now) questions.emplace_back(asked_[which].next, which);
  std::sort(questions.begin(), questions.end());
  for (auto& [since, which] : questions) {
    if (!may_ask(plan_.sources[which].kind)) continue;
    asked_[which].asking = true;
    steps.ask.push_back(which);
  }
  std::vector<std::pair<Milliseconds, NodeName>> due;
  for (auto& [node, wanted] : wanted_)
    if (wanted.state == Wanted::State::waiting && wanted.next <= now) due.emplace_back(wanted.next, node);
  std::sort(due.begin(), due.end());
  for (auto& [since, node] : due) {
    if (!may_try()) break;
    auto& wanted = wanted_.find(node)->second;
    wanted.state = Wanted::State::trying;
    steps.connect.push_back({node, wanted.address});
  }
  return steps;
}

std::optional<Milliseconds> Joiner::deadline() const {
  std::optional<Milliseconds> first;
  auto consider = [&](Milliseconds time) { first = std::min(first.value_or(time), time); };
  for (std::size_t which = 0; which < asked_.size(); ++which)
    if (!asked_[which].asking && may_ask(plan_.sources[which].kind)) consider(asked_[which].next);
  if (may_try())
    for (auto& [node, wanted] : wanted_)
      if (wanted.state == Wanted::State::waiting) consider(wanted.next);
  return first;
}

std::vector<Joiner::Note> Joiner::take_notes() { return std::exchange(notes_, {}); }

// A hidden node counts only if it is wanted: tools that ask a node and end are hidden nodes too.
std::uint32_t Joiner::connected() const {
  auto count = std::count_if(up_.begin(), up_.end(), [&](auto& row) {
    return row.second || wanted_.find(row.first) != wanted_.end();
  });
  return static_cast<std::uint32_t>(count);
}

bool Joiner::has_joined() const { return connected() >= plan_.wait; }

std::vector<NodeName> Joiner::missing() const {
  std::vector<NodeName> nodes;
  for (auto& [node, wanted] : wanted_)
    if (wanted.state != Wanted::State::up) nodes.push_back(node);
  return nodes;
}

// --- what is wanted

void Joiner::want(Milliseconds now, const NodeName& node, const std::string& address) {
  if (node == own_) return;
  auto [at, fresh] = wanted_.try_emplace(node);
  auto& wanted = at->second;
  ++wanted.sources;
  if (!address.empty()) wanted.address = address;
  if (!fresh) return;
  wanted.next = wanted.up_since = now;
  if (up_.find(node) != up_.end()) wanted.state = Wanted::State::up;
}

void Joiner::want_no_more(const NodeName& node) {
  auto at = wanted_.find(node);
  if (at != wanted_.end() && --at->second.sources == 0) wanted_.erase(at);
}

std::map<NodeName, std::string> Joiner::nodes_of(std::size_t which, const Found& found) {
  auto& source = plan_.sources[which];
  auto& asked = asked_[which];
  std::map<NodeName, std::string> nodes;  // with their addresses
  for (auto& name : found.names) {
    auto node =
        NodeName::parse(source.kind == Kind::epmd ? name + "@" + source.name : plan_.base_name + "@" + name);
    if (!node || *node == own_) continue;
    if (nodes.size() == nodes_of_a_source) {
      if (!std::exchange(asked.told_too_many, true))
        notes_.push_back({true, title(source) + " has more than " + std::to_string(nodes_of_a_source) +
                                    " nodes to join: the others are ignored"});
      break;
    }
    bool numeric_v6 = name.find(':') != name.npos;
    std::string address;
    if (source.port != 0)
      address = (numeric_v6 ? "[" + name + "]" : name) + ":" + std::to_string(source.port);
    nodes.emplace(std::move(*node), std::move(address));
  }
  return nodes;
}

// --- answers

void Joiner::found(Milliseconds now, std::size_t which, const Found& found, std::uint64_t chance) {
  auto& source = plan_.sources[which];
  auto& asked = asked_[which];
  auto nodes = nodes_of(which, found);
  std::set<NodeName> names = found.complete ? std::set<NodeName>{} : asked.nodes;
  for (auto& [node, address] : nodes) {
    names.insert(node);
    if (asked.nodes.find(node) == asked.nodes.end()) want(now, node, address);
  }
  for (auto& node : asked.nodes)
    if (names.find(node) == names.end()) want_no_more(node);
  asked.nodes = std::move(names);
  if (found.names.empty() && source.kind != Kind::epmd)
    return ask_later(now, which, Errc::not_found, title(source) + " has no records", chance);
  asked.asking = false;
  asked.failures = 0;
  asked.told = {};
  asked.next = now + (source.kind == Kind::epmd
                          ? shortened(host_interval, chance)
                          : std::clamp(found.ttl.value_or(shortest_ttl), shortest_ttl, longest_ttl));
}

void Joiner::not_found(Milliseconds now, std::size_t which, const Error& why, std::uint64_t chance) {
  ask_later(now, which, why.code, "cannot ask " + title(plan_.sources[which]) + ": " + why.message(), chance);
}

void Joiner::ask_later(Milliseconds now, std::size_t which, Errc why, std::string text,
                       std::uint64_t chance) {
  auto& asked = asked_[which];
  asked.asking = false;
  asked.next = now + pause_after(++asked.failures, chance);
  if (asked.told.is_news(now, why))
    notes_.push_back({false, "join: " + std::move(text) + "; the node asks again"});
}

void Joiner::node_up(Milliseconds now, const NodeName& node, bool visible) {
  up_.insert_or_assign(node, visible);
  auto at = wanted_.find(node);
  if (at == wanted_.end()) return;
  at->second.state = Wanted::State::up;
  at->second.up_since = now;
  at->second.told = {};
}

void Joiner::try_later(Milliseconds now, Wanted& wanted, std::uint64_t chance) {
  wanted.state = Wanted::State::waiting;
  wanted.next = now + pause_after(++wanted.failures, chance);
}

void Joiner::node_down(Milliseconds now, const NodeName& node, std::uint64_t chance) {
  up_.erase(node);
  auto at = wanted_.find(node);
  if (at == wanted_.end() || at->second.state != Wanted::State::up) return;
  auto& wanted = at->second;
  if (now - wanted.up_since >= steady_time) wanted.failures = 0;
  try_later(now, wanted, chance);
}

// The attempt may be somebody else's, for a message to the node.
void Joiner::unreachable(Milliseconds now, const NodeName& node, const Failure& failure,
                         std::uint64_t chance) {
  auto at = wanted_.find(node);
  if (at == wanted_.end() || at->second.state != Wanted::State::trying) return;
  auto& wanted = at->second;
  try_later(now, wanted, chance);
  if (!wanted.told.is_news(now, failure.why.code)) return;
  auto text =
      "join: cannot connect to " + node.full() + ": " + failure.why.message() + "; the node tries again";
  if (!failure.advice.empty()) text.append("; advice: ").append(failure.advice);
  notes_.push_back({true, std::move(text)});
}

}  // namespace noderuntime::membership
