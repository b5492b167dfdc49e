#include "noderuntime/beam/compact_reader.h"

namespace noderuntime {

namespace {

constexpr std::uint8_t extended_tag = 7;
enum : std::uint8_t {
  extended_list = 1,
  extended_float = 2,
  extended_allocation = 3,
  extended_literal = 4,
  extended_typed = 5
};

}  // namespace

// The tag is in the lowest 3 bits; the value in the next 4 bits (bit 3 clear), in 11 bits (bit 4 clear), or
// in whole bytes, signed.
Arg ArgReader::value(std::uint8_t first) {
  Arg arg{static_cast<Arg::Tag>(first & 7), 0, 0};
  if ((first & 8) == 0) {
    arg.value = first >> 4;
    return arg;
  }
  if ((first & 16) == 0) {
    arg.value = (first >> 5) << 8 | in_.u8();
    return arg;
  }
  std::uint64_t size = (first >> 5) + 2;
  if (size == 9) size = 9 + unsigned_value();
  auto place = in_.position() - start_;
  Bytes bytes = in_.bytes(static_cast<std::size_t>(size));
  if (!in_.ok()) return arg;
  if (size > 8) {
    // Plain numbers this large are sizes that no binary has.
    if (arg.tag == Arg::Tag::number && bytes[0] < 0x80) return {arg.tag, INT64_MAX, 0};
    if (arg.tag != Arg::Tag::integer) in_.fail();
    return {Arg::Tag::long_integer, place, static_cast<std::uint32_t>(size)};
  }
  std::uint64_t bits = bytes[0] & 0x80 ? ~std::uint64_t{0} : 0;
  for (Byte byte : bytes) bits = bits << 8 | byte;
  arg.value = static_cast<std::int64_t>(bits);
  if (arg.value < 0 && arg.tag != Arg::Tag::integer) in_.fail();
  return arg;
}

std::uint64_t ArgReader::unsigned_value() {
  std::uint8_t first = in_.u8();
  // The length of a length must not be a length: that would recurse as deep as the input says.
  if ((first & 0x18) == 0x18 && first >> 5 == 7) return in_.fail(), 0;
  Arg arg = value(first);
  if (arg.value < 0) in_.fail();
  return static_cast<std::uint64_t>(arg.value);
}

Arg ArgReader::next() {
  std::uint8_t first = in_.u8();
  return (first & 7) == extended_tag ? extended(first) : value(first);
}

void ArgReader::allocation(Arg& arg) {
  arg.tag = Arg::Tag::allocation;
  for (auto left = unsigned_value(); left > 0 && in_.ok(); --left) {
    auto type = unsigned_value();
    auto count = unsigned_value();
    if (type == 0) arg.value += static_cast<std::int64_t>(count & 0xFFFFFF);
  }
}

Arg ArgReader::extended(std::uint8_t first) {
  Arg arg;
  switch (first >> 4) {
    case extended_list: {
      auto count = unsigned_value();
      if (count > in_.remaining()) in_.fail();
      arg = {Arg::Tag::list, static_cast<std::int64_t>(count), 0};
      for (auto left = count; left > 0 && in_.ok(); --left) {
        std::uint8_t byte = in_.u8();
        bool nested = (byte & 7) == extended_tag && byte >> 4 == extended_list;
        if (nested) in_.fail();
        Arg element = (byte & 7) == extended_tag && !nested ? extended(byte) : value(byte);
        list.push_back(element);
      }
      return arg;
    }
    case extended_float: return {Arg::Tag::float_register, static_cast<std::int64_t>(unsigned_value()), 0};
    case extended_allocation: allocation(arg); return arg;
    case extended_literal: return {Arg::Tag::literal, static_cast<std::int64_t>(unsigned_value()), 0};
    case extended_typed: {
      std::uint8_t byte = in_.u8();
      if ((byte & 7) == extended_tag) return in_.fail(), arg;
      arg = value(byte);
      unsigned_value();
      return arg;
    }
    default: in_.fail(); return arg;
  }
}

}  // namespace noderuntime
