// Patterns: terms with variables ('$0', '$1' …) and '_', which matches anything.
#pragma once

#include <cstdint>
#include <optional>

#include "noderuntime/term/layout.h"

namespace noderuntime::tables {

bool is_any(Term term);                                      // '_'
std::optional<std::uint32_t> variable_number(Term pattern);  // nullopt: not a variable
bool has_variables(Term pattern);                            // or '_', at any depth

// Whether nothing is known of the place of matching terms in the order of terms: a variable, '_', or a map, which
// matches maps with more keys.
bool is_unknown(Term pattern);
// The order of a pattern and a term, as compare(), up to the first part of the pattern that is unknown; zero if they are
// equal up to there. All terms for which it is zero stand together in the order of terms.
int compare_known_part(Term pattern, Term term);

}  // namespace noderuntime::tables
