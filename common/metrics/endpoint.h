// What a program tells monitoring systems over HTTP: /metrics, /health and /ready.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <noderuntime/result.h>
#include "common/http/server.h"
#include "common/metrics/exposition.h"

namespace noderuntime::metrics {

// Owned by the program. Loop thread only.
class Endpoint {
 public:
  struct Sources {
    // Writes all families; the counts are those of this endpoint.
    std::function<void(Exposition&, const http::Server::Counts&)> write;
    std::function<std::optional<std::string>()> unready;  // why /ready is 503; nullopt: it is 200
    std::function<void(std::size_t)> held_changed{};      // bytes that connections hold
    http::Secure secure{};                                // TLS; empty: none
    // Makes a handler that asks for a password before it calls the given one; empty: nobody is asked.
    std::function<http::Server::Handler(http::Server::Handler)> guarded{};
  };
  static constexpr std::size_t most_connections = 16;  // then the one with the least to lose ends
  static constexpr net::Milliseconds fresh_for{
      100};  // who asks again within it gets the same text of metrics

  // Listens on ADDRESS:PORT: a numeric address, in brackets if it is IPv6, or localhost. Errors: configuration (the text
  // is none), system (context: the address).
  static Result<std::unique_ptr<Endpoint>> open(net::Loop& loop, std::string_view address, Sources sources);

  std::string address() const { return server_.addresses().front().text(); }  // with the port that it got
  bool is_local() const { return server_.addresses().front().is_loopback(); }
  const http::Server::Counts& counts() const { return server_.counts(); }

 private:
  Endpoint(net::Loop& loop, Sources sources);
  http::Server::Handler handler();
  http::Response respond(const http::Request& request);
  http::Body text(Format format);

  struct Text {
    net::Milliseconds made{0};
    http::Body body;
  };

  net::Loop& loop_;
  Sources sources_;
  std::array<std::optional<Text>, 2> texts_;  // by Format
  http::Server server_;
};

}  // namespace noderuntime::metrics
