#include "noderuntime/notation/elixir_names.h"

#include <algorithm>
#include <iterator>

#include "common/wire/utf8.h"

namespace noderuntime::notation {
namespace {

// Operators that need no quotes behind a colon, the longer ones first.
constexpr std::string_view operators[] = {
    "..//", "<<>>", "!==", "+++", "---", "~>>", "&&&", "<~>", "<<~",  "<<<", ">>>", "===", "|||",
    "...",  "%{}",  "~~~", "^^^", "!=",  "++",  "--",  "->",  "~>",   "&&",  "**",  "<-",  "<~",
    "<>",   "<=",   ">=",  "=~",  "==",  "|>",  "||",  "..",  "\\\\", "{}",  "!",   "@",   "^",
    "+",    "-",    "&",   "*",   "/",   "<",   ">",   "=",   "|",    ".",   "%"};

enum class Script { none, any, latin, greek, cyrillic, east_asian };

// A name with letters of different scripts is quoted, because it may be meant to deceive.
Script script_of(char32_t c) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return Script::latin;
  if (c >= 0xC0 && c <= 0x24F && c != 0xD7 && c != 0xF7) return Script::latin;
  if (c == 0x386 || (c >= 0x388 && c <= 0x3CE && c != 0x38B && c != 0x38D && c != 0x3A2))
    return Script::greek;
  if (c >= 0x400 && c <= 0x45F) return Script::cyrillic;
  if ((c >= 0x3041 && c <= 0x3096) || (c >= 0x30A1 && c <= 0x30FA) || (c >= 0x4E00 && c <= 0x9FA5))
    return Script::east_asian;
  return Script::none;
}

bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }
// Letters, digits and _, with `at_sign` also @; optionally ! or ? at the end.
bool is_identifier(std::string_view text, bool at_sign) {
  if (!text.empty() && (text.back() == '?' || text.back() == '!')) text.remove_suffix(1);
  Script script = Script::any;
  for (std::size_t at = 0, index = 0; at < text.size(); ++index) {
    char32_t c = *utf8::next(text, at);
    if (c == '_' || (index > 0 && (is_digit(c) || (at_sign && c == '@')))) continue;
    Script here = script_of(c);
    if (here == Script::none || (script != Script::any && script != here)) return false;
    script = here;
  }
  return !text.empty();
}

bool is_alias(std::string_view text) {
  constexpr std::string_view root = "Elixir";
  if (text.substr(0, root.size()) != root) return false;
  text.remove_prefix(root.size());
  while (!text.empty()) {
    if (text[0] != '.' || text.size() == 1 || !is_upper(text[1])) return false;
    std::size_t end = 1;
    while (end < text.size() && (is_digit(text[end]) || text[end] == '_' || is_upper(text[end]) ||
                                 (text[end] >= 'a' && text[end] <= 'z')))
      ++end;
    text.remove_prefix(end);
  }
  return true;
}

}  // namespace

bool is_identifier_start(char32_t c) { return c == '_' || c > 0xA9 || script_of(c) != Script::none; }
bool is_identifier_part(char32_t c) { return is_identifier_start(c) || is_digit(c); }

std::string_view operator_at(std::string_view text) {
  for (auto one : operators)
    if (text.substr(0, one.size()) == one) return one;
  return {};
}

AtomForm atom_form(std::string_view text) {
  if (is_alias(text)) return AtomForm::alias;
  bool plain = is_identifier(text, true) || (!text.empty() && operator_at(text) == text);
  return plain ? AtomForm::plain : AtomForm::quoted;
}

bool is_function_name(std::string_view text) {
  return (is_identifier(text, false) && !is_upper(text[0])) || (!text.empty() && operator_at(text) == text);
}

}  // namespace noderuntime::notation
