// Reads terms and calls in a notation for the tests, and shows the results in Erlang syntax.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "test/unit/catch.h"

#include "noderuntime/notation/notation.h"

namespace noderuntime::test {

using Readings = std::initializer_list<std::pair<const char*, const char*>>;

// Reads a call. Returns `module function arguments` in Erlang syntax, or the place of the error.
inline std::string call_text(std::string_view text, Notation notation) {
  auto call = read_call(text, notation);
  if (!call) return call.error().context;
  return std::string{call->module.text()} + ' ' + std::string{call->function.text()} + ' ' +
         write_term(call->arguments.term(), Notation::erlang, {.strings = false});
}

// Reads a term. Returns it in Erlang syntax, or the place of the error.
inline std::string read_text(std::string_view text, Notation notation) {
  auto term = read_term(text, notation);
  return term ? write_term(term->term(), Notation::erlang) : term.error().context;
}

}  // namespace noderuntime::test
