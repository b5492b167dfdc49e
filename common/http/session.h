// One connection of an HTTP/1.1 server, without I/O.
// Source: RFC 9110, RFC 9112.
//
//     reading ──request──► answering ──respond()──────────────► reading, or closing
//        │                     └──begin()──► streaming ──end()──► reading, or closing
//        ├──refused: 400, 405, 408, 413, 414, 417, 431, 501, 505──► closing
//        └──idle for long, end of input──► closing ──output written, input over──► over
//
// feed() takes any cut of the stream. next() hands out one request; the next one comes when it has been answered and
// the answer has been written. After each call: take_output() returns the bytes to write, ends_output() whether the
// end of the stream follows them, is_over() whether to drop the connection, deadline() when to call on_time().
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <noderuntime/bytes.h>
#include "common/http/message.h"
#include "common/http/request_parser.h"
#include "common/net/segment.h"

namespace noderuntime::http {

using Milliseconds = std::chrono::milliseconds;

// The limits of one connection.
struct Limits {
  std::size_t header_bytes = std::size_t{8} << 10;      // of a request; 414, 431
  std::size_t body_bytes = std::size_t{64} << 10;       // of a request; 413
  std::size_t pipelined_bytes = std::size_t{64} << 10;  // read in advance; above, the connection ends early
  std::size_t unread_bytes = std::size_t{256} << 10;    // of a streamed response; see WhenFull
  std::uint32_t requests = 1'000;                       // then the connection ends
  Milliseconds head_time{10'000};   // from the start of a connection or request to the end of its head; 408
  Milliseconds body_time{30'000};   // after head_time, for the body; 408
  Milliseconds idle_time{60'000};   // between two requests
  Milliseconds write_time{30'000};  // without any output that the client takes
  Milliseconds linger_time{2'000};  // for the client to close after us
};

struct SessionRules {
  Limits limits{};
  std::vector<std::string> methods{"GET", "HEAD"};  // others get 405
  std::function<std::string()> date{};              // the header Date; empty: not sent
};

class Session {
 public:
  using Number = std::uint64_t;  // of a request of this connection, from 1

  Session(const SessionRules& rules, Milliseconds now);

  void feed(Bytes input);
  void finish();  // the end of the input
  // The next request, which then has the number request(); nullopt: needs input, an answer or drained output. What is
  // wrong is answered here.
  std::optional<Request> next(Milliseconds now);
  Number request() const { return number_; }

  // The answer to a request. They do nothing when that has been answered already, or cannot be any more.
  void respond(Number request, const Response& response, Milliseconds now);
  void begin(Number request, const StreamHead& head, Milliseconds now);
  // Above Limits::unread_bytes the piece is skipped, or the connection is over. One piece may exceed it alone.
  Written write(Number request, std::string_view piece, WhenFull when_full, Milliseconds now);
  void end(Number request, Milliseconds now);
  bool is_streaming(Number request) const { return state_ == State::streaming && number_ == request; }
  bool is_open(Number request) const;  // it has no complete answer yet, and can get one

  // Output to write; empty while earlier output is pending.
  std::vector<net::Segment> take_output();
  // How much of what was taken is not in the kernel yet. To be called after each write, when all is written, and
  // before on_time().
  void set_pending(std::size_t bytes, Milliseconds now);
  bool ends_output() const { return state_ == State::closing && output_.empty() && tail_.empty(); }
  bool is_over() const { return state_ == State::over; }

  std::optional<Milliseconds> deadline() const;
  void on_time(Milliseconds now);

  // How much a connection has to lose, if another one needs its place.
  enum class Claim { idle, incomplete_request, unread_answer, at_work };
  Claim claim() const;
  std::size_t unread() const { return queued_ + pending_; }  // bytes of output
  std::size_t held_bytes() const { return input_.capacity() + queued_ + (parser_ ? parser_bytes() : 0); }
  int refused() const { return refused_; }  // the status of the answer to a bad request; 0: there was none

 private:
  enum class State { reading, answering, streaming, closing, over };
  void refuse(int status, Milliseconds now);
  void start_head(int status, std::string_view type, const std::vector<Header>& headers, HeadFraming framing);
  void answered(Milliseconds now);
  void close(Milliseconds now);
  void note_output(Milliseconds now);
  void queue(std::string_view text) { queued_ += text.size(), append(tail_, as_bytes(text)); }
  void queue_body(const Body& body);
  std::size_t parser_bytes() const { return rules_.limits.header_bytes + rules_.limits.body_bytes; }
  bool may_go_on() const;

  const SessionRules& rules_;
  State state_ = State::reading;
  Buffer input_;
  std::unique_ptr<RequestParser> parser_;  // null: no byte of the next request has come
  Number number_ = 0;
  std::vector<net::Segment> output_;
  Buffer tail_;  // output behind output_
  std::size_t queued_ = 0, pending_ = 0;
  bool head_only_ = false, http11_ = true, keeps_alive_ = true, chunked_ = false;  // of the current request
  bool continued_ = false;
  bool input_ended_ = false, deaf_ = false;
  int refused_ = 0;
  Milliseconds began_;    // the connection, a wait for a request, a request, or the state closing
  Milliseconds written_;  // the client took output, or output began to wait for it
};

}  // namespace noderuntime::http
