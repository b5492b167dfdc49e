// How Elixir classifies the texts of atoms (Macro.inspect_atom, String.Tokenizer).
#pragma once

#include <string>
#include <string_view>

namespace noderuntime::notation {

inline constexpr std::string_view alias_prefix = "Elixir.";

// What reads as part of a name: letters of any script.
bool is_identifier_start(char32_t c);
bool is_identifier_part(char32_t c);

// Foo.Bar; :foo; :"not so plain". Elixir has tables of letters; here those of some scripts are known, and
// names in others are quoted, which reads as the same.
enum class AtomForm { alias, plain, quoted };
AtomForm atom_form(std::string_view text);
bool is_function_name(std::string_view text);  // stands behind a dot without quotes

std::string_view operator_at(
    std::string_view text);  // the longest operator that the text starts with; or empty

}  // namespace noderuntime::notation
