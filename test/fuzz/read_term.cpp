// Reads any text as a term and as a call in the notation that the first byte chooses. A term that was read is
// written, and must be the same when it is read again.
#include <cstdlib>

#include "noderuntime/notation/notation.h"
#include "noderuntime/term/order.h"
#include "noderuntime/term/visit.h"

namespace {

using namespace noderuntime;

bool has_unreadable(Term term) {
  bool found = false;
  for_each_term(term, [&](Term inner) { found |= inner.is_pid() || inner.is_fun(); });
  return found;
}

// In a tuple, where a quote is one.
void check(Term term, Notation notation) {
  Heap heap;
  Term wrapped = make_tuple(heap, {term});
  auto text = write_term(wrapped, notation);
  auto again = read_term(text, notation);
  if (!again || !exactly_equal(again->term(), wrapped)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
  Notation notation = data[0] == 'l'   ? Notation::lfe
                      : data[0] == 'x' ? Notation::elixir
                      : data[0] == 'j' ? Notation::json
                                       : Notation::erlang;
  ReadOptions options{local_pid(1, 2)};
  (void)read_call(text, notation, options);
  auto term = read_term(text, notation, options);
  if (!term) return 0;
  for (auto target : {Notation::erlang, Notation::lfe, Notation::elixir, Notation::json})
    (void)write_term(term->term(), target, {.pretty = true, .width = 20});
  if (notation != Notation::json && !has_unreadable(term->term())) check(term->term(), notation);
  return 0;
}
