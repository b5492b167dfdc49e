#include "noderuntime/command/doctor.h"

#include <cmath>

#include "common/net/resolver.h"
#include "common/net/tcp.h"
#include "noderuntime/command/names.h"
#include "noderuntime/distribution/handshake.h"
#include "noderuntime/library/states.h"
#include "noderuntime/node/advice.h"
#include "noderuntime/node/cookie.h"
#include "noderuntime/node/epmd_port.h"
#include "noderuntime/node/transport.h"
#include "noderuntime/tls/credentials.h"

namespace noderuntime::command {

namespace {

using Clock = std::chrono::steady_clock;
constexpr double large_clock_difference = 2;  // seconds

// A node without TLS waits for more of what it takes for a long message, and does not say so.
constexpr Milliseconds silence_of_plain_node{2'000};

class Doctor {
 public:
  Doctor(Client& client, const DoctorOptions& options) : client_{client}, options_{options} {}

  int run() {
    bool direct = !client_.options().address.empty();
    bool all = name() && cookie() && resolve() && (direct || epmd()) && tcp() && tls() && handshake();
    if (!all) return client_.interrupted() ? by_interrupt : status_;
    release();
    clock();
    return status_;
  }

 private:
  bool good(std::string_view step, const std::string& what) { return tell("ok", step, what, {}), true; }
  bool bad(ReachStep step, const Error& error) {
    if (client_.interrupted()) return false;
    status_ = exit_status(error);
    tell("FAIL", name_of(step), error.message(), advice_for(step, error.code));
    return false;
  }
  void tell(std::string_view verdict, std::string_view step, const std::string& what,
            std::string_view advice) {
    auto& output = client_.output();
    if (output.json()) {
      std::vector<Field> fields{
          {"step", text_value(step)}, {"verdict", text_value(verdict)}, {"text", text_value(what)}};
      if (!advice.empty()) fields.emplace_back("advice", text_value(advice));
      return output.object(fields);
    }
    char head[32];
    std::snprintf(head, sizeof head, "%-5s %-10s ", std::string{verdict}.c_str(), std::string{step}.c_str());
    output.line(head + what);
    if (!advice.empty()) output.line(std::string(17, ' ').append(advice));
  }

  bool name() {
    auto node = client_.target(options_.node);
    if (!node) return bad(ReachStep::name, node.error());
    node_ = *node;
    name_ = NodeName::parse(node_.text());
    bool long_name = name_->host().find('.') != std::string_view::npos;
    return good("name", name_->full() + (long_name ? ", a long name" : ", a short name"));
  }

  bool cookie() {
    auto& common = client_.options().common;
    auto cookie = find_cookie(common.cookie, common.cookie_file);
    if (!cookie) return bad(ReachStep::cookie, cookie.error());
    return good("cookie", std::to_string(cookie->text.size()) + " characters, from " +
                              (cookie->file.empty() ? "--setcookie" : cookie->file));
  }

  bool resolve() {
    auto host = std::string{name_->host()};
    Port port{0};
    if (!client_.options().address.empty()) {
      auto at = net::HostAndPort::parse(client_.options().address);
      if (!at) return bad(ReachStep::resolve, at.error());
      host = at->host, port = at->port;
    }
    std::optional<net::Resolution::Answer> answer;
    net::Resolution question{loop(), host, port, net::Resolution::Want::any,
                             [&](auto found) { answer = std::move(found); }};
    if (!wait([&] { return answer.has_value(); })) return bad(ReachStep::resolve, Error{Errc::timeout, host});
    if (!*answer) return bad(ReachStep::resolve, answer->error());
    addresses_ = **answer;
    std::string text;
    for (auto& address : addresses_)
      if (text.find(address.host_text()) == std::string::npos) text += ' ' + address.host_text();
    return good("resolve", host + " is" + text);
  }

  bool epmd() {
    auto port = epmd_port_of_environment();
    if (!port) return bad(ReachStep::epmd, port.error());
    auto names = names_at(client_, std::string{name_->host()}, *port);
    if (!names) return bad(ReachStep::epmd, names.error());
    std::string others;
    for (auto& row : *names) {
      if (row.name == name_->name()) {
        for (auto& address : addresses_) address = address.with_port(row.port);
        return good("epmd", "on port " + std::to_string(port->value()) + ", says that " + row.name +
                                " is at port " + std::to_string(row.port.value()));
      }
      others += (others.empty() ? "" : " ") + row.name;
    }
    return bad(ReachStep::epmd, Error{Errc::unknown_node, std::string{name_->name()} + "; it knows: " +
                                                              (others.empty() ? "nobody" : others)});
  }

  bool tcp() {
    Outcome last = Error{Errc::system, "no address"};
    for (auto& address : addresses_) {
      auto begin = Clock::now();
      std::optional<Outcome> outcome;
      auto stream = std::make_unique<net::TcpStream>(loop());
      stream->connect(address, [&](Outcome made) { outcome = std::move(made); });
      bool in_time = wait([&] { return outcome.has_value(); });
      if (!in_time) outcome = Error{Errc::timeout, address.text()};
      if (*outcome) {
        open_ = std::move(stream);
        address_ = address;
        return good("tcp", address.text() + " is open, " + since(begin));
      }
      loop().drop_later(std::move(stream));
      last = Error{outcome->error().code, address.text() + ": " + outcome->error().context};
    }
    return bad(ReachStep::tcp, last.error());
  }

  bool tls() {
    auto& options = client_.options().common;
    if (!options.secure()) return loop().drop_later(std::move(open_)), true;
    auto credentials = tls::Credentials::load(options.tls);
    if (!credentials) return bad(ReachStep::tls, credentials.error());
    Transport transport{loop(), *credentials};
    auto begin = Clock::now();
    std::optional<Outcome> outcome;
    auto stream = transport.client(std::move(open_), std::string{name_->host()});
    stream->secure([&](Outcome made) { outcome = std::move(made); });
    client_.restart_clock();
    client_.wait([&] { return outcome.has_value(); }, silence_of_plain_node);
    if (!outcome && answers_without_tls()) outcome = Error{Errc::plain_peer, "it answers without TLS"};
    if (!outcome && !wait([&] { return outcome.has_value(); }))
      outcome = Error{Errc::timeout, "the handshake"};
    auto description = *outcome ? stream->description() : "";
    std::string host{name_->host()};
    auto whose = !*outcome ? "" : stream->vouches_for(host) ? "for " : "not for ";
    loop().drop_later(std::move(stream));
    if (!*outcome) return bad(ReachStep::tls, outcome->error());
    return good("tls", description + ", its certificate is " + whose + host + ", " + since(begin));
  }

  // Whether the node answers the first message of the handshake in plain.
  bool answers_without_tls() {
    net::TcpStream stream{loop()};
    std::optional<bool> answer;
    distribution::Initiator initiator{{.self = std::nullopt,
                                       .host = std::string{name_->host()},
                                       .peer = *name_,
                                       .flags = distribution::hidden_flags,
                                       .cookie = {},
                                       .challenge = distribution::Challenge{0}},
                                      loop().now()};
    stream.connect(address_, [&](Outcome made) {
      if (!made) return void(answer = false);
      stream.start({.read = [&](Bytes) { answer = true; },
                    .drained = {},
                    .ended = [&](Error) { answer = answer.value_or(false); },
                    .space = {}});
      stream.write(initiator.take_output());
    });
    client_.wait([&] { return answer.has_value(); }, silence_of_plain_node);
    stream.close();
    return answer.value_or(false);
  }

  bool handshake() {
    auto begin = Clock::now();
    auto outcome = client_.connect(node_);
    if (!outcome) return bad(ReachStep::handshake, outcome.error());
    return good("handshake", "the cookie is right, we are " + std::string{client_.node().name().text()} +
                                 ", " + since(begin));
  }

  void release() {
    auto text = client_.release(node_);
    if (text.empty())
      tell("?", "release", "it does not answer calls (no erpc): a C or Java node?", {});
    else
      good("release", "OTP " + text);
  }

  void clock() {
    auto question = client_.build([](Terms& terms) { return terms.list("millisecond"_atom); });
    auto begin = Clock::now();
    auto ours = std::chrono::system_clock::now();
    auto called = client_.call(node_, "erlang", "system_time", question);
    auto way = Seconds{Clock::now() - begin} / 2;
    if (!called.ok() || !called.term.term().is_small()) return;
    double theirs = static_cast<double>(called.term.term().as_small()) / 1000;
    double difference = theirs - Seconds{ours.time_since_epoch() + way}.count();
    char text[96];
    std::snprintf(text, sizeof text, "differs by %.1f s from ours, an answer takes %.1f ms",
                  std::fabs(difference), way.count() * 2000);
    if (std::fabs(difference) < large_clock_difference) return static_cast<void>(good("clock", text));
    tell("?", "clock", text, "is the time of both hosts kept by NTP? Logs and timeouts will disagree");
  }

  net::Loop& loop() { return client_.loop().state().loop; }
  bool wait(const std::function<bool()>& condition) {
    client_.restart_clock();
    return client_.wait_until(condition) == Waited::done;
  }
  static std::string since(Clock::time_point begin) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f ms", Seconds{Clock::now() - begin}.count() * 1000);
    return text;
  }

  Client& client_;
  const DoctorOptions& options_;
  Atom node_;
  Result<NodeName> name_ = Error{Errc::bad_node_name, {}};
  std::vector<net::Address> addresses_;
  std::unique_ptr<net::TcpStream> open_;  // made by tcp()
  net::Address address_;                  // of open_
  int status_ = success;
};

int examine(Client& client, const DoctorOptions& options) { return Doctor{client, options}.run(); }

}  // namespace

int doctor(const DoctorOptions& options) { return with_client(options, examine); }

}  // namespace noderuntime::command
