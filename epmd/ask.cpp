#include "epmd/ask.h"

#include "common/net/tcp.h"
#include "common/net/timer.h"

namespace noderuntime::epmd {
namespace {
using net::Address;

std::optional<Buffer> ask_at(const Address& address, const Query& query) {
  net::Loop loop;
  net::Timer timer{loop};
  if (query.limit) timer.start(*query.limit, [&] { loop.stop(); });
  net::TcpStream stream{loop};
  std::optional<Buffer> answer;
  auto on_read = [&](Bytes bytes) {
    append(*answer, bytes);
    if (answer->size() >= query.enough) loop.stop();
  };
  stream.connect(address, [&](Outcome connected) {
    if (connected) answer.emplace();
    if (!connected) return loop.stop();
    stream.start({.read = on_read, .ended = [&](Error) { loop.stop(); }});
    stream.write(query.request);
  });
  loop.run();
  return answer;
}
}  // namespace

std::optional<Buffer> ask(Port port, const Query& query) {
  for (auto family : {Address::Family::v6, Address::Family::v4})
    if (auto answer = ask_at(Address::loopback(family, port), query)) return answer;
  return std::nullopt;
}

}  // namespace noderuntime::epmd
