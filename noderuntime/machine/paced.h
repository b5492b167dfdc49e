// Operations of instructions that may take long, on terms of the running process: it can be paused in them (pace.h). What
// is quick stays in the instruction (SHORT_KEY and the comparisons in instructions/macros.inc). Before each call the
// interpreter's save(): others may look at a process that is paused.
#pragma once

#include <cstdint>
#include <optional>

#include "noderuntime/machine/binaries.h"
#include "noderuntime/term/layout.h"

namespace noderuntime::paced {

// As in term/order.h. The terms are not the same word.
int compare(Term a, Term b);
bool equal(Term a, Term b);
bool exactly_equal(Term a, Term b);

const Term* find(Term map, Term key);  // as map::find()

// As binaries::get_integer().
std::optional<Term> get_integer(Heap& heap, MatchContext& context, std::uint64_t bits, std::uint32_t flags);

}  // namespace noderuntime::paced
