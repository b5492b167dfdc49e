// Claims about base64, the form of binaries in JSON.
#include "noderuntime/notation/base64.h"

#include "test/unit/catch.h"

using namespace noderuntime::notation;

TEST_CASE("base64: the test vectors of RFC 4648, both ways", "[notation]") {
  struct Row {
    const char *bytes, *text;
  };
  for (auto [bytes, text] : {Row{"", ""}, Row{"f", "Zg=="}, Row{"fo", "Zm8="}, Row{"foo", "Zm9v"},
                             Row{"foob", "Zm9vYg=="}, Row{"fooba", "Zm9vYmE="}, Row{"foobar", "Zm9vYmFy"}}) {
    CHECK(base64(bytes) == text);
    CHECK(from_base64(text) == bytes);
  }
  CHECK(base64("\xff\xef\xbe") == "/+++");
  CHECK(from_base64("/+++") == "\xff\xef\xbe");
}

TEST_CASE("base64: no line breaks in long texts", "[notation]") {
  CHECK(base64(std::string(3000, 'x')).find_first_of("\r\n") == std::string::npos);
}

TEST_CASE("base64: missing padding, padding within and other characters are refused", "[notation]") {
  for (auto text : {"Zg", "Zg=", "Z===", "====", "Zg==Zg==", "Zm9v!", "Zm9!", "Zm 9", "Zm9v\n", "Zm-_"}) {
    CAPTURE(text);
    CHECK_FALSE(from_base64(text));
  }
}
