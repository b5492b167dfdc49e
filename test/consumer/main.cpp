// A program that uses the installed library: it has its own poll() loop, which also serves the node, and
// posts work to the node's loop from another thread.
#include <poll.h>

#include <noderuntime/gen_server.h>
#include <noderuntime/local_node.h>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace noderuntime;

namespace {

void check(bool good, const char* what) {
  std::printf("%s %s\n", good ? "ok   " : "FALSE", what);
  if (!good) std::exit(1);
}

class Doubler final : public GenServer {
  void on_call(Self& self, Term from, Term request) override {
    auto number = self.as<std::int64_t>(request);
    reply(self, from, number ? 2 * *number : 0);
  }
};

// The program's own loop: poll() on its descriptors and on that of the node's loop.
void poll_until(EventLoop& loop, const bool& condition) {
  loop.run_ready();
  while (!condition) {
    pollfd descriptor{loop.descriptor(), POLLIN, 0};
    auto timeout = loop.timeout();
    poll(&descriptor, 1, timeout ? static_cast<int>(timeout->count()) : -1);
    loop.run_ready();
  }
}

}  // namespace

int main() {
  EventLoop loop;
  auto node = LocalNode::create(loop, {.cookie = "consumer"});
  check(node.ok(), "a node without a name starts");
  check((*node)->wait_until_up().ok(), "and is up at once");
  (*node)->spawn(std::make_unique<Doubler>(), {.name = "doubler"_atom});

  bool answered = false;
  Value answer;
  (*node)->act([&](Self& self) {
    self.gen_call("doubler"_atom, 21, [&](Self&, const CallResult& result) {
      answer = Value::of(result.term);
      answered = true;
    });
  });
  poll_until(loop, answered);
  check(print(answer.term()) == "42", "a call of a native gen_server, on a loop that is polled");

  check(print(Term::boolean(true)) == "true" && print(Term::boolean(false)) == "false", "booleans are terms");

  bool fired = false;
  loop.after(Milliseconds{20}, [&] { fired = true; });
  poll_until(loop, fired);
  check(fired, "a timer on a loop that is polled");

  bool posted = false;
  std::thread other{[&] { loop.post([&] { posted = true; }); }};
  poll_until(loop, posted);
  other.join();
  check(posted, "work of another thread runs on the loop's");

  (*node)->expose("consumer", "join", [](std::vector<std::string> words, std::string between) {
    std::string all;
    for (auto& word : words) all += (all.empty() ? "" : between) + word;
    return all;
  });
  auto joined = (*node)->call_and_wait((*node)->name(), "consumer"_atom, "join"_atom,
                                       [](Terms& terms) { return terms.list(terms.list("a", "b"), "-"); });
  check(joined && print(joined->term()) == "<<\"a-b\">>",
        "a function of the program, called on its own node");
  auto wrong = (*node)->call_and_wait((*node)->name(), "consumer"_atom, "join"_atom,
                                      [](Terms& terms) { return terms.list(1, 2); });
  check(!wrong && wrong.error().code == Errc::raised, "arguments of other types: function_clause");
  return 0;
}
