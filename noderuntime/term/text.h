// Terms as Erlang text.
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
  std::size_t limit = std::numeric_limits<std::size_t>::max();  // bytes, about; what is beyond becomes "..."
};

// UTF-8 without `unicode` too (~p of a Latin-1 shell), without line breaks. Local pids are
// <0.ID.SERIAL>, others <NAME@HOST.ID.SERIAL>.
std::string to_text(Term, const TextOptions& = {});
std::string atom_to_text(Atom, bool unicode = true);  // quoted where needed
bool is_printable(char32_t c, bool unicode);          // whether ~p (`unicode`: ~tp) prints it as a character
std::string float_to_text(double);  // the shortest digits that read back, as float_to_list(F, [short])

struct ParseOptions {
  std::optional<Term> self;  // what `$self` stands for; without it that is an error
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
