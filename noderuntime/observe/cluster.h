// The observed nodes: which there are, whom each is connected to, how they are.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <noderuntime/result.h>
#include "noderuntime/observe/figures.h"

namespace noderuntime::observe {

struct ClusterOptions {
  Milliseconds interval{2'000};         // between two looks at a node
  Milliseconds retry{10'000};           // between attempts to connect to a node that cannot be reached
  Milliseconds retry_unlisted{60'000};  // the same for one that its port mapper daemon does not know
  Milliseconds retry_lost{1'000};       // the same for one whose connection was lost; doubles up to `retry`
  Milliseconds listing{5'000};          // between requests to a port mapper daemon
  Milliseconds forget{600'000};         // after which a node is dropped that is gone and that nobody lists
  std::size_t most_nodes = 500;         // more are not looked at
  std::vector<std::string> hosts;       // whose port mapper daemons are asked
  bool meets = true;                    // looks at the nodes that nodes are connected to, too
  Milliseconds history_step{5'000};     // between two points of the history
  std::size_t history_points = 120;     // of each series
};

using NodeExtras = std::map<Atom, std::map<std::string, Value>>;

// An engine: says whom to connect to and asks nodes by way of Questions; keeps the answers. Owned by the verb; one
// thread. Times are those of a steady clock of the owner.
//
// A node is looked at once per interval, one call at a time: a node that does not answer does not hold up others,
// and is not asked more meanwhile.
class Cluster {
 public:
  using Time = Milliseconds;
  enum class State { connecting, up, silent, unreachable, gone };

  Cluster(ClusterOptions options, Questions& questions);

  // A node that shall be observed, whether it is listed or not.
  void add(Atom node);

  struct Steps {
    std::vector<std::string> list;  // hosts whose port mapper daemon is to be asked: on_listed()
    std::vector<Atom> connect;      // nodes to connect to: on_connected() or on_unreachable()
  };
  // What is to be done now. The questions have been asked when it returns.
  Steps take_steps(Time now);
  Time deadline() const { return deadline_; }  // of the next call of take_steps()

  void set_self(Atom self) { self_ = self; }  // our own node, which is not shown
  Atom self() const { return self_; }
  // names  those that the daemon knows; nullopt: it did not answer
  void on_listed(const std::string& host, const std::optional<std::vector<std::string>>& names, Time now);
  void on_connected(Atom node, Time now);
  void on_unreachable(Atom node, const Error& error, Time now);
  void on_lost(Atom node, Time now);  // the connection

  // Whether all hosts have been asked, and each node that is known has been looked at that often or cannot be.
  bool settled(std::size_t looks) const;

  std::vector<Atom> nodes() const;  // sorted by name
  std::optional<State> state(Atom node) const;
  bool is_ours(Atom node) const;            // of this project
  std::int64_t processes(Atom node) const;  // at the last look; 0: not known
  struct Sample {
    Atom node;
    State state;
    const Facts* facts;      // valid until the next call that is not const; null: not known yet
    const Figures* figures;  // of the last look; null: the node is not up
    std::optional<double> answer_milliseconds;
  };
  std::vector<Sample> samples() const;  // of all nodes, sorted by name
  // Pairs of nodes that are up, of which only the first one sees the other, at two looks; at most 200.
  std::vector<std::pair<Atom, Atom>> one_sided() const;

  // All of it as an object for JSON (docs/json.md, "observe").
  //   wall     milliseconds since 1970 at `now`
  //   history  with the series of the last ten minutes
  //   extras   more members of the objects of nodes
  Term document(Terms& terms, Time now, std::int64_t wall, bool history, const NodeExtras& extras) const;

 private:
  struct Point {
    Number memory, run_queue, processes;
    std::optional<double> processor, input, output;  // percent of one processor; bytes a second
  };
  struct Node {
    State state = State::connecting;
    std::string reason;
    Time since{0}, next{0};  // of the state; of the next attempt or look
    Time wait{0};            // between attempts to reconnect
    bool typed = false, trying = false, connected = false, asking = false;
    std::set<std::string> listed_at;  // hosts
    std::size_t looks = 0, failures = 0;
    std::optional<Facts> facts;
    std::optional<Figures> now, before;
    Time asked{0};
    std::map<Atom, std::pair<std::int64_t, Time>> heard;  // what came of each peer, and when it last was more
    std::optional<double> answer_milliseconds;
    std::deque<Point> history;
    std::uint64_t connection = 0;  // its number: answers to calls on a former one are dropped
  };
  struct Event {
    Time time;
    Atom node;
    bool up;
    std::string reason;
  };

  Node* find(Atom node);
  Node* know(Atom node, Time now);
  void look(Atom name, Node& node, Time now);
  void on_facts(Atom name, std::uint64_t connection, const CallResult& result, Time now);
  void on_figures(Atom name, std::uint64_t connection, const std::vector<Carrier>& carriers,
                  const CallResult& result, Time now);
  void on_no_answer(Atom name, Node& node, const CallResult& result, Time now);
  void set_state(Atom name, Node& node, State state, std::string reason, Time now);
  void meet(const Figures& figures, Time now);
  void note_heard(Node& node);
  void record(Time now);
  bool seen_by_others(Atom name) const;
  void forget(Time now);

  bool sees(const Figures& figures, Atom other) const;
  std::vector<std::vector<Atom>> groups() const;
  void add_node(Terms& terms, Object& row, Atom name, const Node& node, Time now, std::int64_t wall) const;
  Term connections_term(Terms& terms, const Node& node) const;
  Term history_term(Terms& terms, const Node& node) const;

  ClusterOptions options_;
  Questions& questions_;
  Atom self_;
  std::map<std::string, Time> hosts_;  // when to ask each
  std::set<std::string> asked_hosts_, silent_hosts_;
  std::uint64_t connections_ = 0;
  std::map<Atom, Node> nodes_;
  bool left_out_ = false;  // nodes above most_nodes
  std::deque<Event> events_;
  Time now_{0}, deadline_{0}, next_point_{0};
};

}  // namespace noderuntime::observe
