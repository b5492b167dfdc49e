#include "noderuntime/functions/bytes_of.h"

#include <cstring>

#include "common/wire/utf8.h"
#include "noderuntime/term/bits.h"
#include "noderuntime/term/pieces.h"

namespace noderuntime {

// --- bytes

void HeldBytes::reserve(std::size_t capacity) {
  if (capacity <= capacity_) return;
  auto* moved = held_memory.reallocate(data_, capacity_, capacity);
  if (!moved) throw HeapLimitExceeded{};
  data_ = static_cast<Byte*>(moved);
  capacity_ = capacity;
}

void HeldBytes::append(Bytes more) {
  if (more.size() > capacity_ - size_) grow(more.size());
  if (!more.empty()) bits::copy(more.data(), 0, data_ + size_, 0, 8 * std::uint64_t{more.size()});
  size_ += more.size();
}

Term HeldBytes::to_binary(Heap& heap) && {
  constexpr std::size_t most_in_heap = 64;
  if (size_ <= most_in_heap) return make_binary(heap, bytes());
  if (auto* smaller = held_memory.reallocate(data_, capacity_, size_))
    data_ = static_cast<Byte*>(smaller), capacity_ = size_;
  constexpr std::size_t words = sizeof(SubBinary) / sizeof(Word);
  if (size_ / sizeof(Word) > heap.limit()) throw HeapLimitExceeded{};
  heap.reserve(words);
  auto* shared = RefcBinary::create(0);
  shared->used = size_;
  shared->capacity = std::exchange(capacity_, 0);
  shared->data = std::exchange(data_, nullptr);
  Term slice = make_slice(heap, shared, 0, 8 * std::uint64_t{std::exchange(size_, 0)});
  RefcBinary::release(shared);
  return slice;
}

BinaryView::BinaryView(Term binary) {
  if (auto bytes = aligned_bytes(binary)) {
    bytes_ = *bytes;
    return;
  }
  auto view = bits_of(binary);
  copy_.reserve(view.bit_size / 8);
  bits::copy_to_front(view.data, view.bit_offset, copy_.data(), view.bit_size);
  copy_.set_size(view.bit_size / 8);
  bytes_ = copy_.bytes();
}

NewBitstring::NewBitstring(Heap& heap, std::uint64_t bits) : heap_{heap}, bits_{bits} {
  std::size_t size = (bits + 7) / 8;
  if (size <= most_in_heap) return;
  if (size / sizeof(Word) > heap.limit()) throw HeapLimitExceeded{};
  shared_ = RefcBinary::create(size);
  shared_->used = size;
  shared_->data[size - 1] = 0;
}

void NewBitstring::add_byte(Byte byte) {
  if (at_ % 8 == 0)
    data()[at_ / 8] = byte;
  else
    bits::write(data(), at_, 8, byte);
  at_ += 8;
}

void NewBitstring::add(Term bitstring) {
  auto view = bits_of(bitstring);
  bits::copy(view.data, view.bit_offset, data(), at_, view.bit_size);
  at_ += view.bit_size;
}

void NewBitstring::add(Bytes bytes) {
  if (!bytes.empty()) bits::copy(bytes.data(), 0, data(), at_, 8 * std::uint64_t{bytes.size()});
  at_ += 8 * std::uint64_t{bytes.size()};
}

Term NewBitstring::finish() {
  if (!shared_) return make_bitstring(heap_, small_.data(), 0, bits_);
  return make_slice(heap_, shared_, 0, bits_);
}

std::optional<std::uint64_t> bits_in(Term list, bool whole_bytes) {
  std::uint64_t bits = 0;
  bool whole = visit_bits(
      list, whole_bytes, [&](Byte) { bits += 8; }, [&](Term part) { bits += bits_of(part).bit_size; });
  return whole ? std::optional{bits} : std::nullopt;
}

std::optional<Term> join_bits(Heap& heap, Term list, bool whole_bytes) {
  auto size = bits_in(list, whole_bytes);
  if (!size) return std::nullopt;
  NewBitstring all{heap, *size};
  visit_bits(
      list, whole_bytes, [&](Byte byte) { all.add_byte(byte); }, [&](Term part) { all.add(part); });
  return all.finish();
}

std::optional<HeldBytes> bytes_of_iolist(Term iolist) {
  auto size = bits_in(iolist, true);
  if (!size) return std::nullopt;
  HeldBytes bytes{*size / 8};
  visit_bits(
      iolist, true, [&](Byte byte) { bytes.push_back(byte); },
      [&](Term part) {
        auto view = bits_of(part);
        bits::copy(view.data, view.bit_offset, bytes.data(), 8 * std::uint64_t{bytes.size()}, view.bit_size);
        bytes.set_size(bytes.size() + view.bit_size / 8);
      });
  return bytes;
}

// --- characters

std::optional<std::string> text_of_list(Term list, std::size_t most) {
  std::string text;
  Rounds rounds{6};
  for (; list.is_cons(); list = list.tail()) {
    rounds.next();
    Term head = list.head();
    if (!head.is_small() || head.as_small() < 0 || head.as_small() > 0x10FFFF ||
        (head.as_small() >= 0xD800 && head.as_small() <= 0xDFFF))
      return std::nullopt;
    if (most == 0) continue;
    --most;
    utf8::append(text, static_cast<char32_t>(head.as_small()));
  }
  if (!list.is_nil()) return std::nullopt;
  return text;
}

bool is_utf8(std::string_view text) {
  Rounds rounds{2};
  for (std::size_t at = 0; at < text.size(); rounds.next()) {
    std::uint64_t eight;
    if (text.size() - at >= sizeof eight) {
      std::memcpy(&eight, text.data() + at, sizeof eight);
      if ((eight & 0x8080'8080'8080'8080) == 0) {
        at += sizeof eight;
        continue;
      }
    }
    if (!utf8::next(text, at)) return false;
  }
  return true;
}

Term make_characters(Heap& heap, std::string_view text) {
  ListBuilder characters{heap};
  Rounds rounds;
  for (std::size_t at = 0; at < text.size();) {
    rounds.next();
    auto point = utf8::next(text, at);
    characters.add(
        Term::small(point ? static_cast<std::int64_t>(*point) : static_cast<unsigned char>(text[at++])));
  }
  return characters.finish();
}

Term make_bytes(Heap& heap, std::string_view bytes) {
  ListBuilder list{heap};
  Rounds rounds;
  for (char byte : bytes) {
    rounds.next();
    list.add(Term::small(static_cast<unsigned char>(byte)));
  }
  return list.finish();
}

// --- terms

std::optional<std::size_t> length_of(Term list) {
  std::size_t length = 0;
  Rounds rounds;
  for (; list.is_cons(); list = list.tail()) ++length, rounds.next();
  return list.is_nil() ? std::optional{length} : std::nullopt;
}

Term make_long_tuple(Heap& heap, std::span<const Term> elements) {
  constexpr std::size_t few = 256;
  if (elements.size() <= few) return make_tuple(heap, elements);
  Word* box = heap.allocate(1 + elements.size());
  box[0] = box_header(Kind::tuple, elements.size());
  auto* to = reinterpret_cast<char*>(box + 1);
  auto* from = reinterpret_cast<const char*>(elements.data());
  in_pieces(elements.size() * sizeof(Term), Pace::copied_bytes,
            [&](std::size_t at, std::size_t size) { std::memcpy(to + at, from + at, size); });
  return box_at(box);
}

Term make_long_list(Heap& heap, std::span<const Term> elements) {
  ListBuilder list{heap};
  Rounds rounds;
  for (Term element : elements) rounds.next(), list.add(element);
  return list.finish();
}

void check_room(Heap& heap, std::size_t words) {
  auto used = heap.used_words();
  if (used > heap.limit() || words > heap.limit() - used || !held_memory.has_room(words * sizeof(Word)))
    throw HeapLimitExceeded{};
}

}  // namespace noderuntime
