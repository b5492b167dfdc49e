// Claims about epmd's requests and answers, and the engines of its clients: they have the bytes of OTP 25's
// epmd.
#include "test/unit/catch.h"

#include "common/epmd_protocol/client.h"
#include "test/unit/cuts.h"

using namespace noderuntime;
using namespace noderuntime::epmd;
using test::for_each_cut;

namespace {
NodeEntry sample() { return {.name = "repl1", .port = Port{0x1234}, .extra = "x"}; }

const Buffer sample_alive2{0x00, 0x13, 'x', 0x12, 0x34, 77,  0,   0,    6,    0,  5,
                           0x00, 0x05, 'r', 'e',  'p',  'l', '1', 0x00, 0x01, 'x'};
const Buffer sample_port2{'w', 0, 0x12, 0x34, 77, 0, 0, 6, 0, 5, 0, 5, 'r', 'e', 'p', 'l', '1', 0, 1, 'x'};

Bytes body_of(const Buffer& request) { return Bytes{request}.subspan(2); }
Result<Request> decode_text(std::string_view body) { return decode_request(as_bytes(body)); }
std::string repeat(std::string_view text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}
}  // namespace

TEST_CASE("epmd requests: ALIVE2 has OTP's layout, both ways", "[epmd_protocol]") {
  CHECK(encode(Request{Alive2{sample()}}) == sample_alive2);
  auto decoded = decode_request(body_of(sample_alive2));
  REQUIRE(decoded);
  CHECK(std::get<Alive2>(*decoded).node == sample());
}

TEST_CASE("epmd requests: each is encoded with its length and decodes to itself", "[epmd_protocol]") {
  for (const auto& request : {Request{PortPlease2{"repl1"}}, Request{Names{}}, Request{Dump{}},
                              Request{Kill{}}, Request{Stop{"repl1"}}, Request{Details{}}}) {
    auto bytes = encode(request);
    auto decoded = decode_request(body_of(bytes));
    REQUIRE(decoded);
    CHECK(decoded->index() == request.index());
    CHECK(encode(*decoded) == bytes);
  }
  CHECK(encode(Request{Names{}}) == Buffer{0, 1, 'n'});
}

TEST_CASE("epmd requests: only look-ups and names may come from other hosts", "[epmd_protocol]") {
  CHECK(allowed_from_other_hosts(Request{Names{}}));
  CHECK(allowed_from_other_hosts(Request{PortPlease2{}}));
  CHECK(allowed_from_other_hosts(Request{Details{}}));
  for (const auto& request : {Request{Alive2{}}, Request{Dump{}}, Request{Kill{}}, Request{Stop{}}})
    CHECK_FALSE(allowed_from_other_hosts(request));
  CHECK(request_name(Request{Alive2{}}) == "ALIVE2_REQ");
}

TEST_CASE("epmd requests: a cut ALIVE2 is refused at every length", "[epmd_protocol]") {
  auto body = body_of(sample_alive2);
  for (std::size_t size = 0; size < body.size(); ++size) CHECK_FALSE(decode_request(body.first(size)));
}

TEST_CASE("epmd requests: bytes behind the extra are ignored", "[epmd_protocol]") {
  Buffer longer{body_of(sample_alive2).begin(), body_of(sample_alive2).end()};
  longer.push_back('?');
  CHECK(decode_request(longer));
}

TEST_CASE("epmd requests: an empty name needs an extra", "[epmd_protocol]") {
  NodeEntry nameless{.name = "", .extra = ""};
  CHECK_FALSE(decode_request(body_of(encode(Request{Alive2{nameless}}))));
  nameless.extra = "e";
  CHECK(decode_request(body_of(encode(Request{Alive2{nameless}}))));
}

TEST_CASE("epmd requests: a NUL in a name closes, but for one at the end of a look-up", "[epmd_protocol]") {
  using namespace std::string_view_literals;
  NodeEntry node{.name = std::string{"a\0"sv}};
  CHECK_FALSE(decode_request(body_of(encode(Request{Alive2{node}}))));
  CHECK(std::get<PortPlease2>(*decode_text("za\0"sv)).name == "a");
  CHECK_FALSE(decode_text("za\0\0"sv));
  CHECK_FALSE(decode_text("z\0"sv));
  CHECK(std::get<Stop>(*decode_text("sab\0c"sv)).name == "ab");
}

TEST_CASE("epmd requests: names to look up are UTF-8 of at most 255 characters", "[epmd_protocol]") {
  CHECK(decode_text("z" + repeat("å", 255)));
  CHECK_FALSE(decode_text("z" + repeat("å", 256)));
  CHECK_FALSE(decode_text("z\xc3"));
  CHECK_FALSE(decode_text("z"));
  CHECK_FALSE(decode_text("s"));
  CHECK_FALSE(decode_text(""));
  CHECK_FALSE(decode_text("a"));
}

TEST_CASE(
    "epmd requests: names that are too long, not UTF-8 or have control characters may not be registered",
    "[epmd_protocol]") {
  auto acceptable = [](std::string name, std::size_t extra = 0) {
    return is_acceptable({.name = std::move(name), .extra = std::string(extra, '\xff')});
  };
  CHECK(acceptable(repeat("a", 255), max_extra));
  CHECK(acceptable(repeat("\xf0\x9f\x98\x80", 255)));  // 1020 bytes
  CHECK(acceptable("with blank@host"));
  CHECK_FALSE(acceptable(repeat("a", 256)));
  CHECK_FALSE(acceptable("a", max_extra + 1));
  CHECK_FALSE(acceptable("\xff"));
  CHECK_FALSE(acceptable("a\nname b at port 1"));
  CHECK_FALSE(acceptable("\x7f"));
  CHECK_FALSE(acceptable("\xc2\x9b"));  // a control character of ISO 8859
}

TEST_CASE("epmd answers: the highest version decides the form", "[epmd_protocol]") {
  CHECK(encode_registered(Creation{0x01020304}, 6) == Buffer{'v', 0, 1, 2, 3, 4});
  CHECK(encode_registered(Creation{3}, 5) == Buffer{'y', 0, 0, 3});
  CHECK(encode_refused(6) == Buffer{0x76, 1, 0, 0, 0, 0x63});
  CHECK(encode_refused(0) == Buffer{0x79, 1, 0, 0x63});
}

TEST_CASE("epmd answers: PORT2 has OTP's layout", "[epmd_protocol]") {
  auto node = sample();
  CHECK(encode_port2(&node) == sample_port2);
  CHECK(encode_port2(nullptr) == Buffer{'w', 1});
}

TEST_CASE("epmd answers: the lines of NAMES and DUMP are OTP's", "[epmd_protocol]") {
  std::string text;
  append_names_line(text, sample());
  CHECK(text == "name repl1 at port 4660\n");
  text.clear();
  append_dump_line(text, sample(), 7);
  append_dump_old_line(text, "gone", Port{1}, 8);
  CHECK(text == std::string("active name     <repl1> at port 4660, fd = 7\n\0"
                            "old/unused name <gone>, port = 1, fd = 8 \n\0",
                            45 + 1 + 42 + 1));
  CHECK(encode_listing(0x11223344, "ab") == Buffer{0x11, 0x22, 0x33, 0x44, 'a', 'b'});
}

TEST_CASE("registration: both answers give the creation, whatever way they are cut", "[epmd_protocol]") {
  for (const auto& [answer, creation] :
       {std::pair{Buffer{'v', 0, 1, 2, 3, 4}, 0x01020304u}, std::pair{Buffer{'y', 0, 0, 2}, 2u}})
    for_each_cut(answer, [creation = creation](const std::vector<Bytes>& pieces) {
      Registration registration{sample()};
      CHECK(registration.take_output() == sample_alive2);
      for (auto piece : pieces) {
        CHECK_FALSE(registration.creation());
        REQUIRE(registration.feed(piece));
      }
      REQUIRE(registration.creation());
      CHECK(registration.creation()->value() == creation);
      CHECK(registration.finish().code == Errc::connection_closed);
    });
}

TEST_CASE("registration: any result but zero says that the name is taken", "[epmd_protocol]") {
  Registration registration{sample()};
  auto outcome = registration.feed(Buffer{'v', 1, 0, 0, 0, 99});
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().code == Errc::name_taken);
  Registration stranger{sample()};
  CHECK(stranger.feed(as_bytes("HTTP/1.1")).error().code == Errc::unexpected);
}

TEST_CASE("lookup: the entry is known whatever way the answer is cut", "[epmd_protocol]") {
  for_each_cut(sample_port2, [](const std::vector<Bytes>& pieces) {
    Lookup lookup{"repl1"};
    CHECK(lookup.take_output() == encode(Request{PortPlease2{"repl1"}}));
    std::optional<NodeEntry> found;
    for (auto piece : pieces) {
      CHECK_FALSE(found);
      auto answer = lookup.feed(piece);
      REQUIRE(answer);
      found = *answer;
    }
    CHECK(found == sample());
  });
}

TEST_CASE("lookup: unknown, cut short, and no epmd", "[epmd_protocol]") {
  Lookup lookup{"repl1"};
  CHECK(lookup.feed(Buffer{'w'}).ok());
  CHECK(lookup.finish().code == Errc::truncated);
  CHECK(lookup.feed(Buffer{1}).error().code == Errc::unknown_node);
  CHECK(Lookup{"a"}.feed(Buffer{'x'}).error().code == Errc::unexpected);
}

TEST_CASE("listing: lines are read as erl_epmd reads them, whatever way they are cut", "[epmd_protocol]") {
  auto answer = encode_listing(4369,
                               "name b at port 2\n"
                               "name with blank at port 3\n"  // the name ends at the first blank: not a line
                               "name c at port 4 \n"
                               "name d at port 70000\n"
                               "Name e at port 5\n"
                               "\n"
                               "name a at port 1\n"
                               "name unfinished at port 6");
  for_each_cut(answer, [](const std::vector<Bytes>& pieces) {
    Listing listing{default_port};
    for (auto piece : pieces) REQUIRE(listing.feed(piece));
    CHECK(std::move(listing).finish() == std::vector<NameAndPort>{{"b", Port{2}}, {"a", Port{1}}});
  });
}

TEST_CASE("details: a line says what was written, and malformed ones are skipped", "[epmd_protocol]") {
  Registered whole{.node = {.name = "a b", .port = Port{42}, .node_type = 72, .highest = 6, .lowest = 5},
                   .creation = Creation{4'000'000'000},
                   .since = 1'790'000'000,
                   .connection = "127.0.0.1:40000"};
  Registered bare{.node = {.name = "-", .port = Port{65535}}, .creation = {}, .since = {}, .connection = {}};
  std::string text;
  append_details_line(text, whole);
  CHECK(text == "42 72 0 5 6 4000000000 1790000000 127.0.0.1:40000 a b\n");
  append_details_line(text, bare);
  for (auto* wrong : {"", "x", "1 2 3", "1 2 3 4 5 6 7 8", "1 2 3 4 5 6 7 8 ", "70000 77 0 5 6 1 1 - a",
                      "1 300 0 5 6 1 1 - a", "1 77 0 5 6 -1 1 - a", "1 77 0 5 6 1 x - a",
                      "1  77 0 5 6 1 1 - a", "1 77 0 5 6 1 99999999999999999999 - a"}) {
    INFO(wrong);
    CHECK_FALSE(read_details_line(wrong));
    text += std::string{wrong} + "\n";
  }
  for_each_cut(encode_listing(4369, text + "1 77 0 5 6 1 1 - unfinished"),
               [&](const std::vector<Bytes>& pieces) {
                 DetailsListing listing{default_port};
                 for (auto piece : pieces) REQUIRE(listing.feed(piece));
                 auto rows = std::move(listing).finish();
                 REQUIRE(rows);
                 CHECK(*rows == std::vector{whole, bare});
               });
}

TEST_CASE("details: an epmd that closes does not know the request", "[epmd_protocol]") {
  CHECK(DetailsListing{default_port}.finish().error().code == Errc::truncated);
  DetailsListing other{Port{4370}};
  CHECK(other.feed(encode_listing(4369, "")).error().code == Errc::unexpected);
}

TEST_CASE("listing: another port in the answer is an error", "[epmd_protocol]") {
  Listing listing{Port{4370}};
  CHECK(listing.feed(encode_listing(4369, "")).error().code == Errc::unexpected);
}
