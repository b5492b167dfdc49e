// What readers of terms share: a place in a text, errors that name it, and the values read so far.
#pragma once

#include <optional>
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

  Result<Atom> intern(std::string_view text);
  // What is right-aligned in `source` behind the bits that are there.
  static void add_bits(std::vector<std::uint8_t>& bytes, std::uint64_t& bits, std::size_t count,
                       std::span<const std::uint8_t> source);
  // An integer's low bits likewise; false: more than a bitstring may have.
  static bool add_integer(std::vector<std::uint8_t>& bytes, std::uint64_t& bits, std::size_t count,
                          Term value);
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

}  // namespace noderuntime
