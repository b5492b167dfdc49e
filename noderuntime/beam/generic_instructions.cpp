// Reads the rows when it is compiled, and checks them: a row that does not fit does not compile.
#include "noderuntime/beam/generic_instructions.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "noderuntime/beam/operation_rows.h"

namespace noderuntime {

namespace {

constexpr std::uint8_t digit(char letter) { return static_cast<std::uint8_t>(letter - '0'); }

// The rule of a bare operand, by the letter of the field.
constexpr FieldRule::Kind rule_of_field(char field) {
  if (is_source(field)) return FieldRule::source;
  if (is_register(field)) return FieldRule::register_of_code;
  switch (field) {
    case 'l':
    case 'e': return FieldRule::label;
    case 'F': return FieldRule::function_label;
    case 'n':
    case 'w': return FieldRule::number;
    case 'x': return FieldRule::arguments;
    case 'i': return FieldRule::import;
    case 'f': return FieldRule::float_register;
    case '*': return FieldRule::repeated;
    default: return FieldRule::wrong;
  }
}

constexpr FieldRule segment_rule(Segment::Kind kind, char flags, std::uint8_t unit = FieldRule::no_operand) {
  return {FieldRule::segment, digit(flags), static_cast<std::uint8_t>(kind), unit};
}

constexpr FieldRule read_rule(std::string_view word, char field) {
  char last = word.back();
  if (word.size() == 1) return {rule_of_field(field), digit(last)};
  if (word == "=undefined") return {FieldRule::undefined};
  if (word.starts_with("U8:")) return segment_rule(Segment::utf8, last);
  if (word.starts_with("U16:")) return segment_rule(Segment::utf16, last);
  if (word.starts_with("U32:")) return segment_rule(Segment::utf32, last);
  switch (word[0]) {
    case '=': return {FieldRule::constant_number, FieldRule::no_operand, digit(last)};
    case 'v': return {FieldRule::value, digit(last)};
    case 'i': return {FieldRule::integer, digit(last)};
    case 'b': return {FieldRule::bits, digit(last)};
    case 'f': return {FieldRule::flags, digit(last)};
    case '?': return {FieldRule::optional_label, digit(last)};
    case 'I': return segment_rule(Segment::integer, last, digit(word[1]));
    case 'B': return segment_rule(Segment::binary, last, digit(word[1]));
    case 'F': return segment_rule(Segment::floating, last, digit(word[1]));
    default: return {};
  }
}

// Whether the rule makes what the field holds.
constexpr bool suits(const FieldRule& rule, char field) {
  switch (rule.kind) {
    case FieldRule::wrong: return false;
    case FieldRule::integer:
    case FieldRule::bits:
    case FieldRule::undefined: return is_source(field);
    case FieldRule::optional_label: return field == 'l' || field == 'e';
    case FieldRule::segment: return field == 'g';
    case FieldRule::flags: return field == 'n';
    case FieldRule::value: return field == 'n' || field == 'w' || field == 'k' || field == '*';
    case FieldRule::constant_number: return field == 'n' || (field == 'e' && rule.number_or_segment == 0);
    default: return rule.kind == rule_of_field(field);
  }
}

constexpr GenericRow read_row(const char* name, int arity, std::string_view how, Operation operation,
                              std::string_view operands) {
  GenericRow row{name, arity, how != "unused", how == "by_row", operation, 0, {}};
  auto letters = operation_row(operation).fields;
  while (!operands.empty()) {
    auto end = std::min(operands.find(' '), operands.size());
    char letter = row.field_count < letters.size() ? letters[row.field_count] : ' ';  // ' ': no rule suits
    row.fields[row.field_count] = read_rule(operands.substr(0, end), letter);
    ++row.field_count;
    operands.remove_prefix(std::min(end + 1, operands.size()));
  }
  return row;
}

constexpr auto read_rows() {
  using enum Operation;
  constexpr Operation none = unreachable;
  return std::array{GenericRow{"none", 0, false, false, none, 0, {}},
#define NODERUNTIME_GENERIC_ROW(number, name, arity, how, operation, operands) \
  read_row(#name, arity, #how, operation, operands),
                    NODERUNTIME_GENERIC_INSTRUCTIONS(NODERUNTIME_GENERIC_ROW)
#undef NODERUNTIME_GENERIC_ROW
  };
}

constexpr auto generic_rows = read_rows();

constexpr unsigned generic_numbers[] = {0,
#define NODERUNTIME_GENERIC_NUMBER(number, ...) number,
                                        NODERUNTIME_GENERIC_INSTRUCTIONS(NODERUNTIME_GENERIC_NUMBER)
#undef NODERUNTIME_GENERIC_NUMBER
};

constexpr bool are_in_order() {
  for (unsigned i = 0; i < generic_rows.size(); ++i)
    if (generic_numbers[i] != i) return false;
  return true;
}

// Each field has a rule that suits it. Of the elements of a list, only operands become fields.
constexpr bool has_all_fields(const GenericRow& row) {
  auto letters = operation_row(row.operation).fields, repeated = operation_row(row.operation).repeated;
  if (row.field_count == 0 && !row.by_row) return true;
  if (row.field_count != letters.size()) return false;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    if (!suits(row.fields[i], letters[i])) return false;
    if (row.fields[i].kind == FieldRule::repeated && repeated.find_first_not_of("sd") != repeated.npos)
      return false;
  }
  return true;
}

constexpr bool has_all_operands(const GenericRow& row) {
  auto exists = [&](std::uint8_t operand) {
    return operand == FieldRule::no_operand || operand < static_cast<unsigned>(row.arity);
  };
  return std::all_of(row.fields, row.fields + row.field_count,
                     [&](auto& rule) { return exists(rule.operand) && exists(rule.unit); });
}

constexpr bool has_operation(const GenericRow& row) {
  return !row.by_row || row.operation != Operation::unreachable;
}

static_assert(are_in_order(), "a number is missing");
static_assert(std::all_of(generic_rows.begin(), generic_rows.end(), has_operation),
              "a row by_row has no operation");
static_assert(std::all_of(generic_rows.begin(), generic_rows.end(), has_all_fields),
              "the operands of a row do not fit the fields of its operation");
static_assert(std::all_of(generic_rows.begin(), generic_rows.end(), has_all_operands),
              "a row names an operand that the instruction does not have");

}  // namespace

const GenericRow* generic_row(unsigned number) {
  return number >= 1 && number < generic_rows.size() ? &generic_rows[number] : nullptr;
}

}  // namespace noderuntime
