// Reads operands of generic instructions, as the Code chunk encodes them.
// Source: beam_asm and beam_opcodes of OTP's compiler; "The Erlang BEAM Book", compact term encoding.
#pragma once

#include <vector>

#include "common/wire/reader.h"

namespace noderuntime {

struct Arg {
  enum class Tag : std::uint8_t {
    number,   // u: a plain number, or the count of a list
    integer,  // i: signed
    atom,     // a: index into the atom table, 0: nil
    x,
    y,          // registers
    label,      // f
    character,  // h
    list,       // its value is how many arguments it has in ArgReader::list
    float_register,
    allocation,
    literal,       // index into the LitT chunk
    long_integer,  // an integer over 64 bits: value is its offset in the chunk, size its length
  };
  Tag tag = Tag::number;
  std::int64_t value = 0;
  std::uint32_t size = 0;
};

// Reads one instruction after the other. After an error all reads fail, as in Reader.
class ArgReader {
 public:
  explicit ArgReader(Bytes code) : start_{code.data()}, in_{code} {}

  bool ok() const { return in_.ok(); }
  bool at_end() const { return in_.at_end(); }
  std::uint8_t number() { return in_.u8(); }
  Arg next();                      // a list's elements are appended to `list`
  std::uint64_t unsigned_value();  // of a number with any tag
  Bytes rest() { return in_.rest(); }
  std::vector<Arg> list;
  Bytes long_integer(const Arg& arg) const { return {start_ + arg.value, arg.size}; }

 private:
  Arg extended(std::uint8_t first);
  Arg value(std::uint8_t first);
  void allocation(Arg& arg);

  const Byte* start_;
  Reader in_;
};

}  // namespace noderuntime
