// What readers of terms share: a place in a text, errors that name it, and the values read so far.
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
  // `comment`: what starts a comment to the end of the line.
  TextReader(std::string_view text, char comment) : text_{text}, comment_{comment} {}

  void fail() { fail_with(Errc::bad_text); }
  void fail_with(Errc code);  // at the present place; the first failure counts

  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool at_end() const { return at_ >= text_.size(); }
  void skip_space();
  bool starts_with(std::string_view token) const { return text_.substr(at_, token.size()) == token; }
  bool eat(std::string_view token);    // after white space
  std::string_view digits(int radix);  // single underscores between them are allowed
  static std::string without_underscores(std::string_view text);

  // Each leaves one more value, or fails: then false.
  bool push(Term term) { return values_.push_back(term), true; }
  bool push(std::optional<Term> term) { return term ? push(*term) : (fail(), false); }
  bool push_atom(std::string_view text);
  bool push_integer(const std::string& text, int radix, bool negative);
  bool push_float(const std::string& text);  // digits, a point, digits, perhaps an exponent

  Term map_of(std::span<const Term> keys_and_values);  // of equal keys the last wins
  // The values from `start` on become one.
  enum class Shape { list, improper_list, tuple, map };  // improper_list: the last one is the tail
  bool push_built(Shape shape, std::size_t start);
  // A bitstring of segments with commas between them, up to `closing`. segment(bits) reads one.
  template <class Segment>
  bool push_segments(std::string_view closing, Segment segment);
  // Values until every open bracket is closed, without recursion. `whole`: the first value is there, no
  // bracket was opened. The reader has open_, value(), close_or_continue(): the latter two are true when they
  // leave a value, and false when a bracket was opened or another value has to come.
  template <class Reader>
  static void values_until_closed(Reader& reader, bool whole);

  Result<Atom> intern(std::string_view text);

  // What the segments of a bitstring have given so far.
  struct Bits {
    std::vector<std::uint8_t> bytes;
    std::uint64_t count = 0;
    void add(std::span<const std::uint8_t> source, std::size_t bits);  // that are right-aligned in it
  };
  std::optional<std::size_t> bit_count();  // digits; nothing: there are none
  static bool add_bytes(Bits& bits, std::string_view bytes);
  // The low bits of the last value, which goes; false: that is no integer, or
  // these are more than there may be.
  bool add_integer(Bits& bits, std::optional<std::size_t> count = 8);
  bool push_bits(const Bits& bits) { return push(make_bitstring(heap_, bits.bytes.data(), 0, bits.count)); }

  // The whole text: the last value, if nothing but space follows.
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
