// The other nodes, for native functions, services and the borrowing of code.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/net/loop.h"
#include "noderuntime/functions/cluster.h"
#include "noderuntime/node/configuration.h"
#include "noderuntime/node/epmd_names.h"
#include "noderuntime/process/this_node.h"

namespace noderuntime {

class Peers;

// Owned by the Node. Loop thread only.
class NodeCluster final : public Cluster {
 public:
  // Cookies and addresses are read from `configuration`, and cookies are set in it. `answered` is called after an
  // answer of list_names() has been given to a process.
  NodeCluster(net::Loop& loop, NodeConfiguration& configuration, const ThisNode& node, Peers& peers,
              std::function<void()> answered);
  ~NodeCluster() override;

  void drop_requests();  // to port mappers

  std::vector<Atom> connected_nodes(NodeKind kind) override;
  bool connected(Atom node) override;
  bool lends_code(Atom node) override;
  std::optional<Creation> creation_of(Atom node) override;
  void disconnect(Atom node) override;
  std::vector<PeerFigures> peer_figures() override;
  Carried carried() override;
  std::int64_t net_ticktime() override { return configuration_.net_ticktime.count(); }
  std::size_t busy_bytes() override { return configuration_.busy_bytes; }
  std::string cookie(Atom node) override;
  void set_cookie(Atom node, std::string cookie) override;
  void list_names(const std::string& host, std::function<void(Names)> done) override;

 private:
  net::Loop& loop_;
  NodeConfiguration& configuration_;
  const ThisNode& this_node_;
  Peers& peers_;
  std::function<void()> answered_;
  std::vector<std::unique_ptr<EpmdNames>> epmd_requests_;
};

}  // namespace noderuntime
