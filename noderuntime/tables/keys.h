// Which keys the objects can have that match patterns.
#pragma once

#include <vector>

#include "noderuntime/term/layout.h"
#include "noderuntime/term/memory.h"

namespace noderuntime::tables {

struct Keys {
  enum class Kind : std::uint8_t {
    any,
    these,    // `terms`, in the order of terms and without duplicates
    between,  // in the order of terms from the first to the last one that some pattern of `terms` can match
  } kind = Kind::any;
  std::vector<Term, HeldAllocator<Term>> terms;

  // To find out: begin(), then add() what the keys match, one pattern after the other, then finish(). At the pace of the
  // process. After an add() that returns false, nothing more has to be added.
  void begin();
  bool add(Term pattern);
  void finish();

  // `between`: whether the key is in front of all that can match (negative), behind them (positive), or neither.
  int place(Term key) const;
};

}  // namespace noderuntime::tables
