// Claims about the service rex, the server of OTP's module rpc.
#include "test/unit/services/service_world.h"

using namespace noderuntime;
using namespace noderuntime::test;

TEST_CASE("rex: says that it knows erpc", "[services]") {
  ServiceWorld world;
  world.ask(atoms::rex, "{'$peer',features_request}");
  CHECK(world.answers() == std::vector<std::string>{"pid <- {features_reply,us@here,[erpc]}"});
}

TEST_CASE("rex: a call runs in a process of the prelude's rex with the caller's group leader", "[services]") {
  ServiceWorld world;
  world.ask(atoms::rex, "{'$gen_call',{'$peer',tag},{call,math,pi,[],'$peer'}}");
  REQUIRE(world.started.size() == 1);
  CHECK(world.started[0].module == atoms::rex);
  CHECK(world.started[0].function == Atom::of("call"));
  CHECK(world.started[0].leader == world.remote(1));
  Term arguments = world.started[0].arguments.term();
  CHECK(to_text(arguments.tail().tail()) == "[math,pi,[]]");
}

TEST_CASE("rex: the forms of C nodes and casts are taken", "[services]") {
  ServiceWorld world;
  world.ask(atoms::rex, "{'$peer',{call,math,pi,[],user}}");
  world.ask(atoms::rex, "{'$gen_cast',{cast,math,pi,[],'$peer'}}");
  REQUIRE(world.started.size() == 2);
  CHECK(world.started[0].function == Atom::of("cnode_call"));
  CHECK(world.started[1].function == Atom::of("cast"));
}

TEST_CASE("rex: sbcast delivers to a name, and says when there is none", "[services]") {
  ServiceWorld world;
  auto server = world.actor();
  world.processes.names().register_name(Atom::of("server"), *server.process);
  world.ask(atoms::rex, "{'$peer',{sbcast,server,hello}}");
  CHECK(text(*server.log) == "hello");
  world.ask(atoms::rex, "{'$peer',{sbcast,nobody,hello}}");
  CHECK(world.answers() == std::vector<std::string>{"pid <- {rex,us@here,us@here}",
                                                    "pid <- {rex,us@here,{nonexisting_name,nobody}}"});
}

TEST_CASE("rex: it says that its messages are off the heap, as on OTP", "[services]") {
  ServiceWorld world;
  for (Atom name : {atoms::rex, Atom::of("logger_proxy")})
    CHECK(world.processes.names().whereis(name)->settings().message_queue_data == atoms::off_heap);
}

TEST_CASE("rex: malformed requests are dropped, and the service continues", "[services]") {
  ServiceWorld world;
  for (auto* garbage :
       {"{'$gen_call',{'$peer',tag},{call,1,2,3,4}}", "{'$peer',{call}}", "{'$gen_cast',x}", "[]"})
    world.ask(atoms::rex, garbage);
  CHECK(world.started.empty());
  CHECK(world.processes.names().whereis(atoms::rex) != nullptr);
}
