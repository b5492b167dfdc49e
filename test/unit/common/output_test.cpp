// Claims about Output, which writes without waiting for the reader of a pipe, socket or terminal.
#include <fcntl.h>
#include <pty.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include "test/unit/catch.h"

#include "common/net/output.h"
#include "common/net/signals.h"

using namespace noderuntime;
using namespace noderuntime::net;
using namespace std::chrono_literals;

namespace {
// Both ends of a pipe, socket or terminal. Other programs may share the writing end.
struct Ends {
  Descriptor reading, writing;
};

Ends open_pipe() {
  int ends[2];
  REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
  return {Descriptor{ends[0]}, Descriptor{ends[1]}};
}
Ends open_socket_pair(int type) {
  int ends[2];
  REQUIRE(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) == 0);
  return {Descriptor{ends[0]}, Descriptor{ends[1]}};
}
Ends open_terminal() {
  int reading = -1, writing = -1;
  REQUIRE(openpty(&reading, &writing, nullptr, nullptr, nullptr) == 0);
  return {Descriptor{reading}, Descriptor{writing}};
}

// All bytes that can be read now.
std::string read_all(int descriptor) {
  std::string text;
  char piece[4096];
  fcntl(descriptor, F_SETFL, O_NONBLOCK);
  for (ssize_t count; (count = read(descriptor, piece, sizeof piece)) > 0;)
    text.append(piece, static_cast<std::size_t>(count));
  return text;
}

std::string line(int number) { return "line " + std::to_string(number) + std::string(90, '.') + "\n"; }

// Writes lines until the output is full. Returns their number.
int fill(Output& output) {
  int count = 0;
  for (; !output.full(); ++count) REQUIRE(output.write(line(count)));
  return count;
}

std::string lines(int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += line(i);
  return all;
}

std::string without_returns(std::string text) {  // a terminal adds a carriage return to each line end
  std::erase(text, '\r');
  return text;
}

// Turns the loop and reads, until no output waits. Returns what was read.
std::string read_while_written(Loop& loop, Output& output, int descriptor) {
  std::string text;
  for (int turns = 0; output.waiting() > 0 && turns < 100'000; ++turns) {
    text += read_all(descriptor);
    loop.turn(false);
  }
  return text + read_all(descriptor);
}

bool shared_flags_unchanged(int descriptor) { return (fcntl(descriptor, F_GETFL) & O_NONBLOCK) == 0; }

struct Kind {
  const char* name;
  std::function<Ends()> open;
};
const Kind kinds[] = {{"pipe", open_pipe},
                      {"terminal", open_terminal},
                      {"stream socket", [] { return open_socket_pair(SOCK_STREAM); }},
                      {"datagram socket", [] { return open_socket_pair(SOCK_DGRAM); }}};

// An output on a loop whose other end nobody reads.
struct Unread {
  Ends ends;
  Loop loop;
  Output output;
  int drained = 0;

  explicit Unread(Ends its) : ends{std::move(its)}, output{open_output(ends.writing.get()), 100'000} {
    output.attach(loop, [this] { ++drained; });
  }
  ~Unread() { output.detach(); }
};

// Another effective user, as after su: the file behind standard output belongs to another user and cannot be
// opened again.
struct AsNobody {
  AsNobody() { REQUIRE(seteuid(65534) == 0); }
  ~AsNobody() { (void)!seteuid(0); }
};
}  // namespace

TEST_CASE("output: a reader that does not read is not waited for, and gets everything later, in order",
          "[net]") {
  for (auto& kind : kinds) {
    CAPTURE(kind.name);
    Unread unread{kind.open()};
    int count = fill(unread.output);
    CHECK(unread.output.waiting() > 100'000);
    CHECK(unread.output.waiting() < 100'200);
    CHECK(unread.drained == 0);
    CHECK(shared_flags_unchanged(unread.ends.writing.get()));
    CHECK(without_returns(read_while_written(unread.loop, unread.output, unread.ends.reading.get())) ==
          lines(count));
    CHECK(unread.drained == 1);
    CHECK(unread.output.waiting() == 0);
  }
}

TEST_CASE("output: a descriptor that cannot be opened again is written without waiting too", "[.root]") {
  if (geteuid() != 0) {
    WARN("skipped: only root can become another user");
    return;
  }
  for (auto& kind : {kinds[0], kinds[1]}) {
    CAPTURE(kind.name);
    auto ends = kind.open();
    std::unique_ptr<OutputTarget> target;
    {
      AsNobody nobody;
      target = open_output(ends.writing.get());
    }
    REQUIRE(target->descriptor() == ends.writing.get());  // it could not be opened again
    Loop loop;
    Output output{std::move(target), 100'000};
    output.attach(loop, [] {});
    int count = fill(output);
    CHECK(shared_flags_unchanged(ends.writing.get()));
    CHECK(without_returns(read_while_written(loop, output, ends.reading.get())) == lines(count));
    output.detach();
  }
}

TEST_CASE("output: a terminal that is stopped is not waited for", "[net]") {
  auto ends = open_terminal();
  REQUIRE(tcflow(ends.writing.get(), TCOOFF) == 0);
  Output output{open_output(ends.writing.get()), 1'000};
  CHECK(output.write("text\n"));
  CHECK(output.waiting() == 5);
  REQUIRE(tcflow(ends.writing.get(), TCOON) == 0);
  output.finish(1s);
  CHECK(without_returns(read_all(ends.reading.get())) == "text\n");
}

TEST_CASE("output: without a loop, waiting output is written with the next piece", "[net]") {
  auto ends = open_pipe();
  Output output{open_output(ends.writing.get()), 1'000};
  int count = fill(output);
  auto text = read_all(ends.reading.get());
  REQUIRE(output.write(line(count)));
  CHECK(output.waiting() == 0);
  CHECK(text + read_all(ends.reading.get()) == lines(count + 1));
}

TEST_CASE("output: it may be taken from its loop when it is told that nothing waits", "[net]") {
  auto ends = open_pipe();
  Loop loop;
  auto output = std::make_unique<Output>(open_output(ends.writing.get()), 1'000);
  bool told = false;
  output->attach(loop, [&] {
    told = true;
    output->detach();
  });
  fill(*output);
  for (int turns = 0; !told && turns < 1'000; ++turns) {
    read_all(ends.reading.get());
    loop.turn(true);
  }
  CHECK(told);
  output.reset();
  loop.turn(false);
}

TEST_CASE("output: a file gets everything at once", "[net]") {
  char name[] = "/tmp/output-XXXXXX";
  Descriptor file{mkstemp(name)};
  unlink(name);
  Output output{open_output(file.get()), 10};
  for (int i = 0; i < 1000; ++i) REQUIRE(output.write(line(i)));
  CHECK(output.waiting() == 0);
  CHECK(lseek(file.get(), 0, SEEK_SET) == 0);
  CHECK(read_all(file.get()) == lines(1000));
}

TEST_CASE("output: writing without any reader is an error each time, and waiting output counts as lost",
          "[net]") {
  ignore_write_signals();
  for (auto& kind : {kinds[0], kinds[2]}) {
    CAPTURE(kind.name);
    Unread unread{kind.open()};
    fill(unread.output);
    unread.ends.reading.reset();
    for (int turns = 0; unread.drained == 0 && turns < 1'000; ++turns) unread.loop.turn(true);
    CHECK(unread.drained == 1);
    CHECK(unread.output.waiting() == 0);
    CHECK(unread.output.take_lost() > 100);
    CHECK_FALSE(unread.output.write("text"));
    CHECK(unread.output.take_lost() == 1);
    CHECK_FALSE(unread.output.write("text"));
  }
}

TEST_CASE("output: a descriptor that is closed is an error", "[net]") {
  Output output{open_output(-1), 10};
  CHECK_FALSE(output.write("text"));
  CHECK(output.waiting() == 0);
}

TEST_CASE("output: the end waits for a reader, but not for ever", "[net]") {
  auto ends = open_pipe();
  auto begin = std::chrono::steady_clock::now();
  {
    Output output{open_output(ends.writing.get()), 1'000};
    fill(output);
  }
  auto took = std::chrono::steady_clock::now() - begin;
  CHECK(took >= Output::last_write_limit - 1ms);
  CHECK(took < 10 * Output::last_write_limit);
}
