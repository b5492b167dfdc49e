// Claims about the text of metrics, and about who gets which answer.
#include <cmath>
#include <limits>

#include "test/unit/catch.h"

#include "common/metrics/endpoint.h"
#include "common/metrics/exposition.h"
#include "common/metrics/program_rows.h"
#include "common/net/tcp.h"

using namespace noderuntime;
using namespace noderuntime::metrics;

namespace {

constexpr Family requests{"x_requests_total", Type::counter, "by,reason", "requests"};
constexpr Family level{"x_level", Type::gauge, "", "a level"};

template <class Fill>
std::string text_of(Format format, Fill fill) {
  Exposition out{format};
  fill(out);
  return std::move(out).finish();
}

std::string number(Value value) {
  std::string text;
  value.append_to(text);
  return text;
}

}  // namespace

TEST_CASE("metrics: each format has its own names of counters and its own end", "[metrics]") {
  auto fill = [](Exposition& out) {
    out.begin(requests);
    out.add({"us", "timeout"}, 3);
    out.begin(level);
    out.add(1.5);
    out.begin({"otp_switches", Type::counter, "", "a counter of OTP"});
    out.add(4);
  };
  CHECK(text_of(Format::prometheus, fill) ==
        "# HELP x_requests_total requests\n# TYPE x_requests_total counter\n"
        "x_requests_total{by=\"us\",reason=\"timeout\"} 3\n"
        "# HELP x_level a level\n# TYPE x_level gauge\nx_level 1.5\n"
        "# HELP otp_switches a counter of OTP\n# TYPE otp_switches counter\notp_switches 4\n");
  CHECK(text_of(Format::open_metrics, fill) ==
        "# HELP x_requests requests\n# TYPE x_requests counter\n"
        "x_requests_total{by=\"us\",reason=\"timeout\"} 3\n"
        "# HELP x_level a level\n# TYPE x_level gauge\nx_level 1.5\n"
        "# HELP otp_switches a counter of OTP\n# TYPE otp_switches unknown\notp_switches 4\n# EOF\n");
}

TEST_CASE("metrics: no value of a label makes a line or a series of its own", "[metrics]") {
  auto text = text_of(Format::prometheus, [](Exposition& out) {
    out.begin(requests);
    out.add({"a\"} 1\nx_level 7\\", "\xFF\xC3\xA4"}, 1);
  });
  CHECK(text.ends_with(
      "x_requests_total{by=\"a\\\"} 1\\nx_level 7\\\\\",reason=\"\xC3\xBF\xC3\x83\xC2\xA4\"} 1\n"));
}

TEST_CASE("metrics: numbers are exact", "[metrics]") {
  CHECK(number(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
  CHECK(number(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
  CHECK(number(0.1) == "0.1");
  CHECK(number(1796051454.6069205) == "1796051454.6069205");
  CHECK(number(1e-9) == "1e-09");
  CHECK(number(HUGE_VAL) == "+Inf");
  CHECK(number(std::nan("")) == "NaN");
}

TEST_CASE("metrics: the intervals of a histogram add up", "[metrics]") {
  auto fill = [](Exposition& out) {
    out.begin({"x_seconds", Type::histogram, "", "times"});
    using std::chrono::milliseconds;
    std::vector<std::chrono::nanoseconds> bounds{milliseconds{500}, milliseconds{2000}};
    out.add_histogram(bounds, std::vector<std::uint64_t>{3, 2, 1}, milliseconds{7250});
  };
  CHECK(text_of(Format::prometheus, fill)
            .ends_with("x_seconds_bucket{le=\"0.5\"} 3\nx_seconds_bucket{le=\"2\"} "
                       "5\nx_seconds_bucket{le=\"+Inf\"} 6\n"
                       "x_seconds_sum 7.25\nx_seconds_count 6\n"));
  CHECK(text_of(Format::open_metrics, fill).find("x_seconds_bucket{le=\"2.0\"} 5\n") != std::string::npos);
}

TEST_CASE("metrics: the client chooses the format", "[metrics]") {
  for (auto accept : {"", "*/*", "text/plain", "text/html", "application/openmetrics-text;q=0", "q;;=,,;",
                      "application/openmetrics-text; version=2.0.0",
                      "text/plain, application/openmetrics-text;q=0.9", "application/openmetrics-text;q=2"})
    CHECK(format_for(accept) == Format::prometheus);
  for (auto accept :
       {"application/openmetrics-text", "application/openmetrics-text; version=1.0.0; charset=utf-8",
        "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
        "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"})
    CHECK(format_for(accept) == Format::open_metrics);
}

TEST_CASE("metrics: facts about the program are there", "[metrics]") {
  auto facts = read_program_facts();
  CHECK(facts.resident_bytes > 1'000'000);
  CHECK(facts.virtual_bytes >= facts.resident_bytes);
  CHECK(facts.descriptor_limit > 0);
  CHECK(facts.start_seconds > 1e9);
  CHECK(facts.processor_seconds >= 0);
  CHECK(facts.processor_seconds < 1e6);
}

TEST_CASE("metrics endpoint: addresses are numeric, and the port is there", "[metrics]") {
  net::Loop loop;
  for (auto wrong :
       {"", "9464", ":9464", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "here:9464", "::1:9464"}) {
    auto opened = Endpoint::open(loop, wrong, {});
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == Errc::configuration);
  }
  auto taken = *net::TcpListener::open(loop, net::Address::loopback(net::Address::Family::v4, Port{0}), {},
                                       [](std::unique_ptr<net::TcpStream>) {});
  auto opened = Endpoint::open(loop, taken->local()->text(), {});
  REQUIRE_FALSE(opened);
  CHECK(net::is_address_in_use(opened.error()));
}

TEST_CASE("metrics endpoint: there are metrics, health and readiness, and nothing else", "[metrics]") {
  net::Loop loop;
  std::optional<std::string> unready = "not yet";
  auto free_port = [&] {
    auto listener = *net::TcpListener::open(loop, net::Address::loopback(net::Address::Family::v4, Port{0}),
                                            {}, [](std::unique_ptr<net::TcpStream>) {});
    return listener->local()->text();
  };
  auto endpoint = *Endpoint::open(loop, free_port(),
                                  {.write =
                                       [](Exposition& out, const http::Server::Counts&) {
                                         out.begin(level);
                                         out.add(7);
                                       },
                                   .unready = [&] { return unready; }});
  CHECK(endpoint->is_local());
  auto ask = [&](const std::string& method, const std::string& path, const std::string& accept = "") {
    net::TcpStream stream{loop};
    std::string seen;
    bool ended = false;
    auto address = *net::HostAndPort::parse(endpoint->address());
    stream.connect(*net::Address::parse(address.host, address.port), [&](Outcome) {
      stream.start({.read = [&](Bytes input) { seen.append(as_text(input)); },
                    .drained = {},
                    .ended = [&](Error) { ended = true; },
                    .space = {}});
      auto text =
          method + " " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAccept: " + accept + "\r\n\r\n";
      stream.write(Buffer{text.begin(), text.end()});
    });
    while (!ended) loop.turn(true);
    return seen;
  };
  auto has = [](const std::string& text, std::string_view part) { return text.find(part) != text.npos; };
  CHECK(has(ask("GET", "/metrics"), "\nx_level 7\n"));
  CHECK(has(ask("GET", "/metrics?name=x"), "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  auto open_metrics = ask("GET", "/metrics", "application/openmetrics-text");
  CHECK(has(open_metrics, "Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n"));
  CHECK(open_metrics.ends_with("# EOF\n"));
  CHECK(ask("HEAD", "/metrics").ends_with("\r\n\r\n"));
  CHECK(ask("GET", "/health").ends_with("\r\n\r\nup\n"));
  auto not_ready = ask("GET", "/ready");
  CHECK(not_ready.starts_with("HTTP/1.1 503 "));
  CHECK(not_ready.ends_with("not ready: not yet\n"));
  unready.reset();
  CHECK(ask("GET", "/ready").starts_with("HTTP/1.1 200 "));
  for (auto other : {"/", "/metrics/", "/Metrics", "//metrics", "/metrics/../health", "/etc/passwd"})
    CHECK(ask("GET", other).starts_with("HTTP/1.1 404 "));
  for (auto method : {"POST", "PUT", "DELETE", "OPTIONS", "TRACE"})
    CHECK(ask(method, "/metrics").starts_with("HTTP/1.1 405 "));
  CHECK(endpoint->counts().refused_requests == 5);
}
