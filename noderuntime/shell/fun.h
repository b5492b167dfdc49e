// What is known of a fun of another node.
#pragma once

#include <optional>

#include "noderuntime/term/heap.h"

namespace noderuntime::shell {

// nullopt: not a fun.
inline std::optional<std::uint64_t> arity_of_fun(Term term) {
  if (!term.is_fun()) return std::nullopt;
  auto* object = box_of(term);
  if (kind_of(term) == Kind::export_fun) return reinterpret_cast<ExportFun*>(object)->arity;
  return reinterpret_cast<FunObject*>(object)->arity;
}

}  // namespace noderuntime::shell
