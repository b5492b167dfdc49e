// What the page and scripts can look at besides the cluster: a view of a node has a name and parameters.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "noderuntime/observe/cluster.h"
#include "noderuntime/observe/details.h"
#include "noderuntime/observe/logs.h"
#include "noderuntime/observe/tables.h"
#include "noderuntime/observe/walk.h"

namespace noderuntime::observe {

// Owned beside the cluster and the questions, which outlive it.
//
//   view          parameters, besides node
//   applications
//   modules
//   tables
//   mnesia
//   ports
//   objects       table, from (the member "next" of the page before)
//   log           after (the member "last" of the answer before)
//   children      of
//   processes     order (memory, queue or reductions), rows, search
//   process       pid, state (1: with it)
class Views {
 public:
  using Parameters = std::map<std::string, std::string, std::less<>>;

  // Walks over all processes of a node take half a percent of a processor of the node: after a walk that took a second,
  // the next one begins 200 seconds later. So the first minute, which begins with a walk, stays below one percent.
  static constexpr int walk_pause_factor = 200;
  // But not longer: on a busy machine a walk takes longer than its work is.
  static constexpr Milliseconds longest_walk_pause{300'000};

  Views(Cluster& cluster, Questions& questions, Milliseconds interval)
      : cluster_{cluster}, questions_{questions}, interval_{interval}, pages_{questions}, logs_{questions} {}

  // Calls `done` once, perhaps at once. Errors: not_found (no such view or node), unreachable (the node is not up), and
  // those of details.h.
  void show(std::string_view view, const Parameters& parameters, Answer done);

  // Does an action of `parameters`: node, action, what. The caller has checked that actions are allowed.
  void act(const Parameters& parameters, Answer done);

 private:
  struct Walks {
    std::vector<Ranked> ranks;
    Milliseconds finished{0}, took{0}, used{0};
    std::size_t rows = 0;
    bool walking = false, walked = false;
    std::vector<Answer> waiting;
    std::map<std::string, std::pair<std::int64_t, Milliseconds>> reductions;  // by pid: how many, and when
  };
  using Key = std::pair<Atom, Order>;

  Result<Atom> node_of(const Parameters& parameters) const;
  void show_processes(Atom node, const Parameters& parameters, Answer done);
  Milliseconds next_walk(const Walks& walks) const;
  void walk(Key key);
  void tell(Key key, Answer done);
  Value table(Key key, std::vector<ProcessRow> rows);
  void search(Atom node, const std::string& text, Answer done);
  void forget();

  Cluster& cluster_;
  Questions& questions_;
  Milliseconds interval_;
  std::map<Key, Walks> walks_;
  TablePages pages_;
  Logs logs_;
  std::shared_ptr<void> life_ = std::make_shared<char>();  // answers that come after the views are dropped
};

}  // namespace noderuntime::observe
