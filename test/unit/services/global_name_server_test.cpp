// Claims about the service global_name_server: the protocol of OTP's module global, with peers of several
// versions.
#include "test/unit/services/service_world.h"

using namespace noderuntime;
using namespace noderuntime::test;

namespace {

struct GlobalWorld : ServiceWorld {
  using ServiceWorld::ask;
  GlobalWorld() {
    announce_node(processes, atoms::nodeup, peer_node, true);
    run();
    first = answers();
  }
  void cast(const std::string& request) { ask(atoms::global_name_server, "{'$gen_cast'," + request + "}"); }
  std::vector<std::string> call(const std::string& request) {
    ask(atoms::global_name_server, "{'$gen_call',{'$peer',tag}," + request + "}");
    return answers();
  }
  std::vector<std::string> first;  // the messages that went out when the peer's node came up
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}
const std::string yes = "pid <- {tag,true}", no = "pid <- {tag,false}";

}  // namespace

TEST_CASE("global: a visible node is greeted, a hidden one is not", "[services]") {
  GlobalWorld world;
  REQUIRE(world.first.size() == 1);
  CHECK(contains(world.first[0], "{init_connect,{8,1},us@here,{locker,passive,#{},"));
  announce_node(world.processes, atoms::nodeup, Atom::of("hidden@there"), false);
  world.run();
  CHECK(world.answers().empty());
}

TEST_CASE("global: the whole exchange that a real locker drives", "[services]") {
  GlobalWorld world;
  world.cast("{init_connect,{8,-77},peer@there,{locker,no_longer_a_pid,#{},'$peer'}}");
  CHECK(world.answers() ==
        std::vector<std::string>{"global_name_server <- {init_connect_ack,us@here,-77,1}"});
  CHECK(world.call("{set_lock,{global,['$peer']}}") == std::vector<std::string>{yes});
  world.cast("{lock_set,'$peer',true,[],1}");
  auto answers = world.answers();
  REQUIRE(answers.size() == 2);
  CHECK(contains(answers[0], "{lock_set,"));
  CHECK(contains(answers[0], ",true,[],-77}"));
  CHECK(answers[1] == "global_name_server <- {'$gen_cast',{exchange,us@here,[],[],-77}}");
  world.cast("{exchange,peer@there,[],[],1}");
  CHECK(world.answers() == std::vector<std::string>{
                               "global_name_server <- {'$gen_cast',{resolved,us@here,[],[],unused,[],-77}}"});
  world.cast("{resolved,peer@there,[],[{third@there,8}],unused,[],1}");
  REQUIRE(world.surroundings.sent.size() == 1);
  CHECK(world.surroundings.sent[0].node == Atom::of("third@there"));
  CHECK(contains(world.answers()[0], "{in_sync,us@here,true}"));
  CHECK(world.call("{del_lock,{global,['$peer']}}") == std::vector<std::string>{yes});
  CHECK(world.call("get_synced") == std::vector<std::string>{"pid <- {tag,[peer@there]}"});
}

// OTP 23 has version 5 of the protocol; patches of OTP 24 and 25 brought versions 7 and 8.
TEST_CASE("global: members of older versions hear what they know", "[services]") {
  for (int version : {5, 6, 7}) {
    GlobalWorld world;
    world.cast("{init_connect,{" + std::to_string(version) +
               ",-77},peer@there,{locker,no_longer_a_pid,[],'$peer'}}");
    CHECK(world.answers().empty());
    if (version < 6)
      world.ask(atoms::global_name_server, "{lock_set,'$peer',true,[]}");
    else
      world.cast("{lock_set,'$peer',true,[]}");
    auto answers = world.answers();
    REQUIRE(answers.size() == 2);
    bool to_locker = answers[0].starts_with("pid <- {lock_set,");
    bool to_server = answers[0].starts_with("global_name_server <- {'$gen_cast',{lock_set,");
    CHECK((version < 6 ? to_locker : to_server));
    CHECK(contains(answers[0], ",true,[]}"));
    CHECK(answers[1] == "global_name_server <- {'$gen_cast',{exchange,us@here,[],[],-77}}");
    world.cast("{resolved,peer@there,[],[third@there],unused,[],1}");
    REQUIRE(world.surroundings.sent.size() == 1);
    CHECK(world.surroundings.sent[0].node == Atom::of("third@there"));
    world.answers();
    world.cast("{exchange,peer@there,[],[],1}");
    CHECK(contains(world.answers()[0], version < 7 ? ",[peer@there]," : ",[{peer@there,7}],"));
    announce_node(world.processes, atoms::nodeup, Atom::of("other@there"), true);
    world.run();
    world.answers();
    announce_node(world.processes, atoms::nodedown, Atom::of("other@there"), true);
    world.run();
    CHECK(world.answers().size() == (version < 7 ? 0 : 1));
  }
}

TEST_CASE("global: a lock is refused while another requester holds it", "[services]") {
  GlobalWorld world;
  CHECK(world.call("{set_lock,{resource,first}}") == std::vector<std::string>{yes});
  CHECK(world.call("{set_lock,{resource,first}}") == std::vector<std::string>{yes});
  CHECK(world.call("{set_lock,{resource,second}}") == std::vector<std::string>{no});
  CHECK(world.call("{set_lock,{other,second}}") == std::vector<std::string>{yes});
  world.call("{del_lock,{resource,first}}");
  CHECK(world.call("{set_lock,{resource,second}}") == std::vector<std::string>{yes});
}

TEST_CASE("global: a lock is free again when its holder's node goes away", "[services]") {
  GlobalWorld world;
  CHECK(world.call("{set_lock,{resource,first}}") == std::vector<std::string>{yes});
  world.processes.signals().node_down(peer_node);
  world.run();
  world.answers();
  CHECK(world.call("{set_lock,{resource,second}}") == std::vector<std::string>{yes});
}

TEST_CASE("global: names are taken, given in the exchange, and dropped", "[services]") {
  GlobalWorld world;
  CHECK(world.call("{register,foo,'$peer',none}") == std::vector<std::string>{"pid <- {tag,yes}"});
  world.cast("{init_connect,{8,-77},peer@there,{locker,no_longer_a_pid,#{},'$peer'}}");
  world.answers();
  world.cast("{lock_set,'$peer',true,[],1}");
  CHECK(contains(world.answers().at(1), "{exchange,us@here,[{foo,"));
  CHECK(world.call("{unregister,foo}") == std::vector<std::string>{"pid <- {tag,ok}"});
  world.cast("{lock_set,'$peer',true,[],1}");
  CHECK(contains(world.answers().at(1), "{exchange,us@here,[],"));
}

TEST_CASE("global: a name is gone with its process, and with the connection to its node", "[services]") {
  GlobalWorld world;
  auto whereis = [&] { return world.call("{whereis,foo}").at(0); };
  auto monitors = [&] {
    std::vector<Reference> all;
    for (auto& sent : world.surroundings.sent)
      if (auto* monitor = std::get_if<signal::Monitor>(&sent.signal.body)) all.push_back(monitor->reference);
    return all;
  };
  world.ask(atoms::global_name_server, "{'$gen_call',{'$peer',tag},{register,foo,'$peer',none}}");
  REQUIRE(monitors().size() == 1);
  auto reference = monitors()[0];
  world.answers();
  CHECK(contains(whereis(), "{tag,<"));
  CHECK(world.call("registered_names") == std::vector<std::string>{"pid <- {tag,[foo]}"});
  Process* server = world.processes.names().whereis(atoms::global_name_server);
  world.processes.signals().deliver(
      Signal{signal::Down{world.remote(1), world.processes.table().pid_of(*server), reference,
                          Term::atom(atoms::normal)},
             {}});
  world.run();
  CHECK(whereis() == "pid <- {tag,undefined}");

  world.call("{register,foo,'$peer',none}");
  world.processes.signals().node_down(peer_node);
  world.run();
  world.answers();
  CHECK(whereis() == "pid <- {tag,undefined}");
}

TEST_CASE("global: a process of a node that is no member is told with the node that registered it",
          "[services]") {
  GlobalWorld world;
  world.call("{register_ext,foo,'$peer',none,us@here}");
  CHECK(contains(world.call("get_names_ext").at(0), ",us@here}]}"));
  world.cast("{init_connect,{8,-77},peer@there,{locker,no_longer_a_pid,#{},'$peer'}}");
  world.cast("{exchange,peer@there,[{bar,'$peer',none}],[{bar,'$peer',peer@there}],1}");
  world.answers();
  CHECK(contains(world.call("{whereis,bar}").at(0), "{tag,<"));
  announce_node(world.processes, atoms::nodedown, peer_node, true);
  world.run();
  world.answers();
  CHECK(world.call("{whereis,bar}") == std::vector<std::string>{"pid <- {tag,undefined}"});
}

TEST_CASE("global: two passive members exchange names at once", "[services]") {
  GlobalWorld world;
  world.cast("{init_connect,{8,-77},peer@there,{locker,passive,#{},'$peer'}}");
  CHECK(world.answers() ==
        std::vector<std::string>{"global_name_server <- {init_connect_ack,us@here,-77,1}",
                                 "global_name_server <- {'$gen_cast',{exchange,us@here,[],[],-77}}"});
}

TEST_CASE("global: a name that both have is resolved by the node with the lesser name", "[services]") {
  GlobalWorld world;  // peer@there < us@here, so the peer resolves the conflict
  world.call("{register,foo,'$peer',none}");
  world.cast("{init_connect,{8,-77},peer@there,{locker,no_longer_a_pid,#{},'$peer'}}");
  world.answers();
  Process* other = world.processes.names().whereis(atoms::user);
  auto clash = [&](Atom node) {
    Heap heap;
    Term row = make_tuple(heap, {Term::atom(Atom::of("foo")), other->self(), Term::atom(Atom::of("none"))});
    Term exchange = make_tuple(heap, {Term::atom(atoms::exchange), Term::atom(node), make_list(heap, {row}),
                                      Term::nil(), Term::small(1)});
    Term message = make_tuple(heap, {Term::atom(atoms::gen_cast), exchange});
    world.processes.signals().send_message(world.remote(1), atoms::global_name_server,
                                           OwnedTerm::copy_of(message));
    world.run();
  };
  clash(peer_node);
  CHECK(world.started.empty());
  Atom behind = Atom::of("zz@there");
  announce_node(world.processes, atoms::nodeup, behind, true);
  world.run();
  world.answers();
  clash(behind);
  REQUIRE(world.started.size() == 1);
  CHECK(world.started[0].function == Atom::of("resolve"));
}

TEST_CASE("global: a lost member is reported to the others, and removal is obeyed", "[services]") {
  GlobalWorld world;
  announce_node(world.processes, atoms::nodeup, Atom::of("third@there"), true);
  world.run();
  world.answers();
  announce_node(world.processes, atoms::nodedown, peer_node, true);
  world.run();
  REQUIRE(world.surroundings.sent.size() == 1);
  CHECK(world.surroundings.sent[0].node == Atom::of("third@there"));
  CHECK(contains(world.answers()[0], "{lost_connection,us@here,7,"));
}

TEST_CASE("global: another's lost connection makes us ask that member to leave us", "[services]") {
  GlobalWorld world;
  world.ask(atoms::global_name_server, "{lost_connection,third@there,1,2,peer@there}");
  auto answers = world.answers();
  REQUIRE(answers.size() == 2);
  CHECK(answers[1] == "global_name_server <- {remove_connection,us@here}");
}

TEST_CASE("global: a report is repeated to the other members, once", "[services]") {
  GlobalWorld world;
  announce_node(world.processes, atoms::nodeup, Atom::of("third@there"), true);
  world.run();
  world.answers();
  const std::string report = "{lost_connection,peer@there,1,2,gone@there}";
  world.ask(atoms::global_name_server, report);
  REQUIRE(world.surroundings.sent.size() == 1);
  CHECK(world.surroundings.sent[0].node == Atom::of("third@there"));
  CHECK(world.answers() == std::vector<std::string>{"global_name_server <- " + report});
  world.ask(atoms::global_name_server, report);
  CHECK(world.answers().empty());
  world.ask(atoms::global_name_server, "{lost_connection,peer@there,1,3,gone@there}");
  CHECK(world.answers().size() == 1);
}

TEST_CASE("global: malformed messages are dropped, and the service continues", "[services]") {
  GlobalWorld world;
  for (auto* garbage : {"{'$gen_cast',{init_connect,x,y,z}}", "{'$gen_cast',{init_connect,1,peer@there,3}}",
                        "{'$gen_cast',{lock_set,1,2,3,4}}", "{'$gen_cast',{exchange,1,2,3,4}}", "{nodeup}",
                        "{'$gen_cast',{resolved,peer@there,[x|y],[z],1,2,3}}",
                        "{'$gen_cast',{new_nodes,1,{},3,[4],5}}", "{'$gen_call',{'$peer',tag},{set_lock,1}}",
                        "{lost_connection,1,2,3,4}", "{lost_connection,a,{},[],b}", "{remove_connection,{}}"})
    world.ask(atoms::global_name_server, garbage);
  CHECK(world.processes.names().whereis(atoms::global_name_server) != nullptr);
}
