// What the readers of all notations share: a position in a text, errors with that
// position, and the values read.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "noderuntime/term/heap.h"

namespace noderuntime {

class TextReader {
 protected:
  // `comment` starts a comment that ends with the line.
  TextReader(std::string_view text, char comment) : text_{text}, comment_{comment} {}

  void fail() { fail_with(Errc::bad_text); }
  void fail_with(Errc code);  // at the current position; only the first failure counts

  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool at_end() const { return at_ >= text_.size(); }
  void skip_space();
  bool starts_with(std::string_view token) const { return text_.substr(at_, token.size()) == token; }
  bool eat(std::string_view token);    // skips white space first
  std::string_view digits(int radix);  // single underscores between digits are allowed
  static std::string without_underscores(std::string_view text);

  // Each adds one value, or fails and returns false.
  bool push(Term term) { return values_.push_back(term), true; }
  bool push(std::optional<Term> term) { return term ? push(*term) : (fail(), false); }
  bool push_atom(std::string_view text);
  bool push_integer(const std::string& text, int radix, bool negative);
  bool push_float(const std::string& text);  // digits, a point, digits, optionally an exponent

  Term map_of(std::span<const Term> keys_and_values);  // of equal keys the last one wins
  // Replaces the values from `start` on by one value made of them.
  enum class Shape { list, improper_list, tuple, map };  // improper_list: the last value is the tail
  bool push_built(Shape shape, std::size_t start);
  // Reads a bitstring: segments separated by commas, up to `closing`. segment(bits) reads one segment.
  template <class Segment>
  bool push_segments(std::string_view closing, Segment segment);
  // Reads values until every open bracket is closed, without recursion. `whole`: the first value has been
  // read already and no bracket is open. The reader has open_, value() and close_or_continue(); the last two
  // return true if they have added a value, false if they have opened a bracket or expect another value.
  template <class Reader>
  static void values_until_closed(Reader& reader, bool whole);

  Result<Atom> intern(std::string_view text);

  // The bits of the segments read so far.
  struct Bits {
    std::vector<std::uint8_t> bytes;
    std::uint64_t count = 0;
    void add(std::span<const std::uint8_t> source, std::size_t bits);  // from the right end of `source`
  };
  std::optional<std::size_t> bit_count();  // reads digits; nullopt: there are none
  static bool add_bytes(Bits& bits, std::string_view bytes);
  // Takes the last value and appends its low bits. False: it is not an integer, or there are too many bits.
  bool add_integer(Bits& bits, std::optional<std::size_t> count = 8);
  bool push_bits(const Bits& bits) { return push(make_bitstring(heap_, bits.bytes.data(), 0, bits.count)); }

  // The last value, if only white space follows.
  Result<OwnedTerm> finish();

  std::string_view text_;
  char comment_;
  std::size_t at_ = 0;
  Heap heap_;
  std::vector<Term> values_;
  bool failed_ = false;
  Error error_{};

 private:
  std::string excerpt() const;
};

template <class Segment>
bool TextReader::push_segments(std::string_view closing, Segment segment) {
  Bits bits;
  if (!eat(closing)) {
    do {
      if (!segment(bits)) return fail(), false;
    } while (eat(","));
    if (!eat(closing)) return fail(), false;
  }
  return push_bits(bits);
}

template <class Reader>
void TextReader::values_until_closed(Reader& reader, bool whole) {
  while (!reader.failed_) {
    while (whole && !reader.failed_ && !reader.open_.empty()) whole = reader.close_or_continue();
    if (reader.failed_ || (whole && reader.open_.empty())) return;
    whole = reader.value();
  }
}

}  // namespace noderuntime
