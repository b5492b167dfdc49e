#include "noderuntime/machine/binaries.h"

#include <algorithm>
#include <bit>
#include <climits>
#include <cmath>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "noderuntime/functions/arithmetic.h"
#include "noderuntime/functions/bytes_of.h"
#include "noderuntime/functions/sub_binary.h"
#include "noderuntime/term/bits.h"
#include "noderuntime/term/integer.h"
#include "noderuntime/term/pieces.h"

namespace noderuntime::binaries {

namespace {

constexpr std::uint64_t heap_bits = 64 * 8;
constexpr std::uint64_t smallest_appendable = 256;
constexpr std::uint64_t bits_per_reduction = 8192;  // copied bits; as on OTP

std::uint64_t bytes_for(std::uint64_t bits) { return (bits + 7) / 8; }

// Writes a number of `count` bits in little-endian order: whole bytes from the lowest on,
// then the topmost bits.
void write_little(std::uint8_t* to, std::uint64_t at, unsigned count, std::uint64_t value) {
  for (; count >= 8; count -= 8, at += 8, value >>= 8) bits::write(to, at, 8, value & 0xFF);
  if (count > 0) bits::write(to, at, count, value);
}

std::uint64_t read_little(const std::uint8_t* from, std::uint64_t at, unsigned count) {
  std::uint64_t value = 0;
  unsigned shift = 0;
  for (; count >= 8; count -= 8, at += 8, shift += 8) value |= bits::read(from, at, 8) << shift;
  if (count > 0) value |= bits::read(from, at, count) << shift;
  return value;
}

// Writes a number in big-endian order. `bytes` are most significant first; the first one holds the
// topmost bits, right-aligned.
void write_wide(std::uint8_t* to, std::uint64_t at, std::uint64_t count, const std::vector<Byte>& bytes,
                bool little) {
  unsigned top = count % 8;
  if (!little) {
    std::size_t i = 0;
    if (top > 0) bits::write(to, at, top, bytes[i++]), at += top;
    bits::copy(bytes.data(), i * 8, to, at, (bytes.size() - i) * 8);
    return;
  }
  std::size_t whole = count / 8;
  for (std::size_t i = 0; i < whole; ++i, at += 8) bits::write(to, at, 8, bytes[bytes.size() - 1 - i]);
  if (top > 0) bits::write(to, at, top, bytes[0]);
}

HeldBytes read_wide(const std::uint8_t* from, std::uint64_t at, std::uint64_t count, bool little) {
  HeldBytes bytes{bytes_for(count)};
  bytes.set_size(bytes_for(count));
  auto* to = bytes.data();
  unsigned top = count % 8;
  if (!little) {
    std::size_t i = 0;
    if (top > 0) to[i++] = static_cast<Byte>(bits::read(from, at, top)), at += top;
    bits::copy(from, at, to, i * 8, (bytes.size() - i) * 8);
    return bytes;
  }
  std::size_t whole = count / 8;
  Rounds rounds;
  for (std::size_t i = 0; i < whole; ++i, at += 8, rounds.next())
    to[bytes.size() - 1 - i] = static_cast<Byte>(bits::read(from, at, 8));
  if (top > 0) to[0] = static_cast<Byte>(bits::read(from, at, top));
  return bytes;
}

// IEEE half precision, rounding to nearest even.
std::uint16_t to_half(double value) {
  std::uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  double magnitude = std::fabs(value);
  if (magnitude == 0) return sign;
  constexpr double rounds_up_to_infinity = 65'520;
  constexpr std::uint16_t infinity = 0x7C00;
  if (magnitude >= rounds_up_to_infinity) return sign | infinity;
  int exponent = 0;
  std::frexp(magnitude, &exponent);
  int power = std::max(exponent - 1, -14);
  auto mantissa = static_cast<std::uint32_t>(std::nearbyint(std::ldexp(magnitude, 10 - power)));
  std::uint32_t packed =
      (power == -14 && mantissa < 1024) ? mantissa : static_cast<std::uint32_t>(power + 14) * 1024 + mantissa;
  return static_cast<std::uint16_t>(sign | packed);
}

std::optional<double> from_half(std::uint16_t half) {
  int exponent = half >> 10 & 31;
  double mantissa = half & 1023;
  if (exponent == 31) return std::nullopt;
  double value = exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(mantissa + 1024, exponent - 25);
  return half & 0x8000 ? -value : value;
}

}  // namespace

// --- building

void Builder::start(Heap& heap, std::uint64_t bits) {
  at_ = 0, end_ = bits;
  if (bits <= heap_bits) {
    std::size_t words = 1 + (bytes_for(bits) + 7) / 8;
    Word* box = heap.allocate(1 + words);
    box[0] = box_header(Kind::binary, words);
    box[words] = 0;
    box[1] = bits;
    result_ = box_at(box);
    data_ = reinterpret_cast<std::uint8_t*>(box + 2);
    return;
  }
  if (bytes_for(bits) / sizeof(Word) > heap.limit()) throw HeapLimitExceeded{};
  heap.reserve(sizeof(SubBinary) / sizeof(Word));
  auto* bytes = RefcBinary::create(bytes_for(bits));
  bytes->used = bytes_for(bits);
  if (bits % 8 != 0) bytes->data[bytes->used - 1] = 0;
  result_ = make_slice(heap, bytes, 0, bits);
  data_ = bytes->data;
  RefcBinary::release(bytes);
}

Term make_writable(Heap& heap) {
  constexpr std::size_t words = slice_words + 1, capacity = 32;
  heap.reserve(words);
  auto* bytes = RefcBinary::create(capacity);
  Word* box = heap.allocate(words);
  box[slice_words] = 0;
  heap.hold(reinterpret_cast<OffHeapObject*>(
                new (box) SubBinary{box_header(Kind::slice, words - 1), nullptr, bytes, 0, 0}),
            capacity);
  return box_at(box);
}

// The slice that was made for the longer binary keeps the shorter one's bytes, so that each list of outside objects goes on
// with one reference per object.
Term change_writable(Term writable, Term longer) {
  if (!is_writable(writable) || writable == longer) return longer;
  auto &to = *box_as<SubBinary>(writable), &from = *box_as<SubBinary>(longer);
  std::swap(to.bytes, from.bytes);
  std::swap(to.bit_offset, from.bit_offset);
  std::swap(to.bit_size, from.bit_size);
  return writable;
}

// The usual case: the bytes of `to` have room behind it that nobody uses.
bool Builder::append_in_place(Heap& heap, Term to, std::uint64_t bits) {
  if (!is_kind(to, Kind::slice)) return false;
  auto& slice = *box_as<SubBinary>(to);
  auto& bytes = *slice.bytes;
  std::uint64_t end = slice.bit_offset + slice.bit_size, new_end = end + bits;
  bool fits = end == 8 * bytes.used && new_end <= 8 * bytes.capacity && new_end % 8 == 0 &&
              (slice.bit_size + bits > heap_bits || is_writable(to)) && new_end / 64 <= heap.limit();
  if (!fits) return false;
  constexpr std::size_t words = sizeof(SubBinary) / sizeof(Word);
  auto* longer = new (heap.allocate(words))
      SubBinary{box_header(Kind::slice, words - 1), nullptr, &bytes, slice.bit_offset, slice.bit_size + bits};
  RefcBinary::keep(&bytes);
  heap.hold(reinterpret_cast<OffHeapObject*>(longer), bits / 8);
  bytes.used = new_end / 8;
  result_ = box_at(&longer->header);
  data_ = bytes.data;
  at_ = end, end_ = new_end;
  return true;
}

void Builder::start_appending(Heap& heap, Term to, std::uint64_t bits) {
  if (append_in_place(heap, to, bits)) return;
  auto view = bits_of(to);
  std::uint64_t total = view.bit_size + bits;
  if (total <= heap_bits && !is_writable(to)) {
    start(heap, total);
    bits::copy(view.data, view.bit_offset, data_, 0, view.bit_size);
    at_ = view.bit_size;
    return;
  }
  if (bytes_for(total) / sizeof(Word) > heap.limit()) throw HeapLimitExceeded{};
  constexpr std::size_t words = sizeof(SubBinary) / sizeof(Word);
  Word* box = heap.allocate(words);
  RefcBinary* bytes = nullptr;
  std::uint64_t offset = 0;
  if (is_kind(to, Kind::slice)) {
    auto* slice = box_as<SubBinary>(to);
    std::uint64_t end = slice->bit_offset + slice->bit_size;
    // Other slices may have bits of the last byte, but not those of a writable binary.
    bool is_last = (end % 8 == 0 || is_writable(to)) && bytes_for(end) == slice->bytes->used;
    // Code that is paused may look at the bytes, so they must not move.
    bool fits = bytes_for(slice->bit_offset + total) <= slice->bytes->capacity || !pace.has_paused();
    if (is_last && fits) bytes = slice->bytes, offset = slice->bit_offset;
  }
  std::uint64_t needed = bytes_for(offset + total);
  std::unique_ptr<RefcBinary, decltype(&RefcBinary::release)> kept{nullptr, RefcBinary::release};
  if (bytes) {
    RefcBinary::keep(bytes);
    kept.reset(bytes);
    if (needed > bytes->capacity) copied_ += 8 * bytes->used, bytes->reserve(2 * needed);
  } else {
    bytes = RefcBinary::create(std::max(2 * needed, smallest_appendable));
    kept.reset(bytes);
    MayPause here;
    bits::copy_to_front(view.data, view.bit_offset, bytes->data, view.bit_size);
    copied_ += view.bit_size;
  }
  bytes->used = needed;
  if (needed > bytes_for(offset + view.bit_size)) bytes->data[needed - 1] = 0;
  auto* slice =
      new (box) SubBinary{box_header(Kind::slice, words - 1), nullptr, kept.release(), offset, total};
  heap.hold(reinterpret_cast<OffHeapObject*>(slice), bytes_for(bits));
  result_ = box_at(box);
  data_ = slice->bytes->data;
  at_ = offset + view.bit_size, end_ = offset + total;
}

// Sets so many bits from at_ on, which are to be counted by the caller.
void Builder::fill(std::uint64_t count, bool ones) {
  auto* bytes = data_;
  auto at = at_;
  auto write = [&](std::uint64_t bits) {
    bits::write(bytes, at, static_cast<unsigned>(bits), ones ? 0xFF : 0);
    at += bits, count -= bits;
  };
  if (at % 8 != 0) write(std::min(count, 8 - at % 8));
  in_pieces(count / 8, Pace::copied_bytes, [&](std::size_t from, std::size_t size) {
    std::memset(bytes + at / 8 + from, ones ? 0xFF : 0, size);
  });
  at += count / 8 * 8, count %= 8;
  if (count > 0) write(count);
}

void Builder::clear_rest() {
  MayPause here;
  fill(end_ - at_, false);
  copied_ += end_ - at_;
}

int Builder::reductions() {
  auto cost = std::exchange(copied_, 0) / bits_per_reduction;
  return static_cast<int>(std::min<std::uint64_t>(cost, INT_MAX / 4));
}

// Numbers that are not whole bytes, or do not begin at one.
void Builder::put_bits(std::uint64_t value, unsigned count, bool little) {
  if (little)
    write_little(data_, at_, count, value);
  else
    bits::write(data_, at_, count, value);
  at_ += count;
}

bool Builder::long_integer(Term value, std::uint64_t count, std::uint32_t flags) {
  if (!value.is_integer() || !room(count)) return false;
  bool little = flags & Segment::little;
  // More bits than integers have are all as the sign.
  constexpr std::uint64_t most = integer::max_bits + 64;
  auto low = std::min(count, most);
  std::vector<Byte> bytes(bytes_for(low));
  integer::to_two_complement(value, low, bytes.data());
  if (low == count) {
    write_wide(data_, at_, count, bytes, little);
  } else {
    bool ones = integer::is_negative(value);
    MayPause here;
    auto at = at_;
    at_ += little ? low : 0;
    fill(count - low, ones);
    at_ = at;
    write_wide(data_, little ? at : at + count - low, low, bytes, little);
  }
  at_ += count;
  return true;
}

// A number that is too large for 16 or 32 bits becomes infinity, as on OTP.
bool Builder::floating(Term value, std::uint64_t count, std::uint32_t flags) {
  auto number = arithmetic::as_float(value);
  if (!number || !room(count)) return false;
  std::uint64_t pattern;
  if (count == 64) {
    pattern = std::bit_cast<std::uint64_t>(*number);
  } else if (count == 32) {
    pattern = std::bit_cast<std::uint32_t>(static_cast<float>(*number));
  } else if (count == 16) {
    pattern = to_half(*number);
  } else {
    return false;
  }
  put(pattern, static_cast<unsigned>(count), flags & Segment::little);
  return true;
}

bool Builder::binary(Term value, std::uint64_t count) {
  if (!value.is_bitstring() || !room(count)) return false;
  auto view = bits_of(value);
  if (view.bit_size < count) return false;
  // Appending a binary to itself: its bytes lie in front of where they go, but both are one allocation.
  MayPause here;
  bits::copy(view.data, view.bit_offset, data_, at_, count);
  copied_ += count;
  at_ += count;
  return true;
}

bool Builder::string(const Byte* bytes, std::uint64_t count) {
  if (!room(8 * count)) return false;
  bits::copy(bytes, 0, data_, at_, 8 * count);
  at_ += 8 * count;
  return true;
}

bool Builder::unicode(Term value, Segment::Kind encoding, std::uint32_t flags) {
  if (utf8_size(value) == 0) return false;
  auto point = static_cast<std::uint32_t>(value.as_small());
  auto put = [&](std::uint64_t number, unsigned count) {
    if (!room(count)) return false;
    this->put(number, count, flags & Segment::little);
    return true;
  };
  if (encoding == Segment::utf32) return put(point, 32);
  if (encoding == Segment::utf16) {
    if (point < 0x10000) return put(point, 16);
    point -= 0x10000;
    return put(0xD800 | point >> 10, 16) && put(0xDC00 | (point & 0x3FF), 16);
  }
  flags = 0;
  switch (utf8_size(value)) {
    case 1: return put(point, 8);
    case 2: return put(0xC0 | point >> 6, 8) && put(0x80 | (point & 63), 8);
    case 3:
      return put(0xE0 | point >> 12, 8) && put(0x80 | (point >> 6 & 63), 8) && put(0x80 | (point & 63), 8);
    default:
      return put(0xF0 | point >> 18, 8) && put(0x80 | (point >> 12 & 63), 8) &&
             put(0x80 | (point >> 6 & 63), 8) && put(0x80 | (point & 63), 8);
  }
}

unsigned utf8_size(Term value) {
  if (!value.is_small()) return 0;
  auto point = value.as_small();
  if (point < 0 || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return 0;
  return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
}

unsigned utf16_size(Term value) {
  unsigned size = utf8_size(value);
  return size == 0 ? 0 : size == 4 ? 4 : 2;
}

// --- matching

std::uint64_t little_endian_bits(const std::uint8_t* from, std::uint64_t skip, unsigned count) {
  if (skip == 0 && count % 8 == 0) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < count; shift += 8) value |= std::uint64_t{*from++} << shift;
    return value;
  }
  return read_little(from, skip, count);
}

std::optional<Term> get_integer(Heap& heap, MatchContext& context, std::uint64_t count, std::uint32_t flags) {
  if (count > context.end - context.position) return std::nullopt;
  auto* from = bits_of(context.binary).data;
  bool little = flags & Segment::little, is_signed = flags & Segment::is_signed;
  std::optional<Term> result;
  if (count == 0) {
    result = Term::small(0);
  } else if (count <= 64) {
    auto width = static_cast<unsigned>(count);
    auto value = little && count > 8 ? read_little(from, context.position, width)
                                     : bits::read(from, context.position, width);
    if (is_signed)
      result = make_integer(heap, static_cast<std::int64_t>(value << (64 - width)) >> (64 - width));
    else
      result = make_unsigned(heap, value);
  } else {
    MayPause here;
    auto bytes = read_wide(from, context.position, count, little);
    result = integer::from_two_complement(heap, bytes, count, is_signed);
  }
  if (result) context.position += count;
  return result;
}

std::optional<Term> get_float(Heap& heap, MatchContext& context, std::uint64_t count, std::uint32_t flags) {
  if (count > context.end - context.position || (count != 64 && count != 32 && count != 16))
    return std::nullopt;
  auto* from = bits_of(context.binary).data;
  auto width = static_cast<unsigned>(count);
  auto pattern = flags & Segment::little ? read_little(from, context.position, width)
                                         : bits::read(from, context.position, width);
  double value = count == 64   ? std::bit_cast<double>(pattern)
                 : count == 32 ? std::bit_cast<float>(static_cast<std::uint32_t>(pattern))
                               : from_half(static_cast<std::uint16_t>(pattern)).value_or(NAN);
  if (!std::isfinite(value)) return std::nullopt;
  context.position += count;
  return make_float(heap, value);
}

namespace {

// Copies at most 64 bytes; a call of memcpy() takes longer than most such copies.
void copy_short(std::uint8_t* to, const std::uint8_t* from, std::size_t size) {
  auto copy = [&]<class Number>(Number, std::size_t at) { std::memcpy(to + at, from + at, sizeof(Number)); };
  if (size >= 8) {
    for (std::size_t at = 0; at + 8 < size; at += 8) copy(std::uint64_t{}, at);
    return copy(std::uint64_t{}, size - 8);
  }
  if (size >= 4) return copy(std::uint32_t{}, 0), copy(std::uint32_t{}, size - 4);
  for (std::size_t at = 0; at < size; ++at) to[at] = from[at];
}

}  // namespace

std::optional<Term> get_binary(Heap& heap, MatchContext& context, std::uint64_t count) {
  if (count > context.end - context.position) return std::nullopt;
  if (count <= heap_bits && (count | context.position) % 8 == 0) {
    std::size_t words = 1 + (count + 63) / 64;
    Word* box = heap.allocate(1 + words);
    box[0] = box_header(Kind::binary, words);
    box[words] = 0;
    box[1] = count;
    copy_short(reinterpret_cast<std::uint8_t*>(box + 2), bytes_of(context) + context.position / 8, count / 8);
    context.position += count;
    return box_at(box);
  }
  Term part = part_of_bytes(heap, context.binary, context.position, count);
  context.position += count;
  return part;
}

namespace {

// The continuation bytes to come, and the least code point of that length, so that
// overlong forms are refused.
struct Utf8Lead {
  unsigned more;
  std::uint32_t bits, least;
};
std::optional<Utf8Lead> utf8_lead(std::uint32_t byte) {
  if (byte < 0x80) return Utf8Lead{0, byte, 0};
  if (byte >= 0xC2 && byte < 0xE0) return Utf8Lead{1, byte & 31, 0x80};
  if (byte >= 0xE0 && byte < 0xF0) return Utf8Lead{2, byte & 15, 0x800};
  if (byte >= 0xF0 && byte < 0xF5) return Utf8Lead{3, byte & 7, 0x10000};
  return std::nullopt;
}

std::optional<std::uint32_t> valid(std::uint32_t point) {
  if (point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return std::nullopt;
  return point;
}

}  // namespace

std::optional<std::uint32_t> get_unicode(MatchContext& context, Segment::Kind encoding, std::uint32_t flags) {
  auto* from = bits_of(context.binary).data;
  auto at = context.position;
  auto take = [&](unsigned count) -> std::optional<std::uint32_t> {
    if (count > context.end - at) return std::nullopt;
    auto value =
        flags & Segment::little && count > 8 ? read_little(from, at, count) : bits::read(from, at, count);
    at += count;
    return static_cast<std::uint32_t>(value);
  };
  std::optional<std::uint32_t> point;
  if (encoding == Segment::utf32) {
    point = take(32);
  } else if (encoding == Segment::utf16) {
    point = take(16);
    if (point && *point >= 0xD800 && *point <= 0xDBFF) {
      auto low = take(16);
      if (!low || *low < 0xDC00 || *low > 0xDFFF) return std::nullopt;
      point = 0x10000 + ((*point & 0x3FF) << 10 | (*low & 0x3FF));
    }
  } else {
    auto first = take(8);
    auto lead = first ? utf8_lead(*first) : std::nullopt;
    if (!lead) return std::nullopt;
    std::uint32_t value = lead->bits;
    for (unsigned i = 0; i < lead->more; ++i) {
      auto byte = take(8);
      if (!byte || (*byte & 0xC0) != 0x80) return std::nullopt;
      value = value << 6 | (*byte & 63);
    }
    if (value < lead->least) return std::nullopt;
    point = value;
  }
  if (point) point = valid(*point);
  if (point) context.position = at;
  return point;
}

bool match_string(MatchContext& context, const Byte* bytes, std::uint64_t count) {
  if (count > context.end - context.position) return false;
  if (!bits::equal(bits_of(context.binary).data, context.position, bytes, 0, count)) return false;
  context.position += count;
  return true;
}

Term tail(Heap& heap, const MatchContext& context) {
  return part_of_bytes(heap, context.binary, context.position, context.end - context.position);
}

}  // namespace noderuntime::binaries
