// The log of a node: its filter and process on OTP, the last lines on ours.
#include "noderuntime/observe/logs.h"

#include <set>

#include "test/unit/observe/world.h"

namespace noderuntime::observe {
namespace {

using namespace std::chrono_literals;
using namespace test;

struct World {
  Questions questions;
  Logs logs{questions};
  std::vector<std::string> asked;

  // The answer as text after each call was answered with the next of `answers`; "error" is a failing call.
  std::string ask(bool ours, std::int64_t after, std::vector<std::string> answers) {
    std::string told = "(none)";
    logs.ask("me@h"_atom, "a@h"_atom, ours, after, [&](Result<Value> answer) {
      told = answer ? print(answer->term()) : std::string{error_name(answer.error().code)};
    });
    std::size_t next = 0;
    Value kept;
    answer_all(questions, 1s, [&](const Questions::Call& call) {
      asked.push_back(std::string{call.module.text()} + ':' + std::string{call.function.text()});
      if (next == answers.size() || answers[next] == "error")
        return ++next, CallResult{CallResult::Kind::exit, Term::atom("noproc"_atom), Term::nil()};
      kept = parsed(answers[next++]);
      return value_result(kept);
    });
    return told;
  }
};

Value pid_value() {
  return built([](Terms& terms) { return terms.pid(Pid{NodeIdentity{"a@h"_atom, Creation{1}}, 7, 0}); });
}

TEST_CASE(
    "log: a node of OTP gets a process, which is asked for what is new, and begun again if it has ended",
    "[observe]") {
  World world;
  std::string told;
  auto begin = [&] {
    world.logs.ask("me@h"_atom, "a@h"_atom, false, 0,
                   [&](Result<Value> answer) { told = answer ? print(answer->term()) : "error"; });
    auto pid = pid_value();
    answer_all(world.questions, 1s, [&](auto& call) {
      REQUIRE(is_call(call, "erlang", "spawn"));
      return value_result(pid);
    });
  };
  begin();
  CHECK(told == "#{last => 0,lost => 0,rows => []}");
  auto rows = world.ask(false, 0,
                        {"{[{1500000,error,undefined,undefined,<<\"<b>x\">>},"
                         "{x,'<i>',y,{m,f,2},<<\"z\">>},{1,2},"
                         "{2000,notice,undefined,undefined,70000}],5,ok}"});
  CHECK(world.asked.back() == "gen_server:call");
  CHECK(rows.find("text => <<\"<b>x\">>") != rows.npos);
  CHECK(rows.find("time_milliseconds => 1500") != rows.npos);
  CHECK(rows.find("function => <<\"m:f/2\">>") != rows.npos);
  CHECK(rows.find("70000 bytes, which is not read") != rows.npos);
  CHECK(rows.find("last => 3,lost => 5") != rows.npos);
  rows = world.ask(false, 2, {"{[],0,{error,{already_exist,me@h}}}"});
  CHECK(rows.find("<b>x") == rows.npos);
  CHECK(rows.find("number => 3") != rows.npos);
  world.ask(false, 3, {"error", "x"});
  CHECK(world.asked.back() == "erlang:spawn");
}

TEST_CASE("log: where no filter can be added, or the answer has another form, that is told", "[observe]") {
  for (auto* text : {"{[],0,{error,no}}", "{[],0}", "x"}) {
    World world;
    world.logs.ask("me@h"_atom, "a@h"_atom, false, 0, [](auto) {});
    auto pid = pid_value();
    answer_all(world.questions, 1s, [&](auto&) { return value_result(pid); });
    CHECK(world.ask(false, 0, {text}) == "raised");
  }
}

TEST_CASE("log: a node of ours tells its last lines; those that were lost between are counted", "[observe]") {
  World world;
  auto first = world.ask(true, 0, {"[{7,1000000,info,<<\"up\">>},{8,2000000,error,<<\"<p>\">>},{x},y]"});
  CHECK(world.asked.back() == "erlang:$log_lines");
  CHECK(first.find("last => 2,lost => 0") != first.npos);
  auto second = world.ask(true, 2, {"[{8,1,info,<<\"again\">>},{12,3000000,info,<<\"late\">>}]"});
  CHECK(second.find("again") == second.npos);
  CHECK(second.find("last => 3,lost => 3") != second.npos);
}

TEST_CASE("log: what is kept of a node that logs much is bounded", "[observe]") {
  World world;
  std::string rows;
  for (int line = 1; line <= 500; ++line)
    rows += (line > 1 ? ",{" : "{") + std::to_string(line) + ",0,info,<<\"x\">>}";
  world.ask(true, 0, {"[" + rows + "]"});
  auto told = world.ask(true, 0, {"[{900,0,info,<<\"last\">>}]"});
  CHECK(told.find("number => 501") != told.npos);
  CHECK(told.find("number => 1,") == told.npos);
}

TEST_CASE("log: the program has no names of variables of its own", "[observe]") {
  Questions questions;
  Logs logs{questions};
  logs.ask("me@h"_atom, "a@h"_atom, false, 0, [](auto) {});
  auto text = print(questions.take().at(0).arguments.term());
  std::set<std::string> found;
  for (auto at = text.find("{var,0,"); at != text.npos; at = text.find("{var,0,", at + 1))
    found.insert(text.substr(at + 7, text.find('}', at) - at - 7));
  CHECK(found == std::set<std::string>{"'_'", "add", "byte_size", "counters", "element", "filter", "format",
                                       "get", "hd", "length", "level", "list", "loop", "max", "self", "size",
                                       "sum", "time", "whereis"});
}

}  // namespace
}  // namespace noderuntime::observe
