// Claims about log lines, log levels and environment variables.
#include <memory>
#include <string>

#include "common/net/output.h"
#include "common/program/environment.h"
#include "common/program/logging.h"
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
