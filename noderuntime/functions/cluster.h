// The other nodes, as native functions, services and the borrowing of code see them. The node implements it; tests
// use a fake.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <noderuntime/atom.h>
#include <noderuntime/strong.h>

namespace noderuntime {

// Loop thread only.
class Cluster {
 public:
  virtual ~Cluster() = default;

  enum class NodeKind { visible, hidden };
  virtual std::vector<Atom> connected_nodes(NodeKind kind) = 0;
  virtual bool connected(Atom node) = 0;
  // Whether it is connected and can be asked for modules, that is: it takes spawn requests.
  virtual bool lends_code(Atom node) { return connected(node); }
  // The incarnation of the connected node; another creation is another program. nullopt: not connected.
  virtual std::optional<Creation> creation_of(Atom node) {
    return connected(node) ? std::optional{Creation{1}} : std::nullopt;
  }
  virtual void disconnect(Atom node) = 0;

  // What each connected peer has carried since it is connected.
  struct PeerFigures {
    Atom node;
    std::uint64_t received_bytes, sent_bytes, received_signals, sent_signals;
    std::uint64_t queue_bytes;        // that wait for the peer to take them
    std::uint64_t busy_milliseconds;  // while senders were suspended
    std::uint64_t missed_ticks;       // quarters of the ticktime in which nothing came
  };
  virtual std::vector<PeerFigures> peer_figures() { return {}; }
  // The bytes that connections of all peers have carried since the start.
  struct Carried {
    std::uint64_t received = 0, sent = 0;
  };
  virtual Carried carried() { return {}; }

  virtual std::int64_t net_ticktime() { return 60; }  // seconds
  // Bytes of waiting output above which a connection suspends those who send to it.
  virtual std::size_t busy_bytes() { return std::size_t{1} << 20; }
  // The cookie for connections with `node`; set_cookie('') sets it for all nodes without one of their own.
  virtual std::string cookie(Atom node) { return (void)node, std::string{}; }
  virtual void set_cookie(Atom node, std::string cookie) { (void)node, (void)cookie; }

  // Asks the epmd of `host` for its names. Calls `done` later, or never if this node stops first. nullopt:
  // the host has no address, or no epmd.
  struct NamedPort {
    std::string name;
    std::uint16_t port;
  };
  using Names = std::optional<std::vector<NamedPort>>;
  virtual void list_names(const std::string& host, std::function<void(Names)> done) {
    (void)host, (void)done;
  }
};

}  // namespace noderuntime
