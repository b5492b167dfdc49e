// Reads big-endian fields from bytes.
#pragma once

#include <string_view>

#include <noderuntime/bytes.h>

namespace noderuntime {

// After a read past the end, everything reads as zero or empty and ok() is false; so one check serves a whole
// message. Borrows its bytes.
class Reader {
 public:
  explicit Reader(Bytes bytes) : at_{bytes.data()}, end_{bytes.data() + bytes.size()} {}

  bool ok() const { return ok_; }
  std::size_t remaining() const { return static_cast<std::size_t>(end_ - at_); }
  bool at_end() const { return at_ == end_; }
  const Byte* position() const { return at_; }

  std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t u64() { return number(8); }

  Bytes bytes(std::size_t count) {
    if (count > remaining()) return fail(), Bytes{};
    Bytes taken{at_, count};
    at_ += count;
    return taken;
  }
  std::string_view string(std::size_t count) { return as_text(bytes(count)); }
  Bytes rest() { return bytes(remaining()); }
  std::uint8_t peek() const { return at_ == end_ ? 0 : *at_; }
  void fail() { ok_ = false, at_ = end_; }

 private:
  std::uint64_t number(std::size_t width) {
    if (width > remaining()) return fail(), 0;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < width; ++i) value = value << 8 | at_[i];
    at_ += width;
    return value;
  }

  const Byte* at_;
  const Byte* end_;
  bool ok_ = true;
};

}  // namespace noderuntime
