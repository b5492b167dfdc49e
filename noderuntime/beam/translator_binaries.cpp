// The instructions for building and matching binaries whose rows do not say all.
#include <algorithm>
#include <optional>
#include <utility>

#include "common/wire/endian.h"
#include "noderuntime/beam/translator.h"

namespace noderuntime {

using Tag = Arg::Tag;

namespace {

std::optional<Segment::Kind> segment_kind(std::string_view text) {
  constexpr std::pair<std::string_view, Segment::Kind> kinds[] = {{"integer", Segment::integer},
                                                                  {"float", Segment::floating},
                                                                  {"binary", Segment::binary},
                                                                  {"append", Segment::append},
                                                                  {"private_append", Segment::private_append},
                                                                  {"string", Segment::string},
                                                                  {"utf8", Segment::utf8},
                                                                  {"utf16", Segment::utf16},
                                                                  {"utf32", Segment::utf32}};
  for (auto& [name, kind] : kinds)
    if (name == text) return kind;
  return std::nullopt;
}

// The number of bits, if bs_get_short can read so many.
std::optional<std::uint32_t> short_size(std::int64_t size, std::uint64_t unit) {
  constexpr std::int64_t most = 56;
  if (size < 1 || size > most || unit < 1 || unit > Segment::most_units) return std::nullopt;
  auto bits = static_cast<std::int64_t>(unit) * size;
  return bits <= most ? std::optional{static_cast<std::uint32_t>(bits)} : std::nullopt;
}

}  // namespace

// Flags of OTP 25 and later: a list of atoms.
std::uint32_t Translator::flags_of_list(const Arg& arg) {
  std::uint32_t flags = 0;
  for (Term list = term_of(arg); list.is_cons(); list = list.tail()) {
    if (!list.head().is_atom()) continue;
    auto text = list.head().as_atom().text();
    if (text == "little" || (text == "native" && is_little_endian)) flags |= Segment::little;
    if (text == "signed") flags |= Segment::is_signed;
  }
  return flags;
}

void Translator::check_string(std::uint64_t bytes, std::uint64_t offset) {
  if (offset > image_.strings.size() || bytes > image_.strings.size() - offset)
    fail("a string is out of range");
}

// --- building

// bs_create_bin: fail, words, live, unit of the whole, destination, segments.
void Translator::bs_create_bin() {
  constexpr std::size_t fields = 6;
  std::size_t size = list_size(args_[5]);
  if (size % fields != 0) return fail("a segment is incomplete");
  op(Operation::bs_create_bin);
  target(args_[0]);
  destination(args_[4]);
  put(size / fields);
  for (std::size_t at = 0; at < size && problem_.empty(); at += fields) segment_of_binary(at);
}

// Kind, number, unit, flags, source, size.
void Translator::segment_of_binary(std::size_t at) {
  auto value = [&](std::size_t field) { return static_cast<std::uint64_t>(element(at + field)->value); };
  Term name = term_of(*element(at));
  std::optional<Segment::Kind> kind;
  if (name.is_atom()) kind = segment_kind(name.as_atom().text());
  auto unit = value(2);
  if (!kind || unit > max_unit) return fail("a segment of an unknown kind");
  auto number = std::min<std::uint64_t>(value(1), Segment::most_numbers);
  auto flags = flags_of_list(*element(at + 3));
  constexpr std::uint64_t most_fixed = std::uint64_t{1} << 20;
  auto& size = *element(at + 5);
  bool is_number = size.tag == Tag::integer && size.value >= 0;
  if (is_number && static_cast<std::uint64_t>(size.value) <= most_fixed) flags |= Segment::fixed;
  if (size.tag == Tag::atom && size.value != 0) flags |= Segment::all;
  put(Segment::pack(*kind, static_cast<std::uint32_t>(unit), flags, static_cast<std::uint32_t>(number)));
  if (*kind == Segment::string) {
    auto offset = value(4), bytes = value(5);
    check_string(bytes, offset);
    put(offset);
    put(bytes);
  } else {
    source(*element(at + 4));
    source(*element(at + 5));
  }
}

void Translator::bs_put_string() {
  check_string(value(0), value(1));
  by_row();
}

// --- matching

void Translator::bs_start_match2() {
  if (value(3) > max_saved_positions) fail("too many saved positions");
  by_row();
}

// Most integers have a constant size, and fit a small integer whatever their bits are.
void Translator::bs_get_integer2() {
  if (args_[3].tag != Tag::integer || args_[3].value < 0) return by_row();
  auto bits = short_size(args_[3].value, value(4));
  if (!bits) return by_row();
  op(Operation::bs_get_short);
  target(args_[0]);
  source(args_[1]);
  put(*bits);
  put(packed_flags(value(5)));
  destination(args_[6]);
}

// bs_save2 and bs_restore2. Slot `start` becomes number 0; the others follow.
void Translator::saved_position() {
  std::uint64_t slot = args_[1].tag == Tag::atom ? 0 : value(1) + 1;
  if (slot > max_saved_positions) fail("too many saved positions");
  op(row_->operation);
  source(args_[0]);
  put(slot);
}

void Translator::bs_test_unit() {
  if (value(2) == 0) fail("a unit is out of range");
  by_row();
}

void Translator::bs_match_string() {
  check_string((value(2) + 7) / 8, value(3));
  by_row();
}

// OTP 26: fail, context, commands. Each command is an atom with its arguments behind it and becomes an
// operation.
void Translator::bs_match() {
  std::size_t size = list_size(args_[2]);
  for (std::size_t at = 0; at < size && problem_.empty();) at += match_command(at);
}

// The number of elements that the command takes; 0: it is unknown, and that a failure.
std::size_t Translator::match_command(std::size_t at) {
  Term name = term_of(*element(at));
  auto text = name.is_atom() ? name.as_atom().text() : std::string_view{};
  auto value = [&](std::size_t argument) { return element(at + argument)->value; };
  if (text == "ensure_at_least") {  // size, unit
    match_fields(Operation::bs_ensure);
    bit_size(*element(at + 1));
    put(static_cast<std::uint64_t>(value(2)));
    return 3;
  }
  if (text == "ensure_exactly") {  // size
    match_fields(Operation::bs_ensure);
    bit_size(*element(at + 1));
    put(0);
    return 2;
  }
  if (text == "integer" || text == "binary") {
    match_integer_or_binary(text == "integer" ? Operation::bs_get_integer : Operation::bs_get_binary, at);
    return 6;
  }
  if (text == "skip") {  // size
    match_fields(Operation::bs_skip_bits);
    source({Tag::integer, value(1), 0});
    put(Segment::pack(Segment::integer, 1, 0));
    return 2;
  }
  if (text == "get_tail") {  // live, unit, destination
    op(Operation::bs_get_tail);
    source(args_[1]);
    destination(*element(at + 3));
    return 4;
  }
  if (text == "=:=") {  // live, size, value
    match_fields(Operation::bs_equal);
    put(static_cast<std::uint64_t>(value(2)));
    source({Tag::integer, value(3), 0});
    return 4;
  }
  fail("an unknown command of bs_match");
  return 0;
}

// The command's arguments: live, flags, size, unit, destination.
void Translator::match_integer_or_binary(Operation operation, std::size_t at) {
  auto bits = short_size(element(at + 3)->value, static_cast<std::uint64_t>(element(at + 4)->value));
  if (operation == Operation::bs_get_integer && bits) {
    match_fields(Operation::bs_get_short);
    put(*bits);
    put(flags_of_list(*element(at + 2)));
    return destination(*element(at + 5));
  }
  match_fields(operation);
  source({Tag::integer, element(at + 3)->value, 0});
  auto unit = static_cast<std::uint64_t>(element(at + 4)->value);
  if (unit > Segment::most_units) fail("a unit is out of range");
  put(Segment::pack(Segment::integer, static_cast<std::uint32_t>(unit), flags_of_list(*element(at + 2))));
  destination(*element(at + 5));
}

// The fields that the operations of bs_match begin with.
void Translator::match_fields(Operation operation) {
  op(operation);
  target(args_[0]);
  source(args_[1]);
}

}  // namespace noderuntime
