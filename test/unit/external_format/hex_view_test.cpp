// Claims about the annotated view of bytes of the external format.
#include "noderuntime/external_format/hex_view.h"

#include "test/unit/catch.h"

#include "corpus.h"
#include "noderuntime/external_format/decode.h"

namespace noderuntime::test {
namespace {

std::string view(std::initializer_list<int> bytes) {
  Buffer buffer;
  for (int byte : bytes) buffer.push_back(static_cast<Byte>(byte));
  return hex_view(buffer);
}

bool says_invalid(const std::string& text) {
  auto last_line = text.rfind('\n', text.size() - 2);
  return text.find("invalid: ", last_line == std::string::npos ? 0 : last_line) != std::string::npos;
}

}  // namespace

TEST_CASE("hex view: each term has a line, indented by nesting", "[external_format]") {
  CHECK(view({131, 104, 2, 119, 2, 'o', 'k', 108, 0, 0, 0, 1, 97, 5, 106}) ==
        "0000  83                       version 131\n"
        "0001  68 02                    SMALL_TUPLE_EXT 2 elements\n"
        "0003  77 02 6f 6b                SMALL_ATOM_UTF8_EXT ok\n"
        "0007  6c 00 00 00 01             LIST_EXT 1 element\n"
        "000c  61 05                        SMALL_INTEGER_EXT 5\n"
        "000e  6a                           NIL_EXT\n");
  CHECK(view({131, 88, 119, 3, 'a', '@', 'b', 0, 0, 0, 85, 0, 0, 0, 1, 0, 0, 0, 7}) ==
        "0000  83                       version 131\n"
        "0001  58                       NEW_PID_EXT\n"
        "0002  77 03 61 40 62             SMALL_ATOM_UTF8_EXT a@b\n"
        "0007  00 00 00 55 00 00 00 01    id 85, serial 1, creation 7\n"
        "000f  00 00 00 07\n");
}

TEST_CASE("hex view: long bytes are cut", "[external_format]") {
  Buffer bytes{131, 109, 0, 0, 0, 100};
  bytes.resize(106, 'x');
  auto text = hex_view(bytes);
  CHECK(text.find("BINARY_EXT 100 bytes \"xxx") != std::string::npos);
  CHECK(text.find("... 41 more bytes\n") != std::string::npos);
}

TEST_CASE("hex view: for bytes that are no term it says where and why", "[external_format]") {
  CHECK(view({131, 104, 2, 97, 1}) ==
        "0000  83                       version 131\n"
        "0001  68 02                    SMALL_TUPLE_EXT 2 elements\n"
        "0003  61 01                      SMALL_INTEGER_EXT 1\n"
        "0005                           invalid: the end, where a term should be\n");
  CHECK(view({131, 250}) ==
        "0000  83                       version 131\n"
        "0001  fa                       invalid: no tag 250 is known\n");
  CHECK(view({}) == "0000                           invalid: the version byte 131 is missing\n");
  CHECK(says_invalid(view({131, 97, 1, 0})));
  CHECK(says_invalid(view({131, 109, 255, 255, 255, 255, 1})));
  CHECK(says_invalid(view({131, 116, 0, 0, 0, 2, 97, 1, 97, 1, 97, 1, 97, 2})));  // a key twice
}

TEST_CASE("hex view: what OTP takes is shown whole, what it refuses ends with a complaint",
          "[external_format]") {
  for (auto kind : {"canon", "alias", "invalid"})
    for (auto& one : corpus(kind)) {
      INFO(one.name);
      auto bytes = corpus_file(one.name + ".etf");
      Heap heap;
      auto decoded = decode_with_version(heap, bytes, {});
      CHECK(says_invalid(hex_view(bytes)) == (!decoded || decoded->consumed != bytes.size()));
      if (bytes.size() > 2000 || kind != std::string{"canon"}) continue;
      for (std::size_t cut = 0; cut < bytes.size(); ++cut)
        CHECK(says_invalid(hex_view(Bytes{bytes}.first(cut))));
    }
}

}  // namespace noderuntime::test
