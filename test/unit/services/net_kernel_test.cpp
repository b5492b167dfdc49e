// Claims about the service net_kernel.
#include "test/unit/services/service_world.h"

using namespace noderuntime;
using namespace noderuntime::test;

TEST_CASE("net_kernel: is_auth is answered with yes, to the alias or to the caller", "[services]") {
  ServiceWorld world;
  world.ask(atoms::net_kernel, "{'$gen_call',{'$peer',tag},{is_auth,peer@there}}");
  CHECK(world.answers() == std::vector<std::string>{"pid <- {tag,yes}"});
  world.ask(atoms::net_kernel, "{'$gen_call',{'$peer',[alias|'$alias']},{is_auth,peer@there}}");
  auto answers = world.answers();
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].substr(0, 5) == "alias");
}

TEST_CASE("net_kernel: unknown messages are dropped, and the service continues", "[services]") {
  ServiceWorld world;
  for (auto* garbage : {"hello", "{'$gen_call',x,y}", "{'$gen_call',{'$peer',tag},{unknown}}", "{}", "[1]"})
    world.ask(atoms::net_kernel, garbage);
  CHECK(world.answers().empty());
  CHECK(world.processes.names().whereis(atoms::net_kernel) != nullptr);
}
