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

TEST_CASE("own name: malformed names are refused", "[node]") {
  for (auto* typed : {"", "@host", "a@", "a@b@c", "a b\n@host"})
    CHECK(full(typed, NameKind::short_name, "host").substr(0, 5) == "error");
}
