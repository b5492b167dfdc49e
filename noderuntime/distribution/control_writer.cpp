#include "noderuntime/distribution/control_writer.h"

#include "common/wire/endian.h"
#include "noderuntime/external_format/tags.h"

namespace noderuntime::distribution {

namespace {

// A few bytes collected for one append.
class Piece {
 public:
  Piece& u8(std::size_t value) { return bytes_[size_++] = static_cast<Byte>(value), *this; }
  Piece& u16(std::size_t value) { return u8(value >> 8).u8(value); }
  Piece& u32(std::uint32_t value) {
    store_big_endian<std::uint32_t>(bytes_ + size_, value);
    size_ += sizeof value;
    return *this;
  }
  void append_to(Buffer& out) const { out.insert(out.end(), bytes_, bytes_ + size_); }

 private:
  Byte bytes_[4 + 4 * Reference::max_words];
  std::size_t size_ = 0;
};

}  // namespace

ControlWriter::ControlWriter(Segments& out, const EncodeOptions& options) : out_{out}, options_{options} {
  if (std::exchange(options_.version, false)) out_.own().push_back(version_byte);
}

void ControlWriter::tuple(std::size_t arity) { Piece{}.u8(tag::small_tuple).u8(arity).append_to(out_.own()); }

void ControlWriter::write(Atom value) {
  int number = options_.atoms ? options_.atoms->number(value) : -1;
  if (number >= 0)
    return Piece{}.u8(tag::atom_cache_reference).u8(static_cast<std::size_t>(number)).append_to(out_.own());
  auto text = value.text();
  if (text.size() <= 0xFF)
    Piece{}.u8(tag::small_atom_utf8).u8(text.size()).append_to(out_.own());
  else
    Piece{}.u8(tag::atom_utf8).u16(text.size()).append_to(out_.own());
  append(out_.own(), as_bytes(text));
}

void ControlWriter::write(const Pid& value) {
  out_.own().push_back(tag::new_pid);
  write(value.node.name);
  Piece{}.u32(value.id).u32(value.serial).u32(value.node.creation.value()).append_to(out_.own());
}

void ControlWriter::write(const Reference& value) {
  Piece{}.u8(tag::newer_reference).u16(value.count).append_to(out_.own());
  write(value.node.name);
  Piece rest;
  rest.u32(value.node.creation.value());
  for (std::size_t i = 0; i < value.count; ++i) rest.u32(value.words[i]);
  rest.append_to(out_.own());
}

void ControlWriter::write(const std::variant<Pid, Atom>& value) {
  std::visit([this](const auto& which) { write(which); }, value);
}

void ControlWriter::write(std::uint64_t value) {
  if (value <= 0xFF) return Piece{}.u8(tag::small_integer).u8(value).append_to(out_.own());
  Heap heap;
  write(make_unsigned(heap, value));
}

void ControlWriter::write(Term value) {
  constexpr std::size_t endless = ~std::size_t{0};
  Encoder encoder{out_, value, options_};
  for (bool whole = false; outcome_ && !whole;) {
    auto ran = encoder.run(endless);
    if (!ran) outcome_ = ran.error();
    whole = ran && *ran;
  }
}

}  // namespace noderuntime::distribution
