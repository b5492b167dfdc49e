// Claims about log lines, log levels, environment variables and freed memory.
#include <malloc.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "common/net/output.h"
#include "common/program/environment.h"
#include "common/program/logging.h"
#include "common/program/memory.h"
#include "common/program/secrets.h"
#include "noderuntime/term/address_sanitizer.h"
#include "test/unit/catch.h"

using namespace noderuntime;
using namespace noderuntime::program;

TEST_CASE("printable: what a peer sends cannot forge a log line", "[program]") {
  CHECK(printable("repl1@host") == "repl1@host");
  CHECK(printable("å") == "å");
  CHECK(printable("a\nb\x1b[1m") == "a\\x0ab\\x1b[1m");
  CHECK(printable("\xff\"\\") == "\\xff\\x22\\x5c");
  CHECK(printable(std::string_view{"\0", 1}) == "\\x00");
  CHECK(printable("\xc2\x9b") == "\\xc2\\x9b");
  CHECK(printable("abcdef", 3) == "abc...");
}

TEST_CASE("log levels have names", "[program]") {
  CHECK(*parse_log_level("debug") == LogLevel::debug);
  CHECK(*parse_log_level("error") == LogLevel::error);
  CHECK_FALSE(parse_log_level("loud"));
}

TEST_CASE("environment: unset is not empty", "[program]") {
  CHECK_FALSE(environment("NODERUNTIME_NO_SUCH_VARIABLE"));
  CHECK(environment("PATH"));
}

TEST_CASE("memory: freed small blocks do not wait for a later call that joins them", "[program]") {
  std::vector<void*> blocks(10'000);
  auto free_many = [&] {
    for (auto& block : blocks) block = std::malloc(64);
    for (auto* block : blocks) std::free(block);
    return mallinfo2().smblks;
  };
  keep_freed_memory();
  CHECK(free_many() == 0);
}

namespace {
// A reader that can be told to stop reading.
struct Reader final : net::OutputTarget {
  struct State {
    bool reads = true, closed = false;
    std::string text;
  };
  State& state;
  explicit Reader(State& its) : state{its} {}
  Result<std::size_t> write(std::string_view bytes) override {
    if (state.closed) return Error{Errc::system, "EPIPE"};
    if (!state.reads) return std::size_t{0};
    state.text += bytes;
    return bytes.size();
  }
  int descriptor() const override { return -1; }
};

void log_to(Reader::State& reader) {
  auto form = [](LogLevel, auto, std::string_view text) { return std::string{text} + "\n"; };
  set_up_logging("test", LogLevel::info, form, std::make_unique<Reader>(reader));
}
}  // namespace

TEST_CASE("log: lines that nobody reads wait, then are dropped and counted", "[program]") {
  Reader::State reader;
  log_to(reader);
  log_info("first");
  reader.reads = false;
  const std::string line(1023, '.');
  constexpr std::size_t kept = log_bytes_waiting / 1024 + 1, dropped = 100;
  for (std::size_t i = 0; i < kept + dropped; ++i) log_info(line);
  CHECK(reader.text == "first\n");
  reader.reads = true;
  log_info("next");
  log_info("last");
  CHECK(reader.text.size() > kept * 1024);
  CHECK(reader.text.ends_with(".\n100 lines were lost: nobody read the log\nnext\nlast\n"));
  close_log();
}

TEST_CASE("log: lines that cannot be written are counted until they can", "[program]") {
  Reader::State reader{.closed = true};
  log_to(reader);
  for (int i = 0; i < 3; ++i) log_info("lost");
  reader.closed = false;
  log_info("read");
  CHECK(reader.text == "3 lines were lost: nobody read the log\nread\n");
  close_log();
}

TEST_CASE("log: the last lines are remembered, without secrets, each cut, and numbered", "[program]") {
  Reader::State reader;
  log_to(reader);
  remember_lines();
  auto before = lines_after(0);
  auto last = before.empty() ? 0 : before.back().number;
  keep_secret("remembered-secret-123");
  log_error("it is remembered-secret-123");
  log_debug("not written");
  log_info(std::string(2 * most_remembered_bytes, 'x'));
  auto lines = lines_after(last);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].text == "it is ***");
  CHECK(lines[0].number == last + 1);
  CHECK(level_name(lines[0].level) == "error");
  CHECK(lines[1].text.size() == most_remembered_bytes + 3);
  for (std::size_t i = 0; i < most_remembered_lines; ++i) log_info("line");
  CHECK(lines_after(0).size() == most_remembered_lines);
  CHECK(lines_after(last + 2 + most_remembered_lines).empty());
  close_log();
}

#if !NODERUNTIME_ADDRESS_SANITIZER  // it has its own malloc()

namespace {

std::size_t resident_megabytes() {
  std::ifstream file{"/proc/self/statm"};
  std::size_t whole = 0, resident = 0;
  file >> whole >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) >> 20;
}

}  // namespace

TEST_CASE("memory: freed memory between used blocks is given back in small steps", "[program]") {
  constexpr std::size_t count = 200, size = std::size_t{1} << 20, between_bytes = 16 << 10;
  keep_freed_memory();
  for (bool stopped : {false, true}) {
    std::vector<void*> large, between;
    for (std::size_t i = 0; i < count; ++i) {
      large.push_back(std::memset(std::malloc(size), 1, size));
      between.push_back(std::malloc(between_bytes));
    }
    for (auto* block : large) std::free(block);
    auto before = resident_megabytes();
    start_giving_back(count * size);
    int steps = 0;
    if (stopped) {
      REQUIRE(give_back_some());
      stop_giving_back();
      CHECK_FALSE(give_back_some());
    } else {
      while (give_back_some()) ++steps;
      CHECK(steps > 100);
      CHECK(before - resident_megabytes() > count / 2);
    }
    for (auto* block : between) std::free(block);
  }
}

#endif
