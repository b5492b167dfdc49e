// Claims about the text of signals in the log at level trace.
#include "test/unit/catch.h"

#include "test/unit/distribution/support.h"

namespace noderuntime::distribution {

TEST_CASE("control: the trace of a signal is its operation, its tuple and its message", "[distribution]") {
  signal::Message message{test::pid_of(test::node_a(), 11), test::pid_of(test::node_b(), 22),
                          Term::atom(Atom::of("hello"))};
  auto text = trace(message, {test::node_b(), test::node_a(), visible_flags});
  CHECK(text.starts_with("SEND_SENDER {22,"));
  CHECK(text.ends_with("} <- hello"));
}

}  // namespace noderuntime::distribution
