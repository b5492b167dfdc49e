// Claims about the full name of a node whose options give a name with or without a host.
#include "noderuntime/node/own_name.h"

#include "test/unit/catch.h"

using namespace noderuntime;

namespace {
std::string full(std::string_view typed, NameKind kind, std::string_view host) {
  auto name = own_node_name(typed, kind, host);
  return name ? name->full() : std::string{"error: "} + std::string{error_name(name.error().code)};
}
}  // namespace

TEST_CASE("own name: a short name takes the host up to its first dot", "[node]") {
  CHECK(full("a", NameKind::short_name, "host") == "a@host");
  CHECK(full("a", NameKind::short_name, "host.example.org") == "a@host");
  CHECK(full("a@other", NameKind::short_name, "host") == "a@other");
}

TEST_CASE("own name: a short name's host has no dot", "[node]") {
  CHECK(full("a@host.example.org", NameKind::short_name, "host") == "error: configuration");
  CHECK(full("a@127.0.0.1", NameKind::short_name, "host") == "error: configuration");
}

TEST_CASE("own name: a long name needs a dot in its host", "[node]") {
  CHECK(full("a@127.0.0.1", NameKind::long_name, "host") == "a@127.0.0.1");
  CHECK(full("a", NameKind::long_name, "host.example.org") == "a@host.example.org");
  CHECK(full("a@::1", NameKind::long_name, "host") == "a@::1");
  CHECK(full("a", NameKind::long_name, "host") == "error: configuration");
  CHECK(full("a@host", NameKind::long_name, "host") == "error: configuration");
}

TEST_CASE("own name: names that no node of OTP has are refused, with what is allowed", "[node]") {
  for (auto* typed : {"", "@host", "a@", "a@b@c", "a b\n@host", "a.b", "a b", "\u00e9", "\xff", "a/b", "a:b",
                      "a#b", "a'b", "a@h st", "a@h\tst", "a@\u20ac"}) {
    auto name = own_node_name(typed, NameKind::short_name, "host");
    INFO(typed);
    REQUIRE_FALSE(name);
    CHECK(name.error().code == Errc::bad_node_name);
    CHECK(name.error().message().find("letters A to Z and a to z, digits, _ and -") != std::string::npos);
  }
  for (auto* typed : {"A", "1a", "a-b", "a_b", "-a", "_"})
    CHECK(full(typed, NameKind::short_name, "host") == typed + std::string{"@host"});
  CHECK(full("a@h\u00f6st", NameKind::short_name, "host") == "a@h\u00f6st");
}

TEST_CASE("own name: at most 255 characters with the host", "[node]") {
  std::string longest(255 - 5, 'x');
  CHECK(full(longest, NameKind::short_name, "host") == longest + "@host");
  CHECK(full(longest + "x", NameKind::short_name, "host") == "error: bad_node_name");
}
