// Terms as text in the notations that people and programs use.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "noderuntime/term/heap.h"

namespace noderuntime {

enum class Notation { erlang, lfe, elixir, json };
std::optional<Notation> notation_of(std::string_view name);  // "erlang", "lfe", "elixir", "json"

struct WriteOptions {
  bool strings = true;  // lists and binaries of printable characters as text; JSON does not look at it
  bool pretty = false;  // line breaks where the text is longer than `width`
  unsigned width = 80;
};
// UTF-8. As io:format ~tp (lists are text up to character 255), LFE's shell, Elixir's inspect, and
// docs/json.md have it.
std::string write_term(Term term, Notation notation, const WriteOptions& options = {});

struct ReadOptions {
  std::optional<Term> self;  // what `$self` in the text stands for (JSON: the string "$self")
};
// Reads one term, UTF-8.
//   errors  bad_text  context: LINE:COLUMN and what was not understood
//           too_many_atoms
Result<OwnedTerm> read_term(std::string_view text, Notation notation, const ReadOptions& options = {});

struct CallText {
  Atom module, function;
  OwnedTerm arguments;  // a list
};
// Reads a call as it is typed: Erlang `lists:seq(1,3)`, LFE `(lists:seq 1 3)`, Elixir `Enum.sum([1,2])` or
// `:lists.seq(1,3)`. What takes no arguments may stand without its parentheses. JSON has no calls: Erlang's
// spelling is read. Errors as above.
Result<CallText> read_call(std::string_view text, Notation notation, const ReadOptions& options = {});

}  // namespace noderuntime
