// Claims about numbers, texts and digests as bytes.
#include <string>
#include <string_view>
#include <vector>

#include "common/wire/endian.h"
#include "common/wire/md5.h"
#include "common/wire/packets.h"
#include "common/wire/reader.h"
#include "common/wire/utf8.h"
#include "common/wire/writer.h"
#include "test/unit/catch.h"

using namespace noderuntime;

namespace {

std::string hexadecimal(Bytes bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (auto byte : bytes) {
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

std::string md5_of(std::string_view text) { return hexadecimal(md5(as_bytes(text))); }

}  // namespace

TEST_CASE("md5: the test suite of RFC 1321", "[wire]") {
  CHECK(md5_of("") == "d41d8cd98f00b204e9800998ecf8427e");
  CHECK(md5_of("a") == "0cc175b9c0f1b6a831c399e269772661");
  CHECK(md5_of("abc") == "900150983cd24fb0d6963f7d28e17f72");
  CHECK(md5_of("message digest") == "f96b697d7cb7938d525a2f31aaf161d0");
  CHECK(md5_of("abcdefghijklmnopqrstuvwxyz") == "c3fcd3d76192e4007dfb496cca67e13b");
  CHECK(md5_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") ==
        "d174ab98d277d9f5a5611c2c9f419d9f");
  CHECK(md5_of("12345678901234567890123456789012345678901234567890123456789012345678901234567890") ==
        "57edf4a22be3c955ac49da2e2107b67a");
}

TEST_CASE("md5: a text cut and saved at any place has the digest of the whole", "[wire]") {
  // Three blocks of 64 bytes, less the padding.
  const std::string text(3 * 64 - 9, 'x');
  const auto whole = md5_of(text);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Md5 first;
    first.update(as_bytes(text).first(cut));
    auto second = Md5::restore(first.save());
    REQUIRE(second);
    second->update(as_bytes(text).subspan(cut));
    CHECK(hexadecimal(second->finish()) == whole);
  }
  CHECK_FALSE(Md5::restore(as_bytes("short")));
}

TEST_CASE("md5: the saved state of 67 bytes is that of OTP 25", "[wire]") {
  Md5 sum;
  sum.update(as_bytes(std::string(67, 'x')));
  auto saved = sum.save();
  CHECK(saved.size() == 88);
  // the words of the state, the length of 536 bits, and the bytes after the last whole block; the rest is
  // undefined
  CHECK(hexadecimal(Bytes{saved}.first(27)) == "4e2b777986bd5cd63999bd875a8405ad1802000000000000787878");
}

TEST_CASE("writer and reader: big-endian fields", "[wire]") {
  Writer writer;
  writer.u8(0x01).u16(0x0203).u32(0x04050607).u64(0x08090a0b0c0d0e0f).string("text");
  CHECK(hexadecimal(writer.buffer()) == "0102030405060708090a0b0c0d0e0f74657874");

  Reader reader{writer.buffer()};
  CHECK(reader.u8() == 0x01);
  CHECK(reader.u16() == 0x0203);
  CHECK(reader.u32() == 0x04050607);
  CHECK(reader.u64() == 0x08090a0b0c0d0e0f);
  CHECK(reader.string(4) == "text");
  CHECK(reader.ok());
  CHECK(reader.at_end());
}

TEST_CASE("reader: behind a field that is cut everything is empty", "[wire]") {
  const Buffer bytes{1, 2, 3, 4, 5, 6, 7};
  for (std::size_t size = 0; size < 7; ++size) {
    Reader reader{Bytes{bytes}.first(size)};
    reader.u8();
    reader.u16();
    reader.u32();
    CHECK_FALSE(reader.ok());
    CHECK(reader.remaining() == 0);
    CHECK(reader.u8() == 0);
    CHECK(reader.peek() == 0);
    CHECK(reader.rest().empty());
    CHECK_FALSE(reader.ok());
  }
  Reader reader{bytes};
  CHECK(reader.bytes(8).empty());
  CHECK_FALSE(reader.ok());
}

TEST_CASE("packets: any cut of the stream gives the same packets", "[wire]") {
  Writer stream;
  for (std::string_view text : {"one", "", "three"})
    stream.u16(static_cast<std::uint16_t>(text.size())).string(text);
  const Bytes whole{stream.buffer()};
  for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
    Packets packets{2, 5};
    std::vector<std::string> popped;
    for (auto part : {whole.first(cut), whole.subspan(cut)}) {
      packets.feed(part);
      for (;;) {
        auto packet = packets.next();
        REQUIRE(packet);
        if (!packet.value()) break;
        popped.emplace_back(as_text(*packet.value()));
      }
    }
    CHECK(popped == std::vector<std::string>{"one", "", "three"});
    CHECK(packets.waiting() == 0);
  }
}

TEST_CASE("packets: a length above the maximum is an error as soon as it is there", "[wire]") {
  Packets packets{4, 5};
  packets.feed(Buffer{0, 0, 0});
  REQUIRE(packets.next());
  packets.feed(Buffer{6});
  auto refused = packets.next();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::too_large);
}

TEST_CASE("big-endian numbers lie at any alignment", "[wire]") {
  Byte memory[16] = {};
  for (std::size_t at = 0; at < 8; ++at) {
    CHECK(store_big_endian<std::uint32_t>(memory + at, 0x01020304) == memory + at + 4);
    CHECK(hexadecimal({memory + at, 4}) == "01020304");
    CHECK(load_big_endian<std::uint32_t>(memory + at) == 0x01020304);
    CHECK(load_big_endian<std::uint16_t>(memory + at) == 0x0102);
  }
}

TEST_CASE("utf8: each length, at both ends of its range", "[wire]") {
  for (char32_t character : {0x0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff}) {
    std::string text;
    utf8::append(text, character);
    std::size_t at = 0;
    CHECK(utf8::next(text, at) == character);
    CHECK(at == text.size());
    CHECK(utf8::length(text) == 1);
    for (std::size_t size = 1; size < text.size(); ++size) {
      at = 0;
      CHECK_FALSE(utf8::next(std::string_view{text}.substr(0, size), at));
      CHECK(at == 0);
    }
  }
}

TEST_CASE("utf8: overlong forms, surrogates, what is above U+10FFFF and stray bytes are malformed",
          "[wire]") {
  for (std::string_view text : {"\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xf0\x80\x80\x80",
                                "\xf0\x8f\xbf\xbf", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf4\x90\x80\x80",
                                "\xf5\x80\x80\x80", "\x80", "\xbf", "\xfe", "\xff", "\xc3(", "\xe2\x82("}) {
    CAPTURE(hexadecimal(as_bytes(text)));
    std::size_t at = 0;
    CHECK_FALSE(utf8::next(text, at));
    CHECK(at == 0);
    CHECK_FALSE(utf8::length(text));
  }
}

TEST_CASE("utf8: Latin-1 and back", "[wire]") {
  std::string all;
  for (int character = 0; character < 256; ++character) all += static_cast<char>(character);
  CHECK(utf8::to_latin1(utf8::from_latin1(all)) == all);
  CHECK(utf8::length(utf8::from_latin1(all)) == 256);
  CHECK_FALSE(utf8::to_latin1("\xc4\x80"));  // U+0100
  CHECK_FALSE(utf8::to_latin1("\xc3"));
}
