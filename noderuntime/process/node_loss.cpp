// What a lost connection implies: the signals that the processes over there would have sent last. Source:
// docs/protocol/distribution.md, "Lost connections".
#include <memory>
#include <variant>

#include "noderuntime/process/signal_router.h"
#include "noderuntime/term/shared_walk.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime {

// Goes through the rows of the processes in loss.slots. Between two pieces others may change all of them; rows that are
// made meanwhile are of a later era, also if the process is another one.
class SignalRouter::LossWalk {
 public:
  LossWalk(SignalRouter& signals, RelationIndex::Loss&& loss) : signals_{signals}, loss_{std::move(loss)} {}
  ~LossWalk() { signals_.relations_.drop(loss_); }
  LossWalk(LossWalk&&) = default;  // before keep()

  void keep() { signals_.relations_.keep(loss_); }  // the walk takes several pieces
  // Visits so many rows. False: none are left.
  bool go_on(std::size_t rows) {
    while (!loss_.slots.empty()) {
      Process* process = signals_.table_.in_slot(*loss_.slots.begin());
      bool more = process && process->has_relations();
      if (more) more = visit_next(*process);
      if (!more) {
        loss_.slots.erase(loss_.slots.begin());
        at_ = Table::monitored_by, last_ = {};
      }
      if (--rows == 0) break;
    }
    return !loss_.slots.empty();
  }

 private:
  enum class Table { monitored_by, monitors, spawns, links, none };

  // False: the process has no more rows.
  bool visit_next(Process& process) {
    auto& relations = process.relations();
    switch (at_) {
      case Table::monitored_by: visit_in(relations.monitored_by, process); break;
      case Table::monitors: visit_in(relations.monitors, process); break;
      case Table::spawns: visit_in(relations.spawns, process); break;
      case Table::links: visit_in(relations.links, process); break;
      case Table::none: break;
    }
    return at_ != Table::none;
  }

  template <class Rows>
  void visit_in(Rows& rows, Process& process) {
    using Key = typename Rows::key_type;
    auto* last = std::get_if<Key>(&last_);
    auto row = last ? rows.upper_bound(*last) : rows.begin();
    if (row == rows.end()) {
      at_ = static_cast<Table>(static_cast<int>(at_) + 1), last_ = {};
      return;
    }
    last_ = row->first;
    lose(process, rows, row);
  }

  using MonitoredBy = decltype(Relations::monitored_by);
  void lose(Process& process, MonitoredBy&, MonitoredBy::iterator row) {
    if (loss_.has(row->second.pid.node.name, row->second.era))
      signals_.relations_.remove_monitored_by(process, Reference{row->first});
  }
  using Monitors = decltype(Relations::monitors);
  void lose(Process& process, Monitors& rows, Monitors::iterator row) {
    if (!loss_.has(row->second.node, row->second.era)) return;
    if (has_ended(process)) return void(rows.erase(row));
    tell(signal::Down{row->second.target, self(process), row->first, Term::atom(atoms::noconnection)});
  }
  using Spawns = decltype(Relations::spawns);
  void lose(Process& process, Spawns& rows, Spawns::iterator row) {
    if (!loss_.has(row->second.node, row->second.era)) return;
    if (has_ended(process)) return void(rows.erase(row));
    tell(signal::SpawnReply{row->first, self(process), 0, atoms::noconnection});
  }
  using Links = decltype(Relations::links);
  void lose(Process& process, Links&, Links::iterator row) {
    if (loss_.has(row->first.node.name, row->second.era)) signals_.lose_link(process, row);
  }

  Pid self(const Process& process) const { return signals_.table_.pid_of(process); }
  bool has_ended(const Process& process) const { return !signals_.table_.find(process.self()); }
  void tell(const SignalBody& body) { signals_.act_on(body, Heap{}); }

  SignalRouter& signals_;
  RelationIndex::Loss loss_;
  Table at_ = Table::monitored_by;
  std::variant<std::monostate, Reference, Pid> last_;  // the key of the row that was visited last
};

// A loss of few rows is told at once.
void SignalRouter::node_down(Atom node) {
  constexpr std::size_t at_once = 1024, in_a_piece = 64;
  constexpr std::int64_t steps_per_row = 60;
  LossWalk walk{*this, relations_.lose(node)};
  scheduler_.node_drained(node);
  if (!walk.go_on(at_once)) return relations_.forget_node(node);
  auto* left = &walk;
  std::shared_ptr<LossWalk> rest;
  bool waits = has_memory_for([&] {
    rest = std::make_shared<LossWalk>(std::move(walk));
    left = rest.get();
    left->keep();
    scheduler_.start_job([this, node, rest] {
      while (rest->go_on(in_a_piece)) let_others_run(in_a_piece * steps_per_row);
      relations_.forget_node(node);
    });
  });
  if (waits) return;
  while (left->go_on(at_once)) {}
  relations_.forget_node(node);
}

// Tells of a link that is lost, or takes one away that waits for an acknowledgement.
void SignalRouter::lose_link(Process& process, RelationIndex::Links::iterator link) {
  bool is_alive = table_.find(process.self()) != nullptr;
  if (!link->second.active || !is_alive) return relations_.remove_link(process, link);
  act_on(signal::Exit{link->first, table_.pid_of(process), Term::atom(atoms::noconnection)}, Heap{});
}

// Before the two link again: what is lost comes first.
void SignalRouter::tell_lost_link(Process& process, const Pid& other) {
  if (!process.has_relations()) return;
  auto& links = process.relations().links;
  auto link = links.find(other);
  if (link != links.end() && relations_.is_lost(other.node.name, link->second.era)) lose_link(process, link);
}

}  // namespace noderuntime
