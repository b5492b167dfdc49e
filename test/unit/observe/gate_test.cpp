// Who may use the page.
#include "noderuntime/observe/gate.h"

#include "test/unit/catch.h"

namespace noderuntime::observe {
namespace {

const std::string token = "0123456789abcdef0123456789abcdef";
const Gate gate{"127.0.0.1:4040", token};

http::Request request(const std::string& method, std::vector<http::Header> headers, bool with_token = false) {
  http::Request made{
      .method = method, .target = "/", .path = "/", .query = {}, .headers = std::move(headers), .body = {}};
  if (with_token) made.query.emplace_back("token", token);
  return made;
}
const http::Header host{"host", "127.0.0.1:4040"}, cookie{"cookie", "noderuntime_observe_4040=" + token};

TEST_CASE("gate: the token passes in the address, in the cookie, and as a bearer token", "[observe]") {
  CHECK(gate.address() == "http://127.0.0.1:4040/?token=" + token);
  CHECK(gate.refusal(request("GET", {host}, true)) == 0);
  CHECK(gate.refusal(request("GET", {host, cookie})) == 0);
  CHECK(gate.refusal(request("GET", {host, {"cookie", "a=b; noderuntime_observe_4040=" + token + "; c"}})) ==
        0);
  CHECK(gate.refusal(request("GET", {host, {"authorization", "Bearer " + token}})) == 0);
}

TEST_CASE("gate: without the token nothing passes", "[observe]") {
  CHECK(gate.refusal(request("GET", {host})) == 403);
  for (auto* text :
       {"", "noderuntime_observe_4040=", "noderuntime_observe_4040=0123456789abcdef0123456789abcdee",
        "noderuntime_observe_4041=0123456789abcdef0123456789abcdef", "=", ";;", "noderuntime_observe_4040",
        "x=noderuntime_observe_4040=0123456789abcdef0123456789abcdef"})
    CHECK(gate.refusal(request("GET", {host, {"cookie", text}})) == 403);
  CHECK(gate.refusal(request("GET", {host, {"authorization", "Basic " + token}})) == 403);
}

TEST_CASE("gate: another host name is refused, even with the token", "[observe]") {
  for (auto* own : {"127.0.0.1:4040", "localhost:4040", "[::1]:4040"})
    CHECK(gate.refusal(request("GET", {{"host", own}}, true)) == 0);
  for (auto* other : {"", "evil.example:4040", "127.0.0.1", "127.0.0.1:4041", "localhost:4040.evil.example",
                      "127.0.0.1:4040@evil.example", "LOCALHOST:40400"})
    CHECK(gate.refusal(request("GET", {{"host", other}}, true)) == 421);
}

TEST_CASE("gate: another origin is refused, and changes need the own one", "[observe]") {
  CHECK(gate.refusal(request("GET", {host, cookie, {"origin", "http://127.0.0.1:4040"}})) == 0);
  for (auto* other : {"null", "http://evil.example", "http://localhost:4040", "https://127.0.0.1:4040"})
    CHECK(gate.refusal(request("GET", {host, cookie, {"origin", other}})) == 403);
  CHECK(gate.refusal(request("POST", {host, cookie})) == 403);
  CHECK(gate.refusal(request("POST", {host, cookie, {"origin", "http://127.0.0.1:4040"}})) == 0);
}

TEST_CASE("gate: behind TLS and a password each name of the host is right, and origins are compared still",
          "[observe]") {
  const Gate behind{"0.0.0.0:4040", token, Gate::By::password};
  CHECK(behind.address() == "https://0.0.0.0:4040/");
  const http::Header name{"host", "ops.example.org:4040"}, own{"origin", "https://ops.example.org:4040"};
  CHECK(behind.refusal(request("GET", {name})) == 0);
  CHECK(behind.refusal(request("POST", {name, own})) == 0);
  CHECK(behind.refusal(request("POST", {name})) == 403);
  for (auto* other : {"null", "http://ops.example.org:4040", "https://evil.example", "https://"})
    CHECK(behind.refusal(request("GET", {name, {"origin", other}})) == 403);
  CHECK(behind.refusal(request("POST", {{"origin", "https://"}})) == 403);
  for (auto& header : behind.headers(request("GET", {name}, true))) CHECK(header.name != "Set-Cookie");
}

TEST_CASE("gate: the cookie is set by the address with the token only", "[observe]") {
  auto set = [](const http::Request& request) {
    std::string cookies;
    for (auto& header : gate.headers(request))
      if (header.name == "Set-Cookie") cookies += header.value;
    return cookies;
  };
  CHECK(set(request("GET", {host}, true)) ==
        "noderuntime_observe_4040=" + token + "; Path=/; HttpOnly; SameSite=Strict");
  CHECK(set(request("GET", {host, cookie})).empty());
  CHECK(set(request("GET", {{"host", "evil.example:4040"}}, true)).empty());
}

}  // namespace
}  // namespace noderuntime::observe
