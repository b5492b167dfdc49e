#include "noderuntime/command/webhook.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace noderuntime::command {

namespace {

constexpr const char* authorities_of_system = "/etc/ssl/certs/ca-certificates.crt";

}  // namespace

Result<std::unique_ptr<Webhook>> Webhook::create(net::Loop& loop, const std::string& url,
                                                 const std::string& authorities) {
  auto parsed = http::Url::parse(url);
  if (!parsed) return parsed.error();
  std::unique_ptr<Webhook> made{new Webhook{loop, std::move(*parsed)}};
  if (!made->url_.secure) return made;
  const char* named = std::getenv("SSL_CERT_FILE");
  tls::RoleSettings settings{
      .authorities_file = !authorities.empty() ? authorities
                          : named && *named    ? named
                                               : authorities_of_system,
      .server_host = made->url_.host,
      .wildcards = true,
  };
  auto context = tls::Context::load(settings, tls::Role::client);
  if (!context) return context.error();
  made->context_ = std::move(*context);
  made->shared_ = std::make_shared<TlsShared>(loop);
  return made;
}

Post::Post(const Webhook& server, std::string body, net::Milliseconds limit, Done done)
    : loop_{server.loop_}, server_{server}, body_{std::move(body)}, done_{std::move(done)}, timer_{loop_} {
  timer_.start(limit, [this] { finish(Error{Errc::timeout, {}}); });
  auto& url = server_.url();
  resolution_ = std::make_unique<net::Resolution>(loop_, url.host, url.port, net::Resolution::Want::any,
                                                  [this](auto answer) { on_resolved(std::move(answer)); });
}

Post::~Post() = default;

void Post::on_resolved(net::Resolution::Answer answer) {
  if (!answer) return finish(answer.error());
  addresses_ = std::move(*answer);
  std::reverse(addresses_.begin(), addresses_.end());
  connect();
}

void Post::connect() {
  auto address = addresses_.back();
  addresses_.pop_back();
  drop_streams();
  tcp_ = std::make_unique<net::TcpStream>(loop_);
  tcp_->connect(address, [this](Outcome connected) {
    if (!connected && !addresses_.empty()) return connect();
    if (!connected) return finish(connected.error());
    on_connected();
  });
}

void Post::on_connected() {
  if (!server_.context_) return send(*tcp_);
  secured_ = std::make_unique<TlsStream>(loop_, server_.shared_, std::move(tcp_), server_.context_,
                                         server_.url().host);
  secured_->secure([this](Outcome secured) {
    if (!secured) return finish(secured.error());
    send(*secured_);
  });
}

void Post::send(net::Stream& stream) {
  stream.start({.read =
                    [this](Bytes input) {
                      if (!done_) return;
                      auto status = status_.feed(input);
                      if (!status) return finish(status.error());
                      if (*status) finish(**status);
                    },
                .drained = {},
                .ended = [this](Error error) { finish(std::move(error)); },
                .space = {}});
  auto request = http::post_request(server_.url(), "application/json", body_);
  auto bytes = as_bytes(request);
  stream.write(Buffer{bytes.begin(), bytes.end()});
}

void Post::drop_streams() {
  if (tcp_) loop_.drop_later(std::move(tcp_));
  if (secured_) loop_.drop_later(std::move(secured_));
}

void Post::finish(Result<int> status) {
  if (!done_) return;
  timer_.stop();
  std::exchange(done_, nullptr)(std::move(status));
}

}  // namespace noderuntime::command
