// Claims about URLs, posted requests and the status of responses.
#include "common/http/client.h"

#include <optional>
#include <string>
#include <string_view>

#include "test/unit/catch.h"
#include "test/unit/cuts.h"

namespace noderuntime::http {

TEST_CASE("http client: a URL has a scheme, a host, a port and a target", "[http]") {
  struct Row {
    const char *text, *origin, *host, *target;
    int port;
  };
  for (auto& row : {Row{"http://a.example", "http://a.example", "a.example", "/", 80},
                    Row{"https://a.example", "https://a.example", "a.example", "/", 443},
                    Row{"http://a:8080/x/y?z=1#part", "http://a:8080", "a", "/x/y?z=1", 8080},
                    Row{"https://a?z", "https://a", "a", "/?z", 443},
                    Row{"http://[::1]:81/", "http://[::1]:81", "::1", "/", 81},
                    Row{"https://127.0.0.1:443/a", "https://127.0.0.1", "127.0.0.1", "/a", 443}}) {
    INFO(row.text);
    auto url = Url::parse(row.text);
    REQUIRE(url);
    CHECK(url->origin() == row.origin);
    CHECK(url->host == row.host);
    CHECK(url->target == row.target);
    CHECK(url->port.value() == row.port);
  }
}

TEST_CASE("http client: what is no URL is refused, and no secret of it is in the error", "[http]") {
  for (auto* text :
       {"", "ftp://a/", "a.example", "http://", "http:///secret", "http://u:secret@a/", "http://a b/secret",
        "http://a\r\nX: secret", "http://[::1/", "http://[::1]x/", "http://a:0/secret", "http://a:99999/",
        "http://a:1x/", "http://\xC3\xA4/", "http://[zz]/"}) {
    INFO(text);
    auto url = Url::parse(text);
    REQUIRE_FALSE(url);
    CHECK(url.error().code == Errc::configuration);
    CHECK(url.error().message().find("secret") == std::string::npos);
  }
}

TEST_CASE("http client: a posted request has its host, its type and its length", "[http]") {
  auto text = post_request(*Url::parse("http://a:81/x?y"), "application/json", "{}");
  CHECK(text.starts_with("POST /x?y HTTP/1.1\r\nHost: a:81\r\n"));
  CHECK(text.find("\r\nContent-Type: application/json\r\n") != text.npos);
  CHECK(text.find("\r\nContent-Length: 2\r\n") != text.npos);
  CHECK(text.ends_with("\r\nConnection: close\r\n\r\n{}"));
}

TEST_CASE("http client: the status is read whatever way the response is cut", "[http]") {
  for (std::string text :
       {"HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.0 204\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 \r\n"})
    test::for_each_cut(as_bytes(text), [](const auto& pieces) {
      StatusReader reader;
      std::optional<int> status;
      for (auto piece : pieces)
        if (!status) status = *reader.feed(piece);
      CHECK(status == 204);
    });
}

TEST_CASE("http client: what is no response is an error", "[http]") {
  for (std::string text : {"SSH-2.0-x\r\n", "HTTP/2 200 \r\n", "HTTP/1.1 abc \r\n", "HTTP/1.1 2000 OK\r\n",
                           "HTTP/1.1 099 \r\n", "<html>", "HTTP/1.1-200 OK\r\n"}) {
    INFO(text);
    StatusReader reader;
    CHECK_FALSE(reader.feed(as_bytes(text)));
  }
  StatusReader reader;
  CHECK(*reader.feed(as_bytes(std::string{"HTTP/1.1 100 Continue\r\nX: "})) == std::nullopt);
  CHECK(reader.feed(as_bytes(std::string(StatusReader::most_bytes, 'x'))).error().code == Errc::too_large);
  StatusReader with_body;
  auto whole = "HTTP/1.1 204 Fine\r\n\r\n" + std::string(2 * StatusReader::most_bytes, 'x');
  CHECK(*with_body.feed(as_bytes(whole)) == std::optional{204});
}

}  // namespace noderuntime::http
