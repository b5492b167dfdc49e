// TLS and passwords in front of what is served by HTTP.
#pragma once

#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "common/http/server.h"
#include "common/metrics/endpoint.h"
#include "common/net/pool_task.h"
#include "common/net/tcp.h"
#include "common/net/timer.h"
#include "noderuntime/command/options.h"
#include "noderuntime/command/passwords.h"
#include "noderuntime/node/credential_watch.h"
#include "noderuntime/node/tls_stream.h"

namespace noderuntime::command {

// Owned by the program; outlives the servers that use it. Loop thread only.
//
// The certificate is read again when its file changes, as that of the node. The password file is read once.
class WebAccess {
 public:
  static constexpr std::size_t most_handshakes = 64;  // of TLS; above, the oldest ends
  static constexpr net::Milliseconds handshake_time{10'000};
  static constexpr std::size_t most_checks = 16;      // of hashes that wait for their turn; above: 503
  static constexpr std::size_t most_remembered = 64;  // headers whose hash has been checked

  // Errors: configuration: a file cannot be read or used, others than its owner may read the key or the passwords, a
  // library is missing.
  static Result<std::unique_ptr<WebAccess>> create(net::Loop& loop, const WebOptions& options);
  ~WebAccess();
  WebAccess(const WebAccess&) = delete;
  WebAccess& operator=(const WebAccess&) = delete;

  bool has_tls() const { return credentials_ != nullptr; }
  bool has_passwords() const { return passwords_.has_value(); }

  // For http::Server::Options::secure; empty without TLS.
  http::Secure secure();
  // A handler that asks for a password first: 401, and 429 after too many wrong ones. `handler` itself without passwords.
  http::Server::Handler guarded(http::Server::Handler handler);

 private:
  struct Handshake;
  struct Check;
  explicit WebAccess(net::Loop& loop);
  void begin(std::unique_ptr<net::TcpStream> tcp, std::function<void(std::unique_ptr<net::Stream>)> serve);
  void finish(Handshake& handshake, bool secured);
  void admit(http::Request request, const http::Responder& responder, const http::Server::Handler& handler);
  void check_next();
  void on_checked(bool right);

  net::Loop& loop_;
  std::shared_ptr<tls::Credentials> credentials_;
  std::unique_ptr<CredentialWatch> watch_;
  std::shared_ptr<TlsShared> shared_;
  std::list<std::unique_ptr<Handshake>> handshakes_;  // the oldest first
  std::optional<Passwords> passwords_;
  WrongPasswords wrong_;
  std::deque<std::string> remembered_;  // values of Authorization
  std::list<Check> checks_;             // the first one is under way
  std::unique_ptr<net::PoolTask> task_;
};

// Metrics behind `access`. Errors: those of metrics::Endpoint::open; configuration: passwords without TLS for an address
// that other hosts reach.
Result<std::unique_ptr<metrics::Endpoint>> open_endpoint(net::Loop& loop, const std::string& address,
                                                         WebAccess& access,
                                                         metrics::Endpoint::Sources sources);

}  // namespace noderuntime::command
