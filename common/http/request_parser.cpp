#include "common/http/request_parser.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "common/http/target.h"

namespace noderuntime::http {
namespace {

namespace beast = boost::beast::http;

constexpr std::size_t most_fields = 100;  // of a head: each one is compared with all before it

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

std::string lower_case(std::string_view text) {
  std::string lower{text};
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

// Source: RFC 9110, 5.3: the values of a field that is repeated are one list. Cookies are divided otherwise (RFC 6265).
void add(std::vector<Header>& headers, std::string name, std::string_view value) {
  auto same = std::ranges::find(headers, name, &Header::name);
  if (same == headers.end())
    headers.push_back({std::move(name), std::string{value}});
  else
    same->value.append(name == "cookie" ? "; " : ", ").append(value);
}

int status_of(const boost::system::error_code& error, bool in_first_line) {
  if (error == beast::error::bad_version) return 505;
  if (error == beast::error::body_limit) return 413;
  if (error == beast::error::header_limit) return in_first_line ? 414 : 431;
  return 400;
}

}  // namespace

struct RequestParser::Beast {
  beast::request_parser<beast::string_body> parser;
};

RequestParser::RequestParser(const Limits& limits) : limits_{limits}, beast_{std::make_unique<Beast>()} {
  auto limit = [](std::size_t bytes) { return static_cast<std::uint32_t>(bytes); };
  beast_->parser.header_limit(limit(limits.header_bytes));
  beast_->parser.body_limit(limits.body_bytes);
}

RequestParser::~RequestParser() = default;

std::size_t RequestParser::feed(Bytes input) {
  auto& parser = beast_->parser;
  std::size_t used = 0;
  while (state_ == State::head || state_ == State::body) {
    auto rest = input.subspan(used);
    boost::system::error_code error;
    used += parser.put(boost::asio::const_buffer{rest.data(), rest.size()}, error);
    if (error && error != beast::error::need_more) {
      bool in_first_line = !has_first_line_ &&
                           as_text(rest).substr(0, limits_.header_bytes).find('\n') == std::string_view::npos;
      refuse(status_of(error, in_first_line));
    } else {
      if (state_ == State::head && parser.is_header_done()) take_head();
      if (state_ != State::refused && parser.is_done()) state_ = State::complete;
    }
    has_first_line_ = has_first_line_ || used > 0;
    if (error == beast::error::need_more) {
      // Lines between the parts of a body may be as long as a head.
      if (input.size() - used > limits_.header_bytes) refuse(400);
      break;
    }
    if (used == input.size()) break;
  }
  return used;
}

// Fields behind the body (trailers) are not taken.
void RequestParser::take_head() {
  state_ = State::body;
  const auto& message = beast_->parser.get();
  http11_ = message.version() == 11;
  keeps_alive_ = beast_->parser.keep_alive();
  request_.method = view(message.method_string());
  request_.target = view(message.target());
  std::size_t hosts = 0, fields = 0;
  for (const auto& field : message) {
    if (++fields > most_fields) return refuse(431);
    if (field.name() == beast::field::host) ++hosts;
    add(request_.headers, lower_case(view(field.name_string())), view(field.value()));
  }
  if (hosts > 1 || (hosts == 0 && http11_)) return refuse(400);
  if (int status = problem_of_head(); status != 0) refuse(status);
}

// The status of the response to a head that is refused; 0: it is right.
int RequestParser::problem_of_head() {
  auto target = parse_target(request_.target);
  if (!target) return 400;
  request_.path = std::move(target->path);
  request_.query = std::move(target->query);
  // The target's host overrules the field (RFC 9112, 3.2.2).
  if (!target->host.empty())
    if (auto host = std::ranges::find(request_.headers, "host", &Header::name);
        host != request_.headers.end())
      host->value = target->host;
  // A body of unknown length could hide another request (RFC 9112, 6.1).
  if (auto coding = request_.header("transfer-encoding"); !coding.empty()) {
    if (!http11_) return 400;
    if (lower_case(coding) != "chunked") return 501;
  }
  if (std::ranges::find(limits_.methods, request_.method) == limits_.methods.end()) return 405;
  if (auto expected = request_.header("expect"); !expected.empty() && http11_) {
    if (lower_case(expected) != "100-continue") return 417;
    expects_continue_ = true;
  }
  return 0;
}

void RequestParser::refuse(int status) {
  state_ = State::refused;
  status_ = status;
}

Request RequestParser::take_request() {
  request_.body = std::move(beast_->parser.get().body());
  return std::move(request_);
}

}  // namespace noderuntime::http
