#include "noderuntime/node/node_cluster.h"

#include <algorithm>

#include "common/program/secrets.h"
#include "noderuntime/node/epmd_names.h"
#include "noderuntime/node/peers.h"

namespace noderuntime {

NodeCluster::NodeCluster(net::Loop& loop, NodeConfiguration& configuration, const ThisNode& node,
                         Peers& peers, std::function<void()> answered)
    : loop_{loop},
      configuration_{configuration},
      this_node_{node},
      peers_{peers},
      answered_{std::move(answered)} {}

NodeCluster::~NodeCluster() = default;

void NodeCluster::drop_requests() {
  for (auto& request : epmd_requests_) loop_.drop_later(std::move(request));
  epmd_requests_.clear();
}

std::vector<Atom> NodeCluster::connected_nodes(NodeKind kind) {
  return peers_.connected(kind == NodeKind::visible);
}
bool NodeCluster::connected(Atom node) { return peers_.connected(node); }
bool NodeCluster::lends_code(Atom node) { return peers_.takes_spawn_requests(node); }
std::optional<Creation> NodeCluster::creation_of(Atom node) { return peers_.creation_of(node); }
void NodeCluster::disconnect(Atom node) { peers_.disconnect(node); }

std::vector<Cluster::PeerFigures> NodeCluster::peer_figures() {
  std::vector<PeerFigures> figures;
  for (auto& peer : peers_.samples())
    if (peer.up)
      figures.push_back({peer.node, peer.traffic.received_bytes, peer.traffic.sent_bytes,
                         peer.traffic.received_signals, peer.traffic.sent_signals,
                         peer.unwritten_bytes + peer.waiting_bytes,
                         static_cast<std::uint64_t>(peer.busy_time.count()), peer.silent_checks});
  return figures;
}

Cluster::Carried NodeCluster::carried() {
  auto& traffic = peers_.counts().traffic;
  return {traffic.received_bytes, traffic.sent_bytes};
}

std::string NodeCluster::cookie(Atom node) { return configuration_.cookie_of(node.text()); }

void NodeCluster::set_cookie(Atom node, std::string cookie) {
  program::keep_secret(cookie);
  if (node == Atom{} || this_node_.is(node))
    configuration_.cookie = std::move(cookie);
  else
    configuration_.peer_cookies[std::string{node.text()}] = std::move(cookie);
}

void NodeCluster::list_names(const std::string& host, std::function<void(Names)> done) {
  auto which = std::make_shared<EpmdNames*>();
  auto answered = [this, done = std::move(done), which](Result<std::vector<epmd::NameAndPort>> listed) {
    Names names;
    if (listed) names.emplace();
    for (auto& row : listed ? *listed : std::vector<epmd::NameAndPort>{})
      names->push_back({row.name, row.port.value()});
    done(std::move(names));
    auto over = std::find_if(epmd_requests_.begin(), epmd_requests_.end(),
                             [&](auto& row) { return row.get() == *which; });
    loop_.drop_later(std::move(*over));
    epmd_requests_.erase(over);
    answered_();
  };
  epmd_requests_.push_back(std::make_unique<EpmdNames>(loop_, host, Port{configuration_.epmd_port},
                                                       configuration_.family(), configuration_.setup_time,
                                                       std::move(answered)));
  *which = epmd_requests_.back().get();
}

}  // namespace noderuntime
