// Claims about the service `user`, the console: what it prints, and which processes wait while nobody reads.
#include "noderuntime/services/user.h"
#include "test/unit/services/service_world.h"

using namespace noderuntime;
using namespace noderuntime::test;

namespace {

std::string put(const std::string& text, int number) {
  return "{io_request,'$peer'," + std::to_string(number) + ",{put_chars,unicode,<<\"" + text + "\">>}}";
}
std::string reply(int number, const std::string& answer = "ok") {
  return "pid <- {io_reply," + std::to_string(number) + "," + answer + "}";
}
using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("user: what is printed is answered", "[services]") {
  ServiceWorld world;
  world.ask(atoms::user, put("text", 1));
  CHECK(world.surroundings.printed == "text");
  CHECK(world.answers() == Texts{reply(1)});
}

TEST_CASE("user: while the console is full requests wait, in order, and nobody else does", "[services]") {
  ServiceWorld world;
  world.ask(atoms::user, put("a", 1));
  world.surroundings.console_full = true;
  CHECK(world.answers() == Texts{reply(1)});
  world.ask(atoms::user, put("b", 2));
  world.ask(atoms::user, "{io_request,'$peer',3,getopts}");
  world.ask(atoms::user, put("c", 4));
  CHECK(world.answers().empty());
  world.ask(atoms::user, "'$console_drained'");  // from a peer, while the console is still full
  CHECK(world.surroundings.printed == "a");
  world.ask(atoms::net_kernel, "{'$gen_call',{'$peer','$alias'},{is_auth,peer@there}}");
  CHECK(world.answers().size() == 1);

  world.surroundings.console_full = false;
  console_drained(world.processes);
  world.run();
  auto answers = world.answers();
  REQUIRE(answers.size() == 3);
  CHECK(answers[0] == reply(2));
  CHECK(answers[2] == reply(4));
  CHECK(world.surroundings.printed == "abc");
}

TEST_CASE("user: what waits is bounded; what comes beyond is an error", "[services]") {
  ServiceWorld world;
  world.surroundings.console_full = true;
  const std::string text(100'000, 'x');
  int count = 0;
  for (; world.surroundings.sent.empty() && count < 1'000; ++count) world.ask(atoms::user, put(text, count));
  CHECK(count == static_cast<int>(User::bytes_waiting / 100'000) + 1);
  CHECK(world.answers() == Texts{reply(count - 1, "{error,terminated}")});
  world.surroundings.console_full = false;
  console_drained(world.processes);
  world.run();
  CHECK(world.answers().size() == static_cast<std::size_t>(count - 1));
  world.ask(atoms::user, put("text", 1));
  CHECK(world.answers() == Texts{reply(1)});
}

TEST_CASE("user: without a reader, printing is an error", "[services]") {
  ServiceWorld world;
  world.surroundings.console_closed = true;
  world.ask(atoms::user, put("a", 1));
  world.ask(
      atoms::user,
      "{io_request,'$peer',2,{requests,[{put_chars,unicode,<<\"b\">>},{put_chars,unicode,<<\"c\">>}]}}");
  CHECK(world.answers() == Texts{reply(1, "{error,terminated}"), reply(2, "{error,terminated}")});
  CHECK(world.surroundings.printed == "ab");  // the third text was not printed
}

TEST_CASE("user: a text for which there is no memory is dropped, and the next one is served", "[services]") {
  ServiceWorld world;
  world.surroundings.console_out_of_memory = true;
  world.ask(atoms::user, put("a", 1));
  CHECK(world.answers().empty());
  world.surroundings.console_out_of_memory = false;
  world.ask(atoms::user, put("b", 2));
  CHECK(world.answers() == Texts{reply(2)});
}

TEST_CASE("services: a connection that is busy holds none of them back", "[services]") {
  ServiceWorld world;
  world.surroundings.busy = true;
  for (int i = 0; i < 3; ++i)
    world.ask(atoms::net_kernel, "{'$gen_call',{'$peer','$alias'},{is_auth,peer@there}}");
  CHECK(world.answers().size() == 3);
}
