// Elixir's classes of atoms by their text (Macro.inspect_atom, String.Tokenizer).
#pragma once

#include <string>
#include <string_view>

namespace noderuntime::notation {

inline constexpr std::string_view alias_prefix = "Elixir.";

inline bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

// Whether it may start a name: a letter of any script.
bool is_identifier_start(char32_t c);
bool is_identifier_part(char32_t c);

// Foo.Bar; :foo; :"not so plain". Elixir has tables of letters; this has some scripts, and quotes names in
// others, which is read the same.
enum class AtomForm { alias, plain, quoted };
AtomForm atom_form(std::string_view text);
bool is_function_name(std::string_view text);  // needs no quotes behind a dot

std::string_view operator_at(
    std::string_view text);  // the longest operator at the start of the text; may be empty

}  // namespace noderuntime::notation
