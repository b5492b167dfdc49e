// Claims about the notices of a node to systemd: readiness, its port and connections, the watchdog, its end.
#include "noderuntime/command/service.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "common/net/descriptor.h"
#include "test/unit/catch.h"
#include "test/unit/turn_until.h"

namespace noderuntime::command {
namespace {

using noderuntime::test::turn_until;
using Notices = std::vector<std::string>;

// A service manager: the socket that NOTIFY_SOCKET names.
class Manager {
 public:
  Manager() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path_.c_str());
    unlink(path_.c_str());
    REQUIRE(bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    setenv("NOTIFY_SOCKET", path_.c_str(), 1);
  }
  ~Manager() {
    for (auto* variable : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) unsetenv(variable);
    unlink(path_.c_str());
  }
  // All notices so far.
  const Notices& heard() {
    char text[500];
    for (ssize_t count; (count = recv(socket_.get(), text, sizeof text, 0)) >= 0;)
      heard_.emplace_back(text, static_cast<std::size_t>(count));
    return heard_;
  }

 private:
  std::string path_ = "/tmp/noderuntime_service_test." + std::to_string(getpid());
  net::Descriptor socket_{socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)};
  Notices heard_;
};

std::string ready() { return "READY=1\nMAINPID=" + std::to_string(getpid()); }

}  // namespace

TEST_CASE("service: a node that is up is ready, and tells its port", "[command]") {
  Manager manager;
  net::Loop loop;
  Service service{loop};
  CHECK(manager.heard().empty());
  service.listening(Port{4711}, false);
  service.ready();
  CHECK(manager.heard() == Notices{ready(), "STATUS=Port 4711, connected nodes: 0"});
  service.stopping();
  CHECK(manager.heard().back() == "STOPPING=1");
}

TEST_CASE("service: a node that waits for others puts off the time limit of its start", "[command]") {
  Manager manager;
  net::Loop loop;
  Service service{loop};
  service.listening(Port{4711}, true);
  CHECK(manager.heard() == Notices{"STATUS=Port 4711, connected nodes: 0", "EXTEND_TIMEOUT_USEC=60000000"});
  service.ready();
  CHECK(manager.heard()[2] == ready());
}

TEST_CASE("service: changes within a second are one status line with the number of connected nodes",
          "[command]") {
  Manager manager;
  net::Loop loop;
  Service service{loop};
  service.listening(Port{4711}, false);
  service.ready();
  for (bool up : {true, true, true, false}) service.node_changed(up);
  turn_until(loop, [&] { return manager.heard().size() == 3; });
  CHECK(manager.heard().back() == "STATUS=Port 4711, connected nodes: 2");
  service.node_changed(false);
  turn_until(loop, [&] { return manager.heard().size() == 4; });
  CHECK(manager.heard().back() == "STATUS=Port 4711, connected nodes: 1");
}

TEST_CASE("service: the watchdog hears from a ready node twice in each interval that it asks for",
          "[command]") {
  Manager manager;
  setenv("WATCHDOG_USEC", "100000", 1);
  net::Loop loop;
  Service service{loop};
  auto begin = std::chrono::steady_clock::now();
  service.listening(Port{4711}, false);
  service.ready();
  turn_until(loop, [&] { return manager.heard().size() == 6; });
  CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::milliseconds{190});
  for (std::size_t i = 2; i < 6; ++i) CHECK(manager.heard()[i] == "WATCHDOG=1");
}

TEST_CASE("service: without a watchdog, and in another process than the one it names, none is told",
          "[command]") {
  for (auto* process : {"", "1"}) {
    Manager manager;
    if (*process != '\0') setenv("WATCHDOG_USEC", "1000", 1), setenv("WATCHDOG_PID", process, 1);
    net::Loop loop;
    Service service{loop};
    service.listening(Port{4711}, false);
    service.ready();
    service.node_changed(true);  // its status line comes a second later
    turn_until(loop, [&] { return manager.heard().size() >= 3; });
    CHECK(manager.heard().back() == "STATUS=Port 4711, connected nodes: 1");
  }
}

TEST_CASE("service: without a service manager nothing is told, and nothing waits", "[command]") {
  unsetenv("NOTIFY_SOCKET");
  setenv("WATCHDOG_USEC", "1000", 1);
  net::Loop loop;
  Service service{loop};
  service.listening(Port{4711}, false);
  service.ready();
  service.node_changed(true);
  service.stopping();
  unsetenv("WATCHDOG_USEC");
  CHECK_FALSE(loop.turn(false));
}

}  // namespace noderuntime::command
