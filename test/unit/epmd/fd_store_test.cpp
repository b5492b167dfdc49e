// Claims about the memory file that holds the table of registrations, and about the notices that store it at
// the service manager.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include "test/unit/catch.h"

#include "common/net/signals.h"
#include "epmd/fd_store.h"

using namespace noderuntime;
using namespace noderuntime::epmd;

namespace {
// The result of `check` in a process that may not write files.
bool without_files(bool (*check)()) {
  auto child = fork();
  if (child == 0) {
    net::ignore_write_signals();
    rlimit nothing{0, 0};
    setrlimit(RLIMIT_FSIZE, &nothing);
    _exit(check() ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  return status == 0;
}

bool keeps_its_content(std::size_t descriptors) {
  auto file = TableFile::create(as_bytes("first"));
  if (!file || !file->append(as_bytes(" second")) || file->descriptors().size() != descriptors) return false;
  for (int turn = 0; turn < 2; ++turn) {  // reading does not consume the content
    auto content = read_table(file->descriptors().front());
    if (!content || as_text(*content) != "first second") return false;
  }
  return true;
}

struct Manager {
  std::string path = "/tmp/store-" + std::to_string(getpid());
  net::Descriptor socket_{socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)};
  std::optional<net::ServiceManager> client;

  Manager() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path.c_str());
    unlink(path.c_str());
    REQUIRE(bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    setenv("NOTIFY_SOCKET", path.c_str(), 1);
    client = net::ServiceManager::from_environment();
    unsetenv("NOTIFY_SOCKET");
  }
  ~Manager() { unlink(path.c_str()); }

  std::vector<std::string> heard() {
    std::vector<std::string> texts;
    char text[500];
    for (ssize_t count; (count = recv(socket_.get(), text, sizeof text, 0)) >= 0;)
      texts.emplace_back(text, static_cast<std::size_t>(count));
    return texts;
  }
};
using Texts = std::vector<std::string>;

const Registry::Record& add(Registry& registry, std::string_view name) {
  static std::uint64_t owner = 0;
  return *registry.add({.name = std::string{name}}, ConnectionId{++owner}, STDIN_FILENO, Creation{4});
}
}  // namespace

TEST_CASE("table file: content stays where it is when it is read", "[epmd]") { CHECK(keeps_its_content(1)); }

TEST_CASE("table file: where no file may be written it is a pipe", "[epmd]") {
  CHECK(without_files([] { return keeps_its_content(2); }));
}

TEST_CASE("table file: a pipe has room for twenty thousand names, and says when it is full", "[epmd]") {
  CHECK(without_files([] {
    auto file = TableFile::create(as_bytes("x"));
    if (!file) return false;
    Registry registry{0};
    int count = 0;
    while (count < 100'000 && file->append(encode_begin(add(registry, "n" + std::to_string(count))))) ++count;
    return count >= 20'000 && count < 100'000;
  }));
}

TEST_CASE("table file: other descriptors are no tables", "[epmd]") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  net::Descriptor read_end{ends[0]}, write_end{ends[1]};
  CHECK_FALSE(read_table(write_end.get()));
  CHECK_FALSE(read_table(-1));
}

TEST_CASE("fd store: a registration is one notification when it begins and one when it ends", "[epmd]") {
  net::Loop loop;
  Manager manager;
  Registry registry{10};
  FdStore store{loop, *manager.client, registry, 4};
  CHECK(manager.heard() == Texts{"FDSTORE=1\nFDNAME=names-5\nFDPOLL=0"});
  auto& record = add(registry, "a");
  store.began(record);
  CHECK(manager.heard() == Texts{"FDSTORE=1\nFDNAME=1"});
  store.ended(record);
  CHECK(manager.heard() == Texts{"FDSTOREREMOVE=1\nFDNAME=1"});
}

TEST_CASE("fd store: a table that is mostly history is replaced, the new one first", "[epmd]") {
  net::Loop loop;
  Manager manager;
  Registry registry{10};
  FdStore store{loop, *manager.client, registry, 0};
  manager.heard();
  Texts about_tables;
  for (int turn = 0; turn < 10'000 && about_tables.empty(); ++turn) {
    auto& record = add(registry, "a");
    store.began(record);
    store.ended(record);
    registry.remove("a", record.owner);
    for (const auto& text : manager.heard())
      if (text.find("names-") != text.npos) about_tables.push_back(text);
  }
  CHECK(about_tables == Texts{"FDSTORE=1\nFDNAME=names-2\nFDPOLL=0", "FDSTOREREMOVE=1\nFDNAME=names-1"});
  CHECK(store.generation() == 2);
}

TEST_CASE("fd store: while the manager is busy notifications wait; what ended meanwhile is not stored",
          "[epmd]") {
  net::Loop loop;
  Manager manager;
  Registry registry{10};
  FdStore store{loop, *manager.client, registry, 0};
  manager.heard();
  while (manager.client->send("STATUS=x")) {}
  auto& gone = add(registry, "gone");
  store.began(gone);
  auto gone_name = name_of(gone.serial);
  auto& stays = add(registry, "stays");
  store.began(stays);
  store.ended(gone);
  Texts heard;
  while (heard.empty()) {
    for (const auto& text : manager.heard())
      if (text != "STATUS=x") heard.push_back(text);
    loop.turn(true);
  }
  CHECK(heard == Texts{"FDSTORE=1\nFDNAME=" + name_of(stays.serial)});
}
