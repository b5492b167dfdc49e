#include "noderuntime/term/text_reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "common/wire/utf8.h"
#include "noderuntime/term/bits.h"
#include "noderuntime/term/integer.h"
#include "noderuntime/term/map.h"

namespace noderuntime {

void TextReader::fail_with(Errc code) {
  if (failed_) return;
  failed_ = true;
  std::size_t line = 1, column = 1;
  for (std::size_t i = 0; i < std::min(at_, text_.size()); ++i) {
    if (text_[i] == '\n')
      ++line, column = 1;
    else if ((text_[i] & 0xC0) != 0x80)
      ++column;
  }
  error_ = {code, std::to_string(line) + ':' + std::to_string(column) + " near '" + excerpt() + "'"};
}

std::string TextReader::excerpt() const {
  std::string_view rest = text_.substr(std::min(at_, text_.size()));
  std::size_t end = 0;
  for (int i = 0; i < 12 && end < rest.size(); ++i)
    if (!utf8::next(rest, end)) break;
  return std::string{rest.substr(0, end)};
}

void TextReader::skip_space() {
  while (at_ < text_.size()) {
    char c = text_[at_];
    if (c == comment_) {
      while (at_ < text_.size() && text_[at_] != '\n') ++at_;
    } else if (c == ' ' || (c >= '\t' && c <= '\r')) {
      ++at_;
    } else {
      return;
    }
  }
}

bool TextReader::eat(std::string_view token) {
  skip_space();
  if (!starts_with(token)) return false;
  at_ += token.size();
  return true;
}

std::string_view TextReader::digits(int radix) {
  std::size_t start = at_;
  auto is_digit_of = [&](char c) {
    int value = is_digit(c) ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'z' ? (c | 0x20) - 'a' + 10 : 99;
    return value < radix;
  };
  while (is_digit_of(peek()) || (peek() == '_' && at_ > start && is_digit_of(peek(1)))) ++at_;
  return text_.substr(start, at_ - start);
}

std::string TextReader::without_underscores(std::string_view text) {
  std::string out;
  for (char c : text)
    if (c != '_') out += c;
  return out;
}

Result<Atom> TextReader::intern(std::string_view text) {
  auto atom = Atom::intern(text);
  if (!atom) fail_with(atom.error().code == Errc::too_many_atoms ? Errc::too_many_atoms : Errc::bad_text);
  return atom;
}

bool TextReader::push_atom(std::string_view text) {
  auto atom = intern(text);
  return atom && push(Term::atom(*atom));
}

bool TextReader::push_integer(const std::string& text, int radix, bool negative) {
  return push(integer::from_text(heap_, (negative ? "-" : "") + text, radix));
}

bool TextReader::push_float(const std::string& text) {
  double value = 0;
  auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  bool tiny = result.ec == std::errc::result_out_of_range && text.find("e-") != std::string::npos;
  if (!tiny && (result.ec != std::errc{} || !std::isfinite(value))) return fail(), false;
  return push(make_float(heap_, tiny ? 0.0 : value));
}

void TextReader::Bits::add(std::span<const std::uint8_t> source, std::size_t bits) {
  bytes.resize((count + bits + 7) / 8);
  bits::copy(source.data(), 8 * source.size() - bits, bytes.data(), count, bits);
  count += bits;
}

std::optional<std::size_t> TextReader::bit_count() {
  skip_space();
  auto text = digits(10);
  std::size_t count = integer::max_bits + 1;  // too many, if the digits do not fit
  std::from_chars(text.data(), text.data() + text.size(), count);
  return text.empty() ? std::nullopt : std::optional{count};
}

bool TextReader::add_bytes(Bits& bits, std::string_view bytes) {
  for (unsigned char byte : bytes) bits.add({&byte, 1}, 8);
  return true;
}

bool TextReader::add_integer(Bits& bits, std::optional<std::size_t> count) {
  Term value = values_.back();
  values_.pop_back();
  if (!value.is_integer() || !count || *count > integer::max_bits) return false;
  std::vector<std::uint8_t> encoded((*count + 7) / 8);
  if (*count > 0) integer::to_two_complement(value, *count, encoded.data());
  bits.add(encoded, *count);
  return true;
}

Result<OwnedTerm> TextReader::finish() {
  skip_space();
  if (!at_end()) fail();
  if (failed_) return error_;
  return OwnedTerm{std::move(heap_), values_.back()};
}

Term TextReader::map_of(std::span<const Term> keys_and_values) {
  std::size_t count = keys_and_values.size() / 2;
  Term* pairs = map::begin(heap_, count);
  std::copy(keys_and_values.begin(), keys_and_values.end(), pairs);
  return *map::finish(heap_, pairs, count, map::Duplicates::last_wins);
}

bool TextReader::push_built(Shape shape, std::size_t start) {
  std::span<Term> inner{values_.data() + start, values_.size() - start};
  Term built;
  switch (shape) {
    case Shape::list: built = make_list(heap_, inner); break;
    case Shape::improper_list: built = make_list(heap_, inner.first(inner.size() - 1), inner.back()); break;
    case Shape::tuple: built = make_tuple(heap_, inner); break;
    case Shape::map: built = map_of(inner); break;
  }
  values_.resize(start);
  return push(built);
}

}  // namespace noderuntime
