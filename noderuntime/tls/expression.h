// Reads one Erlang expression of constants, as it stands in the option file of OTP's TLS distribution.
// Source: Erlang Reference Manual, "Data Types" and "Expressions"; epp, "Source File Encoding".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <noderuntime/result.h>

namespace noderuntime::tls {

inline constexpr std::size_t max_optfile_bytes = std::size_t{256} << 10;  // real files have 1 or 2 KiB
inline constexpr int max_expression_depth = 32;                           // real files have 8

struct Expression {
  enum class Kind {
    atom,      // text: its name, in UTF-8
    integer,   // number
    string,    // text
    binary,    // text
    list,      // parts: its elements
    tuple,     // parts: its elements
    map,       // parts: key, value, key, value, …
    function,  // fun Module:Function/Arity; text: "Module:Function/Arity"
    call,      // Module:Function(Arguments), which is not evaluated; text: "Module:Function"
    code,      // fun (…) -> … end, which is not read
  };
  Kind kind = Kind::list;
  int line = 1;  // of its first token
  std::string text{};
  std::int64_t number = 0;
  std::vector<Expression> parts{};

  bool is_atom(std::string_view name) const { return kind == Kind::atom && text == name; }
};

// The only expression of `source`, which ends with a dot. Characters are Latin-1, unless a comment in one
// of the first two lines says "coding: utf-8". The text of a string has the bytes of the file; an escape
// sequence above the file's characters stands there in UTF-8.
// Errors: configuration; the context begins with "line N: ".
Result<Expression> read_expression(std::string_view source);

// The error of read_expression() and its callers.
Error wrong_at(int line, const std::string& what);

}  // namespace noderuntime::tls
