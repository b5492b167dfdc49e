// Claims about the HTTP server: its engine, fed with bytes, and its adapter, over loopback sockets.
#include <algorithm>
#include <new>
#include <optional>

#include "test/unit/catch.h"

#include "common/http/server.h"
#include "common/http/session.h"
#include "common/http/target.h"
#include "common/net/timer.h"
#include "test/unit/cuts.h"

using namespace noderuntime;
using namespace noderuntime::http;
using noderuntime::test::for_each_cut;
using std::chrono_literals::operator""ms;
using std::string_literals::operator""s;

namespace {

std::string text_of(const std::vector<net::Segment>& segments) {
  std::string text;
  for (const auto& segment : segments) text.append(as_text(segment.bytes()));
  return text;
}

// A session whose client reads everything at once, unless `reads` is false.
struct Client {
  SessionRules rules{.methods = {"GET", "HEAD", "POST"}};
  Milliseconds now{1'000};
  Session session{rules, now};
  std::string seen;
  bool reads = true;

  Client() = default;
  explicit Client(SessionRules with) : rules{std::move(with)} {}

  void read() {
    auto output = session.take_output();
    seen.append(text_of(output));
    if (reads && !output.empty()) session.set_pending(0, now), read();
  }
  std::optional<Request> next() {
    auto request = session.next(now);
    read();
    return request;
  }
  std::optional<Request> feed(std::string_view input) {
    session.feed(as_bytes(input));
    return next();
  }
  void answer(std::string_view body) {
    session.respond(session.request(), {.body = std::string{body}}, now);
    read();
  }
  int status() const { return seen.size() < 12 ? 0 : std::stoi(seen.substr(9, 3)); }
  bool has(std::string_view text) const { return seen.find(text) != seen.npos; }
};

int status_of(std::string_view input) {
  Client client;
  auto request = client.feed(input);
  CHECK_FALSE(request);
  CHECK(client.session.ends_output());
  return client.status();
}

SessionRules with_limits(Limits limits) { return {.limits = limits, .methods = {"GET", "HEAD", "POST"}}; }

constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

}  // namespace

TEST_CASE("http: a request is the same whatever way its bytes are cut", "[http]") {
  auto whole =
      "POST /a%20b/c?x=1&y=%C3%A4+%2B&z HTTP/1.1\r\nHost: here:80\r\nAccept: a/b\r\naccept: c/d;q=0.5\r\n"
      "Cookie: k=v\r\nCookie: l=w\r\nAuthorization: Basic eDp5\r\nContent-Length: 5\r\n\r\nhello"s;
  for_each_cut(as_bytes(whole), [](const std::vector<Bytes>& pieces) {
    Client client;
    std::optional<Request> request;
    for (auto piece : pieces) {
      CHECK_FALSE(request);
      request = client.feed(as_text(piece));
    }
    REQUIRE(request);
    CHECK(request->method == "POST");
    CHECK(request->target == "/a%20b/c?x=1&y=%C3%A4+%2B&z");
    CHECK(request->path == "/a b/c");
    CHECK(request->parameter("y") == "\xC3\xA4 +");
    CHECK(request->parameter("z") == "");
    CHECK_FALSE(request->parameter("w"));
    CHECK(request->header("host") == "here:80");
    CHECK(request->header("accept") == "a/b, c/d;q=0.5");
    CHECK(request->header("cookie") == "k=v; l=w");
    CHECK(request->header("authorization") == "Basic eDp5");
    CHECK(request->header("origin").empty());
    CHECK(request->body == "hello");
    client.answer("bye");
    CHECK(client.seen ==
          "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 3\r\n\r\nbye");
    CHECK_FALSE(client.session.ends_output());
  });
}

TEST_CASE("http: a body in chunks is put together, whatever way it is cut", "[http]") {
  auto whole =
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;why=not\r\nhel\r\n2\r\nlo\r\n0\r\n"
      "Authorization: forged\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n"s;
  for_each_cut(as_bytes(whole), [](const std::vector<Bytes>& pieces) {
    Client client;
    std::vector<Request> requests;
    for (auto piece : pieces) {
      auto request = client.feed(as_text(piece));
      for (; request; request = client.next()) {
        requests.push_back(*request);
        client.answer("x");
      }
    }
    REQUIRE(requests.size() == 2);
    CHECK(requests[0].body == "hello");
    CHECK(requests[0].header("authorization").empty());
    CHECK(requests[1].path == "/next");
  });
}

TEST_CASE("http: requests in a row are answered one after the other, in their order", "[http]") {
  Client client;
  auto first =
      client.feed("\r\nGET /1 HTTP/1.1\r\nHost: a\r\n\r\n\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
  REQUIRE(first);
  CHECK(first->path == "/1");
  CHECK_FALSE(client.next());
  auto number = client.session.request();
  client.answer("one");
  client.session.respond(number, {.body = "again"s}, client.now);
  auto second = client.next();
  REQUIRE(second);
  CHECK(second->path == "/2");
  client.session.respond(number, {.body = "late"s}, client.now);
  client.answer("two");
  CHECK(client.seen.find("one") < client.seen.find("two"));
  CHECK_FALSE(client.has("again"));
  CHECK_FALSE(client.has("late"));
}

TEST_CASE("http: the next request waits until the answer has been read", "[http]") {
  Client client;
  client.reads = false;
  client.feed(std::string{get} + std::string{get});
  client.answer("one");
  CHECK(client.session.unread() > 0);
  CHECK_FALSE(client.next());
  client.session.set_pending(0, client.now);
  CHECK(client.next());
}

TEST_CASE("http: what is wrong gets its status, and the connection ends", "[http]") {
  auto head = [](const std::string& line) { return "GET / HTTP/1.1\r\nHost: a\r\n" + line + "\r\n\r\n"; };
  CHECK(status_of("hello\r\n\r\n") == 400);
  CHECK(status_of("GET / HTTP/1.1\r\n\r\n") == 400);
  CHECK(status_of(head("Host: b")) == 400);
  CHECK(status_of(head("bad header: x")) == 400);
  CHECK(status_of(head("X: a\nb")) == 400);
  CHECK(status_of(head("Content-Length: 1\r\nContent-Length: 2")) == 400);
  CHECK(status_of(head("Content-Length: -1")) == 400);
  CHECK(status_of(head("Content-Length: 1\r\nTransfer-Encoding: chunked")) == 400);
  CHECK(status_of(head("Transfer-Encoding: chunked\r\nContent-Length: 1")) == 400);
  auto gzip = status_of(head("Transfer-Encoding: gzip"));
  CHECK((gzip == 501 || gzip == 400));  // 400 of later versions of Beast
  CHECK(status_of(head("Transfer-Encoding: gzip, chunked")) == 501);
  CHECK(status_of("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == 400);
  CHECK(status_of(head("Transfer-Encoding: chunked") + "xyz\r\n") == 400);
  CHECK(status_of(head("Transfer-Encoding: chunked") + "fffffffffffffffff\r\n") == 400);
  CHECK(status_of(head("Expect: tea")) == 417);
  CHECK(status_of("GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
  CHECK(status_of("GET /%0d%0a HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
  CHECK(status_of("GET /?a=%00 HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
  CHECK(status_of("GET a HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
  CHECK(status_of("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n") == 400);
  CHECK(status_of("DELETE / HTTP/1.1\r\nHost: a\r\n\r\n") == 405);
  CHECK(status_of("get / HTTP/1.1\r\nHost: a\r\n\r\n") == 405);
  CHECK(status_of("GET / HTTP/2.0\r\nHost: a\r\n\r\n") == 505);
  CHECK(status_of("GET / HTTP/0.9\r\n\r\n") == 505);
  CHECK(status_of("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") == 505);
  CHECK(status_of(head("Content-Length: 65537")) == 413);
  CHECK(status_of(head("Transfer-Encoding: chunked") + "10001\r\n") == 413);
  CHECK(status_of("GET /" + std::string(9'000, 'a')) == 414);
  CHECK(status_of("GET /" + std::string(9'000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n") == 414);
  CHECK(status_of(head("X: " + std::string(9'000, 'a'))) == 431);
  CHECK(status_of("GET / HTTP/1.1\r\nX: " + std::string(9'000, 'a')) == 431);
  std::string many;
  for (int i = 0; i < 100; ++i) many.append("A: b\r\n");
  CHECK(status_of(head(many + "C: d")) == 431);
}

TEST_CASE("http: 405 says which methods are allowed", "[http]") {
  Client client;
  client.feed("DELETE / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(client.has("\r\nAllow: GET, HEAD, POST\r\n"));
  CHECK(client.has("\r\nConnection: close\r\n"));
}

TEST_CASE("http: the answer to HEAD has the length, but no body", "[http]") {
  Client client;
  CHECK(client.feed("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"));
  client.answer("four");
  CHECK(client.has("Content-Length: 4\r\n"));
  CHECK(client.seen.ends_with("\r\n\r\n"));
  CHECK(client.feed("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"));
  client.session.begin(2, {}, client.now);
  CHECK(client.session.write(2, "x", WhenFull::drop, client.now) == Written::gone);
  client.read();
  CHECK(client.seen.ends_with("\r\n\r\n"));
  CHECK(client.feed(get));
}

TEST_CASE("http: answers without a body have no length", "[http]") {
  for (int status : {204, 304}) {
    Client client;
    client.feed(get);
    client.session.respond(1, {.status = status, .body = "x"s}, client.now);
    client.read();
    CHECK_FALSE(client.has("Content-"));
    CHECK(client.seen.ends_with("\r\n\r\n"));
  }
}

TEST_CASE("http: connections go on as their version and headers say", "[http]") {
  struct Case {
    const char* head;
    bool goes_on;
    const char* told;
  };
  for (auto& [head, goes_on, told] :
       {Case{"GET / HTTP/1.1\r\nHost: a\r\n", true, ""},
        Case{"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n", false, "close"},
        Case{"GET / HTTP/1.0\r\n", false, "close"},
        Case{"GET / HTTP/1.0\r\nConnection: keep-alive\r\n", true, "keep-alive"}}) {
    Client client;
    REQUIRE(client.feed(std::string{head} + "\r\n"));
    client.answer("x");
    CHECK(client.session.ends_output() == !goes_on);
    CHECK(client.has("Connection: ") == !std::string{told}.empty());
    CHECK(client.has(told));
  }
}

TEST_CASE("http: a connection ends after its last request", "[http]") {
  Client client{with_limits({.requests = 2})};
  CHECK(client.feed(get));
  client.answer("x");
  CHECK_FALSE(client.session.ends_output());
  CHECK(client.feed(get));
  client.answer("x");
  CHECK(client.has("Connection: close"));
  CHECK(client.session.ends_output());
  CHECK_FALSE(client.feed(get));
}

TEST_CASE("http: who asks whether to send a body is told to, unless it is too large", "[http]") {
  auto head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: "s;
  Client client;
  CHECK_FALSE(client.feed(head + "2\r\n\r\n"));
  CHECK(client.seen == "HTTP/1.1 100 Continue\r\n\r\n");
  auto request = client.feed("ab");
  REQUIRE(request);
  CHECK(request->body == "ab");
  CHECK(status_of(head + "70000\r\n\r\n") == 413);
  Client hasty;
  CHECK(hasty.feed(head + "2\r\n\r\nab"));
  CHECK(hasty.seen.empty());
}

TEST_CASE("http: targets in absolute form have a host, a path and a query", "[http]") {
  auto target = *parse_target("HTTP://b:8080/p%2F?q=1");
  CHECK(target.host == "b:8080");
  CHECK(target.path == "/p/");
  CHECK(target.query.size() == 1);
  CHECK(parse_target("http://b")->path == "/");
  CHECK(parse_target("http://b?x=1")->query.size() == 1);
  CHECK(parse_target("*")->path == "*");
  for (auto bad :
       {"", "x", "http://", "http:///x", "http://user@b/", "https://b/", "/%", "/%1", "/%1g", "?x"})
    CHECK_FALSE(parse_target(bad));
  Client client;
  CHECK(client.feed("GET http://b/x HTTP/1.1\r\nHost: a\r\n\r\n")->header("host") == "b");
}

TEST_CASE("http: nothing in an answer's headers makes another header", "[http]") {
  Client client;
  client.feed(get);
  client.session.respond(1,
                         {.type = "text/plain\r\nSet-Cookie: a",
                          .headers = {{"X", "a\r\nY: b\n\nbody\x01"}, {"Z: q\r\nW", "c"}, {"", "d"}}},
                         client.now);
  client.read();
  CHECK(client.has("\r\nX: a  Y: b  body \r\n"));
  CHECK(client.has("text/plain  Set-Cookie: a\r\n"));
  CHECK(std::count(client.seen.begin(), client.seen.end(), '\n') == 5);
}

TEST_CASE("http: events keep their lines", "[http]") {
  CHECK(event_text("n", "a\nb\r\nc\rd") == "event: n\ndata: a\ndata: b\ndata: c\ndata: d\n\n");
  CHECK(event_text("n\ndata: x", "", "7\n") == "event: n\nid: 7\ndata: \n\n");
  CHECK(event_text("", "x\n") == "data: x\ndata: \n\n");
}

TEST_CASE("http: a streamed answer comes in chunks, for HTTP/1.0 until the end of the connection", "[http]") {
  Client client;
  client.feed(get);
  client.session.begin(1, {.headers = {{"Cache-Control", "no-store"}}}, client.now);
  CHECK(client.session.write(1, "hello", WhenFull::drop, client.now) == Written::accepted);
  CHECK(client.session.write(1, "", WhenFull::drop, client.now) == Written::accepted);
  client.session.end(1, client.now);
  CHECK(client.session.write(1, "late", WhenFull::drop, client.now) == Written::gone);
  client.read();
  CHECK(client.has(
      "Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\nCache-Control: no-store\r\n\r\n"));
  CHECK(client.seen.ends_with("\r\n\r\n5\r\nhello\r\n0\r\n\r\n"));
  CHECK(client.feed(get));

  Client old;
  old.feed("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  old.session.begin(1, {}, old.now);
  old.session.write(1, "hello", WhenFull::drop, old.now);
  old.session.end(1, old.now);
  old.read();
  CHECK(old.has("Connection: close"));
  CHECK(old.seen.ends_with("\r\n\r\nhello"));
  CHECK(old.session.ends_output());
}

TEST_CASE("http: what a client does not read of a stream is bounded", "[http]") {
  for (auto when_full : {WhenFull::skip, WhenFull::drop}) {
    Client client{with_limits({.unread_bytes = 1000})};
    client.reads = false;
    client.feed(get);
    client.session.begin(1, {}, client.now);
    client.read();
    auto piece = std::string(100, 'x');
    int accepted = 0;
    auto last = Written::accepted;
    for (int i = 0; i < 100; ++i) {
      last = client.session.write(1, piece, when_full, client.now);
      if (last == Written::accepted) ++accepted;
      client.read();
    }
    CHECK(accepted > 5);
    CHECK(client.session.unread() < 1100);
    CHECK(last == (when_full == WhenFull::skip ? Written::skipped : Written::gone));
    CHECK(client.session.is_over() == (when_full == WhenFull::drop));
    if (client.session.is_over()) continue;
    client.session.set_pending(0, client.now);
    CHECK(client.session.write(1, piece, when_full, client.now) == Written::accepted);
  }
}

TEST_CASE("http: who sends a flood of requests in advance gets the first answers", "[http]") {
  Client client;
  std::string flood;
  while (flood.size() < 20'000) flood.append(get);
  REQUIRE(client.feed(flood));
  for (int i = 0; i < 10; ++i) CHECK_FALSE(client.feed(flood));
  CHECK(client.session.held_bytes() < 100'000);
  client.answer("x");
  CHECK(client.has("Connection: close"));
  CHECK_FALSE(client.next());
  CHECK(client.session.ends_output());
}

TEST_CASE("http: a request that comes slowly ends with 408", "[http]") {
  Client client;
  auto first = *client.session.deadline();
  CHECK(first == client.now + client.rules.limits.head_time);
  for (char c : "GET / HTTP/1.1\r\nX: "s) {
    client.now += 500ms;
    client.feed({&c, 1});
    client.session.on_time(client.now);
  }
  CHECK(client.session.deadline() < first + 1'000ms);
  client.now += 10'000ms;
  client.session.on_time(client.now);
  client.read();
  CHECK(client.status() == 408);
  CHECK(client.session.ends_output());
}

TEST_CASE("http: a body that comes slowly ends with 408, and empty lines do not count as a request",
          "[http]") {
  Client client;
  client.feed("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n");
  auto limit = client.now + client.rules.limits.head_time + client.rules.limits.body_time;
  CHECK(client.session.deadline() == limit);
  for (; client.now < limit; client.now += 1'000ms) client.feed("x"), client.session.on_time(client.now);
  client.session.on_time(client.now);
  client.read();
  CHECK(client.status() == 408);

  Client empty;
  auto first = empty.session.deadline();
  empty.now += 1'000ms;
  empty.feed("\r\n");
  CHECK(empty.session.deadline() == first);
}

TEST_CASE("http: a connection without requests ends silently", "[http]") {
  Client client;
  client.feed(get);
  CHECK_FALSE(client.session.deadline());
  client.answer("x");
  client.seen.clear();
  client.now += client.rules.limits.idle_time;
  client.session.on_time(client.now);
  client.read();
  CHECK(client.seen.empty());
  CHECK(client.session.ends_output());
  CHECK_FALSE(client.session.is_over());
  client.now += client.rules.limits.linger_time;
  client.session.on_time(client.now);
  CHECK(client.session.is_over());
}

TEST_CASE("http: who does not read at all is dropped, who reads slowly is not", "[http]") {
  Client client;
  client.reads = false;
  client.feed(get);
  client.now += 100'000ms;
  client.answer(std::string(10'000, 'x'));
  CHECK(client.session.deadline() == client.now + client.rules.limits.write_time);
  for (std::size_t left = client.session.unread(); left > 5'000; left -= 500) {
    client.now += 20'000ms;
    client.session.set_pending(left, client.now);
    client.session.on_time(client.now);
    CHECK_FALSE(client.session.is_over());
  }
  client.now += 30'000ms;
  client.session.on_time(client.now);
  CHECK(client.session.is_over());
}

TEST_CASE("http: who closes its side gets the answer to what it asked", "[http]") {
  Client client;
  client.feed(get);
  client.session.finish();
  CHECK_FALSE(client.session.is_over());
  client.reads = false;
  client.answer("x");
  CHECK_FALSE(client.session.is_over());
  client.session.set_pending(0, client.now);
  CHECK(client.session.is_over());
  CHECK(client.has("Connection: close"));

  Client half;
  half.feed("GET / HT");
  half.session.finish();
  half.next();
  CHECK(half.session.is_over());
  CHECK(half.seen.empty());

  Client reader;
  reader.feed(get);
  reader.session.begin(1, {}, reader.now);
  reader.session.finish();
  CHECK(reader.session.is_over());
  CHECK(reader.session.write(1, "x", WhenFull::drop, reader.now) == Written::gone);
}

// --- the adapter

namespace {

struct Surroundings {
  net::Loop loop;
  std::vector<std::pair<Request, Responder>> kept;
  std::unique_ptr<Server> server;

  explicit Surroundings(Server::Options options = {}, Server::Handler handler = {}) {
    if (!handler)
      handler = [this](Request request, Responder responder) {
        if (request.path == "/later") return kept.emplace_back(std::move(request), responder), void();
        if (request.path == "/dropped") return;
        responder.respond({.body = request.path + "\n"});
      };
    server = std::make_unique<Server>(loop, std::move(options), std::move(handler));
    REQUIRE(server->listen(net::Address::loopback(net::Address::Family::v4, Port{0})));
  }
  template <class Condition>
  void turn_until(Condition condition) {
    while (!condition()) loop.turn(true);
  }
};

struct Browser {
  Surroundings& in;
  net::TcpStream stream{in.loop};
  std::string seen;
  bool ended = false;

  explicit Browser(Surroundings& in) : in{in} {
    bool connected = false;
    stream.connect(in.server->addresses().front(), [&](Outcome outcome) { connected = outcome.ok(); });
    in.turn_until([&] { return connected; });
    listen();
  }
  void listen() {
    stream.start({.read = [this](Bytes input) { seen.append(as_text(input)); },
                  .drained = {},
                  .ended = [this](Error) { ended = true; },
                  .space = {}});
  }
  void send(std::string_view text) { stream.write(Buffer{as_bytes(text).begin(), as_bytes(text).end()}); }
  void ask(const std::string& path) { send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n"); }
  void await(std::string_view text) {
    in.turn_until([&] { return seen.find(text) != seen.npos; });
  }
};

}  // namespace

TEST_CASE("http server: it answers, at once and later, in order", "[http]") {
  Surroundings world;
  Browser browser{world};
  browser.ask("/a");
  browser.await("/a\n");
  CHECK(browser.seen.find("\r\nDate: ") != browser.seen.npos);
  CHECK(browser.seen.find(" GMT\r\n") != browser.seen.npos);
  browser.ask("/later");
  browser.ask("/b");
  world.turn_until([&] { return !world.kept.empty(); });
  CHECK(browser.seen.find("/b\n") == browser.seen.npos);
  world.kept.front().second.respond({.body = "at last\n"s});
  browser.await("/b\n");
  CHECK(browser.seen.find("at last") < browser.seen.find("/b\n"));
  CHECK(world.server->counts().requests == 3);
}

TEST_CASE("http server: many requests in a row are all answered", "[http]") {
  Surroundings world;
  Browser browser{world};
  for (int i = 0; i < 100; ++i) browser.ask("/" + std::to_string(i));
  browser.await("/99\n");
  CHECK(browser.seen.find("/98\n") < browser.seen.find("/99\n"));
}

TEST_CASE("http server: a dropped responder answers 500", "[http]") {
  Surroundings world;
  Browser browser{world};
  browser.ask("/dropped");
  browser.await("500 Internal Server Error\n");
}

TEST_CASE("http server: answers to who has gone, and of a server that has gone, do nothing", "[http]") {
  Surroundings world;
  auto browser = std::make_unique<Browser>(world);
  browser->ask("/later");
  world.turn_until([&] { return world.kept.size() == 1; });
  bool gone = false;
  world.kept[0].second.begin({});
  world.kept[0].second.on_gone([&] { gone = true; });
  CHECK(world.kept[0].second.event("n", "x") == Written::accepted);
  browser.reset();
  world.turn_until([&] { return gone; });
  CHECK(world.kept[0].second.event("n", "x") == Written::gone);
  CHECK_FALSE(world.kept[0].second.is_open());
  CHECK(world.server->counts().open == 0);

  Browser other{world};
  other.ask("/later");
  world.turn_until([&] { return world.kept.size() == 2; });
  world.server.reset();
  CHECK_FALSE(world.kept[1].second.is_open());
  world.kept[1].second.respond({});
}

TEST_CASE("http server: a responder that is kept after its answer touches nothing", "[http]") {
  Surroundings world;
  auto browser = std::make_unique<Browser>(world);
  for (std::size_t number = 1; number <= 2; ++number) {
    browser->ask("/later");
    world.turn_until([&] { return world.kept.size() == number; });
    world.kept.back().second.respond({.body = std::to_string(number) + " is done"});
    browser->await(std::to_string(number) + " is done");
  }
  browser.reset();
  world.turn_until([&] { return world.server->counts().open == 0; });
  for (int i = 0; i < 3; ++i) world.loop.turn(false);
  for (auto& [request, responder] : world.kept) {
    CHECK_FALSE(responder.is_open());
    responder.respond({.body = "again"s});
    CHECK(responder.unread() == 0);
  }
}

TEST_CASE("http server: a handler that runs out of memory loses its connection, and no other", "[http]") {
  Surroundings world{{}, [](const Request& request, const Responder& responder) {
                       if (request.path == "/large") throw std::bad_alloc{};
                       responder.respond({.body = "small\n"s});
                     }};
  Browser large{world}, small{world};
  large.ask("/large");
  world.turn_until([&] { return large.ended; });
  CHECK(large.seen.empty());
  small.ask("/");
  small.await("small\n");
}

TEST_CASE("http server: a reader that does not read holds little, and is dropped", "[http]") {
  Surroundings world;
  Browser browser{world};
  browser.ask("/later");
  world.turn_until([&] { return !world.kept.empty(); });
  auto& responder = world.kept.front().second;
  bool gone = false;
  responder.begin({});
  responder.on_gone([&] { gone = true; });
  browser.await("\r\n\r\n");
  browser.stream.stop_reading();
  auto piece = std::string(10'000, 'x');
  std::size_t most = 0;
  bool skipped = false;
  while (!skipped) {
    skipped = responder.event("n", piece) == Written::skipped;
    world.loop.turn(false);
    most = std::max(most, world.server->counts().held_bytes);
  }
  CHECK(most < 400'000);
  CHECK(responder.write(piece) == Written::gone);
  world.turn_until([&] { return gone; });
  CHECK(world.server->counts().held_bytes == 0);
}

TEST_CASE("http server: when places are used up, those end that have the least to lose", "[http]") {
  Surroundings world{{.connections = 2}};
  Browser at_work{world}, idle{world};
  at_work.ask("/later");
  idle.ask("/x");
  idle.await("/x\n");
  world.turn_until([&] { return world.kept.size() == 1; });
  Browser third{world};
  third.ask("/later");
  world.turn_until([&] { return world.kept.size() == 2 && idle.ended; });
  Browser refused{world};
  world.turn_until([&] { return refused.ended; });
  CHECK(world.server->counts().refused_connections == 2);
  for (auto& [request, responder] : world.kept) responder.respond({.body = "done"s});
  at_work.await("done");
  third.await("done");
}

TEST_CASE("http server: all connections together hold a bounded number of bytes", "[http]") {
  std::size_t told = 0;
  Surroundings world{{.held_bytes = 100'000, .held_changed = [&](std::size_t bytes) { told = bytes; }}};
  Browser browser{world};
  browser.ask("/later");
  world.turn_until([&] { return !world.kept.empty(); });
  CHECK(told == world.server->counts().held_bytes);
  CHECK(told > 0);
  browser.stream.stop_reading();
  world.kept.front().second.respond({.body = std::string(8 << 20, 'x')});
  CHECK(world.server->counts().open == 0);
  CHECK(told == 0);
}
