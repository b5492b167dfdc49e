#include <catch2/catch.hpp>

#include "common/program/environment.h"
#include "common/program/logging.h"

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
