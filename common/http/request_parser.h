// Reads one request. Boost.Beast's headers take seconds to compile; only request_parser.cpp includes them.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include <noderuntime/bytes.h>
#include "common/http/message.h"

namespace noderuntime::http {

// One parser for one request. Source: RFC 9112; docs/decisions/0018.
class RequestParser {
 public:
  struct Limits {
    std::size_t header_bytes, body_bytes;
    std::span<const std::string> methods;
  };
  enum class State {
    head,      // needs more input
    body,      // the same, behind a complete head
    complete,  // take_request()
    refused    // status()
  };

  explicit RequestParser(const Limits& limits);
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  // Returns how many bytes of `input` were used. Unused bytes are to be fed again, in front of what follows.
  std::size_t feed(Bytes input);
  State state() const { return state_; }

  int status() const { return status_; }  // of the response to a request that is refused: 400, 405, 413 …
  bool is_head() const { return request_.method == "HEAD"; }
  bool is_http11() const { return http11_; }
  bool keeps_alive() const { return keeps_alive_; }
  bool expects_continue() const { return expects_continue_; }
  Request take_request();  // once, of a complete one

 private:
  struct Beast;
  void take_head();
  void refuse(int status);
  int problem_of_head();

  Limits limits_;
  std::unique_ptr<Beast> beast_;
  Request request_;
  State state_ = State::head;
  int status_ = 0;
  bool has_first_line_ = false;
  bool http11_ = false, keeps_alive_ = false, expects_continue_ = false;
};

}  // namespace noderuntime::http
