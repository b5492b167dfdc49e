// Views of a node, with answers of real nodes and hostile ones.
#include "noderuntime/observe/views.h"

#include "test/unit/observe/world.h"

namespace noderuntime::observe {
namespace {

using namespace std::chrono_literals;
using namespace test;

// One node that is up.
struct World {
  Questions questions;
  Cluster cluster{{}, questions};
  Views views{cluster, questions, 2s};
  Milliseconds now{1'000'000};
  Value kept;
  std::size_t walks = 0;

  World() {
    cluster.add("a@h"_atom);
    cluster.take_steps(now);
    cluster.on_connected("a@h"_atom, now);
    for (auto* file : {"otp25_facts.etf", "otp25_figures.etf"}) {
      cluster.take_steps(now);
      answer_all(questions, now, [&](auto&) { return kept = recorded(file), value_result(kept); });
    }
    REQUIRE(cluster.state("a@h"_atom) == Cluster::State::up);
  }

  // The text of the answer, or the name of the error, after each call has been answered with the term of its function.
  std::string show(const char* view, Views::Parameters parameters,
                   std::map<std::string, std::string> answers) {
    parameters.emplace("node", "a@h");
    std::string told = "(none)";
    questions.set_now(now);
    views.show(view, parameters, [&](Result<Value> answer) {
      told = answer ? print(answer->term()) : std::string{error_name(answer.error().code)};
    });
    answer_all(questions, now, [&](const Questions::Call& call) {
      auto name = std::string{call.module.text()} + ':' + std::string{call.function.text()};
      if (name == "erl_eval:exprs") ++walks;
      auto found = answers.find(name);
      if (found == answers.end())
        return CallResult{CallResult::Kind::error, Term::atom("undef"_atom), Term::nil()};
      kept = parsed(found->second);
      return value_result(kept);
    });
    return told;
  }
};

TEST_CASE("views: what does not exist is not found, and a node that is not up is unreachable", "[observe]") {
  World world;
  CHECK(world.show("nothing", {}, {}) == "not_found");
  CHECK(world.show("tables", {{"node", "nobody@h"}}, {}) == "not_found");
  world.cluster.on_lost("a@h"_atom, world.now);
  CHECK(world.show("tables", {}, {}) == "unreachable");
}

TEST_CASE("views: applications and modules; what has another form is left out", "[observe]") {
  World world;
  CHECK(
      world.show("applications", {},
                 {{"application:which_applications", "[{kernel,\"ERTS\",\"8.5\"},x,{1,2,3}|y]"}}) ==
      R"(#{count => 3,rows => [#{application => <<"kernel">>,description => <<"ERTS">>,version => <<"8.5">>}]})");
  CHECK(world.show("modules", {}, {{"code:all_loaded", "[{lists,\"/l.beam\"},{erlang,preloaded},x]"}}) ==
        R"(#{count => 3,rows => [#{file => <<"preloaded">>,module => <<"erlang">>},)"
        R"(#{file => <<"/l.beam">>,module => <<"lists">>}]})");
  CHECK(world.show("applications", {}, {}) == "raised");
}

TEST_CASE("views: tables, those with the most memory first", "[observe]") {
  World world;
  auto told =
      world.show("tables", {},
                 {{"ets:all", "[a,b,c]"},
                  {"lists:map",
                   "[[{name,a},{named_table,true},{memory,10},{size,1},{type,set},{protection,public}],"
                   "undefined,[{name,b},{named_table,true},{memory,20},{size,x}]]"}});
  CHECK(told.find("count => 3") != told.npos);
  CHECK(told.find("bytes => 160") < told.find("bytes => 80"));
}

TEST_CASE("views: objects of a table are not asked for where they are private or large", "[observe]") {
  World world;
  auto info = [](const char* protection, int words) {
    return "[{size,10},{memory," + std::to_string(words) + "},{protection," + protection + "}]";
  };
  CHECK(world.show("objects", {{"table", "a_table"}},
                   {{"erlang:binary_to_existing_atom", "a_table"}, {"ets:info", info("private", 10)}}) ==
        "not_allowed");
  CHECK(world.show("objects", {{"table", "a_table"}},
                   {{"erlang:binary_to_existing_atom", "a_table"},
                    {"ets:info", info("public", 10'000'000)}}) == "too_large");
  CHECK(world.show("objects", {{"table", "a_table"}},
                   {{"erlang:binary_to_existing_atom", "a_table"}, {"ets:info", "undefined"}}) ==
        "not_found");
  CHECK(world.show("objects", {{"table", "no such atom anywhere"}}, {}) == "not_found");
  CHECK(world.show("objects", {{"table", "a_table"}, {"from", "1"}}, {}) == "not_found");
}

TEST_CASE("views: a table is read page by page; of a large object its size is told", "[observe]") {
  World world;
  std::map<std::string, std::string> answers{
      {"erlang:binary_to_existing_atom", "a_table"},
      {"ets:info", "[{size,70},{memory,1000},{protection,protected}]"},
      {"erl_eval:exprs", "{value,{[[{k,v}],[{'<b>',1}],123456],{where,2}},[]}"}};
  CHECK(world.show("objects", {{"table", "a_table"}}, answers) ==
        R"(#{before => 0,count => 70,more => true,next => <<"1">>,objects => [<<"{k,v}">>,<<"{'<b>',1}">>,)"
        R"(<<"an object of 123456 bytes, which is not read">>]})");
  answers["erl_eval:exprs"] = "{value,{[[last]],'$end_of_table'},[]}";
  CHECK(world.show("objects", {{"table", "a_table"}, {"from", "1"}}, answers) ==
        R"(#{before => 3,count => 70,more => false,objects => [<<"last">>]})");
  answers["erl_eval:exprs"] = "{value,{[[x]],[]},[]}";  // where it ended is too large
  CHECK(world.show("objects", {{"table", "a_table"}}, answers) ==
        R"(#{before => 0,count => 70,more => true,objects => [<<"x">>]})");
  for (auto* text : {"x", "{value,x,[]}", "{value,{1},[]}"}) {
    answers["erl_eval:exprs"] = text;
    CHECK(world.show("objects", {{"table", "a_table"}}, answers) == "raised");
  }
}

TEST_CASE("views: where pages end is kept for so many", "[observe]") {
  World world;
  std::map<std::string, std::string> answers{{"erlang:binary_to_existing_atom", "a_table"},
                                             {"ets:info", "[{size,70},{memory,1000},{protection,public}]"},
                                             {"erl_eval:exprs", "{value,{[[x]],{where,2}},[]}"}};
  for (std::size_t page = 0; page <= most_kept_pages; ++page)
    world.show("objects", {{"table", "a_table"}}, answers);
  CHECK(world.show("objects", {{"table", "a_table"}, {"from", "1"}}, answers) == "not_found");
  CHECK(world.show("objects", {{"table", "a_table"}, {"from", "2"}}, answers) != "not_found");
}

TEST_CASE("views: tables of mnesia; a node without it does not even get its names", "[observe]") {
  World world;
  CHECK(world.show("mnesia", {}, {}) == "#{count => 0,rows => [],running => false}");
  std::map<std::string, std::string> answers{{"erlang:binary_to_existing_atom", "mnesia_sup"},
                                             {"erlang:whereis", "undefined"}};
  CHECK(world.show("mnesia", {}, answers) == "#{count => 0,rows => [],running => false}");
}

TEST_CASE("views: ports, with queues; sockets only where their module is loaded", "[observe]") {
  World world;
  CHECK(world.show("ports", {},
                   {{"erlang:ports", "[]"}, {"lists:map", "[]"}, {"erlang:module_loaded", "false"}}) ==
        "#{count => 0,rows => []}");
  auto told = world.show(
      "ports", {},
      {{"erlang:ports", "[]"},
       {"erlang:module_loaded", "true"},
       {"socket:which_sockets", "[{'$socket',a},{'$socket',b}]"},
       {"lists:map",
        "[#{domain => inet,protocol => tcp,counters => #{read_byte => 5,write_byte => 6}},'<b>']"}});
  CHECK(told.find("count => 2") != told.npos);
  CHECK(told.find("input_bytes => 5") != told.npos);
  CHECK(told.find("<<\"socket inet tcp\">>") != told.npos);
}

TEST_CASE("views: a process; its contents are left out where they could be large", "[observe]") {
  World world;
  for (auto* text : {"", "0.1.0", "<0.1>", "<0.1.0", "<1.1.0>", "<0.-1.0>", "<0.1.0>x", "<0..0>"})
    CHECK(world.show("process", {{"pid", text}}, {}) == "not_found");
  CHECK(world.show("process", {{"pid", "<0.1.0>"}},
                   {{"erlang:list_to_pid", "x"}, {"erlang:process_info", "undefined"}}) == "not_found");
  auto told = world.show(
      "process", {{"pid", "<0.1.0>"}},
      {{"erlang:list_to_pid", "x"},
       {"erlang:process_info", "[{memory,10000000000},{message_queue_len,5},{links,[a]},{status,waiting}]"}});
  CHECK(told.find("dictionary_left_out => true") != told.npos);
  CHECK(told.find("messages_left_out => true") != told.npos);
}

TEST_CASE("views: walks are so far apart that they take half a hundredth of the node's time", "[observe]") {
  World world;
  std::map<std::string, std::string> answers{{"erl_eval:exprs", "{value,[],[]}"}, {"lists:zipwith", "[]"}};
  auto look = [&] { return world.show("processes", {{"order", "memory"}}, answers); };
  CHECK(look().find("rows => []") != std::string::npos);
  CHECK(world.walks == 1);
  look();
  CHECK(world.walks == 1);
  world.now += 2s;
  look();
  CHECK(world.walks == 2);
}

TEST_CASE("views: rows that are asked for while a walk for fewer is under way come at once", "[observe]") {
  World world;
  world.questions.set_now(world.now);
  std::size_t told = 0, walks = 0;
  auto show = [&](const char* rows) {
    world.views.show("processes", {{"node", "a@h"}, {"order", "memory"}, {"rows", rows}},
                     [&](const Result<Value>& answer) { told += answer.ok(); });
  };
  show("20"), show("500");
  answer_all(world.questions, world.now, [&](const Questions::Call& call) {
    bool is_walk = call.function == "exprs"_atom;
    walks += is_walk;
    world.kept = parsed(is_walk ? "{value,[],[]}" : "[]");
    return value_result(world.kept);
  });
  CHECK(told == 2);
  CHECK(walks == 2);
}

}  // namespace
}  // namespace noderuntime::observe
