// Port mappers for tests: epmd's own server on the loop of the test, and one that gives a fixed answer.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/epmd_protocol/messages.h"
#include "common/net/socket.h"
#include "common/net/tcp.h"
#include "epmd/server.h"

namespace noderuntime::test {

// A socket that listens on 127.0.0.1; port 0: any free one.
inline net::Descriptor listening_socket(Port port = Port{0}) {
  return std::move(*net::open_listening_socket(net::Address::loopback(net::Address::Family::v4, port)));
}

class PortMapper {
 public:
  explicit PortMapper(net::Loop& loop, net::Descriptor socket = listening_socket()) : loop_{loop} {
    port_ = net::local_address(socket.get())->port();
    serve(std::move(socket));
  }
  Port port() const { return port_; }
  void end() { server_.reset(); }
  void begin_again() { serve(listening_socket(port_)); }

  // The registered names, the newest first.
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& record : server_->names().registered()) names.emplace_back(record.node.name);
    return names;
  }

 private:
  void serve(net::Descriptor socket) {
    server_ = std::make_unique<epmd::Server>(
        loop_, epmd::Server::Settings{
                   .rules = {.announced_port = port_.value()},
                   .bounds = {.connections = 100, .names = 50, .unregistered = 50, .per_address = 50}});
    (void)server_->listen_on(std::move(socket));
  }

  net::Loop& loop_;
  Port port_{0};
  std::unique_ptr<epmd::Server> server_;
};

// Answers the first bytes of each connection with `answer`, and closes if it shall.
class FalsePortMapper {
 public:
  FalsePortMapper(net::Loop& loop, Buffer answer, bool closes) : answer_{std::move(answer)}, closes_{closes} {
    listener_ = *net::TcpListener::open(loop, net::Address::loopback(net::Address::Family::v4, Port{0}), {},
                                        [this](auto stream) { take(std::move(stream)); });
  }
  Port port() const { return listener_->local()->port(); }

 private:
  void take(std::unique_ptr<net::TcpStream> caller) {
    auto& stream = *callers_.emplace_back(std::move(caller));
    stream.start({.read = [this, &stream](Bytes) {
      stream.write(answer_);
      if (closes_) stream.finish_output();
    }});
  }

  Buffer answer_;
  bool closes_;
  std::unique_ptr<net::TcpListener> listener_;
  std::vector<std::unique_ptr<net::TcpStream>> callers_;
};

// A port of 127.0.0.1 on which nobody listens.
inline Port closed_port() { return net::local_address(listening_socket().get())->port(); }

}  // namespace noderuntime::test
