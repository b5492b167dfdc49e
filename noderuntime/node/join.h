// Joins other nodes: asks name servers and port mappers where they are, and connects to them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include <noderuntime/atom.h>
#include "common/net/dns.h"
#include "common/net/timer.h"
#include "noderuntime/membership/joiner.h"
#include "noderuntime/node/advice.h"
#include "noderuntime/node/configuration.h"
#include "noderuntime/node/epmd_names.h"

namespace noderuntime {

class Peers;

// Carries out what membership::Joiner decides. Owned by Node, which destroys it before it disconnects its
// peers. Loop thread only. It acts and calls its events in turns of the loop of their own, never from inside
// a call.
class Join {
 public:
  struct Events {
    std::function<void()> joined;  // once: configuration.join_plan.wait other nodes are connected
    std::function<void(bool warning, const std::string& text)> note;
    std::function<std::uint64_t()> random;
  };
  // Sets the addresses of nodes in `configuration` that are reached without their epmd. `configuration` has a
  // full_name.
  Join(net::Loop& loop, NodeConfiguration& configuration, Peers& peers, Events events);

  void stop();  // nothing follows
  void node_up(Atom node, bool visible);
  void node_down(Atom node);
  void unreachable(Atom node, ReachStep step, const Error& why);  // an attempt has failed
  const membership::Joiner& joiner() const { return joiner_; }

 private:
  void arm();
  void act();
  void ask(std::size_t which);
  void ask_name_server(std::size_t which);
  void ask_epmd(std::size_t which);
  void connect(const membership::Joiner::Connect& wanted);
  void answer(std::size_t which, const Result<membership::Joiner::Found>& found);

  net::Loop& loop_;
  NodeConfiguration& configuration_;
  Peers& peers_;
  Events events_;
  membership::Joiner joiner_;
  net::Timer timer_;
  bool joined_ = false;
  std::size_t new_atoms_ = 0;  // for names of nodes, in the life of this object
  std::map<std::size_t, std::unique_ptr<net::DnsQuestion>> dns_questions_;  // by source
  std::map<std::size_t, std::unique_ptr<EpmdNames>> epmd_questions_;
};

}  // namespace noderuntime
