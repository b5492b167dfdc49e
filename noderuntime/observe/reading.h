// Reads what nodes answer. Nodes are not trusted: what does not have the expected form is absent, and texts are
// bounded and valid UTF-8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <noderuntime/terms.h>

namespace noderuntime::observe {

using Number = std::optional<std::int64_t>;

// Integers up to this size are exact in JSON readers that use floats.
inline constexpr std::int64_t most_exact = std::int64_t{1} << 53;

// The text, with U+FFFD in place of bytes that are not UTF-8; longer ones are cut to `limit` bytes and end in "…".
std::string clean(std::string_view text, std::size_t limit);
// The term in Erlang syntax, cut likewise.
std::string shown(Term term, std::size_t limit);
// A list of characters, or a binary. nullopt for other terms.
std::optional<std::string> text_in(Term term, std::size_t limit);

Number count_in(Term term);                               // an integer from 0 to most_exact
Number integer_in(Term term);                             // any integer of 64 bits
Number first_in(Term term);                               // the first element of a tuple, a count
Number count_at(Term properties, Atom key);               // in a list of pairs
std::optional<Term> value_at(Term properties, Atom key);  // in a list of pairs; the first one
// The elements of a list, at most `most` of them; those of an improper list up to its tail; none of other terms.
std::vector<Term> some_elements(Term list, std::size_t most);
std::string pid_text(const Pid& pid);                   // as on its own node: <0.85.0>
std::string function_text(Term module_function_arity);  // m:f/2; another term: shown()

// An object of JSON in the making. What is absent is left out.
class Object {
 public:
  explicit Object(Terms& terms) : terms_{terms} {}
  Object& add(std::string_view name, Term value);
  Object& add(std::string_view name, Number number);
  Object& add(std::string_view name, std::optional<double> number);  // rounded to three digits
  Object& add(std::string_view name, const std::string& text);
  Object& add(std::string_view name, const char* text) { return add(name, std::string{text}); }
  Object& flag(std::string_view name, bool value);
  Term term() { return terms_.map_of(entries_); }

 private:
  Terms& terms_;
  std::vector<std::pair<Term, Term>> entries_;
};

}  // namespace noderuntime::observe
