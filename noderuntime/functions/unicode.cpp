// The native functions of module unicode: conversions of characters in nested lists and binaries.
#include <algorithm>

#include "common/wire/utf8.h"
#include "noderuntime/functions/bytes_of.h"
#include "noderuntime/functions/native.h"
#include "noderuntime/functions/sub_binary.h"
#include "noderuntime/term/bits.h"

namespace noderuntime {

namespace {

enum class Encoding { utf8, latin1, utf16_big, utf16_little, utf32_big, utf32_little };
std::optional<Encoding> encoding_of(Term term) {
  if (term.is_tuple(2) && term.element(0).is_atom() && term.element(1).is_atom()) {
    auto name = term.element(0).as_atom().text(), end = term.element(1).as_atom().text();
    if (end != "little" && end != "big") return std::nullopt;
    if (name == "utf16") return end == "little" ? Encoding::utf16_little : Encoding::utf16_big;
    if (name == "utf32") return end == "little" ? Encoding::utf32_little : Encoding::utf32_big;
    return std::nullopt;
  }
  if (!term.is_atom()) return std::nullopt;
  auto name = term.as_atom().text();
  if (name == "unicode" || name == "utf8") return Encoding::utf8;
  if (name == "latin1") return Encoding::latin1;
  if (name == "utf16") return Encoding::utf16_big;
  if (name == "utf32") return Encoding::utf32_big;
  return std::nullopt;
}

bool is_point(std::int64_t point) {
  return point >= 0 && point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF);
}

std::uint32_t unit_at(std::string_view text, std::size_t at, std::size_t size, bool little) {
  std::uint32_t unit = 0;
  for (std::size_t i = 0; i < size; ++i)
    unit |= static_cast<std::uint32_t>(static_cast<unsigned char>(text[at + i]))
            << 8 * (little ? i : size - 1 - i);
  return unit;
}

// The character at `at`, which is moved behind it; nullopt: malformed or incomplete.
std::optional<char32_t> next_character(std::string_view text, std::size_t& at, Encoding encoding) {
  if (encoding == Encoding::utf8) return utf8::next(text, at);
  if (encoding == Encoding::latin1) return static_cast<unsigned char>(text[at++]);
  bool little = encoding == Encoding::utf16_little || encoding == Encoding::utf32_little;
  bool wide = encoding == Encoding::utf32_big || encoding == Encoding::utf32_little;
  std::size_t size = wide ? 4 : 2;
  if (text.size() - at < size) return std::nullopt;
  auto point = unit_at(text, at, size, little);
  if (!wide && point >> 10 == 0x36) {
    if (text.size() - at < 4) return std::nullopt;
    auto low = unit_at(text, at + 2, 2, little);
    if (low >> 10 != 0x37) return std::nullopt;
    size = 4;
    point = 0x10000 + ((point & 0x3FF) << 10 | (low & 0x3FF));
  }
  if (!is_point(point)) return std::nullopt;
  at += size;
  return point;
}

// The number of bytes that the truncated character `text` still needs; 0 if it starts none. As
// cbv/2 of OTP's unicode.erl.
std::size_t missing_bytes(std::string_view text, Encoding encoding) {
  auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  auto size = text.size();
  switch (encoding) {
    case Encoding::latin1: return 0;
    case Encoding::utf8: {
      std::size_t length = (byte(0) & 0xE0) == 0xC0   ? 2
                           : (byte(0) & 0xF0) == 0xE0 ? 3
                           : (byte(0) & 0xF8) == 0xF0 ? 4
                                                      : 0;
      if (size >= length) return 0;
      for (std::size_t i = 1; i < size; ++i)
        if ((byte(i) & 0xC0) != 0x80) return 0;
      return length - size;
    }
    case Encoding::utf16_big:
      if (byte(0) >> 2 == 0x36) return size < 3 || (size == 3 && byte(2) >> 2 == 0x37) ? 4 - size : 0;
      return size == 1 && byte(0) >> 2 != 0x37 ? 1 : 0;
    case Encoding::utf16_little:
      if (size == 1) return 1;
      return size < 4 && byte(1) >> 2 == 0x36 ? 4 - size : 0;
    case Encoding::utf32_big:
      if (size >= 4 || byte(0) != 0 || (size > 1 && byte(1) > 16)) return 0;
      return size < 3 || byte(1) > 0 || !(byte(2) >= 0xD8 && byte(2) <= 0xDF) ? 4 - size : 0;
    case Encoding::utf32_little:
      if (size >= 4) return 0;
      return size < 3 || (byte(2) <= 16 && (byte(2) > 0 || !(byte(1) >= 0xD8 && byte(1) <= 0xDF))) ? 4 - size
                                                                                                   : 0;
  }
  return 0;
}

// The result of a walk over character data: where it stopped.
struct Ended {
  enum class How { whole, invalid, incomplete, badarg } how = How::whole;
  Term rest;  // the remaining character data
};

// Whether it consists of integers, binaries of whole bytes, and lists.
bool is_character_data(Term data) {
  auto is_part = [](Term term) {
    return term.is_nil() || (term.is_bitstring() && bits_of(term).whole_bytes());
  };
  Rounds rounds;
  DeepStack<Term> rest;
  rest.push(data);
  while (!rest.empty()) {
    Term at = rest.pop();
    for (; at.is_cons(); at = at.tail(), rounds.next()) {
      if (at.head().is_cons())
        rest.push(at.head());
      else if (!at.head().is_integer() && !is_part(at.head()))
        return false;
    }
    if (!is_part(at)) return false;
  }
  return true;
}

void append_wide(HeldBytes& out, std::uint32_t unit, int bytes, bool little) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<Byte>(unit >> 8 * (little ? i : bytes - 1 - i)));
}

void append_utf8(HeldBytes& out, std::uint32_t point) {
  auto more = [&](unsigned shift) { out.push_back(static_cast<Byte>(0x80 | (point >> shift & 0x3F))); };
  if (point < 0x80) return out.push_back(static_cast<Byte>(point));
  if (point < 0x800) return out.push_back(static_cast<Byte>(0xC0 | point >> 6)), more(0);
  if (point < 0x10000) return out.push_back(static_cast<Byte>(0xE0 | point >> 12)), more(6), more(0);
  out.push_back(static_cast<Byte>(0xF0 | point >> 18)), more(12), more(6), more(0);
}

// Takes characters and encodes them; the encoding must have them.
class EncodedText {
 public:
  explicit EncodedText(Encoding encoding) : encoding_{encoding} {}

  void add(char32_t character) {
    auto point = static_cast<std::uint32_t>(character);
    bool little = encoding_ == Encoding::utf16_little || encoding_ == Encoding::utf32_little;
    switch (encoding_) {
      case Encoding::utf8: return append_utf8(bytes_, point);
      case Encoding::latin1: return bytes_.push_back(static_cast<Byte>(point));
      case Encoding::utf32_big:
      case Encoding::utf32_little: return append_wide(bytes_, point, 4, little);
      case Encoding::utf16_big:
      case Encoding::utf16_little: break;
    }
    if (point < 0x10000) return append_wide(bytes_, point, 2, little);
    append_wide(bytes_, 0xD800 | (point - 0x10000) >> 10, 2, little);
    append_wide(bytes_, 0xDC00 | ((point - 0x10000) & 0x3FF), 2, little);
  }
  HeldBytes take() { return std::move(bytes_); }

 private:
  Encoding encoding_;
  HeldBytes bytes_;
};

class CharacterList {
 public:
  explicit CharacterList(Heap& heap) : list_{heap} {}
  void add(char32_t character) { list_.add(Term::small(static_cast<std::int64_t>(character))); }
  Term finish() { return list_.finish(); }

 private:
  ListBuilder list_;
};

// Reads character data and gives the characters to `out`. After an error, the remaining data have the same shape
// as on OTP, which depends on the encodings: between Latin-1 and UTF-8 that of its C code (erl_unicode.c), else
// that of ml_map/3 in unicode.erl.
template <class Out>
class Walk {
 public:
  Walk(Heap& heap, Encoding from, Encoding to, Out& out)
      : heap_{heap},
        from_{from},
        plain_{(from == Encoding::utf8 || from == Encoding::latin1) && to == Encoding::utf8},
        most_{from == Encoding::latin1 || to == Encoding::latin1 ? 0xFF : 0x10FFFF},
        most_in_binaries_{to == Encoding::latin1 ? char32_t{0xFF} : char32_t{0x10FFFF}},
        bytes_only_{to == Encoding::latin1},
        out_{out} {}

  Ended run(Term data) {
    if (!is_character_data(data)) return {Ended::How::badarg, data};
    for (Term at = data; !ended_; rounds_.next()) {
      if (at.is_cons())
        at = element(at);
      else if (at.is_bitstring())
        at = binary(at, Term::nil(), false);
      else if (outer_.empty())
        finish();
      else
        at = outer_.pop();
    }
    return *ended_;
  }

 private:
  // Each of these returns the place to continue at.
  Term element(Term at) {
    Term head = at.head();
    if (head.is_list()) {
      if (head.is_cons()) outer_.push(at.tail());
      return head.is_cons() ? head : at.tail();
    }
    if (head.is_bitstring()) return binary(head, at.tail(), true);
    if (!cut_.empty()) return stop(plain_ ? at : make_cons(heap_, make_binary(heap_, cut_), at));
    auto point = head.is_small() ? head.as_small() : std::int64_t{INT32_MAX};
    if (bytes_only_ && point < 0) return ended_ = Ended{Ended::How::badarg, at}, at;
    if (!is_point(point) || point > most_)
      return stop(plain_ ? at : make_cons(heap_, make_list(heap_, {head}), at.tail()));
    out_.add(static_cast<char32_t>(point));
    return at.tail();
  }

  // `listed`: it is an element in front of `tail`, not the end of a list.
  Term binary(Term term, Term tail, bool listed) {
    BinaryView view{term};
    if (cut_.empty()) return decode(term, view.text(), 0, tail, listed);
    if (view.size() < lacks_) {
      cut_ += view.text();
      lacks_ -= view.size();
      return tail;
    }
    std::size_t used = lacks_;
    auto joined = std::exchange(cut_, {}) + std::string{view.text().substr(0, used)};
    if (!plain_) {
      Term behind = part_of(heap_, term, used * 8, (view.size() - used) * 8);
      return decode(make_binary(heap_, joined), joined, 0, make_cons(heap_, behind, tail), true);
    }
    std::size_t at = 0;
    auto point = utf8::next(joined, at);
    if (!point) {
      cut_ = joined.substr(0, joined.size() - used);
      return stop(listed ? make_cons(heap_, term, tail) : term);
    }
    out_.add(*point);
    for (auto more = utf8::next(joined, at); more; more = utf8::next(joined, at)) out_.add(*more);
    return decode(term, view.text(), used, tail, listed);
  }

  // Decodes the bytes of a binary from `at` on.
  Term decode(Term term, std::string_view bytes, std::size_t at, Term tail, bool listed) {
    while (at < bytes.size()) {
      rounds_.next();
      auto start = at;
      auto first = static_cast<unsigned char>(bytes[at]);
      if (first < 0x80 && from_ == Encoding::utf8) {
        out_.add(first);
        ++at;
        continue;
      }
      auto point = next_character(bytes, at, from_);
      if (point && *point <= most_in_binaries_) {
        out_.add(*point);
        continue;
      }
      auto left = bytes.substr(start);
      lacks_ = point ? 0 : plain_ ? length_of_character(left) : missing_bytes(left, from_);
      if (lacks_ > 0) {
        cut_ = left;
        return tail;
      }
      Term rest = part_of(heap_, term, start * 8, left.size() * 8);
      return stop(listed ? make_cons(heap_, rest, tail) : rest);
    }
    return tail;
  }

  // The length of a character according to its first byte alone.
  static std::size_t length_of_character(std::string_view text) {
    auto lead = text.substr(0, 1);
    auto behind = missing_bytes(lead, Encoding::utf8);
    return behind + 1 > text.size() ? behind + 1 - text.size() : 0;
  }

  void finish() {
    if (cut_.empty()) return void(ended_ = Ended{});
    bool may_go_on = !plain_ || missing_bytes(cut_, Encoding::utf8) > 0;
    ended_ = Ended{may_go_on ? Ended::How::incomplete : Ended::How::invalid, make_binary(heap_, cut_)};
  }

  Term stop(Term rest) {
    for (; !outer_.empty(); rounds_.next()) rest = make_cons(heap_, rest, outer_.pop());
    if (plain_ && !cut_.empty()) rest = make_list(heap_, {make_binary(heap_, cut_), rest});
    ended_ = Ended{Ended::How::invalid, rest};
    return rest;
  }

  Heap& heap_;
  Encoding from_;
  bool plain_;
  std::int64_t most_;
  char32_t most_in_binaries_;
  bool bytes_only_;
  Out& out_;
  std::optional<Ended> ended_;
  DeepStack<Term> outer_;  // the rest of the enclosing lists
  std::string cut_;        // the first bytes of a character that may continue in the next binary
  std::size_t lacks_ = 0;  // how many bytes it still needs
  Rounds rounds_{2};
};

NativeResult result(Context& context, const Ended& ended, Term done) {
  static const Atom incomplete = Atom::of("incomplete");
  if (ended.how == Ended::How::whole) return done;
  Atom tag = ended.how == Ended::How::incomplete ? incomplete : atoms::error;
  return make_tuple(context.heap, {Term::atom(tag), done, ended.rest});
}

NativeResult to_binary(Context& context, Term data, Term from, Term to) {
  auto in = encoding_of(from), out = encoding_of(to);
  if (!in || !out) return badarg();
  MayPause here;
  // A list of only a binary counts as the binary, as on OTP.
  if (*in == Encoding::utf8 && *out == Encoding::utf8 && data.is_cons() && data.tail().is_nil() &&
      data.head().is_bitstring())
    data = data.head();
  EncodedText text{*out};
  auto ended = Walk{context.heap, *in, *out, text}.run(data);
  if (ended.how == Ended::How::badarg) return badarg();
  return result(context, ended, text.take().to_binary(context.heap));
}

NativeResult unicode_to_binary_1(Context& c, const Term* a) {
  return to_binary(c, a[0], Term::atom(atoms::unicode), Term::atom(atoms::unicode));
}
NativeResult unicode_to_binary_2(Context& c, const Term* a) {
  return to_binary(c, a[0], a[1], Term::atom(atoms::unicode));
}
NativeResult unicode_to_binary_3(Context& c, const Term* a) { return to_binary(c, a[0], a[1], a[2]); }

NativeResult unicode_to_list_2(Context& context, const Term* a) {
  auto in = encoding_of(a[1]);
  if (!in) return badarg();
  MayPause here;
  CharacterList list{context.heap};
  auto ended = Walk{context.heap, *in, Encoding::utf8, list}.run(a[0]);
  if (ended.how == Ended::How::badarg) return badarg();
  return result(context, ended, list.finish());
}

NativeResult unicode_to_list_1(Context& context, const Term* a) {
  Term arguments[] = {a[0], Term::atom(atoms::unicode)};
  return unicode_to_list_2(context, arguments);
}

NativeResult unicode_bin_is_7bit(Context&, const Term* a) {
  if (!is_binary(a[0])) return yes_or_no(false);
  MayPause here;
  constexpr std::size_t piece = 4096;
  BinaryView view{a[0]};
  for (std::size_t at = 0; at < view.size(); at += piece) {
    auto bytes = view.bytes().subspan(at, std::min(piece, view.size() - at));
    Byte all = 0;
    for (auto byte : bytes) all |= byte;
    if (all & 0x80) return yes_or_no(false);
    pace.spend(static_cast<std::int64_t>(bytes.size() / Pace::copied_bytes));
  }
  return yes_or_no(true);
}

constexpr NativeRow unicode_functions[] = {
    {"bin_is_7bit", 1, unicode_bin_is_7bit},
    {"characters_to_binary", 1, unicode_to_binary_1, erlang_code},
    {"characters_to_binary", 2, unicode_to_binary_2},
    {"characters_to_binary", 3, unicode_to_binary_3, erlang_code},
    {"characters_to_list", 1, unicode_to_list_1, erlang_code},
    {"characters_to_list", 2, unicode_to_list_2},
};

}  // namespace

std::optional<HeldBytes> characters_of(Term data) {
  Heap scratch;
  EncodedText text{Encoding::utf8};
  auto ended = Walk{scratch, Encoding::utf8, Encoding::utf8, text}.run(data);
  return ended.how == Ended::How::whole ? std::optional{text.take()} : std::nullopt;
}

extern const NativeModule unicode_module;
const NativeModule unicode_module{"unicode", unicode_functions, "erl_stdlib_errors"};

}  // namespace noderuntime
