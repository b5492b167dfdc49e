// Feeds any bytes to a connection of the HTTP server, which answers in any way. Seeds: corpus/http_session.
//
// The first byte chooses how requests are answered. Then follow steps: a byte with the kind of step, for input the
// number of bytes and the bytes.
#include <algorithm>
#include <cstdlib>
#include <string>

#include "common/http/session.h"
#include "common/http/target.h"
#include "common/wire/reader.h"

namespace noderuntime::http {
namespace {

void must(bool holds) {
  if (!holds) std::abort();
}

class World {
 public:
  explicit World(std::uint8_t answers) : answers_{answers} {}

  void step(std::uint8_t what, Reader& in) {
    now_ += Milliseconds{100};
    switch (what % 8) {
      case 0:
      case 1:
      case 2: session_.feed(in.bytes(std::min<std::size_t>(in.u8(), in.remaining()))); break;
      case 3: session_.set_pending(0, now_); break;
      case 4: now_ += Milliseconds{20'000}, session_.on_time(now_); break;
      case 5: session_.finish(); break;
      case 6: session_.write(session_.request(), std::string(what, 'x'), WhenFull::skip, now_); break;
      case 7: session_.end(session_.request(), now_); break;
    }
    while (auto request = session_.next(now_)) {
      check(*request);
      answer(request->path);
      write();
    }
    write();
    check();
  }

 private:
  void answer(const std::string& text) {
    auto number = session_.request();
    switch (answers_ % 4) {
      case 0: session_.respond(number, {.type = text, .body = text, .headers = {{text, text}}}, now_); break;
      case 1: session_.begin(number, {.type = text}, now_); break;
      case 2: session_.respond(number, {.body = std::string(10'000, 'x')}, now_); break;
      case 3: break;
    }
  }

  void write() {
    std::string output;
    for (const auto& segment : session_.take_output()) output.append(as_text(segment.bytes()));
    must(output.size() < 100'000);
    if ((answers_ & 4) == 0 && !output.empty()) session_.set_pending(0, now_);
  }

  // What a handler gets is bounded, and has no control characters where they could do harm.
  void check(const Request& request) {
    must(request.body.size() <= rules_.limits.body_bytes);
    must(request.target.size() <= rules_.limits.header_bytes);
    must(request.path.starts_with('/') || request.path == "*");
    for (unsigned char c : request.path) must(c >= 0x20 && c != 0x7F);
    std::size_t bytes = 0;
    for (const auto& [name, value] : request.headers) {
      must(!name.empty());
      bytes += name.size() + value.size();
      for (unsigned char c : value) must(c != '\n' && c != '\r' && c != 0);
    }
    must(bytes <= 2 * rules_.limits.header_bytes);
    must(request.method == "GET" || request.method == "HEAD");
  }

  void check() {
    must(session_.held_bytes() < 1'000'000);
    must(session_.unread() < rules_.limits.unread_bytes + 20'000);
    must(!session_.is_over() || !session_.deadline());
    if (auto deadline = session_.deadline()) must(*deadline < now_ + Milliseconds{100'000});
  }

  std::uint8_t answers_;
  SessionRules rules_;
  Milliseconds now_{0};
  Session session_{rules_, now_};
};

}  // namespace
}  // namespace noderuntime::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace noderuntime;
  Reader in{Bytes{data, size}};
  http::World world{in.u8()};
  while (!in.at_end()) world.step(in.u8(), in);
  (void)http::parse_target(as_text(Bytes{data, size}));
  return 0;
}
