#include "noderuntime/command/watch.h"

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "common/wire/utc.h"
#include "noderuntime/alerts/debounce.h"
#include "noderuntime/command/observation.h"
#include "noderuntime/library/states.h"
#include "noderuntime/node/epmd_names.h"
#include "noderuntime/node/epmd_port.h"
#include "noderuntime/observe/reading.h"
#include "noderuntime/observe/views.h"
#include "noderuntime/observe/walk.h"

namespace noderuntime::command {

namespace {

constexpr Milliseconds longest_wait{86'400'000};  // for an answer, without --timeout

struct Target {
  Atom node;
  std::optional<Atom> name;  // of a process on it
};

Result<Target> target_of(const Client& client, const std::string& typed) {
  auto slash = typed.find('/');
  auto node = client.target(typed.substr(0, slash));
  if (!node) return node.error();
  if (slash == typed.npos) return Target{*node, std::nullopt};
  auto name = Atom::intern(typed.substr(slash + 1));
  if (!name) return Error{Errc::usage, typed + ": the name of a process has at most 255 characters"};
  return Target{*node, *name};
}

// Monitors one registered process, and ends with it.
class Observer final : public NativeProcess {
 public:
  using Down = std::function<void(Term reason)>;
  Observer(Target target, Down down) : target_{target}, down_{std::move(down)} {}

 private:
  void on_start(Self& self) override { self.monitor(std::pair{*target_.name, target_.node}); }
  void on_message(Self& self, Term message) override {
    Term reference, who, reason;
    if (!self.matches(message, "DOWN"_atom, &reference, "process"_atom, &who, &reason)) return;
    down_(reason);
    self.exit("normal"_atom);
  }

  Target target_;
  Down down_;
};

// What is watched, and what was told of it. Nothing waits for a node, except that the first one that answers names the
// client.
class Watch {
 public:
  Watch(Client& client, Observation& observation, Hooks& hooks, std::vector<Target> targets,
        const WatchOptions& options)
      : client_{client},
        observation_{observation},
        hooks_{hooks},
        options_{options},
        debounce_{std::chrono::ceil<Milliseconds>(options.debounce)},
        interval_{std::chrono::ceil<Milliseconds>(options.interval)} {
    for (auto& target : targets) all_.push_back({.target = target});
    if (options.names)
      for (auto& target : targets) hosts_[host_of(target.node)].nodes.insert(target.node);
  }

  int run() {
    while (!client_.interrupted()) {
      for (auto& each : all_)
        if (!client_.interrupted()) look(each);
      for (auto& [host, listing] : hosts_) list(host, listing);
      if (options_.partitions) look_at_pairs();
      tell_due();
      if (!client_.interrupted()) observation_.turn(deadline(), [this] { return something_lost(); });
    }
    return by_interrupt;
  }

 private:
  struct Watched {
    Target target;
    bool reachable = false, told_down = false, trying = false, asking = false;
    std::uint64_t attempt = 0;  // its number: the outcome of a former one is dropped
    Milliseconds next{0};       // when to look
    std::size_t losses = 0;     // of connections to the node, before this one
    std::optional<Value> pid;
    Milliseconds next_queue{0};
    bool asking_queue = false;
  };
  struct Listing {  // of the names of a host
    std::set<Atom> nodes;
    std::unique_ptr<EpmdNames> request;
    Milliseconds next{0};
  };
  using Pair = std::pair<Atom, Atom>;

  static std::string host_of(Atom node) { return std::string{node.text().substr(node.text().find('@') + 1)}; }

  // The connection that the target was reached by is gone. There may be a new one already, made for another target on the
  // node.
  bool is_lost(const Watched& each) const {
    return each.reachable && client_.losses(each.target.node) != each.losses;
  }
  bool something_lost() const {
    return std::any_of(all_.begin(), all_.end(), [this](auto& each) { return is_lost(each); });
  }

  Milliseconds deadline() const {
    auto first = steady_time() + interval_;
    auto until = [&](bool waits, Milliseconds time) {
      if (waits) first = std::min(first, time);
    };
    for (auto& each : all_) {
      bool looks = !each.reachable || (each.target.name && !each.pid);
      until(looks && !each.asking, each.next);
      until(options_.queue_above && each.reachable && !each.asking_queue, each.next_queue);
    }
    for (auto& [host, listing] : hosts_) until(!listing.request, listing.next);
    if (auto due = debounce_.deadline()) until(true, *due);
    return std::max(first, steady_time());
  }

  // --- nodes and processes

  void look(Watched& each) {
    auto& target = each.target;
    auto now = steady_time();
    if (is_lost(each)) {
      bool was_up = !target.name || each.pid;
      each = {.target = target, .told_down = true, .attempt = each.attempt};
      if (was_up) tell_target(target.name ? "down" : "nodedown", target, "noconnection");
    }
    if (each.trying && now >= each.next) on_connected(each, Error{Errc::timeout, {}});
    if (!each.reachable && !each.trying && now >= each.next) connect(each);
    if (each.reachable && target.name && !each.pid && !each.asking && now >= each.next) look_for_name(each);
    if (options_.queue_above && each.reachable && !each.asking_queue && now >= each.next_queue)
      look_at_queue(each);
  }

  Milliseconds time_limit() const {
    return client_.options().timeout == Seconds{0}
               ? longest_wait
               : std::chrono::ceil<Milliseconds>(client_.options().timeout);
  }

  void connect(Watched& each) {
    each.trying = true;
    each.next = steady_time() + time_limit();
    auto attempt = ++each.attempt;
    auto& address = client_.options().address;
    if (!named_) {
      client_.restart_clock();
      auto outcome = client_.connect(each.target.node);
      named_ = outcome.ok();
      if (!client_.interrupted()) on_connected(each, outcome);
      return;
    }
    if (!address.empty()) client_.node().set_address(each.target.node, address);
    client_.node().connect(each.target.node, [this, &each, attempt](const Outcome& outcome) {
      if (each.trying && each.attempt == attempt) on_connected(each, outcome);
    });
  }

  void on_connected(Watched& each, const Outcome& outcome) {
    auto& target = each.target;
    each.trying = false;
    ++each.attempt;
    observation_.wake();
    if (!outcome) {
      each.next = steady_time() + interval_;
      if (!std::exchange(each.told_down, true))
        tell_target(target.name ? "down" : "nodedown", target, error_name(outcome.error().code));
      return;
    }
    each.reachable = true;
    each.losses = client_.losses(target.node);
    each.next = steady_time();
    if (!target.name) tell_target("nodeup", target, {});
  }

  void look_for_name(Watched& each) {
    each.asking = true;
    auto arguments = client_.build([&](Terms& terms) { return terms.list(*each.target.name); });
    observation_.questions().ask(
        each.target.node, "erlang", "whereis", arguments,
        [this, &each, losses = each.losses](const CallResult& result, Milliseconds now) {
          if (!each.reachable || each.losses != losses) return;  // an answer of a former connection
          each.asking = false;
          each.next = now + interval_;
          on_name(each, result);
        });
  }

  void on_name(Watched& each, const CallResult& result) {
    auto& target = each.target;
    if (!result.ok() || !result.term.is_pid()) {
      if (result.ok() && !std::exchange(each.told_down, true)) tell_target("down", target, "noproc");
      return;
    }
    each.pid = Value::of(result.term);
    each.told_down = true;
    tell_target("up", target, print(result.term));
    client_.node().spawn(std::make_unique<Observer>(target, [this, &each](Term reason) {
      if (reason.is("noconnection"_atom)) return;  // look() notices that the node is lost
      each.pid.reset();
      each.next = steady_time();
      observation_.wake();
      tell_target("down", each.target, client_.output().text(reason));
    }));
  }

  // --- queues

  void look_at_queue(Watched& each) {
    auto& target = each.target;
    each.next_queue = steady_time() + interval_;
    if (target.name) {
      if (!each.pid) return;
      each.asking_queue = true;
      auto arguments =
          client_.build([&](Terms& terms) { return terms.list(each.pid->term(), "message_queue_len"_atom); });
      return observation_.questions().ask(
          target.node, "erlang", "process_info", arguments,
          [this, &each](const CallResult& result, Milliseconds now) {
            each.asking_queue = false;
            each.next_queue = now + interval_;
            bool told = result.ok() && result.term.is_tuple(2);
            if (auto length = told ? observe::count_in(result.term.element(1)) : std::nullopt;
                length && each.pid)
              tell_queue(each.target, each.pid->term(), *length);
          });
    }
    auto& cluster = observation_.cluster();
    if (cluster.state(target.node) != observe::Cluster::State::up) return;
    each.asking_queue = true;
    observe::find_processes(
        observation_.questions(), target.node, cluster.is_ours(target.node), observe::Order::queue, 1,
        cluster.processes(target.node), [this, &each](const Result<observe::Walked>& walked) {
          each.asking_queue = false;
          auto pause = walked ? walked->took * observe::Views::walk_pause_factor : Milliseconds{0};
          each.next_queue = steady_time() + std::max(interval_, pause);
          if (!walked) return;
          if (walked->processes.empty()) return tell_queue(each.target, {}, 0);
          auto& longest = walked->processes.front();
          tell_queue(each.target, longest.pid.term(), longest.value);
        });
  }

  // `pid`: nullopt: no process has a message.
  void tell_queue(const Target& target, std::optional<Term> pid, std::int64_t length) {
    bool above = length > *options_.queue_above;
    bool was_above = long_queues_.count(text_of(target)) != 0;
    if (above == was_above) return;
    if (above)
      long_queues_.insert(text_of(target));
    else
      long_queues_.erase(text_of(target));
    auto fields = fields_of(target);
    auto who = pid ? print(*pid) + ' ' : std::string{};
    if (pid) fields.emplace_back("pid", text_value(print(*pid)));
    fields.emplace_back("messages", integer_value(length));
    fields.emplace_back("bound", integer_value(*options_.queue_above));
    tell({"queue", above ? "queue_above" : "queue_below", text_of(target), who + std::to_string(length),
          !above},
         std::move(fields));
  }

  // --- names at port mapper daemons

  void list(const std::string& host, Listing& listing) {
    if (listing.request || steady_time() < listing.next) return;
    auto& loop = client_.loop().state().loop;
    auto done = [this, &listing, &loop](const Result<std::vector<epmd::NameAndPort>>& listed) {
      listing.next = steady_time() + interval_;
      loop.drop_later(std::move(listing.request));
      observation_.wake();
      for (Atom node : listing.nodes) {
        auto name = node.text().substr(0, node.text().find('@'));
        bool is_listed = listed && std::any_of(listed->begin(), listed->end(),
                                               [&](auto& row) { return row.name == name; });
        auto known = listed_.find(node);
        if (known != listed_.end() && known->second == is_listed) continue;
        listed_[node] = is_listed;
        auto why = is_listed ? std::string{}
                             : std::string{listed ? "unknown_node" : error_name(listed.error().code)};
        auto fields = fields_of({node, std::nullopt});
        if (!why.empty()) fields.emplace_back("reason", text_value(why));
        tell({"name", is_listed ? "listed" : "unlisted", std::string{node.text()}, why, false},
             std::move(fields));
      }
    };
    listing.request = std::make_unique<EpmdNames>(loop, host, epmd_port_of_environment().value(),
                                                  client_.options().common.family(), time_limit(), done);
  }

  // --- partitions

  void look_at_pairs() {
    auto& cluster = observation_.cluster();
    auto now = cluster.one_sided();
    for (auto& pair : now)
      if (pairs_.insert(pair).second) tell_pair("partition", pair, {});
    auto is_up = [&](Atom node) { return cluster.state(node) == observe::Cluster::State::up; };
    for (auto each = pairs_.begin(); each != pairs_.end();) {
      bool remains = std::find(now.begin(), now.end(), *each) != now.end();
      if (!remains) tell_pair("healed", *each, is_up(each->first) && is_up(each->second) ? "" : "nodedown");
      each = remains ? std::next(each) : pairs_.erase(each);
    }
  }

  void tell_pair(std::string_view event, const Pair& pair, const std::string& reason) {
    auto fields = fields_of({pair.first, std::nullopt});
    fields.emplace_back("unseen_by", text_value(pair.second.text()));
    if (!reason.empty()) fields.emplace_back("reason", text_value(reason));
    tell({"pair", event, std::string{pair.first.text()} + ' ' + std::string{pair.second.text()}, reason,
          event == "healed"},
         std::move(fields));
  }

  // --- telling

  static std::string text_of(const Target& target) {
    auto text = std::string{target.node.text()};
    if (target.name) text += '/' + std::string{target.name->text()};
    return text;
  }
  static std::vector<Field> fields_of(const Target& target) {
    std::vector<Field> fields{{"node", text_value(target.node.text())}};
    if (target.name) fields.emplace_back("name", text_value(target.name->text()));
    return fields;
  }

  void tell_target(std::string_view event, const Target& target, std::string_view what) {
    auto fields = fields_of(target);
    if (!what.empty()) fields.emplace_back(event == "up" ? "pid" : "reason", text_value(what));
    tell({"node", event, text_of(target), std::string{what}, false}, std::move(fields));
  }

  struct Change {
    std::string_view kind, event;
    std::string about, what;
    bool rests;  // alerts::Event::rests
  };
  void tell(const Change& change, std::vector<Field> fields) {
    auto time = utc_text(wall_time() / 1000);
    fields.emplace_back("time", text_value(time));
    fields.emplace_back("event", text_value(change.event));
    auto line = time + ' ' + std::string{change.event} + ' ' + change.about;
    if (!change.what.empty()) line += ' ' + change.what;
    debounce_.note({.subject = std::string{change.kind} + ' ' + change.about,
                    .state = std::string{change.event},
                    .line = std::move(line),
                    .json = Output::json_text(fields),
                    .rests = change.rests},
                   steady_time());
    tell_due();
  }

  void tell_due() {
    for (auto& event : debounce_.take(steady_time())) {
      if (client_.output().json())
        client_.output().json_line(event.json);
      else
        client_.output().line(event.line);
      hooks_.tell(event);
    }
  }

  Client& client_;
  Observation& observation_;
  Hooks& hooks_;
  const WatchOptions& options_;
  alerts::Debounce debounce_;
  Milliseconds interval_;
  std::deque<Watched> all_;  // they stay in place
  std::map<std::string, Listing> hosts_;
  std::map<Atom, bool> listed_;
  std::set<Pair> pairs_;
  std::set<std::string> long_queues_;
  bool named_ = false;
};

int watch_all(Client& client, const WatchOptions& options) {
  std::vector<Target> targets;
  for (auto& typed : options.targets) {
    auto target = target_of(client, typed);
    if (!target) return client.fail(target.error());
    targets.push_back(*target);
  }
  if (auto port = epmd_port_of_environment(); !port) return client.fail(port.error());
  auto hooks = Hooks::create(client.loop().state().loop, options.hooks);
  if (!hooks) return client.fail(hooks.error());
  auto limit = options.client.timeout == Seconds{0} ? longest_wait
                                                    : std::chrono::ceil<Milliseconds>(options.client.timeout);
  observe::ClusterOptions cluster;
  cluster.meets = options.partitions;
  Observation observation{client, limit, epmd_port_of_environment().value(), std::move(cluster)};
  bool looks_at_nodes = options.partitions || options.queue_above;
  for (auto& target : targets)
    if (looks_at_nodes && (options.partitions || !target.name)) observation.cluster().add(target.node);
  return Watch{client, observation, **hooks, std::move(targets), options}.run();
}

}  // namespace

int watch(const WatchOptions& options) {
  setenv("UV_THREADPOOL_SIZE", "4", 0);  // a name server that does not answer does not hold up other posts
  return with_client(options, watch_all);
}

}  // namespace noderuntime::command
