#include "test/unit/catch.h"

#include "test/unit/distribution/support.h"

namespace noderuntime::distribution {

TEST_CASE("control: a trace for people", "[distribution]") {
  signal::Message message{test::pid_of(test::node_a(), 11), test::pid_of(test::node_b(), 22),
                          Term::atom(Atom::of("hello"))};
  auto text = trace(message, {test::node_b(), test::node_a(), visible_flags});
  CHECK(text.starts_with("SEND_SENDER {22,"));
  CHECK(text.ends_with("} <- hello"));
}

}  // namespace noderuntime::distribution
