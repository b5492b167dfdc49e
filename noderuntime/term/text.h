// Printing terms as Erlang text, and reading them.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "noderuntime/term/heap.h"

namespace noderuntime {

struct TextOptions {
  bool strings = false;  // "abc" and <<"abc">> where printable (~p); false: ~w
  bool unicode = false;  // ~tp, ~tw: UTF-8 output, code points above 255 are printable
  // bytes, roughly; the text beyond becomes "..."
  std::size_t limit = std::numeric_limits<std::size_t>::max();
};

// UTF-8, also without `unicode` (~p of a Latin-1 shell); no line breaks. Local pids are printed as
// <0.ID.SERIAL>, others as <NAME@HOST.ID.SERIAL>.
std::string to_text(Term, const TextOptions& = {});
std::string atom_to_text(Atom, bool unicode = true);  // quoted if needed
// whether ~p (with `unicode`: ~tp) prints it as a character
bool is_printable(char32_t c, bool unicode);
// the shortest digits that read back as the same float: float_to_list(F, [short])
std::string float_to_text(double);

struct ParseOptions {
  std::optional<Term> self;  // the term for `$self` in the text; without it, `$self` is an error
};

// Reads one term in Erlang syntax (numbers, atoms, strings, binaries, tuples, lists, maps, fun M:F/A), UTF-8;
// a final dot is allowed.
//   errors  bad_text  context: LINE:COLUMN and what was not understood
//           too_many_atoms
Result<OwnedTerm> parse_text(std::string_view text, const ParseOptions& = {});

struct ParsedCall {
  Atom module, function;
  OwnedTerm arguments;  // a list
};

// Reads `Module:Function(Arguments)`; without parentheses there are no arguments. Errors as above.
Result<ParsedCall> parse_call(std::string_view text, const ParseOptions& = {});

}  // namespace noderuntime
