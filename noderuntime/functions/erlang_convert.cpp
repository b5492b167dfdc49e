// Conversions between atoms, numbers, lists, binaries and identifiers.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "common/wire/utf8.h"
#include "noderuntime/functions/bytes_of.h"
#include "noderuntime/functions/erlang.h"
#include "noderuntime/functions/sub_binary.h"
#include "noderuntime/process/processes.h"
#include "noderuntime/term/bits.h"
#include "noderuntime/term/integer.h"
#include "noderuntime/term/text.h"

namespace noderuntime::erlang {

namespace {

Term binary_of(Heap& heap, std::string_view text) { return make_binary(heap, text); }

constexpr std::size_t longest_atom = 255;  // characters
constexpr std::size_t bytes_of_longest = 4 * longest_atom;

NativeResult too_long(bool existing) { return error(existing ? atoms::badarg : atoms::system_limit); }

// For text that is not UTF-8 or too long. As on OTP, what is wrong behind the longest atom is not looked at.
NativeResult refused(std::string_view utf8, bool existing) {
  std::size_t at = 0, characters = 0;
  while (at < utf8.size() && characters <= longest_atom && utf8::next(utf8, at)) ++characters;
  return characters > longest_atom ? too_long(existing) : badarg();
}

NativeResult atom_of(std::string_view utf8, bool existing) {
  auto length = utf8::length(utf8);
  if (!length) return refused(utf8, existing);
  if (*length > longest_atom) return too_long(existing);
  auto atom = existing ? Atom::existing(utf8) : Atom::intern(utf8);
  if (atom) return Term::atom(*atom);
  return error(atom.error().code == Errc::too_many_atoms ? atoms::system_limit : atoms::badarg);
}

// The atom whose text is a binary in the encoding that another atom names: utf8 (or unicode), latin1.
NativeResult atom_of_binary(Term binary, Term encoding, bool existing) {
  if (!is_binary(binary) || !encoding.is_atom()) return badarg();
  bool latin1 = encoding.is(atoms::latin1);
  if (!latin1 && encoding.as_atom().text() != "utf8" && !encoding.is(atoms::unicode)) return badarg();
  auto size = bits_of(binary).bit_size / 8;
  if (size > longest_atom && latin1) return too_long(existing);
  BinaryView view{binary};
  if (size > bytes_of_longest) return refused(view.text(), existing);
  return latin1 ? atom_of(utf8::from_latin1(view.text()), existing) : atom_of(view.text(), existing);
}

NativeResult atom_of_list(Term list, bool existing) {
  auto text = [&] {
    MayPause here;
    return text_of_list(list, longest_atom + 1);
  }();
  return text ? atom_of(*text, existing) : badarg();
}

std::optional<int> radix_of(Term term) {
  if (!term.is_small() || term.as_small() < 2 || term.as_small() > 36) return std::nullopt;
  return static_cast<int>(term.as_small());
}

NativeResult parse_integer(Heap& heap, std::string_view text, int radix) {
  auto value = integer::from_text(heap, text, radix);
  if (value) return *value;
  return error(integer::too_many_digits(text, radix) ? atoms::system_limit : atoms::badarg);
}

// [+-] digits (.|,) digits [(e|E) [+-] digits]
bool is_float_text(std::string_view text) {
  Rounds rounds;
  std::size_t at = 0;
  auto sign = [&] {
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
  };
  auto digits = [&] {
    auto start = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at, rounds.next();
    return at > start;
  };
  sign();
  if (!digits() || at == text.size() || (text[at] != '.' && text[at] != ',')) return false;
  ++at;
  if (!digits()) return false;
  if (at == text.size()) return true;
  if (text[at] != 'e' && text[at] != 'E') return false;
  ++at, sign();
  return digits() && at == text.size();
}

NativeResult parse_float(Heap& heap, std::string_view text) {
  if (!is_float_text(text)) return badarg();
  if (text[0] == '+') text.remove_prefix(1);
  std::string number{text};
  std::replace(number.begin(), number.end(), ',', '.');
  double value = 0;
  auto [end, problem] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (problem == std::errc::result_out_of_range) value = std::strtod(number.c_str(), nullptr);
  if (!std::isfinite(value)) return badarg();
  return make_float(heap, value);
}

std::string scientific(double value, int decimals) {
  char text[512];
  std::snprintf(text, sizeof text, "%.*e", decimals, value);
  return text;
}

// With up to 18 decimals OTP multiplies the fraction and rounds the product half away from zero, instead of
// rounding the exact value.
std::optional<std::string> fixed(double value, int decimals) {
  constexpr int rounded_decimals = 18;
  constexpr double largest = 9007199254740992.0;  // 2^53
  constexpr int longest = 255;
  double size = std::fabs(value);
  if (size > largest || decimals > rounded_decimals) {
    char text[longest + 1];
    int length = std::snprintf(text, sizeof text, "%.*f", decimals, value);
    return length > longest ? std::nullopt : std::optional<std::string>{text};
  }
  double whole = decimals > 0 ? std::floor(size) : std::round(size);
  std::string text = std::signbit(value) ? "-" : "";
  if (decimals == 0) return text + std::to_string(static_cast<std::uint64_t>(whole));
  double scale = std::pow(10, decimals), fraction = std::round((size - whole) * scale);
  if (fraction >= scale) whole += 1, fraction = 0;
  auto digits = std::to_string(static_cast<std::uint64_t>(fraction));
  return text + std::to_string(static_cast<std::uint64_t>(whole)) + "." +
         std::string(static_cast<std::size_t>(decimals) - digits.size(), '0') + digits;
}

// The text for the options of float_to_list/2; nullopt: badarg.
std::optional<std::string> float_text(double value, Term options) {
  constexpr int most_decimals = 253, most_digits = 249;
  std::optional<int> decimals, digits;
  bool compact = false, shortest = false;
  for (; options.is_cons(); options = options.tail()) {
    Term option = options.head();
    if (option.is_tuple(2) && option.element(0).is_atom() && option.element(1).is_small()) {
      auto name = option.element(0).as_atom().text();
      auto number = option.element(1).as_small();
      if (name == "decimals" && number >= 0 && number <= most_decimals)
        decimals = static_cast<int>(number), digits.reset(), shortest = false;
      else if (name == "scientific" && number >= 0 && number <= most_digits)
        digits = static_cast<int>(number), decimals.reset(), shortest = false;
      else
        return std::nullopt;
    } else if (option.is_atom() && option.as_atom().text() == "compact") {
      compact = true;
    } else if (option.is_atom() && option.as_atom().text() == "short") {
      shortest = true;
    } else {
      return std::nullopt;
    }
  }
  if (!options.is_nil()) return std::nullopt;
  if (shortest) return float_to_text(value);
  if (!decimals) return scientific(value, digits.value_or(20));
  auto result = fixed(value, *decimals);
  if (result && compact && *decimals > 0) {
    auto last = result->find_last_not_of('0');
    if ((*result)[last] == '.') ++last;
    result->resize(last + 1);
  }
  return result;
}

}  // namespace

// --- atoms

NativeResult atom_to_list_1(Context& context, const Term* a) {
  if (!a[0].is_atom()) return badarg();
  return make_characters(context.heap, a[0].as_atom().text());
}

NativeResult atom_to_binary_1(Context& context, const Term* a) {
  if (!a[0].is_atom()) return badarg();
  return binary_of(context.heap, a[0].as_atom().text());
}

NativeResult atom_to_binary_2(Context& context, const Term* a) {
  if (!a[0].is_atom() || !a[1].is_atom()) return badarg();
  if (!a[1].is(atoms::latin1))
    return a[1].is(atoms::unicode) || a[1].as_atom().text() == "utf8" ? atom_to_binary_1(context, a)
                                                                      : badarg();
  auto text = utf8::to_latin1(a[0].as_atom().text());
  return text ? NativeResult{binary_of(context.heap, *text)} : badarg();
}

NativeResult list_to_atom_1(Context&, const Term* a) { return atom_of_list(a[0], false); }
NativeResult list_to_existing_atom_1(Context&, const Term* a) { return atom_of_list(a[0], true); }
NativeResult binary_to_atom_1(Context&, const Term* a) {
  return atom_of_binary(a[0], Term::atom(atoms::unicode), false);
}
NativeResult binary_to_atom_2(Context&, const Term* a) { return atom_of_binary(a[0], a[1], false); }
NativeResult binary_to_existing_atom_1(Context&, const Term* a) {
  return atom_of_binary(a[0], Term::atom(atoms::unicode), true);
}
NativeResult binary_to_existing_atom_2(Context&, const Term* a) { return atom_of_binary(a[0], a[1], true); }

// --- numbers

namespace {

// The text of a list of digits and signs; nullopt: it has other elements than bytes.
std::optional<HeldBytes> digits_of_list(Term list) {
  HeldBytes text;
  Rounds rounds;
  for (; list.is_cons(); list = list.tail(), rounds.next()) {
    if (!list.head().is_small() || list.head().as_small() < 0 || list.head().as_small() > 255)
      return std::nullopt;
    text.push_back(static_cast<Byte>(list.head().as_small()));
  }
  return list.is_nil() ? std::optional{std::move(text)} : std::nullopt;
}

NativeResult integer_of_list(Context& context, Term list, std::optional<int> radix) {
  MayPause here;
  auto text = digits_of_list(list);
  return text && radix ? parse_integer(context.heap, text->text(), *radix) : badarg();
}

NativeResult integer_of_binary(Context& context, Term binary, std::optional<int> radix) {
  if (!is_binary(binary) || !radix) return badarg();
  MayPause here;
  return parse_integer(context.heap, BinaryView{binary}.text(), *radix);
}

std::optional<std::string> text_of_integer(Term integer, std::optional<int> radix) {
  if (!integer.is_integer() || !radix) return std::nullopt;
  return integer::to_text(integer, *radix);
}

NativeResult list_of_integer(Context& context, Term integer, std::optional<int> radix) {
  MayPause here;
  auto text = text_of_integer(integer, radix);
  return text ? NativeResult{make_bytes(context.heap, *text)} : badarg();
}

NativeResult binary_of_integer(Context& context, Term integer, std::optional<int> radix) {
  MayPause here;
  auto text = text_of_integer(integer, radix);
  return text ? NativeResult{binary_of(context.heap, *text)} : badarg();
}

}  // namespace

NativeResult integer_to_list_1(Context& context, const Term* a) { return list_of_integer(context, a[0], 10); }
NativeResult integer_to_list_2(Context& context, const Term* a) {
  return list_of_integer(context, a[0], radix_of(a[1]));
}
NativeResult integer_to_binary_1(Context& context, const Term* a) {
  return binary_of_integer(context, a[0], 10);
}
NativeResult integer_to_binary_2(Context& context, const Term* a) {
  return binary_of_integer(context, a[0], radix_of(a[1]));
}
NativeResult list_to_integer_1(Context& context, const Term* a) { return integer_of_list(context, a[0], 10); }
NativeResult list_to_integer_2(Context& context, const Term* a) {
  return integer_of_list(context, a[0], radix_of(a[1]));
}
NativeResult binary_to_integer_1(Context& context, const Term* a) {
  return integer_of_binary(context, a[0], 10);
}
NativeResult binary_to_integer_2(Context& context, const Term* a) {
  return integer_of_binary(context, a[0], radix_of(a[1]));
}
NativeResult list_to_float_1(Context& context, const Term* a) {
  MayPause here;
  auto text = digits_of_list(a[0]);
  return text ? parse_float(context.heap, text->text()) : badarg();
}
NativeResult binary_to_float_1(Context& context, const Term* a) {
  if (!is_binary(a[0])) return badarg();
  MayPause here;
  return parse_float(context.heap, BinaryView{a[0]}.text());
}
NativeResult float_to_list_1(Context& context, const Term* a) {
  return a[0].is_float() ? NativeResult{make_string(context.heap, scientific(to_double(a[0]), 20))}
                         : badarg();
}
NativeResult float_to_list_2(Context& context, const Term* a) {
  auto text = a[0].is_float() ? float_text(to_double(a[0]), a[1]) : std::nullopt;
  return text ? NativeResult{make_string(context.heap, *text)} : badarg();
}
NativeResult float_to_binary_1(Context& context, const Term* a) {
  return a[0].is_float() ? NativeResult{binary_of(context.heap, scientific(to_double(a[0]), 20))} : badarg();
}
NativeResult float_to_binary_2(Context& context, const Term* a) {
  auto text = a[0].is_float() ? float_text(to_double(a[0]), a[1]) : std::nullopt;
  return text ? NativeResult{binary_of(context.heap, *text)} : badarg();
}

// --- binaries

NativeResult binary_to_list_1(Context& context, const Term* a) {
  if (!is_binary(a[0])) return badarg();
  MayPause here;
  return make_bytes(context.heap, BinaryView{a[0]}.text());
}

NativeResult binary_to_list_3(Context& context, const Term* a) {
  if (!is_binary(a[0]) || !a[1].is_small() || !a[2].is_small()) return badarg();
  auto from = a[1].as_small(), to = a[2].as_small(),
       size = static_cast<std::int64_t>(bits_of(a[0]).bit_size / 8);
  if (from < 1 || to < from || to > size) return badarg();
  MayPause here;
  return make_bytes(context.heap, BinaryView{a[0]}.text().substr(static_cast<std::size_t>(from - 1),
                                                                 static_cast<std::size_t>(to - from + 1)));
}

NativeResult bitstring_to_list_1(Context& context, const Term* a) {
  if (!a[0].is_bitstring()) return badarg();
  MayPause here;
  auto view = bits_of(a[0]);
  ListBuilder elements{context.heap};
  Rounds rounds;
  for (std::uint64_t at = 0; at + 8 <= view.bit_size; at += 8, rounds.next())
    elements.add(Term::small(static_cast<std::int64_t>(bits::read(view.data, view.bit_offset + at, 8))));
  if (view.bit_size % 8 != 0)
    elements.add(part_of(context.heap, a[0], view.bit_size - view.bit_size % 8, view.bit_size % 8));
  return elements.finish();
}

NativeResult iolist_to_binary_1(Context& context, const Term* a) {
  if (a[0].is_bitstring()) return bits_of(a[0]).whole_bytes() ? NativeResult{a[0]} : badarg();
  MayPause here;
  auto joined = join_bits(context.heap, a[0], true);
  return joined ? NativeResult{*joined} : badarg();
}

NativeResult list_to_binary_1(Context& context, const Term* a) {
  return a[0].is_list() ? iolist_to_binary_1(context, a) : badarg();
}

NativeResult list_to_bitstring_1(Context& context, const Term* a) {
  if (!a[0].is_list()) return badarg();
  MayPause here;
  auto joined = join_bits(context.heap, a[0], false);
  return joined ? NativeResult{*joined} : badarg();
}

// Large binaries are elements of the vector as they are; what stands between them is joined.
NativeResult iolist_to_iovec_1(Context& context, const Term* a) {
  constexpr std::size_t joined_bytes = 256;
  MayPause here;
  ListBuilder vector{context.heap};
  HeldBytes between;
  auto flush = [&] {
    if (between.size() > 0) vector.add(std::exchange(between, {}).to_binary(context.heap));
  };
  bool whole = visit_bits(
      a[0], true, [&](Byte byte) { between.push_back(byte); },
      [&](Term binary) {
        auto bytes = aligned_bytes(binary);
        if (!bytes || bytes->size() < joined_bytes) return between.append(BinaryView{binary}.bytes());
        flush();
        vector.add(binary);
      });
  if (!whole) return badarg();
  flush();
  return vector.finish();
}

NativeResult iolist_size_1(Context&, const Term* a) {
  MayPause here;
  auto bits = bits_in(a[0], true);
  return bits ? NativeResult{Term::small(static_cast<std::int64_t>(*bits / 8))} : badarg();
}

// A negative length counts backwards from the start.
NativeResult binary_part_3(Context& context, const Term* a) {
  if (!a[0].is_bitstring() || !a[1].is_small() || !a[2].is_small()) return badarg();
  auto size = static_cast<std::int64_t>(bits_of(a[0]).bit_size / 8);
  auto start = a[1].as_small(), length = a[2].as_small();
  if (length < 0) start += length, length = -length;
  if (start < 0 || start > size || length > size - start) return badarg();
  return part_of(context.heap, a[0], static_cast<std::uint64_t>(start) * 8,
                 static_cast<std::uint64_t>(length) * 8);
}

NativeResult binary_part_2(Context& context, const Term* a) {
  if (!a[1].is_tuple(2)) return badarg();
  Term arguments[] = {a[0], a[1].element(0), a[1].element(1)};
  return binary_part_3(context, arguments);
}

NativeResult split_binary_2(Context& context, const Term* a) {
  if (!a[0].is_bitstring() || !a[1].is_small() || a[1].as_small() < 0) return badarg();
  auto size = bits_of(a[0]).bit_size;
  if (static_cast<std::uint64_t>(a[1].as_small()) > size / 8) return badarg();
  auto at = static_cast<std::uint64_t>(a[1].as_small()) * 8;
  Term first = part_of(context.heap, a[0], 0, at);
  return make_tuple(context.heap, {first, part_of(context.heap, a[0], at, size - at)});
}

// --- identifiers

// Pids, ports, references and funs print as to_text() prints them; local ports are not known to it.
NativeResult pid_to_list_1(Context& context, const Term* a) {
  return a[0].is_pid() ? make_characters(context.heap, to_text(a[0])) : badarg();
}

NativeResult port_to_list_1(Context& context, const Term* a) {
  if (!a[0].is_port()) return badarg();
  if (is_kind(a[0], Kind::external_port) &&
      box_as<ExternalPort>(a[0])->node.is(context.processes.self().name))
    return make_characters(context.heap, "#Port<0." + std::to_string(box_as<ExternalPort>(a[0])->id) + ">");
  return make_characters(context.heap, to_text(a[0]));
}

NativeResult ref_to_list_1(Context& context, const Term* a) {
  return a[0].is_reference() ? make_characters(context.heap, to_text(a[0])) : badarg();
}

NativeResult fun_to_list_1(Context& context, const Term* a) {
  return a[0].is_fun() ? make_characters(context.heap, to_text(a[0])) : badarg();
}

}  // namespace noderuntime::erlang
