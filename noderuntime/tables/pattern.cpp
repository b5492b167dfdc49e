#include "noderuntime/tables/pattern.h"

#include "noderuntime/term/order.h"
#include "noderuntime/term/visit.h"

namespace noderuntime::tables {

namespace {

constexpr std::uint32_t most_variable = 100'000'000;  // as on OTP

}  // namespace

bool is_any(Term term) {
  static const Atom any = Atom::of("_");
  return term.is(any);
}

std::optional<std::uint32_t> variable_number(Term pattern) {
  if (!pattern.is_atom()) return std::nullopt;
  auto text = pattern.as_atom().text();
  if (text.size() < 2 || text[0] != '$') return std::nullopt;
  std::uint32_t number = 0;
  for (char digit : text.substr(1)) {
    if (digit < '0' || digit > '9') return std::nullopt;
    number = 10 * number + static_cast<std::uint32_t>(digit - '0');
    if (number > most_variable) return std::nullopt;
  }
  return number;
}

bool has_variables(Term pattern) {
  if (is_immediate(pattern)) return is_any(pattern) || variable_number(pattern);
  bool found = false;
  for_each_term(pattern, [&](Term part) { found = found || is_any(part) || variable_number(part); });
  return found;
}

bool is_unknown(Term pattern) { return pattern.is_map() || is_any(pattern) || variable_number(pattern); }

int compare_known_part(Term pattern, Term term) {
  struct Rest {
    const Term* pattern;
    const Term* term;
    std::size_t count;
  };
  FrameStack<Rest, 8> open;
  Rest rest{&pattern, &term, 1};
  for (;;) {
    if (rest.count == 0) {
      if (open.empty()) return 0;
      open.pop(rest);
      continue;
    }
    Term known = *rest.pattern++, other = *rest.term++;
    --rest.count;
    if (is_unknown(known)) return 0;
    bool cells = known.is_cons() && other.is_cons();
    if (!cells && !(known.is_tuple() && other.is_tuple(known.arity()))) {
      if (int order = compare(known, other)) return order;
      continue;
    }
    if (rest.count > 0) open.push(rest);
    rest = cells ? Rest{cell_of(known), cell_of(other), 2}
                 : Rest{elements_of(known), elements_of(other), known.arity()};
  }
}

}  // namespace noderuntime::tables
