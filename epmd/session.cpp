#include "epmd/session.h"

#include <algorithm>
#include <string>

#include "common/wire/reader.h"

namespace noderuntime::epmd {
namespace {
// OTP's epmd counts whole seconds and closes after more than packet_timeout. Its test suite sends a byte per
// second to one with a packet_timeout of one second. Source: docs/protocol/epmd.md, "Time-outs".
constexpr Milliseconds grace{1'000};

std::string text_of_dump(const Registry& registry) {
  std::string text;
  for (const auto& record : registry.registered()) append_dump_line(text, record.node, record.descriptor);
  for (const auto& record : registry.remembered())
    append_dump_old_line(text, record.node.name, record.node.port, record.descriptor);
  return text;
}
}  // namespace

Session::Session(SessionHost& daemon, const Rules& rules, Peer peer, Milliseconds now)
    : daemon_{daemon}, rules_{rules}, peer_{peer}, started_{now}, last_byte_{now} {}

void Session::feed(Bytes input, Milliseconds now) {
  last_byte_ = now;
  if (state_ == State::registered) {  // a registered node is silent; a second request ends its registration
    finish();
    return;
  }
  if (state_ != State::reading) return;
  append(input_, input);
  take_request();
}

void Session::take_request() {
  Reader in{input_};
  std::size_t length = in.u16();
  if (!in.ok()) return;
  if (length == 0 || length > max_request) return close(LogEvent::bad_length, std::to_string(length));
  if (in.remaining() < length) return;
  if (in.remaining() > length) return close(LogEvent::more_than_one, {});
  auto request = decode_request(in.bytes(length));
  input_ = Buffer{};
  if (!request) return close(LogEvent::bad_request, request.error().context);
  handle(*request);
}

void Session::handle(const Request& request) {
  log(LogEvent::request, request_name(request));
  daemon_.requested(request);
  auto* registration = std::get_if<Alive2>(&request);
  if (registration && !may_register())
    return close(LogEvent::may_not_register, registration->node.name +
                                                 "; to accept it, start epmd with -allow_register " +
                                                 net::AddressRange::only(peer_.address).text());
  if (!registration && !peer_.local && !allowed_from_other_hosts(request))
    return close(LogEvent::not_local, request_name(request));
  std::visit([this](const auto& kind) { on(kind); }, request);
}

bool Session::may_register() const {
  auto has_peer = [this](const net::AddressRange& range) { return range.matches(peer_.address); };
  return peer_.local || std::any_of(rules_.registrars.begin(), rules_.registrars.end(), has_peer);
}

void Session::on(const Alive2& request) {
  const auto& node = request.node;
  if (!is_acceptable(node)) return refuse(node, LogEvent::bad_name);
  auto& registry = daemon_.registry();
  if (auto* holder = registry.find(node.name); holder && daemon_.is_gone(*holder)) daemon_.drop(*holder);
  if (!registry.find(node.name) && !daemon_.has_room()) return refuse(node, LogEvent::no_room);
  auto* record =
      registry.add(node, peer_.id, peer_.descriptor, daemon_.fresh_creation(), daemon_.wall_time());
  if (!record) return refuse(node, LogEvent::name_taken);
  name_ = node.name;
  output_.bytes = encode_registered(creation_for(node.highest, record->counter), node.highest);
  state_ = State::registered;
  log(peer_.local ? LogEvent::registered : LogEvent::registered_from_elsewhere, name_);
}

// OTP's epmd keeps a refused connection open for ever; every known client closes it.
void Session::refuse(const NodeEntry& node, LogEvent event) {
  log(event, node.name);
  answer(encode_refused(node.highest));
}

void Session::on(const PortPlease2& request) {
  auto* record = daemon_.registry().find(request.name);
  daemon_.looked_up(record != nullptr);
  answer(encode_port2(record ? &record->node : nullptr));
}

void Session::on(const Names&) {
  answer(encode_listing(rules_.announced_port, {}), daemon_.registry().names_text());
}

void Session::on(const Dump&) {
  answer(encode_listing(rules_.announced_port, text_of_dump(daemon_.registry())));
}

void Session::on(const Kill&) {
  using std::string_view_literals::operator""sv;
  auto reply = [this](std::string_view text) { answer(Buffer(text.begin(), text.end())); };
  if (!rules_.relaxed && !daemon_.registry().registered().empty()) {
    log(LogEvent::kill_disallowed, {});
    return reply("NO"sv);
  }
  reply("OK"sv);
  ends_daemon_ = true;
}

void Session::on(const Stop& request) {
  if (!rules_.relaxed) return close(LogEvent::stop_disallowed, request.name);
  auto* record = daemon_.registry().find(request.name);
  std::string_view reply = record ? "STOPPED" : "NOEXIST";
  if (record) daemon_.drop(*record);
  answer(Buffer(reply.begin(), reply.end()));
}

// Only this host is told which connections the names belong to. Others share one text.
void Session::on(const Details&) {
  auto& registry = daemon_.registry();
  if (!peer_.local) return answer(encode_listing(rules_.announced_port, {}), registry.details_text());
  std::string text;
  for (const auto& record : registry.registered()) {
    auto row = described(record);
    row.connection = daemon_.connection_of(record);
    append_details_line(text, row);
  }
  answer(encode_listing(rules_.announced_port, text));
}

void Session::answer(Buffer bytes, std::shared_ptr<const std::string> text) {
  output_ = {std::move(bytes), std::move(text)};
  state_ = State::answered;
}

void Session::close(LogEvent event, std::string_view detail) {
  log(event, detail);
  input_ = Buffer{};
  state_ = State::closed;
}

void Session::finish() {
  if (state_ == State::reading) return close(LogEvent::closed_early, {});
  if (state_ != State::registered) return;
  daemon_.registry().remove(name_, peer_.id);
  close(LogEvent::unregistered, name_);
}

void Session::on_time(Milliseconds now) {
  auto limit = deadline();
  if (!limit || now < *limit) return;
  output_ = {};
  close(LogEvent::too_slow, {});
}

std::optional<Milliseconds> Session::deadline() const {
  auto whole = started_ + rules_.total_timeout;
  switch (state_) {
    case State::reading: return std::min(last_byte_ + rules_.packet_timeout + grace, whole);
    case State::answered: return whole;
    case State::registered:
    case State::closed: return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace noderuntime::epmd
