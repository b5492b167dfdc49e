#include "noderuntime/tables/keys.h"

#include <algorithm>

#include "noderuntime/tables/pattern.h"
#include "noderuntime/term/order.h"
#include "noderuntime/term/pace.h"

namespace noderuntime::tables {

void Keys::begin() {
  kind = Kind::these;
  terms.clear();
}

bool Keys::add(Term pattern) {
  pace.spend(1);
  if (has_variables(pattern)) kind = is_unknown(pattern) ? Kind::any : Kind::between;
  terms.push_back(pattern);
  return kind != Kind::any;
}

void Keys::finish() {
  // Each key of a walk may be compared with all patterns.
  constexpr std::size_t most_patterns = 8;
  if (kind == Kind::these && terms.size() > 1) {
    std::sort(terms.begin(), terms.end(), [](Term a, Term b) { return pace.spend(1), compare(a, b) < 0; });
    std::size_t kept = 0;
    for (Term key : terms) {
      pace.spend(1);
      bool again = kept > 0 && compare(terms[kept - 1], key) == 0;
      // 1 and 1.0 may be one key or two, depending on the table.
      if (again && !exactly_equal(terms[kept - 1], key)) kind = Kind::between;
      if (!again || kind == Kind::between) terms[kept++] = key;
    }
    terms.resize(kept);
  }
  if (kind == Kind::between && terms.size() > most_patterns) kind = Kind::any;
  if (kind == Kind::any) terms.clear();
}

int Keys::place(Term key) const {
  bool in_front = true, behind = true;
  for (Term pattern : terms) {
    int order = compare_known_part(pattern, key);
    in_front = in_front && order > 0;
    behind = behind && order < 0;
    if (!in_front && !behind) return 0;
  }
  return in_front ? -1 : 1;
}

}  // namespace noderuntime::tables
