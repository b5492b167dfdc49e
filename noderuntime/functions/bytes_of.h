// Bytes and characters from the lists and binaries of Erlang code. All of it counts its work with `pace`; who calls
// it with large arguments opens a MayPause.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <noderuntime/bytes.h>
#include "noderuntime/functions/deep_stack.h"
#include "noderuntime/functions/list_builder.h"
#include "noderuntime/functions/native.h"
#include "noderuntime/term/pace.h"

namespace noderuntime {

// Bytes that are counted in held_memory, and that are not cleared when they are allocated. Functions throw
// HeapLimitExceeded.
class HeldBytes {
 public:
  HeldBytes() = default;
  explicit HeldBytes(std::size_t capacity) { reserve(capacity); }
  HeldBytes(HeldBytes&& other) noexcept
      : data_{std::exchange(other.data_, nullptr)},
        size_{std::exchange(other.size_, 0)},
        capacity_{std::exchange(other.capacity_, 0)} {}
  HeldBytes& operator=(HeldBytes&& other) noexcept {
    std::swap(data_, other.data_), std::swap(size_, other.size_), std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~HeldBytes() { held_memory.free(data_, capacity_); }

  Byte* data() { return data_; }
  std::size_t size() const { return size_; }
  Bytes bytes() const { return {data_, size_}; }
  operator Bytes() const { return bytes(); }
  std::string_view text() const { return as_text(bytes()); }
  void reserve(std::size_t capacity);
  void set_size(std::size_t size) { size_ = size; }  // at most the reserved capacity
  void push_back(Byte byte) {
    if (size_ == capacity_) grow(1);
    data_[size_++] = byte;
  }
  void append(Bytes more);
  // The bytes as a binary, which takes them over if they are too many for the heap.
  Term to_binary(Heap& heap) &&;

 private:
  static constexpr std::size_t least = 64;
  void grow(std::size_t more) { reserve(std::max({least, 2 * capacity_, size_ + more})); }
  Byte* data_ = nullptr;
  std::size_t size_ = 0, capacity_ = 0;
};

// The bytes of a binary: those of the term, and a copy of them only if they do not begin at a whole byte.
class BinaryView {
 public:
  explicit BinaryView(Term binary);  // precondition: a binary, of whole bytes
  Bytes bytes() const { return bytes_; }
  std::string_view text() const { return as_text(bytes_); }
  std::size_t size() const { return bytes_.size(); }

 private:
  HeldBytes copy_;
  Bytes bytes_;
};

inline bool is_binary(Term term) { return term.is_bitstring() && bits_of(term).whole_bytes(); }

// A bitstring whose size is known before its bits: at most 64 bytes lie in the heap, more in a RefcBinary.
class NewBitstring {
 public:
  NewBitstring(Heap& heap, std::uint64_t bits);
  NewBitstring(const NewBitstring&) = delete;
  NewBitstring& operator=(const NewBitstring&) = delete;
  ~NewBitstring() {
    if (shared_) RefcBinary::release(shared_);
  }

  Byte* data() { return shared_ ? shared_->data : small_.data(); }
  void add_byte(Byte byte);
  void add(Term bitstring);
  void add(Bytes bytes);
  Term finish();  // all bits have been added

 private:
  static constexpr std::size_t most_in_heap = 64;
  Heap& heap_;
  std::uint64_t bits_, at_ = 0;
  RefcBinary* shared_ = nullptr;
  std::array<Byte, most_in_heap> small_{};
};

// Visits the bytes and the bitstrings of an iolist, bitlist or bitstring from left to right. False: it is something
// else; what stands in front of the wrong part has been visited. whole_bytes: each bitstring must be a binary.
template <class OnByte, class OnBits>
bool visit_bits(Term list, bool whole_bytes, OnByte on_byte, OnBits on_bits) {
  auto accepted = [&](Term part) {
    return part.is_bitstring() && (!whole_bytes || bits_of(part).whole_bytes());
  };
  Rounds rounds;
  DeepStack<Term> rest;
  for (Term at = list;;) {
    while (at.is_cons()) {
      rounds.next();
      Term head = at.head();
      if (head.is_small() && head.as_small() >= 0 && head.as_small() <= 255) {
        on_byte(static_cast<Byte>(head.as_small()));
      } else if (head.is_cons()) {
        if (!at.tail().is_nil()) rest.push(at.tail());
        at = head;
        continue;
      } else if (accepted(head)) {
        on_bits(head);
      } else if (!head.is_nil()) {
        return false;
      }
      at = at.tail();
    }
    if (accepted(at))
      on_bits(at);
    else if (!at.is_nil())
      return false;
    if (rest.empty()) return true;
    at = rest.pop();
  }
}

// Calls on_piece(Bytes) with the bytes of an iolist or binary, in pieces of at most 64 KiB, and counts a step for
// each `bytes_per_step` of them. False: it is something else.
template <class OnPiece>
bool for_each_piece(Term iolist, std::size_t bytes_per_step, OnPiece on_piece) {
  constexpr std::size_t most = std::size_t{64} << 10;
  std::array<Byte, 512> gathered;
  std::size_t count = 0;
  auto give = [&](Bytes piece) {
    on_piece(piece);
    pace.spend(static_cast<std::int64_t>(piece.size() / bytes_per_step));
  };
  auto flush = [&] {
    if (count > 0) give({gathered.data(), std::exchange(count, 0)});
  };
  bool whole = visit_bits(
      iolist, true,
      [&](Byte byte) {
        gathered[count++] = byte;
        if (count == gathered.size()) flush();
      },
      [&](Term binary) {
        flush();
        BinaryView view{binary};
        for (std::size_t at = 0; at < view.size(); at += most)
          give(view.bytes().subspan(at, std::min(most, view.size() - at)));
      });
  flush();
  return whole;
}

// The number of bits in an iolist or bitlist, which may also be a bitstring; nullopt: something else.
std::optional<std::uint64_t> bits_in(Term list, bool whole_bytes);
// Its bits as one bitstring; nullopt: something else.
std::optional<Term> join_bits(Heap& heap, Term list, bool whole_bytes);
std::optional<HeldBytes> bytes_of_iolist(Term iolist);  // may also be a binary

// The characters of a flat list as UTF-8; nullopt: not a list of code points. At most `most` of them are kept; the
// others are only looked at.
std::optional<std::string> text_of_list(Term list, std::size_t most = std::string::npos);

// The UTF-8 of unicode:chardata(): nested lists of characters and UTF-8 binaries. nullopt: not chardata.
std::optional<HeldBytes> characters_of(Term data);

bool is_utf8(std::string_view text);  // as Erlang defines it (common/wire/utf8.h)

std::optional<std::size_t> length_of(Term list);  // nullopt: not a proper list

// As length_of() and text_of_list(), for functions that go on with what others change: they can be paused.
inline std::optional<std::size_t> paced_length_of(Term list) {
  MayPause here;
  return length_of(list);
}
inline std::optional<std::string> paced_text_of_list(Term list) {
  MayPause here;
  return text_of_list(list);
}
// Longer texts, which are no identifiers, are cut.
inline std::optional<std::string> text_of_identifier(Term list) {
  constexpr std::size_t longest = 128;
  MayPause here;
  return text_of_list(list, longest);
}

// The list of the code points of `utf8`.
Term make_characters(Heap& heap, std::string_view utf8);
// The list of the bytes.
Term make_bytes(Heap& heap, std::string_view bytes);

// As make_tuple() and make_list(), for many elements.
Term make_long_tuple(Heap& heap, std::span<const Term> elements);
Term make_long_list(Heap& heap, std::span<const Term> elements);

// Throws HeapLimitExceeded if the heap cannot have so many more words.
void check_room(Heap& heap, std::size_t words);

}  // namespace noderuntime
