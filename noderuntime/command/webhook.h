// Posts to a server of HTTP, with or without TLS.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/http/client.h"
#include "common/net/resolver.h"
#include "common/net/tcp.h"
#include "common/net/timer.h"
#include "noderuntime/node/tls_stream.h"

namespace noderuntime::command {

// Where to post, and whom to trust. Lives as long as its posts. Loop thread only.
class Webhook {
 public:
  // authorities  PEM file of those whose certificates are trusted; empty: the file that SSL_CERT_FILE names, else
  //              that of the system (Debian's package ca-certificates)
  // Errors: configuration: the URL, the file, or OpenSSL is missing; the last two only for https.
  static Result<std::unique_ptr<Webhook>> create(net::Loop& loop, const std::string& url,
                                                 const std::string& authorities);

  const http::Url& url() const { return url_; }
  net::Loop& loop() const { return loop_; }

 private:
  friend class Post;
  Webhook(net::Loop& loop, http::Url url) : loop_{loop}, url_{std::move(url)} {}
  net::Loop& loop_;
  http::Url url_;
  std::shared_ptr<const tls::Context> context_;  // null: without TLS
  std::shared_ptr<TlsShared> shared_;
};

// One post. Destroying it cancels it, but not from inside `done`.
class Post {
 public:
  // The status of the response; redirections are not followed. Errors: unknown_host, system, timeout, unexpected,
  // connection_closed, those of TLS. Called once, never from inside the constructor.
  using Done = std::function<void(Result<int>)>;
  // limit  for all of it
  Post(const Webhook& server, std::string body, net::Milliseconds limit, Done done);
  ~Post();
  Post(const Post&) = delete;
  Post& operator=(const Post&) = delete;

 private:
  void on_resolved(net::Resolution::Answer answer);
  void connect();
  void on_connected();
  void send(net::Stream& stream);
  void drop_streams();
  void finish(Result<int> status);

  net::Loop& loop_;
  const Webhook& server_;  // not for the destructor, which may run later
  std::string body_;
  Done done_;
  net::Timer timer_;
  std::unique_ptr<net::Resolution> resolution_;
  std::vector<net::Address> addresses_;  // to be tried; the next one is last
  std::unique_ptr<net::TcpStream> tcp_;
  std::unique_ptr<TlsStream> secured_;
  http::StatusReader status_;
};

}  // namespace noderuntime::command
