// Reads any text as a term in Erlang syntax. A term that was read is printed, and must be the same when it is
// read again.
#include <cstdlib>

#include "noderuntime/term/order.h"
#include "noderuntime/term/text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace noderuntime;
  auto parsed = parse_text({reinterpret_cast<const char*>(data), size});
  if (!parsed) return 0;
  for (bool strings : {false, true})
    for (bool unicode : {false, true}) {
      auto again = parse_text(to_text(parsed->term(), {.strings = strings, .unicode = unicode}));
      if (!again || !exactly_equal(again->term(), parsed->term())) std::abort();
    }
  return 0;
}
