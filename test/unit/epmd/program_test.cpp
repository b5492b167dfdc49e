// Claims about epmd's command line, its addresses, the output of its client commands, and the bounds of its
// log.
#include "test/unit/catch.h"

#include "common/program/rate_limit.h"
#include "epmd/addresses.h"
#include "epmd/bounds.h"
#include "epmd/commands.h"
#include "epmd/log_events.h"

using namespace noderuntime;
using namespace noderuntime::epmd;
using std::chrono_literals::operator""s;

namespace {
Result<Options> parse(std::vector<std::string> arguments, Environment environment = {}) {
  return parse_options(arguments, environment);
}
Options command(Verb verb, std::string name = {}) {
  Options options;
  options.verb = verb;
  options.name = std::move(name);
  return options;
}
Report report_of(Verb verb, std::string_view answer) {
  return report(command(verb), Buffer(answer.begin(), answer.end()));
}
std::string plan(std::string_view list) {
  auto addresses = addresses_to_listen(list, Port{1});
  if (!addresses) return addresses.error().context;
  std::string text;
  for (const auto& row : *addresses) text += (row.asked_for ? " " : " +") + row.address.host_text();
  return text;
}
}  // namespace

TEST_CASE("options: defaults, environment, and options over the environment", "[epmd]") {
  CHECK(parse({})->port == 4369);
  CHECK(parse({})->verb == Verb::serve);
  CHECK(parse({})->packet_timeout == 60s);
  Environment set{.port = "4400", .addresses = "127.0.0.1", .relaxed = true};
  CHECK(parse({}, set)->port == 4400);
  CHECK(parse({}, set)->addresses == "127.0.0.1");
  CHECK(parse({}, set)->relaxed);
  CHECK(parse({"-port", "1", "-port", "4401", "-address", "::1"}, set)->port == 4401);
  CHECK(parse({}, {.port = "garbage"})->port == 0);
}

TEST_CASE("options: a port beyond 16 bits is announced whole and listened on cut", "[epmd]") {
  CHECK(parse({"-port", "79921"})->port == 79921);
  CHECK(parse({"-port", "79921"})->listen_port() == Port{14385});
}

TEST_CASE("options: all of the daemon's", "[epmd]") {
  auto options = parse({"-d", "-debug", "-daemon", "-relaxed_command_check", "-systemd", "-packet_timeout",
                        "1", "-delay_accept", "2", "-delay_write", "3x"});
  REQUIRE(options);
  CHECK(options->debug == 2);
  CHECK(options->daemon);
  CHECK(options->relaxed);
  CHECK(options->systemd);
  CHECK(options->packet_timeout == 1s);
  CHECK(options->delay_accept == 2s);
  CHECK(options->delay_write == 3s);
}

TEST_CASE("options: verbs stand at the end", "[epmd]") {
  CHECK(parse({"-port", "1", "-names"})->verb == Verb::names);
  CHECK(parse({"-d", "-stop", "a"})->name == "a");
  CHECK(parse({"-stop", ""})->verb == Verb::stop);
  for (auto verb : {"-names", "-started", "-kill", "-dump"}) {
    CHECK(parse({verb}));
    CHECK_FALSE(parse({verb, "-d"}));
  }
  CHECK_FALSE(parse({"-stop"}));
  CHECK_FALSE(parse({"-stop", "a", "-d"}));
}

TEST_CASE("options: JSON stands behind what can be printed so", "[epmd]") {
  for (auto verb : {"-names", "-watch"}) {
    CHECK(parse({verb, "-json"})->json);
    CHECK_FALSE(parse({verb})->json);
    CHECK_FALSE(parse({verb, "-json", "-json"}));
  }
  CHECK(parse({"-lookup", "a", "-json"})->json);
  CHECK(parse({"-lookup", "a"})->name == "a");
  for (auto verb : {"-kill", "-dump", "-started"}) CHECK_FALSE(parse({verb, "-json"}));
  CHECK_FALSE(parse({"-json"}));
  CHECK_FALSE(parse({"-json", "-names"}));
  CHECK(parse({"-names", "-long"})->details);
  CHECK(parse({"-names", "-long", "-json"})->json);
  for (auto words : {std::vector<std::string>{"-long"},
                     {"-watch", "-long"},
                     {"-names", "-json", "-long"},
                     {"-names", "-long", "-long"}})
    CHECK_FALSE(parse(words));
  CHECK_FALSE(parse({"-lookup"}));
}

TEST_CASE("options: bounds and the user", "[epmd]") {
  auto options = parse({"-max_names", "1", "-max_unregistered", "2", "-max_per_address", "3",
                        "-reserved_descriptors", "4", "-total_timeout", "5", "-user", "epmd"});
  REQUIRE(options);
  CHECK(options->bounds.names == 1);
  CHECK(options->bounds.unregistered == 2);
  CHECK(options->bounds.per_address == 3);
  CHECK(options->bounds.reserved == 4);
  CHECK(options->total_timeout == 5s);
  CHECK(options->user == "epmd");
}

TEST_CASE("options: who may register from elsewhere", "[epmd]") {
  CHECK(parse({})->registrars.empty());
  auto options = parse({"-allow_register", "10.0.0.0/8,fd00::/8", "-d", "-allow_register", "192.0.2.7"});
  REQUIRE(options);
  CHECK(options->registrars == *net::parse_address_ranges("10.0.0.0/8,fd00::/8,192.0.2.7/32"));
  for (auto bad : {"10.0.0.0/33", "10.0.0.1/8", "docker0", "10.0.0.0/8,", "10.0.0.0/8 fd00::/8", ","}) {
    auto refused = parse({"-allow_register", "10.0.0.0/8", "-allow_register", bad});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::configuration);
  }
  CHECK(parse({"-allow_register", "10.0.0.0/33"}).error().context ==
        "-allow_register \"10.0.0.0/33\": write a number from 0 to 32 after '/'");
  for (auto wrong : {std::vector<std::string>{"-allow_register"}, {"-allow_register", ""}})
    CHECK(parse(wrong).error().code == Errc::usage);
}

TEST_CASE("bounds: names leave room for look-ups, and nothing takes the reserve", "[epmd]") {
  for (std::size_t descriptors : {0u, 1u, 20u, 64u, 1024u, 20'000u, 1'048'576u}) {
    auto bounds = bounds_within(descriptors, {});
    CHECK(bounds.names < bounds.connections);
    CHECK(bounds.unregistered <= bounds.connections);
    CHECK(bounds.per_address <= bounds.unregistered);
    if (descriptors >= 64) CHECK(bounds.connections == descriptors - 32);
  }
  CHECK(bounds_within(20'000, {}).names >= 19'000);
  auto most = bounds_within(1'048'576, {});
  for (auto number : {most.unregistered, most.per_address, WantedBounds{}.reserved})
    CHECK(usage_text().find("(default " + std::to_string(number) + ")") != std::string::npos);
  auto bounds = bounds_within(1024, {.names = 5, .unregistered = 6, .per_address = 7, .reserved = 100});
  CHECK(bounds.connections == 924);
  CHECK(bounds.names == 5);
  CHECK(bounds.unregistered == 6);
  CHECK(bounds.per_address == 6);
}

TEST_CASE("options: everything else is a usage error", "[epmd]") {
  for (auto bad : {"-h", "--help", "-version", "word", "-port", "-address", "-packet_timeout", "--names", ""})
    CHECK_FALSE(parse({bad}));
  for (auto option : {"-port", "-packet_timeout", "-delay_accept", "-delay_write"}) {
    CHECK_FALSE(parse({option, "0"}));
    CHECK_FALSE(parse({option, "x"}));
  }
  for (auto option :
       {"-max_names", "-max_unregistered", "-max_per_address", "-reserved_descriptors", "-total_timeout"})
    for (auto value : {"0", "x", "-1"})
      if (option != std::string_view{"-total_timeout"} || value != std::string_view{"-1"})
        CHECK_FALSE(parse({option, value}));
  CHECK_FALSE(parse({"-user", ""}));
  CHECK(usage_text().starts_with("usage: epmd "));
}

TEST_CASE("addresses: none given means all of both families", "[epmd]") {
  CHECK(plan("") == " 0.0.0.0 ::");
  CHECK(plan(" ,, ") == " 0.0.0.0 ::");
}

TEST_CASE("addresses: the loopback of a family is added unless it is covered", "[epmd]") {
  CHECK(plan("10.0.0.1") == " +127.0.0.1 +::1 10.0.0.1");
  CHECK(plan("127.0.0.1") == " +::1 127.0.0.1");
  CHECK(plan("127.0.0.1,::1") == " 127.0.0.1 ::1");
  CHECK(plan("0.0.0.0") == " +::1 0.0.0.0");
  CHECK(plan("::") == " +127.0.0.1 ::");
  CHECK(plan("127.0.1.1 10.0.0.1, 10.0.0.1") == " +127.0.0.1 +::1 127.0.1.1 10.0.0.1");
}

TEST_CASE("addresses: errors in epmd's words", "[epmd]") {
  CHECK(plan("10.0.0.1,localhost") == "cannot parse IP address \"localhost\"");
  std::string many = "127.0.0.1 ::1";
  for (int i = 1; i <= 13; ++i) many += " 10.0.0." + std::to_string(i);
  CHECK(addresses_to_listen(many, Port{1}));
  CHECK(plan(many + " 10.0.0.14") == "cannot listen on more than 16 IP addresses");
}

TEST_CASE("commands: what is asked", "[epmd]") {
  CHECK(query_of(command(Verb::names))->request == Buffer{0, 1, 'n'});
  CHECK(query_of(command(Verb::dump))->request == Buffer{0, 1, 'd'});
  CHECK(query_of(command(Verb::kill))->request == Buffer{0, 1, 'k'});
  CHECK(query_of(command(Verb::stop, "a"))->request == Buffer{0, 2, 's', 'a'});
  CHECK(query_of(command(Verb::started))->request == Buffer{0, 1, 'n'});
  CHECK(query_of(command(Verb::started))->limit == Milliseconds{5000});
  CHECK_FALSE(query_of(command(Verb::stop, std::string(1001, 'a'))));
}

TEST_CASE("commands: without a daemon the text and the status are those of OTP's epmd", "[epmd]") {
  for (auto verb : {Verb::names, Verb::dump, Verb::kill, Verb::stop})
    CHECK(report(command(verb), std::nullopt) == Report{"", "epmd: Cannot connect to local epmd\n", 1});
  CHECK(report(command(Verb::started), std::nullopt) == Report{"", "", 1});
}

TEST_CASE("commands: -started believes an answer only, not that somebody has the port", "[epmd]") {
  CHECK(report(command(Verb::started), Buffer{}) == Report{"", "", 1});
  CHECK(report(command(Verb::started), Buffer{0, 0, 0x11}) == Report{"", "", 1});
  CHECK(report(command(Verb::started), Buffer{0, 0, 0x11, 0x11}) == Report{"", "", 0});
}

TEST_CASE("commands: listings are printed with the port of the daemon", "[epmd]") {
  using std::string_view_literals::operator""sv;
  CHECK(report_of(Verb::names, "\0\0\x11\x11name a at port 1\n"sv) ==
        Report{"epmd: up and running on port 4369 with data:\nname a at port 1\n", "", 0});
  CHECK(report_of(Verb::dump, "\0\0\0\1\0"sv).out == "epmd: up and running on port 1 with data:\n\0"sv);
  for (auto short_answer : {""sv, "\0\0\1"sv})
    CHECK(report_of(Verb::names, short_answer) == Report{"epmd: no response from local epmd\n", "", 1});
}

TEST_CASE("commands: kill and stop", "[epmd]") {
  CHECK(report_of(Verb::kill, "OK") == Report{"Killed\n", "", 0});
  CHECK(report_of(Verb::kill, "NO") == Report{"Killing not allowed - living nodes in database.\n", "", 1});
  CHECK(report_of(Verb::kill, "") == Report{"epmd: local epmd responded with <>\n", "", 1});
  CHECK(report_of(Verb::stop, "STOPPED") == Report{"STOPPED\n", "", 0});
  CHECK(report_of(Verb::stop, "NOEXISTSTOPPED") == Report{"NOEXIST\n", "", 0});
  CHECK(report_of(Verb::stop, "") == Report{"epmd: local epmd responded with <>\n", "", 1});
  CHECK(report(command(Verb::stop, std::string(1001, 'a')), std::nullopt) ==
        Report{"epmd: Name too long!", "", 1});
}

TEST_CASE("commands: names as JSON", "[epmd]") {
  using std::string_view_literals::operator""sv;
  auto options = command(Verb::names);
  options.json = true;
  auto text_of = [&](std::string_view answer) {
    return report(options, Buffer(answer.begin(), answer.end()));
  };
  CHECK(text_of("\0\0\x11\x11"sv) == Report{"{\"port\":4369,\"names\":[]}\n", "", 0});
  CHECK(text_of("\0\0\x11\x11name a\"\\\xff\1 at port 1\nname b at port 2\n"sv).out ==
        R"({"port":4369,"names":[{"name":"a\"\\�\u0001","port":1},{"name":"b","port":2}]})"
        "\n");
  CHECK(text_of("\0\0"sv).status == 1);
}

TEST_CASE("commands: names with all that is known about them", "[epmd]") {
  auto options = command(Verb::names);
  options.details = true;
  CHECK(query_of(options)->request == Buffer{0, 1, 'i'});
  auto rows = details_in(encode_listing(4369, "1 77 0 5 6 7 1700000000 127.0.0.1:4 a\n2 72 0 5 6 8 - - b\n"));
  REQUIRE(rows);
  CHECK(report_details(options, *rows, {{42, "root"}, {}}).out ==
        "epmd: up and running on port 4369 with data:\n"
        "name a at port 1 type 77 (Erlang node) creation 7 since 2023-11-14T22:13:20Z process 42 user root\n"
        "name b at port 2 type 72 (hidden node) creation 8 since - process - user -\n");
  CHECK_FALSE(details_in(Buffer{}));
  rows = details_of_names(encode_listing(4369, "name a at port 1\n"));
  REQUIRE(rows);
  CHECK(report_details(options, *rows, {{}}).out ==
        "epmd: up and running on port 4369 with data:\n"
        "name a at port 1 type - creation - since - process - user -\n");
  options.json = true;
  CHECK(report_details(options, *rows, {{}}).out ==
        "{\"port\":4369,\"names\":[{\"name\":\"a\",\"port\":1}]}\n");
}

TEST_CASE("commands: an entry in full", "[epmd]") {
  auto options = command(Verb::lookup, "a");
  CHECK(query_of(options)->request == Buffer{0, 2, 'z', 'a'});
  NodeEntry node{.name = "a", .port = Port{42}, .extra = "x"};
  CHECK(report(options, encode_port2(&node)) ==
        Report{"name     a\nport     42\ntype     77 (Erlang node)\nprotocol 0 (TCP)\nversions 5 to 6\n"
               "extra    \"x\"\n",
               "", 0});
  CHECK(report(options, encode_port2(nullptr)) == Report{"", "epmd: the name is not registered\n", 1});
  CHECK(report(options, Buffer{}).status == 1);
  CHECK(report(options, std::nullopt).err == "epmd: Cannot connect to local epmd\n");
  options.json = true;
  CHECK(
      report(options, encode_port2(&node)).out ==
      "{\"name\":\"a\",\"port\":42,\"type\":77,\"protocol\":0,\"highest\":6,\"lowest\":5,\"extra\":\"x\"}\n");
  CHECK_FALSE(query_of(command(Verb::lookup)));
  CHECK(report(command(Verb::lookup), std::nullopt).status == 1);
}

TEST_CASE("commands: changes are told once", "[epmd]") {
  auto listing = [](std::string_view text) { return std::optional{encode_listing(4369, text)}; };
  auto none = listing(""), one = listing("name a at port 1\n"),
       other = listing("name a at port 2\nname b at port 3\n");
  CHECK(changes(std::nullopt, one, false) == "+ name a at port 1\n");
  CHECK(changes(one, one, false) == "");
  CHECK(changes(one, other, false) == "- name a at port 1\n+ name a at port 2\n+ name b at port 3\n");
  CHECK(changes(other, none, false) == "- name a at port 2\n- name b at port 3\n");
  CHECK(changes(one, std::nullopt, false) == "epmd does not answer\n");
  CHECK(changes(std::nullopt, std::nullopt, false) == "");
  CHECK(changes(none, one, true) == "{\"port\":4369,\"names\":[{\"name\":\"a\",\"port\":1}]}\n");
  CHECK(changes(one, std::nullopt, true) == "null\n");
}

TEST_CASE("rate limit: so many per period, the rest is counted", "[epmd]") {
  program::RateLimit limit{2, 10s};
  CHECK(limit.allows(100s));
  CHECK(limit.allows(101s));
  CHECK_FALSE(limit.allows(102s));
  CHECK_FALSE(limit.allows(109s));
  CHECK(limit.take_suppressed() == 2);
  CHECK(limit.take_suppressed() == 0);
  CHECK(limit.allows(110s));
}

TEST_CASE("log: port checks are not worth a warning, refusals are", "[epmd]") {
  CHECK(log_event_severity(LogEvent::closed_early) == Severity::debug);
  CHECK(log_event_severity(LogEvent::not_local) == Severity::warning);
  CHECK(log_event_severity(LogEvent::may_not_register) == Severity::warning);
  CHECK(log_event_severity(LogEvent::registered_from_elsewhere) == Severity::info);
  CHECK(log_event_text(LogEvent::name_taken) == "node name already occupied");
}
