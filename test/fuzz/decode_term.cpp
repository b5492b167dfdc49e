// Decodes any bytes of the external format. A decoded term is encoded and decoded again, and must be the
// same; copies, order, hash and text must agree. Seeds: test/data/etf.
#include <cstdlib>

#include "noderuntime/external_format/decode.h"
#include "noderuntime/external_format/encode.h"
#include "noderuntime/term/hash.h"
#include "noderuntime/term/order.h"
#include "noderuntime/term/text.h"

namespace noderuntime {
namespace {

const NodeIdentity self{Atom::of("x@h.example"), Creation{7}};

void must(bool holds) {
  if (!holds) std::abort();
}

Result<Term> decode_in_steps(Heap& heap, Bytes input, std::size_t budget, AtomAllowance& atoms) {
  DecodeOptions options{self, &atoms};
  options.max_inflated = 1 << 20;
  Decoder decoder{heap, input, options};
  for (;;) {
    auto whole = decoder.run(budget);
    if (!whole) return whole.error();
    if (*whole) return decoder.term();
  }
}

void check(Term term, AtomAllowance& atoms) {
  EncodeOptions options{self};
  options.deterministic = true;
  auto bytes = encode(term, options);
  must(bytes.ok());
  Heap heap;
  auto again = decode_in_steps(heap, *bytes, 7, atoms);
  must(again.ok());
  must(exactly_equal(term, *again) && equal(term, *again));
  must(compare(term, *again) == 0 && compare_keys(term, *again) == 0);
  must(internal_hash(term) == internal_hash(*again));
  must(*encode(OwnedTerm::copy_of(*again).term(), options) == *bytes);
  to_text(term, {.strings = true, .unicode = true, .limit = 10'000});
  to_text(term, {.limit = 100});
}

}  // namespace
}  // namespace noderuntime

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace noderuntime;
  AtomAllowance atoms{1000};
  if (size > 0 && *data == 131) ++data, --size;
  Heap heap{64 * size + 100'000};  // one byte gives at most a list cell with a box of its own
  try {
    auto term = decode_in_steps(heap, {data, size}, 1'000'000, atoms);
    if (term) check(*term, atoms);
  } catch (const HeapLimitExceeded&) {
    must(data[0] == 80);  // only a compressed term may grow like that
  }
  return 0;
}
