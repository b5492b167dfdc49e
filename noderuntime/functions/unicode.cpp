// The native functions of module unicode: characters in nested lists and binaries, to lists and binaries.
#include <algorithm>

#include "common/wire/utf8.h"
#include "noderuntime/functions/bytes_of.h"
#include "noderuntime/functions/native.h"
#include "noderuntime/functions/sub_binary.h"
#include "noderuntime/term/bits.h"

namespace noderuntime {

namespace {

// What a walk over character data gave: the characters so far, and where it stopped.
struct Characters {
  enum class End { whole, invalid, incomplete, badarg } end = End::whole;
  std::string text;  // UTF-8
  Term rest;         // what is left, as character data
};

std::string bytes_of(Term binary) {
  auto view = bits_of(binary);
  std::string bytes(view.bit_size / 8, '\0');
  bits::copy_to_front(view.data, view.bit_offset, reinterpret_cast<std::uint8_t*>(bytes.data()),
                      view.bit_size);
  return bytes;
}

// Whether a malformed place could be the start of a character that is cut off.
bool is_cut(std::string_view text) {
  if (text.size() >= 4) return false;
  auto lead = static_cast<unsigned char>(text[0]);
  std::size_t wanted = lead >= 0xF0 && lead < 0xF5 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 0;
  if (lead >= 0xF5 || text.size() >= wanted) return false;
  for (std::size_t i = 1; i < text.size(); ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) return false;
  return true;
}

class Walk {
 public:
  Walk(Heap& heap, bool latin1) : heap_{heap}, latin1_{latin1} {}

  Characters run(Term data) {
    std::vector<Term> rest{data};
    while (!rest.empty()) {
      Term at = rest.back();
      rest.pop_back();
      if (at.is_nil()) continue;
      if (at.is_bitstring()) {
        if (!bits_of(at).whole_bytes()) return bad();
        if (!binary(at, rest)) return result_;
        continue;
      }
      if (!at.is_cons()) return bad();
      rest.push_back(at.tail());
      Term head = at.head();
      if (head.is_small()) {
        auto point = head.as_small();
        if (point < 0 || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF) ||
            (latin1_ && point > 255)) {
          rest.back() = at;
          return stop(Characters::End::invalid, rest);
        }
        utf8::append(result_.text, static_cast<char32_t>(point));
      } else if (head.is_integer()) {
        rest.back() = at;
        return stop(Characters::End::invalid, rest);
      } else {
        rest.push_back(head);
      }
    }
    return result_;
  }

 private:
  Characters bad() {
    result_.end = Characters::End::badarg;
    return result_;
  }

  Characters stop(Characters::End end, std::vector<Term>& rest) {
    result_.end = end;
    Term left = Term::nil();
    bool first = true;
    for (auto& term : rest) {  // outermost first
      if (term.is_nil()) continue;
      left = first ? term : make_cons(heap_, term, left);
      first = false;
    }
    result_.rest = left;
    return result_;
  }

  // A character may begin in one binary and end in the next: puts what is left in front of that one.
  enum class Next { joined, none, other };
  Next with_next_binary(std::string_view left, std::vector<Term>& rest) {
    auto ahead = rest;
    while (!ahead.empty()) {
      Term term = ahead.back();
      ahead.pop_back();
      if (term.is_cons()) {
        ahead.push_back(term.tail());
        ahead.push_back(term.head());
      } else if (term.is_bitstring() && bits_of(term).whole_bytes()) {
        if (bits_of(term).bit_size == 0) continue;
        ahead.push_back(make_binary(heap_, std::string{left} + bytes_of(term)));
        rest = std::move(ahead);
        return Next::joined;
      } else if (!term.is_nil()) {
        return Next::other;
      }
    }
    return Next::none;
  }

  bool binary(Term term, std::vector<Term>& rest) {
    auto bytes = bytes_of(term);
    if (latin1_) {
      result_.text += utf8::from_latin1(bytes);
      return true;
    }
    for (std::size_t at = 0; at < bytes.size();) {
      auto start = at;
      if (utf8::next(bytes, at)) {
        result_.text.append(bytes, start, at - start);
        continue;
      }
      std::string_view left = std::string_view{bytes}.substr(start);
      if (is_cut(left)) {
        auto joined = with_next_binary(left, rest);
        if (joined == Next::joined) return true;
        if (joined == Next::none) {
          rest = {make_binary(heap_, left)};
          stop(Characters::End::incomplete, rest);
          return false;
        }
      }
      rest.push_back(make_binary(heap_, left));
      stop(Characters::End::invalid, rest);
      return false;
    }
    return true;
  }

  Heap& heap_;
  bool latin1_;
  Characters result_;
};

enum class Encoding { utf8, latin1, utf16_big, utf16_little, utf32_big, utf32_little };
std::optional<Encoding> encoding_of(Term term) {
  if (term.is_tuple(2) && term.element(0).is_atom() && term.element(1).is_atom()) {
    auto name = term.element(0).as_atom().text();
    bool little = term.element(1).as_atom().text() == "little";
    if (name == "utf16") return little ? Encoding::utf16_little : Encoding::utf16_big;
    if (name == "utf32") return little ? Encoding::utf32_little : Encoding::utf32_big;
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

void append_wide(std::string& out, std::uint32_t unit, int bytes, bool little) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(unit >> 8 * (little ? i : bytes - 1 - i)));
}

// UTF-8 in another encoding; nullopt: a character that it does not have (`at` tells where).
std::optional<std::string> encode(std::string_view text, Encoding encoding, std::size_t& at) {
  if (encoding == Encoding::utf8) return std::string{text};
  std::string out;
  for (at = 0; at < text.size();) {
    auto start = at;
    auto point = static_cast<std::uint32_t>(*utf8::next(text, at));
    bool little = encoding == Encoding::utf16_little || encoding == Encoding::utf32_little;
    if (encoding == Encoding::latin1) {
      if (point > 255) return at = start, std::nullopt;
      out.push_back(static_cast<char>(point));
    } else if (encoding == Encoding::utf32_big || encoding == Encoding::utf32_little) {
      append_wide(out, point, 4, little);
    } else if (point < 0x10000) {
      append_wide(out, point, 2, little);
    } else {
      append_wide(out, 0xD800 | (point - 0x10000) >> 10, 2, little);
      append_wide(out, 0xDC00 | ((point - 0x10000) & 0x3FF), 2, little);
    }
  }
  return out;
}

NativeResult failed(Context& context, const Characters& walked, Term done) {
  static const Atom incomplete = Atom::of("incomplete");
  Atom tag = walked.end == Characters::End::incomplete ? incomplete : atoms::error;
  return make_tuple(context.heap, {Term::atom(tag), done, walked.rest});
}

NativeResult to_binary(Context& context, Term data, Term from, Term to) {
  auto in = encoding_of(from), out = encoding_of(to);
  if (!in || !out || (*in != Encoding::utf8 && *in != Encoding::latin1)) return badarg();
  auto walked = Walk{context.heap, *in == Encoding::latin1}.run(data);
  if (walked.end == Characters::End::badarg) return badarg();
  std::size_t at = 0;
  auto encoded = encode(walked.text, *out, at);
  if (!encoded) {
    Term done = make_binary(context.heap, *encode(std::string_view{walked.text}.substr(0, at), *out, at));
    Term rest = make_characters(context.heap, std::string_view{walked.text}.substr(at));
    return make_tuple(context.heap, {Term::atom(atoms::error), done, rest});
  }
  Term binary = make_binary(context.heap, *encoded);
  return walked.end == Characters::End::whole ? NativeResult{binary} : failed(context, walked, binary);
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
  if (!in || (*in != Encoding::utf8 && *in != Encoding::latin1)) return badarg();
  auto walked = Walk{context.heap, *in == Encoding::latin1}.run(a[0]);
  if (walked.end == Characters::End::badarg) return badarg();
  Term list = make_characters(context.heap, walked.text);
  return walked.end == Characters::End::whole ? NativeResult{list} : failed(context, walked, list);
}

NativeResult unicode_to_list_1(Context& context, const Term* a) {
  Term arguments[] = {a[0], Term::atom(atoms::unicode)};
  return unicode_to_list_2(context, arguments);
}

NativeResult unicode_bin_is_7bit(Context&, const Term* a) {
  if (!a[0].is_bitstring() || !bits_of(a[0]).whole_bytes()) return yes_or_no(false);
  auto bytes = bytes_of(a[0]);
  return yes_or_no(std::all_of(bytes.begin(), bytes.end(), [](char c) { return (c & 0x80) == 0; }));
}

constexpr NativeRow rows[] = {
    {"bin_is_7bit", 1, unicode_bin_is_7bit},          {"characters_to_binary", 1, unicode_to_binary_1},
    {"characters_to_binary", 2, unicode_to_binary_2}, {"characters_to_binary", 3, unicode_to_binary_3},
    {"characters_to_list", 1, unicode_to_list_1},     {"characters_to_list", 2, unicode_to_list_2},
};

}  // namespace

std::optional<std::string> characters_of(Term data) {
  Heap scratch;
  auto walked = Walk{scratch, false}.run(data);
  return walked.end == Characters::End::whole ? std::optional{std::move(walked.text)} : std::nullopt;
}

extern const NativeModule unicode_module;
const NativeModule unicode_module{"unicode", rows, "erl_stdlib_errors"};

}  // namespace noderuntime
