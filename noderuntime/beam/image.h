// A module as it is loaded: what does not depend on where it is linked.
// Shared by all instances, found by MD5.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/wire/md5.h"
#include "noderuntime/beam/operations.h"
#include "noderuntime/term/heap.h"

namespace noderuntime {

class LiteralSpace;

struct FunctionName {
  Atom module, function;
  std::uint32_t arity = 0;
  friend bool operator==(const FunctionName&, const FunctionName&) = default;
};

struct Image {
  struct Function {       // in the order of their code
    std::uint32_t begin;  // where its function_clause is; its code ends where the next function begins
    std::uint32_t entry;
    Atom name;
    std::uint32_t arity;
  };
  struct Export {  // sorted by name and arity
    Atom name;
    std::uint32_t arity, entry;
  };
  struct Lambda {  // in the order of the FunT chunk, which a fun's index counts in
    Atom name;
    std::uint32_t arity;  // free variables excluded
    std::uint32_t free_count, entry, index, old_uniq;
  };
  struct Line {
    std::uint32_t offset;
    std::uint32_t item;
  };  // item 0: unknown
  struct LineItem {
    std::uint32_t file, line;
  };  // file 0: the module's own

  Atom module;
  Digest md5{};
  std::vector<std::uint32_t> code;
  std::vector<Term> constants;  // in the literal space, or immediate
  std::vector<FunctionName> imports;
  std::vector<Function> functions;
  std::vector<Export> exports;
  std::vector<Lambda> lambdas;
  std::vector<Line> lines;  // in the order of their code
  std::vector<LineItem> line_items;
  std::vector<Term>
      files;  // names, as lists of characters in the literal space; the first is the module's own
  // Found by the verifier, in ascending order. Both happen only if a type is not what the compiler took it for.
  std::vector<std::uint32_t> results_on_failure;  // bif1 to bif3: after a failure too, the result is read
  std::vector<std::uint32_t> raises_in_receive;   // an exception while a message is looked at
  Buffer strings;                                 // StrT
  Buffer attributes, compile_info;                // external terms, as in the file
  std::uint32_t x_registers = 0, float_registers = 0;
  std::uint32_t on_load_entry = 0;  // 0: none
  std::span<const Word> literals;   // of the constants that do not fit a word
  Buffer file;                      // to be lent to other nodes
  HeldShare held;                   // the account of what others make us hold counts bytes()
  // Breakpoints at entries of functions, kept by tracing/. While they are set, the first instruction of such a function is
  // Operation::breakpoint; nothing else of a shared image ever changes.
  mutable std::shared_ptr<void> breakpoints;

  const Export* find_export(Atom name, std::uint32_t arity) const;
  const Function* function_at(std::uint32_t offset) const;  // null: none
  const LineItem* line_at(std::uint32_t offset) const;      // null: unknown
  std::size_t bytes() const;                                // that it holds, without its literals
};

// The code of a module as text, one instruction per line, for tests and debugging.
std::string disassemble(const Image& image);

}  // namespace noderuntime
