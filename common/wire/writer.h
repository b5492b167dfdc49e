// Writes big-endian fields.
#pragma once

#include <array>
#include <string_view>

#include <noderuntime/bytes.h>

namespace noderuntime {

// Writes the lowest `width` bytes of a number, the most significant byte first.
template <std::size_t width>
void append_big_endian(Buffer& out, std::uint64_t number) {
  std::array<Byte, width> bytes;
  for (std::size_t i = 0; i < width; ++i) bytes[i] = static_cast<Byte>(number >> 8 * (width - 1 - i));
  append(out, bytes);
}

class Writer {
 public:
  Writer& u8(std::uint8_t value) { return number<1>(value); }
  Writer& u16(std::uint16_t value) { return number<2>(value); }
  Writer& u32(std::uint32_t value) { return number<4>(value); }
  Writer& u64(std::uint64_t value) { return number<8>(value); }
  Writer& bytes(Bytes more) { return append(out_, more), *this; }
  Writer& string(std::string_view text) { return bytes(as_bytes(text)); }

  std::size_t size() const { return out_.size(); }
  const Buffer& buffer() const& { return out_; }
  Buffer&& buffer() && { return std::move(out_); }

 private:
  template <std::size_t width>
  Writer& number(std::uint64_t value) {
    return append_big_endian<width>(out_, value), *this;
  }
  Buffer out_;
};

}  // namespace noderuntime
