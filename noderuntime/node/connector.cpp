#include "noderuntime/node/connector.h"

namespace noderuntime {

namespace {
constexpr std::uint16_t handshake_version = 6;  // the only one that this node begins with
}

Connector::Connector(net::Loop& loop, Transport& transport, NodeName node, Route way, net::Milliseconds limit,
                     Done done)
    : loop_{loop},
      transport_{transport},
      node_{std::move(node)},
      route_{std::move(way)},
      limit_{limit},
      done_{std::move(done)},
      timer_{loop},
      lookup_{std::string{node_.name()}} {
  begin();
}

void Connector::begin() {
  auto host = std::string{node_.host()};
  if (route_.address) {
    auto at = net::HostAndPort::parse(*route_.address);
    return at ? resolve(at->host, at->port) : fail_soon(at.error());
  }
  if (route_.port) return resolve(host, *route_.port);
  if (route_.epmd_port) return resolve(host, *route_.epmd_port);
  fail_soon(Error{Errc::unknown_node, about("no epmd is asked, and no address is given (--peers-file)")});
}

void Connector::fail_soon(Error error) {
  timer_.start(net::Milliseconds{0}, [this, error = std::move(error)] { finish(error); });
}

void Connector::resolve(const std::string& host, Port port) {
  begin_step(ReachStep::resolve);
  resolution_ = std::make_unique<net::Resolution>(loop_, host, port, net::Resolution::Want::any,
                                                  [this](auto answer) { on_resolved(std::move(answer)); });
}

void Connector::begin_step(ReachStep step) {
  step_ = step;
  timer_.start(limit_, [this] { finish(Error{Errc::timeout, about("connecting")}); });
}

std::string Connector::about(std::string_view what) const { return node_.full() + ": " + std::string{what}; }

void Connector::on_resolved(net::Resolution::Answer answer) {
  if (!answer) return finish(Error{answer.error().code, about(answer.error().context)});
  addresses_ = net::Resolution::preferring(route_.family, std::move(*answer));
  try_address();
}

void Connector::try_address() {
  route_.address || route_.port ? connect(addresses_[next_address_]) : ask_epmd();
}

// The error of the last address is reported.
void Connector::try_next(Error why) {
  if (++next_address_ == addresses_.size()) return finish(std::move(why));
  try_address();
}

void Connector::ask_epmd() {
  begin_step(ReachStep::epmd);
  lookup_ = epmd::Lookup{std::string{node_.name()}};
  if (epmd_) loop_.drop_later(std::move(epmd_));
  epmd_ = std::make_unique<net::TcpStream>(loop_);
  epmd_->connect(addresses_[next_address_],
                 [this](Outcome outcome) { on_epmd_connected(std::move(outcome)); });
}

void Connector::on_epmd_connected(Outcome outcome) {
  if (!outcome)
    return try_next(Error{Errc::no_epmd, about("port " + std::to_string(route_.epmd_port->value()))});
  epmd_->start({.read = [this](Bytes input) { on_epmd_answer(input); },
                .ended =
                    [this](Error) {
                      auto ending = lookup_.finish();
                      finish(Error{ending.code, about(ending.context)});
                    }});
  epmd_->write(lookup_.take_output());
}

void Connector::on_epmd_answer(Bytes input) {
  auto answer = lookup_.feed(input);
  if (!answer) return finish(Error{answer.error().code, about(answer.error().context)});
  if (!*answer) return;
  if ((*answer)->highest < handshake_version)  // it would close the connection silently
    return finish(Error{Errc::bad_flags, about("the handshake of OTP 23 (it is older, epmd says)")});
  auto address = addresses_[next_address_].with_port((*answer)->port);
  loop_.drop_later(std::move(epmd_));
  connect(address);
}

void Connector::connect(net::Address address) {
  begin_step(ReachStep::tcp);
  stream_ = std::make_unique<net::TcpStream>(loop_);
  stream_->connect(address, [this, address](Outcome outcome) {
    if (!outcome) {
      loop_.drop_later(std::move(stream_));
      return try_next(Error{outcome.error().code, about(address.text() + ": " + outcome.error().context)});
    }
    if (transport_.is_secure()) return secure();
    finish(std::unique_ptr<net::Stream>{std::move(stream_)});
  });
}

void Connector::secure() {
  begin_step(ReachStep::tls);
  secured_ = transport_.client(std::move(stream_), std::string{node_.host()});
  secured_->secure([this](Outcome outcome) {
    if (!outcome) return finish(Error{outcome.error().code, about("TLS: " + outcome.error().context)});
    finish(std::unique_ptr<net::Stream>{std::move(secured_)});
  });
}

void Connector::finish(Result<std::unique_ptr<net::Stream>> result) {
  if (!done_) {  // cancelled; a stream is not destroyed inside its own callback
    if (result) loop_.drop_later(std::move(*result));
    return;
  }
  timer_.stop();
  auto done = std::exchange(done_, nullptr);
  resolution_.reset();
  if (epmd_) loop_.drop_later(std::move(epmd_));
  if (stream_) loop_.drop_later(std::move(stream_));
  if (secured_) loop_.drop_later(std::move(secured_));
  done(std::move(result));
}

}  // namespace noderuntime
