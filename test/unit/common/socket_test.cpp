// Claims about plain sockets, the set of descriptors that watches them, and the notices to systemd.
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include "test/unit/catch.h"

#include "common/net/descriptor_set.h"
#include "common/net/service_notifications.h"
#include "common/net/socket.h"
#include "common/net/systemd.h"
#include "common/net/tcp.h"

using namespace noderuntime;
using namespace noderuntime::net;
using For = DescriptorSet::For;

namespace {
// A listener, and both ends of a connection to it.
struct Connected {
  Descriptor listener = std::move(*open_listening_socket(Address::loopback(Address::Family::v4, Port{0})));
  Descriptor client{socket(AF_INET, SOCK_STREAM, 0)};
  Descriptor server;

  Connected() {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    auto* to = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(getsockname(listener.get(), to, &size) == 0);
    REQUIRE(connect(client.get(), to, size) == 0);
    server = std::move((*accept_from(listener.get()))->socket);
  }
};

// A socket in place of systemd's, which NOTIFY_SOCKET names.
struct NotifySocket {
  std::string path = "/tmp/notify-" + std::to_string(getpid());
  Descriptor socket_{socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)};

  NotifySocket() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path.c_str());
    unlink(path.c_str());
    REQUIRE(bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    setenv("NOTIFY_SOCKET", path.c_str(), 1);
  }
  ~NotifySocket() {
    unsetenv("NOTIFY_SOCKET");
    unlink(path.c_str());
  }
  struct Notification {
    std::string text;
    Descriptor descriptor;
  };
  Notification receive() {
    char text[500];
    char control[CMSG_SPACE(sizeof(int))];
    iovec piece{text, sizeof text};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    auto count = recvmsg(socket_.get(), &message, 0);
    Notification notification{count < 0 ? "" : std::string(text, static_cast<std::size_t>(count)), {}};
    if (auto* header = count < 0 ? nullptr : CMSG_FIRSTHDR(&message)) {
      int number = -1;
      std::memcpy(&number, CMSG_DATA(header), sizeof number);
      notification.descriptor.reset(number);
    }
    return notification;
  }
};
}  // namespace

TEST_CASE("socket: what is sent in two pieces is received, then the end", "[net]") {
  Connected pair;
  Byte space[100];
  CHECK_FALSE(*receive(pair.server.get(), space));
  CHECK_FALSE(has_news(pair.server.get()));
  CHECK(*send(pair.client.get(), as_bytes("ab"), as_bytes("cd")) == 4);
  CHECK(has_news(pair.server.get()));
  CHECK(as_text(**receive(pair.server.get(), space)) == "abcd");
  pair.client.reset();
  CHECK(has_news(pair.server.get()));
  CHECK((*receive(pair.server.get(), space))->empty());
}

TEST_CASE("socket: kinds, addresses and an empty queue", "[net]") {
  Connected pair;
  CHECK(kind_of(pair.listener.get()) == SocketKind::listening);
  CHECK(kind_of(pair.server.get()) == SocketKind::connected);
  CHECK(kind_of(STDIN_FILENO) == SocketKind::not_a_socket);
  CHECK(kind_of(-1) == SocketKind::not_a_socket);
  CHECK(peer_address(pair.server.get())->text() == local_address(pair.client.get())->text());
  CHECK_FALSE(peer_address(-1));
  CHECK_FALSE(*accept_from(pair.listener.get()));
  CHECK(is_address_in_use(open_listening_socket(*local_address(pair.listener.get())).error()));
}

TEST_CASE("socket: a connection that somebody else holds too can be ended", "[net]") {
  Connected pair;
  Descriptor other{dup(pair.server.get())};
  end_connection(pair.server.get());
  Byte space[1];
  CHECK((*receive(pair.client.get(), space))->empty());
}

TEST_CASE("socket: the kernel asks a silent peer of a kept connection whether it lives", "[net]") {
  Connected both;
  auto option = [&](int level, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    REQUIRE(getsockopt(both.server.get(), level, name, &value, &size) == 0);
    return value;
  };
  CHECK(option(SOL_SOCKET, SO_KEEPALIVE) == 0);
  keep_alive(both.server.get());
  CHECK(option(SOL_SOCKET, SO_KEEPALIVE) == 1);
  auto seconds = option(IPPROTO_TCP, TCP_KEEPIDLE) +
                 option(IPPROTO_TCP, TCP_KEEPINTVL) * option(IPPROTO_TCP, TCP_KEEPCNT);
  CHECK(seconds == 6 * 60);
}

TEST_CASE("descriptor set: tells by key, for as long as there is something, and not what was removed",
          "[net]") {
  Loop loop;
  Connected first, second;
  std::vector<DescriptorSet::Key> told;
  DescriptorSet set{loop, [&](auto key) { told.push_back(key); }};
  set.add(first.server.get(), 1, For::reading);
  set.add(second.server.get(), 2, For::reading);
  (void)send(first.client.get(), as_bytes("x"), {});
  loop.turn(true);
  loop.turn(true);
  CHECK(told == std::vector<DescriptorSet::Key>{1, 1});
  set.remove(first.server.get());
  second.client.reset();
  loop.turn(true);
  CHECK(told == std::vector<DescriptorSet::Key>{1, 1, 2});
  set.change(second.server.get(), 3, For::writing);
  loop.turn(true);
  CHECK(told.back() == 3);
}

TEST_CASE("watch: tells while it is started", "[net]") {
  Loop loop;
  Connected pair;
  int told = 0;
  DescriptorWatcher watch{loop, pair.server.get(), [&] { ++told; }};
  (void)send(pair.client.get(), as_bytes("x"), {});
  loop.turn(true);
  CHECK(told == 1);
  watch.stop();
  loop.turn(false);
  CHECK(told == 1);
  watch.start();
  loop.turn(true);
  CHECK(told == 2);
}

TEST_CASE("systemd: notifications with and without a descriptor; a full queue is told", "[net]") {
  NotifySocket notify;
  auto manager = ServiceManager::from_environment();
  REQUIRE(manager);
  CHECK(manager->send("READY=1"));
  auto plain = notify.receive();
  CHECK(plain.text == "READY=1");
  CHECK_FALSE(plain.descriptor);
  Connected pair;
  CHECK(manager->send("FDSTORE=1\nFDNAME=a", pair.server.get()));
  auto with = notify.receive();
  CHECK(with.text == "FDSTORE=1\nFDNAME=a");
  REQUIRE(with.descriptor);
  CHECK(peer_address(with.descriptor.get())->text() == local_address(pair.client.get())->text());
  while (manager->send("STATUS=x")) {}
  CHECK(notify.receive().text == "STATUS=x");
  CHECK(manager->send("STATUS=y"));
}

TEST_CASE("systemd: notifications that find the queue full are told later, of each kind the newest",
          "[net]") {
  NotifySocket notify;
  auto manager = ServiceManager::from_environment();
  REQUIRE(manager);
  Loop loop;
  ServiceNotifications notifications{loop, *manager};
  while (manager->send("OTHER=1")) {}
  notifications.send("READY=1\nMAINPID=7");
  for (auto* status : {"STATUS=one", "STATUS=two"}) notifications.send(status);
  std::vector<std::string> told;
  auto take = [&] {
    for (auto text = notify.receive().text; !text.empty(); text = notify.receive().text)
      if (text != "OTHER=1") told.push_back(text);
  };
  take();
  CHECK(told.empty());
  for (int turns = 0; told.size() < 2 && turns < 1'000; ++turns) {
    loop.turn(true);
    take();
  }
  CHECK(told == std::vector<std::string>{"READY=1\nMAINPID=7", "STATUS=two"});
  notifications.send("STATUS=three");
  take();
  CHECK(told.back() == "STATUS=three");
}

TEST_CASE("systemd: no manager, no watchdog, nothing passed", "[net]") {
  CHECK_FALSE(ServiceManager::from_environment());
  CHECK_FALSE(watchdog_limit());
  setenv("WATCHDOG_USEC", "3000000", 1);
  CHECK(watchdog_limit() == std::chrono::seconds{3});
  setenv("WATCHDOG_PID", "1", 1);
  CHECK_FALSE(watchdog_limit());
  unsetenv("WATCHDOG_USEC"), unsetenv("WATCHDOG_PID");
  setenv("LISTEN_PID", "1", 1), setenv("LISTEN_FDS", "1", 1);
  CHECK(take_passed_descriptors().empty());
  CHECK_FALSE(std::getenv("LISTEN_FDS"));
}
