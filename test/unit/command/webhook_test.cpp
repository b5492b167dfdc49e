// Claims about posts of events to a server. test/integration/told has servers of other programs.
#include "noderuntime/command/webhook.h"

#include <csignal>
#include <memory>
#include <optional>
#include <string>

#include "common/net/tcp.h"
#include "test/unit/catch.h"

namespace noderuntime::command {
namespace {

Buffer bytes_of(const std::string& text) {
  auto bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

}  // namespace

TEST_CASE("webhook: a response that goes on after its status disturbs nobody, whenever the post is dropped",
          "[command]") {
  std::signal(SIGPIPE, SIG_IGN);  // the server here writes on
  net::Loop loop;
  std::unique_ptr<net::TcpStream> there;
  std::string answer = "HTTP/1.1 500 Sorry\r\n\r\n" + std::string(8 << 20, 'x');
  auto accept = [&](std::unique_ptr<net::TcpStream> stream) {
    there = std::move(stream);
    there->start({.read = [&](Bytes) { there->write(bytes_of(answer)); }});
  };
  auto here = net::Address::loopback(net::Address::Family::v4, Port{0});
  auto listener = net::TcpListener::open(loop, here, {}, accept);
  REQUIRE(listener);
  auto port = (*listener)->local()->port();
  auto server = Webhook::create(loop, "http://127.0.0.1:" + std::to_string(port.value()) + "/", "");
  REQUIRE(server);
  std::optional<Result<int>> status;
  std::unique_ptr<Post> post;
  post = std::make_unique<Post>(**server, "{}", net::Milliseconds{60'000}, [&](Result<int> got) {
    status = std::move(got);
    loop.drop_later(std::move(post));
  });
  while (!status) loop.turn(true);
  INFO((status->ok() ? std::string{} : status->error().message()));
  REQUIRE(status->ok());
  CHECK(status->value() == 500);
  for (int i = 0; i < 20; ++i) loop.turn(false);
  CHECK_FALSE(post);
}

}  // namespace noderuntime::command
