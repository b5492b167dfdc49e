#include "common/http/session.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace noderuntime::http {
namespace {

// Whether a response of this status has a body. Source: RFC 9110, 6.4.1.
bool has_body(int status) { return status >= 200 && status != 204 && status != 304; }

// From this size on, a body is not copied into the buffer of its head.
constexpr std::size_t copied_bytes = 4096;

}  // namespace

Session::Session(const SessionRules& rules, Milliseconds now) : rules_{rules}, began_{now}, written_{now} {}

void Session::feed(Bytes input) {
  if (deaf_ || state_ == State::closing || state_ == State::over) return;
  bool waits = state_ != State::reading || unread() > 0;
  if (waits && input_.size() + input.size() > rules_.limits.pipelined_bytes) {
    // What is not kept is lost, so no request behind it can be read.
    deaf_ = true;
    input_ = Buffer{};
    return;
  }
  append(input_, input);
}

void Session::finish() {
  input_ended_ = true;
  // Clients that close only their own side still read an answer, but no browser reads a stream like that.
  if (state_ == State::streaming || (state_ == State::closing && unread() == 0)) state_ = State::over;
}

std::optional<Request> Session::next(Milliseconds now) {
  if (state_ != State::reading || unread() > 0) return std::nullopt;
  if (!parser_) {  // empty lines in front of a request are skipped (RFC 9112, 2.2)
    auto begin = std::ranges::find_if(input_, [](Byte b) { return b != '\r' && b != '\n'; });
    input_.erase(input_.begin(), begin);
    if (!input_.empty() && !deaf_) {
      const auto& limits = rules_.limits;
      parser_ = std::make_unique<RequestParser>(
          RequestParser::Limits{limits.header_bytes, limits.body_bytes, rules_.methods});
      began_ = now;
    }
  }
  if (parser_) {
    auto used = parser_->feed(input_);
    input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(used));
    http11_ = parser_->is_http11();
    head_only_ = parser_->is_head();
    switch (parser_->state()) {
      case RequestParser::State::refused: return refuse(parser_->status(), now), std::nullopt;
      case RequestParser::State::complete: {
        auto request = parser_->take_request();
        keeps_alive_ = parser_->keeps_alive();
        parser_.reset();
        continued_ = false;
        state_ = State::answering;
        ++number_;
        if (input_.empty()) input_ = Buffer{};
        return request;
      }
      case RequestParser::State::body:
        if (parser_->expects_continue() && !std::exchange(continued_, true) && input_.empty())
          note_output(now), queue("HTTP/1.1 100 Continue\r\n\r\n");
        break;
      case RequestParser::State::head: break;
    }
  }
  if (input_ended_ || deaf_) close(now);
  return std::nullopt;
}

bool Session::is_open(Number request) const {
  return number_ == request && (state_ == State::answering || state_ == State::streaming);
}

bool Session::may_go_on() const {
  return keeps_alive_ && !input_ended_ && !deaf_ && number_ < rules_.limits.requests;
}

void Session::start_head(int status, std::string_view type, const std::vector<Header>& headers,
                         HeadFraming framing) {
  std::string date = rules_.date ? rules_.date() : std::string{};
  framing.date = date;
  framing.connection = !keeps_alive_ ? "close" : http11_ ? "" : "keep-alive";
  queue(head_text(status, type, headers, framing));
}

void Session::queue_body(const Body& body) {
  if (body.text().size() < copied_bytes) return queue(body.text());
  if (!tail_.empty()) output_.emplace_back(std::exchange(tail_, {}));
  output_.emplace_back(as_bytes(body.text()), body.keeper());
  queued_ += body.text().size();
}

void Session::respond(Number request, const Response& response, Milliseconds now) {
  if (number_ != request || state_ != State::answering) return;
  note_output(now);
  keeps_alive_ = may_go_on();
  HeadFraming framing;
  if (has_body(response.status)) framing.length = response.body.text().size();
  start_head(response.status, has_body(response.status) ? response.type : "", response.headers, framing);
  if (has_body(response.status) && !head_only_) queue_body(response.body);
  answered(now);
}

void Session::begin(Number request, const StreamHead& head, Milliseconds now) {
  if (number_ != request || state_ != State::answering) return;
  note_output(now);
  chunked_ = http11_;
  keeps_alive_ = may_go_on() && (chunked_ || head_only_);
  start_head(head.status, head.type, head.headers, {.length = {}, .chunked = chunked_});
  if (head_only_) return answered(now);
  state_ = input_ended_ ? State::over : State::streaming;
}

Written Session::write(Number request, std::string_view piece, WhenFull when_full, Milliseconds now) {
  if (!is_streaming(request)) return Written::gone;
  if (piece.empty()) return Written::accepted;  // an empty chunk would be the last
  if (unread() > 0 && unread() + piece.size() > rules_.limits.unread_bytes) {
    if (when_full == WhenFull::skip) return Written::skipped;
    state_ = State::over;
    return Written::gone;
  }
  note_output(now);
  if (!chunked_) return queue(piece), Written::accepted;
  std::array<char, 16> size;
  auto end = std::to_chars(size.data(), size.data() + size.size(), piece.size(), 16).ptr;
  queue(std::string_view{size.data(), end});
  queue("\r\n");
  queue(piece);
  queue("\r\n");
  return Written::accepted;
}

void Session::end(Number request, Milliseconds now) {
  if (!is_streaming(request)) return;
  note_output(now);
  if (chunked_) queue("0\r\n\r\n");
  answered(now);
}

void Session::answered(Milliseconds now) {
  if (!keeps_alive_) return close(now);
  state_ = State::reading;
  began_ = now;
}

void Session::refuse(int status, Milliseconds now) {
  note_output(now);
  refused_ = status;
  keeps_alive_ = false;
  auto response = plain_response(status);
  if (status == 405) {
    std::string allowed;
    for (const auto& method : rules_.methods) allowed.append(allowed.empty() ? "" : ", ").append(method);
    response.headers.push_back({"Allow", allowed});
  }
  start_head(status, response.type, response.headers, {.length = response.body.text().size()});
  if (!head_only_) queue_body(response.body);
  close(now);
}

void Session::close(Milliseconds now) {
  state_ = State::closing;
  began_ = now;
  input_ = Buffer{};
  parser_.reset();
  if (input_ended_ && unread() == 0) state_ = State::over;
}

// The client has write_time from the moment at which there is something to take.
void Session::note_output(Milliseconds now) {
  if (unread() == 0) written_ = now;
}

std::vector<net::Segment> Session::take_output() {
  if (pending_ > 0 || queued_ == 0 || state_ == State::over) return {};
  if (!tail_.empty()) output_.emplace_back(std::exchange(tail_, {}));
  pending_ = std::exchange(queued_, 0);
  return std::exchange(output_, {});
}

void Session::set_pending(std::size_t bytes, Milliseconds now) {
  if (bytes >= pending_) return;
  written_ = now;
  pending_ = bytes;
  if (state_ != State::closing || unread() > 0) return;
  began_ = now;
  if (input_ended_) state_ = State::over;
}

std::optional<Milliseconds> Session::deadline() const {
  const auto& limits = rules_.limits;
  if (state_ == State::over) return std::nullopt;
  if (unread() > 0) return written_ + limits.write_time;
  switch (state_) {
    case State::reading:
      if (parser_ && parser_->state() == RequestParser::State::body)
        return began_ + limits.head_time + limits.body_time;
      return began_ + (parser_ || number_ == 0 ? limits.head_time : limits.idle_time);
    case State::closing: return began_ + limits.linger_time;
    default: return std::nullopt;
  }
}

void Session::on_time(Milliseconds now) {
  auto limit = deadline();
  if (!limit || now < *limit) return;
  if (unread() > 0 || state_ == State::closing) {
    state_ = State::over;
  } else if (parser_) {
    refuse(408, now);
  } else {
    close(now);
  }
}

Session::Claim Session::claim() const {
  if (state_ == State::answering || state_ == State::streaming)
    return unread() > 0 && state_ == State::streaming ? Claim::unread_answer : Claim::at_work;
  if (unread() > 0) return Claim::unread_answer;
  return parser_ ? Claim::incomplete_request : Claim::idle;
}

}  // namespace noderuntime::http
