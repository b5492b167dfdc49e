// Terms as text in several notations, for people and programs.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "noderuntime/term/heap.h"

namespace noderuntime {

enum class Notation { erlang, lfe, elixir, json };
std::optional<Notation> notation_of(std::string_view name);  // "erlang", "lfe", "elixir", "json"

struct WriteOptions {
  bool strings = true;  // print lists and binaries of printable characters as text; JSON ignores it
  bool pretty = false;  // break lines longer than `width`
  unsigned width = 80;
};
// Returns UTF-8, in the form of io:format ~tp (lists are text up to character 255), of LFE's shell, of
// Elixir's inspect, or of docs/json.md.
std::string write_term(Term term, Notation notation, const WriteOptions& options = {});

struct ReadOptions {
  std::optional<Term> self;  // the term for `$self` in the text (JSON: the string "$self")
};
// Reads one term from UTF-8.
//   errors  bad_text  context: LINE:COLUMN and what was not understood
//           too_many_atoms
Result<OwnedTerm> read_term(std::string_view text, Notation notation, const ReadOptions& options = {});

struct CallText {
  Atom module, function;
  OwnedTerm arguments;  // a list
};
// Reads a call as it is typed: Erlang `lists:seq(1,3)`, LFE `(lists:seq 1 3)`, Elixir `Enum.sum([1,2])` or
// `:lists.seq(1,3)`. Without arguments the parentheses may be omitted. JSON has no calls, so Erlang's syntax
// is read. Errors as above.
Result<CallText> read_call(std::string_view text, Notation notation, const ReadOptions& options = {});

}  // namespace noderuntime
