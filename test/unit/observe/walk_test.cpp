// Finding processes, with nodes that answer wrongly.
#include "noderuntime/observe/walk.h"

#include <set>

#include "test/unit/observe/world.h"

namespace noderuntime::observe {
namespace {

using namespace std::chrono_literals;
using namespace test;

struct Outcomes {
  std::optional<Result<Walked>> walked;
  std::function<void(Result<Walked>)> keep() {
    return [this](Result<Walked> result) { walked = std::move(result); };
  }
  std::string error() const {
    return !walked ? "(none yet)" : walked->ok() ? "" : std::string{error_name(walked->error().code)};
  }
};

Value pids(int count) {
  return built([&](Terms& terms) {
    std::vector<Term> all;
    for (int i = 0; i < count; ++i)
      all.push_back(terms.pid(Pid{{"a@h"_atom, Creation{1}}, static_cast<std::uint32_t>(i), 0}));
    return terms.list_of(all);
  });
}

TEST_CASE("walk: a node of OTP gets one call, and its ranks are kept in their order", "[observe]") {
  Questions questions;
  Outcomes outcome;
  questions.set_now(1s);
  find_processes(questions, "a@h"_atom, false, Order::memory, 10, 100, outcome.keep());
  auto calls = questions.take();
  REQUIRE(calls.size() == 1);
  CHECK(is_call(calls[0], "erl_eval", "exprs"));
  auto both = pids(2);
  auto answer = built([&](Terms& terms) {
    auto two = Terms::elements(both.term()).value();
    return terms.tuple("value"_atom, terms.list(terms.tuple(9, two[0]), terms.tuple(5, two[1])),
                       terms.list());
  });
  questions.on_answer(calls[0].id, value_result(answer), 1250ms);
  REQUIRE(outcome.error() == "");
  CHECK(outcome.walked->value().processes.size() == 2);
  CHECK(outcome.walked->value().processes[0].value == 9);
  CHECK(outcome.walked->value().took == 250ms);
}

TEST_CASE("walk: the pause between two looks is no work", "[observe]") {
  Questions questions;
  Outcomes outcome;
  questions.set_now(1s);
  find_processes(questions, "a@h"_atom, false, Order::reductions, 10, 100, outcome.keep());
  auto calls = questions.take();
  auto answer = parsed("{value,[],[]}");
  questions.on_answer(calls.at(0).id, value_result(answer), 2040ms);
  REQUIRE(outcome.error() == "");
  CHECK(outcome.walked->value().took == 40ms);
}

TEST_CASE("walk: answers of another form, errors and silence are errors", "[observe]") {
  for (auto* text :
       {"x", "{value}", "{value,[{1,no_pid}],[]}", "{value,[{-1,x}],[]}", "{value,[x],[]}", "[]"}) {
    Questions questions;
    Outcomes outcome;
    find_processes(questions, "a@h"_atom, false, Order::queue, 10, 100, outcome.keep());
    auto answer = parsed(text);
    answer_all(questions, 1s, [&](auto&) { return value_result(answer); });
    CHECK(outcome.error() == "raised");
  }
  for (auto [reason, name] : {std::pair{"timeout", "timeout"}, std::pair{"noconnection", "unreachable"}}) {
    Questions questions;
    Outcomes outcome;
    find_processes(questions, "a@h"_atom, false, Order::queue, 10, 100, outcome.keep());
    answer_all(questions, 1s, [&](auto&) { return failed_result(Atom::of(reason)); });
    CHECK(outcome.error() == name);
  }
}

TEST_CASE("walk: the program has no names of variables of its own", "[observe]") {
  Questions questions;
  find_processes(questions, "a@h"_atom, false, Order::reductions, 10, 100, [](auto) {});
  auto text = print(questions.take().at(0).arguments.term());
  for (auto at = text.find("{var,0,"); at != text.npos; at = text.find("{var,0,", at + 1)) {
    auto name = text.substr(at + 7, text.find('}', at) - at - 7);
    CHECK(std::set<std::string>{"apply", "processes", "element", "sublist", "split", "list", "sort"}.count(
              name) == 1);
  }
}

TEST_CASE("walk: a node of ours is asked slice by slice; who ends meanwhile is left out", "[observe]") {
  Questions questions;
  Outcomes outcome;
  find_processes(questions, "a@h"_atom, true, Order::reductions, 3, 100, outcome.keep());
  auto all = pids(2'500);
  int looks = 0, sleeps = 0;
  Value kept;
  answer_all(questions, 1s, [&](const Questions::Call& call) {
    if (is_call(call, "erlang", "processes")) return value_result(all);
    if (is_call(call, "timer", "sleep")) return ++sleeps, value_result(Value{});
    auto asked = Terms::elements(Terms::elements(call.arguments.term())->at(1))->size();
    CHECK(asked <= 1'000);
    bool second = ++looks > 3;
    kept = built([&](Terms& terms) {
      std::vector<Term> told;
      for (std::size_t i = 0; i < asked; ++i)
        told.push_back(second && i % 2 == 1
                           ? Term::atom("undefined"_atom)
                           : terms.tuple("reductions"_atom, static_cast<int>(second ? 2 * i : i)));
      return terms.list_of(told);
    });
    return value_result(kept);
  });
  CHECK(looks == 6);
  CHECK(sleeps == 1);
  REQUIRE(outcome.error() == "");
  std::vector<std::int64_t> values;
  for (auto& rank : outcome.walked->value().processes) values.push_back(rank.value);
  CHECK(values == std::vector<std::int64_t>{998, 998, 996});
}

TEST_CASE("walk: rows have what process_info tells; hostile answers leave members out", "[observe]") {
  Questions questions;
  std::vector<ProcessRow> rows;
  auto all = pids(4);
  std::vector<Value> values;
  for (Term pid : some_elements(all.term(), 4)) values.push_back(Value::of(pid));
  describe_processes(questions, "a@h"_atom, false, values, [&](Result<std::vector<ProcessRow>> told) {
    REQUIRE(told);
    rows = std::move(*told);
  });
  Value kept;
  answer_all(questions, 1s, [&](const Questions::Call& call) {
    kept = is_call(call, "lists", "zipwith")
               ? parsed(
                     "[[{registered_name,[]},{initial_call,{proc_lib,init_p,5}},{current_function,{gen_"
                     "server,loop,7}},"
                     "{memory,2640},{message_queue_len,0},{reductions,77}],undefined,"
                     "[{registered_name,'<script>'},{initial_call,{a,b}},{memory,-5},x],[x|y]]")
               : parsed("[{my_server,init,1}]");
    return value_result(kept);
  });
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].starts == "my_server:init/1");
  CHECK(rows[0].runs == "gen_server:loop/7");
  CHECK(rows[0].reductions == 77);
  CHECK(rows[1].name == "<script>");
  CHECK(rows[1].starts == "{a,b}");
  CHECK_FALSE(rows[1].memory);
  CHECK(rows[2].starts == "[]");
}

}  // namespace
}  // namespace noderuntime::observe
