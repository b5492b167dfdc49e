// The rules of --allow.
#include "noderuntime/membership/allow_list.h"

#include "test/unit/catch.h"

namespace noderuntime::membership {
namespace {

bool matches(std::vector<std::string> rules, std::string_view name, std::string_view from) {
  auto list = AllowList::parse(rules);
  REQUIRE(list);
  return list->matches(name, *net::Address::parse(from, Port{4711}));
}
std::string error_of(const std::string& rule) {
  auto list = AllowList::parse({"a@b", rule});
  return list ? "none" : std::string{error_name(list.error().code)};
}

}  // namespace

TEST_CASE("allow list: without rules everybody matches", "[membership]") {
  CHECK(AllowList{}.empty());
  CHECK(matches({}, "a@b", "192.0.2.1"));
  CHECK(matches({}, "@b", "::1"));
}

TEST_CASE("allow list: a node's name matches as a whole, and a host matches each name there",
          "[membership]") {
  CHECK(matches({"a@h.example"}, "a@h.example", "192.0.2.1"));
  CHECK_FALSE(matches({"a@h.example"}, "b@h.example", "192.0.2.1"));
  CHECK_FALSE(matches({"a@h.example"}, "a@h.example.org", "192.0.2.1"));
  CHECK_FALSE(matches({"a@h.example"}, "A@h.example", "192.0.2.1"));
  CHECK_FALSE(matches({"a@h"}, "@h", "192.0.2.1"));
  CHECK(matches({"@h.example"}, "a@h.example", "192.0.2.1"));
  CHECK(matches({"@h.example"}, "b@h.example", "192.0.2.1"));
  CHECK_FALSE(matches({"@h.example"}, "b@xh.example", "192.0.2.1"));
  CHECK_FALSE(matches({"@h.example"}, "b@h", "192.0.2.1"));
  CHECK(matches({"@h"}, "@h", "192.0.2.1"));  // it asks for a name
  CHECK(matches({"@fd00::1"}, "a@fd00::1", "192.0.2.1"));
  CHECK(matches({"x@y", "@z", "a@b"}, "a@b", "192.0.2.1"));
}

TEST_CASE("allow list: a network matches the addresses in it, whatever the name", "[membership]") {
  CHECK(matches({"10.0.0.0/8"}, "a@b", "10.255.255.255"));
  CHECK_FALSE(matches({"10.0.0.0/8"}, "a@b", "11.0.0.0"));
  CHECK_FALSE(matches({"10.0.0.0/8"}, "a@10.0.0.1", "192.0.2.1"));
  CHECK(matches({"192.0.2.128/25"}, "a@b", "192.0.2.200"));
  CHECK_FALSE(matches({"192.0.2.128/25"}, "a@b", "192.0.2.127"));
  CHECK(matches({"192.0.2.6/31"}, "a@b", "192.0.2.7"));
  CHECK(matches({"192.0.2.7"}, "a@b", "192.0.2.7"));
  CHECK_FALSE(matches({"192.0.2.7/32"}, "a@b", "192.0.2.6"));
  CHECK(matches({"0.0.0.0/0"}, "a@b", "203.0.113.9"));
  CHECK_FALSE(matches({"0.0.0.0/0"}, "a@b", "2001:db8::1"));
  CHECK(matches({"fd00::/8"}, "a@b", "fdff::1"));
  CHECK_FALSE(matches({"fd00::/8"}, "a@b", "fe00::1"));
  CHECK(matches({"2001:db8::/33"}, "a@b", "2001:db8:7fff::1"));
  CHECK_FALSE(matches({"2001:db8::/33"}, "a@b", "2001:db8:8000::1"));
  CHECK(matches({"::1"}, "a@b", "::1"));
  CHECK(matches({"fe80::/10"}, "a@b", "fe80::1%1"));
  CHECK_FALSE(matches({"::/0"}, "a@b", "192.0.2.1"));
  CHECK(matches({"::/0"}, "a@b", "2001:db8::1"));
}

TEST_CASE("allow list: IPv4 that is mapped into IPv6 is IPv4, in addresses and in rules", "[membership]") {
  CHECK(matches({"10.0.0.0/8"}, "a@b", "::ffff:10.1.2.3"));
  CHECK_FALSE(matches({"10.0.0.0/8"}, "a@b", "::ffff:11.1.2.3"));
  CHECK_FALSE(matches({"::/0"}, "a@b", "::ffff:10.1.2.3"));
  CHECK(matches({"::ffff:10.0.0.0/104"}, "a@b", "10.1.2.3"));
  CHECK(matches({"::ffff:10.0.0.0/104"}, "a@b", "::ffff:10.1.2.3"));
  CHECK_FALSE(matches({"::ffff:10.0.0.0/104"}, "a@b", "11.1.2.3"));
  CHECK(matches({"::ffff:0.0.0.0/96"}, "a@b", "203.0.113.9"));
}

TEST_CASE("allow list: what is no rule is an error of the configuration", "[membership]") {
  for (auto* rule : {"",
                     "foo",
                     "@",
                     "a@",
                     "a b@c",
                     "a@b@c",
                     "10.0.0.0/33",
                     "10.0.0.0/",
                     "10.0.0.0/x",
                     "10.0.0.0/-1",
                     "10.0.0.0/8x",
                     "10.0.0.0/8/8",
                     "10.1.0.0/8",
                     "10.0.0/8",
                     "fd00::/129",
                     "fd00::1/8",
                     "/8",
                     "fe80::1%1",
                     "::ffff:10.1.0.0/104",
                     "*",
                     "host.example.org"})
    CHECK(std::pair{rule, error_of(rule)} == std::pair{rule, std::string{"configuration"}});
  auto told = AllowList::parse({"foo"}).error().message();
  CHECK(told.find("\"foo\"") != told.npos);
  CHECK(told.find("10.0.0.0/8") != told.npos);
}

}  // namespace noderuntime::membership
