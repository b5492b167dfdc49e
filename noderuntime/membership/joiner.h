// Decides which nodes this node connects to by itself, and when it asks where they are.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <noderuntime/result.h>
#include "noderuntime/membership/join_plan.h"

namespace noderuntime::membership {

using Milliseconds = std::chrono::milliseconds;

// Pauses between attempts grow from the first to the longest; each is shortened by up to a half at random, so
// that nodes that start together do not call together. A connection that lasted for steady_time ends the
// growth.
inline constexpr Milliseconds first_pause{500}, longest_pause{30'000}, steady_time{30'000};
// Names of DNS are asked for again after the time to live of their records, within these bounds.
inline constexpr Milliseconds shortest_ttl{2'000}, longest_ttl{300'000};
inline constexpr Milliseconds host_interval{15'000};      // between two questions to the epmd of a host
inline constexpr Milliseconds told_again_after{600'000};  // a failure that goes on
inline constexpr std::size_t attempts_at_once = 16;       // to connect
inline constexpr std::size_t hosts_asked_at_once = 8;     // of names of DNS one is asked for at a time
inline constexpr std::size_t nodes_of_a_source = 1'024;   // further ones are ignored

// An engine without I/O, fed with answers, the nodes that come and go, and the time. The owner carries out
// what take_steps() returns, and calls it again after each event and at deadline(). `now` never goes back.
// `chance` is a random number of 64 bits.
//
// A node is wanted while a source has its name, or if it is typed. What a source no longer has is not wanted
// any more; its connection stays. The answer to one question about a source comes before the next question.
class Joiner {
 public:
  struct Connect {
    NodeName node;
    std::string address;  // HOST:PORT; empty: its epmd tells the port
    friend bool operator==(const Connect&, const Connect&) = default;
  };
  struct Steps {
    std::vector<std::size_t> ask;  // sources, by their place in JoinPlan::sources
    std::vector<Connect> connect;
  };
  struct Note {
    bool warning;
    std::string text;
  };
  // Of an attempt to connect.
  struct Failure {
    Error why;
    std::string_view advice;  // empty: there is none
  };
  struct Found {
    std::vector<std::string> names;  // of an epmd its nodes' names, else hosts of nodes
    std::optional<Milliseconds> ttl{};
    bool complete = true;  // false: names that are missing may exist
  };

  Joiner(JoinPlan plan, NodeName own);

  Steps take_steps(Milliseconds now);
  std::optional<Milliseconds> deadline()
      const;                              // when take_steps() has something; nullopt: not before an event
  std::vector<Note> take_notes();         // for the log
  bool has_joined() const;                // JoinPlan::wait nodes are connected
  std::vector<NodeName> missing() const;  // wanted nodes that are not connected
  std::uint32_t connected() const;        // nodes that count for JoinPlan::wait
  const JoinSource& source(std::size_t which) const { return plan_.sources[which]; }

  // Answers to Steps::ask.
  void found(Milliseconds now, std::size_t which, const Found& found, std::uint64_t chance);
  void not_found(Milliseconds now, std::size_t which, const Error& why, std::uint64_t chance);
  // Of all nodes, wanted or not.
  void node_up(Milliseconds now, const NodeName& node, bool visible);
  void node_down(Milliseconds now, const NodeName& node, std::uint64_t chance);
  // An attempt has failed.
  void unreachable(Milliseconds now, const NodeName& node, const Failure& failure, std::uint64_t chance);

 private:
  // The failure that the log has.
  struct Told {
    std::optional<Errc> why;
    Milliseconds at{0};
    // Whether the log shall have `failure` (again), which then counts as told.
    bool is_news(Milliseconds now, Errc failure);
  };
  struct Wanted {
    enum class State { waiting, trying, up };
    State state = State::waiting;
    std::size_t sources = 0;  // that have it; a typed node counts as one more
    std::string address;
    Milliseconds next{0};      // attempt, of a waiting node
    Milliseconds up_since{0};  // of a node that is up
    unsigned failures = 0;
    Told told;
  };
  struct Asked {
    bool asking = false;
    Milliseconds next{0};
    unsigned failures = 0;
    Told told;
    bool told_too_many = false;
    std::set<NodeName> nodes;
  };

  void want(Milliseconds now, const NodeName& node, const std::string& address);
  void want_no_more(const NodeName& node);
  void try_later(Milliseconds now, Wanted& wanted, std::uint64_t chance);
  void ask_later(Milliseconds now, std::size_t which, Errc why, std::string text, std::uint64_t chance);
  std::map<NodeName, std::string> nodes_of(std::size_t which, const Found& found);
  bool may_ask(JoinSource::Kind kind) const;
  bool may_try() const;

  JoinPlan plan_;
  NodeName own_;
  std::vector<Asked> asked_;  // by source
  std::map<NodeName, Wanted> wanted_;
  std::map<NodeName, bool> up_;  // all connected nodes; true: visible
  std::vector<Note> notes_;
};

}  // namespace noderuntime::membership
