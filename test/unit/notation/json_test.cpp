// Claims about terms as JSON.
#include "noderuntime/term/order.h"
#include "readings.h"

namespace noderuntime::test {
namespace {

std::string json(std::string_view erlang) {
  auto term = read_term(erlang, Notation::erlang);
  REQUIRE(term);
  return write_term(term->term(), Notation::json);
}

}  // namespace

TEST_CASE("json: terms are written as docs/json.md says", "[notation]") {
  for (auto [erlang, text] :
       Readings{{"[1,-2,123456789012345678901234567890,1.5,1.0e22,-0.0]",
                 "[1,-2,123456789012345678901234567890,1.5,1.0e22,-0.0]"},
                {"[true,false,null,nil,undefined,'a b']", "[true,false,null,\"nil\",\"undefined\",\"a b\"]"},
                {"<<\"a\\\"\\\\\\b\\t\\n\\f\\r\\e\\d\">>", "\"a\\\"\\\\\\b\\t\\n\\f\\r\\u001b\x7F\""},
                {"<<\"\xC3\xA5\"/utf8>>", "\"\xC3\xA5\""},
                {"<<>>", "\"\""},
                {"<<255,0,1>>", "{\"$binary\":\"/wAB\"}"},
                {"<<255,0>>", "{\"$binary\":\"/wA=\"}"},
                {"<<1:1>>", "\"<<1:1>>\""},
                {"[]", "[]"},
                {"{}", "[]"},
                {"#{}", "{}"},
                {"{ok,\"ab\"}", "[\"ok\",[97,98]]"},
                {"[1,2|x]", "{\"$improper\":[[1,2],\"x\"]}"},
                {"#{a => 1,<<\"b\">> => {},3 => x,1.5 => y,{k} => z}",
                 "{\"3\":\"x\",\"1.5\":\"y\",\"a\":1,\"{k}\":\"z\",\"b\":[]}"},
                {"#{a => 1,<<\"a\">> => 2}", "{\"$map\":[[\"a\",1],[\"a\",2]]}"},
                {"#{'$map' => 1}", "{\"$map\":[[\"$map\",1]]}"},
                {"#{'$map' => 1,b => 2}", "{\"$map\":1,\"b\":2}"},
                {"fun lists:map/2", "\"fun lists:map/2\""}}) {
    INFO(erlang);
    CHECK(json(erlang) == text);
  }
  CHECK(write_term(local_pid(5, 6), Notation::json) == "\"<0.5.6>\"");
}

TEST_CASE("json: it is read as json:decode/1 of OTP 27 does, and our own forms back", "[notation]") {
  for (auto [text, read] : Readings{
           {" [1, -2, 123456789012345678901234567890, 1.5, 1e3, -0] ",
            "[1,-2,123456789012345678901234567890,1.5,1.0e3,0]"},
           {"[18446744073709551615,-9223372036854775809]", "[18446744073709551615,-9223372036854775809]"},
           {"[true,false,null,\"null\"]", "[true,false,null,<<\"null\">>]"},
           {"{\"a\":{\"b\":[]},\"a\":2}", "#{<<\"a\">> => 2}"},
           {"\"\\u00e5\\ud83d\\ude00\"", "<<\"\xC3\xA5\xF0\x9F\x98\x80\"/utf8>>"},
           {"{\"$binary\":\"/wAB\"}", "<<255,0,1>>"},
           {"{\"$map\":[[{},1],[[],2]]}", "#{#{} => 1,[] => 2}"},
           {"{\"$improper\":[[1,2],3]}", "[1,2|3]"},
           {"{\"$binary\":\"x\",\"a\":1}", "#{<<\"$binary\">> => <<\"x\">>,<<\"a\">> => 1}"},
           {"{\"$other\":1}", "#{<<\"$other\">> => 1}"},
           {"{\"$binary\":\"x\"}", "1:16 near ''"},
           {"[{\"$map\":[1]},2]", "1:14 near ',2]'"},
           {"{\"$improper\":[[],1]}", "1:21 near ''"},
           {"[1,]", "1:4 near ']'"},
           {"[1,\n  x]", "2:3 near 'x]'"},
           {"1e999", "1:5 near '9'"},
           {"\"\xFF\"", "1:2 near ''"},
           {"\"a", "1:3 near ''"},
           {"1 2", "1:3 near '2'"},
           {"", "1:1 near ''"}}) {
    INFO(text);
    CHECK(read_text(text, Notation::json) == read);
  }
}

TEST_CASE("json: $self is the asking process", "[notation]") {
  auto term = read_term("[\"$self\"]", Notation::json, {local_pid(5, 6)});
  REQUIRE(term);
  CHECK(write_term(term->term(), Notation::erlang) == "[<0.5.6>]");
}

TEST_CASE("json: a term that does not fit into a line has a line for each element", "[notation]") {
  auto term = read_term("[#{a => {1,2,3},b => <<\"a long text\">>},[],7]", Notation::erlang);
  REQUIRE(term);
  CHECK(write_term(term->term(), Notation::json, {.pretty = true, .width = 30}) ==
        "[\n"
        "  {\n"
        "    \"a\":[1,2,3],\n"
        "    \"b\":\"a long text\"\n"
        "  },\n"
        "  [],\n"
        "  7\n"
        "]");
  CHECK(write_term(term->term(), Notation::json, {.pretty = true}) ==
        write_term(term->term(), Notation::json));
}

TEST_CASE("json: deep nesting is no problem", "[notation]") {
  std::string text = std::string(100'000, '[') + std::string(100'000, ']');
  auto term = read_term(text, Notation::json);
  REQUIRE(term);
  CHECK(write_term(term->term(), Notation::json) == text);
}

}  // namespace noderuntime::test
