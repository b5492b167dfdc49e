#include "noderuntime/machine/paced.h"

#include "noderuntime/term/map.h"
#include "noderuntime/term/order.h"
#include "noderuntime/term/pace.h"

namespace noderuntime::paced {

int compare(Term a, Term b) {
  MayPause may_pause;
  return order_detail::compare(a, b, false);
}

bool equal(Term a, Term b) {
  MayPause may_pause;
  return order_detail::equal(a, b, false);
}

bool exactly_equal(Term a, Term b) {
  MayPause may_pause;
  return order_detail::equal(a, b, true);
}

const Term* find(Term map, Term key) {
  MayPause may_pause;
  return map::find(map, key);
}

std::optional<Term> get_integer(Heap& heap, MatchContext& context, std::uint64_t bits, std::uint32_t flags) {
  MayPause may_pause;
  return binaries::get_integer(heap, context, bits, flags);
}

}  // namespace noderuntime::paced
