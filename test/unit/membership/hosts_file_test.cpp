// The format of .hosts.erlang.
#include "noderuntime/membership/hosts_file.h"

#include "test/unit/catch.h"

namespace noderuntime::membership {
namespace {

using Strings = std::vector<std::string>;

Strings hosts(std::string_view text) {
  auto hosts = hosts_in(text, "hosts");
  REQUIRE(hosts);
  return *hosts;
}
std::string error_of(std::string_view text) {
  auto hosts = hosts_in(text, "hosts");
  return hosts ? "none" : hosts.error().context;
}

}  // namespace

TEST_CASE("hosts file: quoted and plain atoms with dots, comments, empty lines", "[membership]") {
  CHECK(hosts("").empty());
  CHECK(hosts("\n% nothing\n  %").empty());
  CHECK(hosts("'super.eua.example.org'.\n'renat.eua.example.org'.\n") ==
        Strings{"super.eua.example.org", "renat.eua.example.org"});
  CHECK(hosts("grouse. gauffin1 .\t'h-2'\n.% the last\n") == Strings{"grouse", "gauffin1", "h-2"});
  CHECK(hosts("h1.\r\n'h2'.\r\n") == Strings{"h1", "h2"});
  CHECK(hosts("'10.0.0.1'. 'fd00::1'.") == Strings{"10.0.0.1", "fd00::1"});
  CHECK(hosts("h1.%h2.\nh3.") == Strings{"h1", "h3"});
}

TEST_CASE("hosts file: what net_adm would not read is an error, with its line", "[membership]") {
  CHECK(error_of("'h1'.\n'h2'\n'h3'.\n") == "hosts, line 3: write a host and a dot: 'host.example.org'.");
  for (auto* text : {"h1", "h1.h2.", "'h1", "''.", "H1.", "1.", "\"h1\".", "'h\\'1'.", "'h\n1'.", ".", "h1..",
                     "{h1}.", "'h1'x.", "h-1."})
    CHECK(std::pair{text, error_of(text).find("hosts, line ")} == std::pair{text, std::size_t{0}});
  CHECK(error_of(std::string(256, 'a') + ".") != "none");
  CHECK(error_of(std::string(255, 'a') + ".") == "none");
}

}  // namespace noderuntime::membership
