// Makes a TCP connection from a node's name: resolves the host, asks its epmd, connects. With an address
// given, epmd is not asked. If one address of the host fails, the next one is tried.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <noderuntime/node_name.h>
#include "common/epmd_protocol/client.h"
#include "common/net/resolver.h"
#include "common/net/tcp.h"
#include "common/net/timer.h"
#include "noderuntime/node/advice.h"
#include "noderuntime/node/transport.h"

namespace noderuntime {

// One attempt. Destroying it cancels it. `done` is called once, not from inside the constructor; from there
// the owner may drop the connector with Loop::drop_later.
//
// errors  unknown_host   the host has no address
//         unknown_node   nothing says where the node is
//         configuration  Route::address is not HOST:PORT
//         system         the host refuses
//         no_epmd        no port mapper daemon answers there
//         unknown_node   epmd does not know the name
//         timeout        a step took longer than `limit`
//         and those of tls::Session::handshake()
class Connector {
 public:
  using Done = std::function<void(Result<std::unique_ptr<net::Stream>>)>;
  struct Route {
    std::optional<Port> epmd_port;  // nullopt: no epmd is asked
    net::Address::Family family;    // addresses of this family come first
    // Of the node; with one of them epmd is not asked.
    std::optional<std::string> address{};  // HOST:PORT
    std::optional<Port> port{};            // at the host of its name
  };
  Connector(net::Loop& loop, Transport& transport, NodeName node, Route way, net::Milliseconds limit,
            Done done);

  void cancel() { done_ = nullptr; }  // done is not called any more
  // Of the handshake of TLS.
  std::size_t held_bytes() const { return secured_ ? secured_->held_bytes() : 0; }
  ReachStep step() const { return step_; }  // the one that is under way, or has failed

 private:
  void resolve(const std::string& host, Port port);
  void on_resolved(net::Resolution::Answer answer);
  void begin();
  void fail_soon(Error error);
  void try_address();
  void ask_epmd();
  void on_epmd_connected(Outcome outcome);
  void on_epmd_answer(Bytes input);
  void connect(net::Address address);
  void try_next(Error why);
  void secure();
  void finish(Result<std::unique_ptr<net::Stream>> result);
  void begin_step(ReachStep step);
  std::string about(std::string_view what) const;

  net::Loop& loop_;
  Transport& transport_;
  NodeName node_;
  Route route_;
  net::Milliseconds limit_;
  Done done_;
  ReachStep step_ = ReachStep::resolve;
  net::Timer timer_;
  std::unique_ptr<net::Resolution> resolution_;
  std::vector<net::Address> addresses_;  // of the host, in the order of attempts
  std::size_t next_address_ = 0;
  epmd::Lookup lookup_;
  std::unique_ptr<net::TcpStream> epmd_;
  std::unique_ptr<net::TcpStream> stream_;
  std::unique_ptr<TlsStream> secured_;
};

}  // namespace noderuntime
