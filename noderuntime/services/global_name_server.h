// global_name_server: a passive but correct member of `global`.
// Source: global.erl (protocol version 8); docs/protocol/distribution.md, "global".
//
//     they (locker drives)                      we
//     init_connect             ◄───────────►    init_connect, init_connect_ack
//     set_lock                  ───────────►    true | false
//     lock_set true             ───────────►    lock_set true, exchange
//     exchange                  ───────────►    resolved
//     resolved, new_nodes       ───────────►    in_sync to nodes we did not know
//     del_lock                  ───────────►    true
//
// For the differences of older members see `MemberVersion`.
//
// This node never takes the lock to exchange names; two nodes of ours exchange them at once. It answers,
// because a silent member would make every global:sync() of the cluster wait for ever. The functions of
// module `global` for code on this node are in the prelude: they take locks and notify the members.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/entropy/keyed_hash.h"
#include "noderuntime/functions/cluster.h"
#include "noderuntime/services/global_names.h"
#include "noderuntime/services/server.h"

namespace noderuntime {

class GlobalNameServer final : public Server {
 public:
  GlobalNameServer(Host& host, const ThisNode& node, const ProcessTable& table, Spawner& spawner,
                   SignalRouter& signals, Cluster& cluster)
      : Server{signals},
        host_{host},
        node_{node},
        table_{table},
        spawner_{spawner},
        cluster_{cluster},
        names_{node, signals} {}

 private:
  // The protocol version from which members know a message. Source: "These are the protocol
  // versions" in global.erl.
  enum MemberVersion : std::int64_t {
    locks_by_server = 6,  // before: the lockers send lock_set to each other
    tells_losses = 7,     // lost_connection, remove_connection; versions in lists of members
    acknowledges = 8,     // init_connect_ack, and a tag in lock_set
  };
  struct Member {
    std::int64_t our_tag = 0;  // for this connection
    OwnedTerm their_tag;
    std::int64_t version = acknowledges;  // until its init_connect has the real one
    bool synced = false;
  };
  struct Lock {
    OwnedTerm requester;
    std::vector<OwnedTerm> holders;  // {Pid, MonitorReference}
  };

  void serve(Process& self, Term message) override;
  void on_node_up(Process& self, Atom node);
  void on_node_down(Process& self, Atom node);
  void on_call(Process& self, const gen::Call& call);
  Term answer(Process& self, const gen::Call& call);
  void on_cast(Process& self, Term request);
  void on_init_connect(Process& self, Term versions, Atom node, Term locker);
  void on_lock_set(Process& self, Term lock_set);
  void cast_names(Process& self, Atom node, const Member& member);
  void on_exchange(Process& self, Atom node, Term names, Term externals);
  void on_resolved(Process& self, Atom node, Term request);
  void on_in_sync(Atom node);
  void on_lost_connection(Process& self, Term report);
  bool is_news(Term report);
  void on_remove_connection(Term node);

  Term set_lock(Process& self, Term lock, Term holder);
  Term delete_lock(Process& self, Term lock, Term holder);
  void release(Process& self, const std::string& resource, Term holder);
  void forget_holders(Term down_reference);

  void apply(Process& self, Term operations, Term externals);
  void insert(Process& self, Term row, Term externals);
  void join(Process& self, Term nodes);
  void cast(Process& self, Atom node, Term request);
  Term known(Heap& heap, bool with_version, bool only_synced) const;
  std::string key(Term term) const;

  Host& host_;
  const ThisNode& node_;
  const ProcessTable& table_;
  Spawner& spawner_;
  Cluster& cluster_;
  std::unordered_map<Atom, Member> members_;
  std::unordered_map<std::string, Lock, keyed_hash::OfText> locks_;  // by the text of the resource
  GlobalNames names_;
  // the last report of each reporter about each lost node
  std::map<std::pair<Atom, Atom>, OwnedTerm> reports_;
  std::int64_t next_tag_ = 1;
};

}  // namespace noderuntime
