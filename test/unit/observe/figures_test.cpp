// What nodes of OTP 25 and of this project answered, and what no node should.
#include "noderuntime/observe/figures.h"

#include "test/unit/observe/world.h"

namespace noderuntime::observe {
namespace {

using test::parsed;
using test::recorded;

TEST_CASE("figures: the facts of a node of OTP 25", "[observe]") {
  auto facts = facts_in(recorded("otp25_facts.etf").term());
  REQUIRE(facts);
  CHECK(facts->release == "25");
  CHECK(facts->version == "13.1.5");
  CHECK(facts->schedulers == 2);
  CHECK(facts->process_limit == 262144);
  CHECK(facts->second == 1'000'000'000);
  CHECK(facts->start_time.value_or(0) < 0);
  CHECK_FALSE(facts->is_ours());
  CHECK(facts->carriers.size() == 3);
}

TEST_CASE("figures: the facts of a node of this project", "[observe]") {
  auto facts = facts_in(recorded("ours_facts.etf").term());
  REQUIRE(facts);
  CHECK(facts->release == "27");
  CHECK(facts->is_ours());
  CHECK(facts->carriers.empty());
}

TEST_CASE("figures: a look at a node of OTP 25", "[observe]") {
  auto figures = figures_in(recorded("otp25_figures.etf").term(), {}, false);
  REQUIRE(figures);
  CHECK(figures->processes.value_or(0) > 40);
  CHECK(figures->memory.total.value_or(0) > 10'000'000);
  CHECK(figures->memory.ets);
  CHECK(figures->io.output);
  CHECK(figures->runtime);
  CHECK(figures->visible.size() == 2);
  CHECK(figures->hidden.size() == 1);
  CHECK(figures->traffic.empty());
}

TEST_CASE("figures: a look at a node of this project", "[observe]") {
  auto figures = figures_in(recorded("ours_figures.etf").term(), {}, false);
  REQUIRE(figures);
  CHECK(figures->processes == 8);
  CHECK(figures->memory.total.value_or(0) > 100'000);
  CHECK(figures->visible.size() == 2);
}

TEST_CASE("figures: the traffic of connections that are ports is asked, and belongs to their nodes",
          "[observe]") {
  auto carriers = facts_in(recorded("otp25_facts.etf").term())->carriers;
  auto batch = figures_batch(carriers, false);
  auto functions = Terms::elements(batch.arguments.term())->at(1),
       arguments = Terms::elements(batch.arguments.term())->at(2);
  CHECK(Terms::elements(functions)->size() == Terms::elements(arguments)->size());
  auto traffic = Terms::elements(arguments)->back();
  CHECK(Terms::elements(Terms::elements(traffic)->at(1))->size() == 3);

  auto told = recorded("otp25_figures.etf");
  auto answer = built([&](Terms& terms) {
    auto all = *Terms::elements(told.term());
    all.back() = *terms.parse(
        "[{ok,[{recv_oct,10},{send_oct,20},{recv_cnt,1},{send_cnt,2},{send_pend,0}]},"
        "{error,einval},{ok,[{recv_oct,-1},{send_oct,x}|tail]}]");
    return terms.list_of(all);
  });
  auto figures = figures_in(answer.term(), carriers, false);
  REQUIRE(figures);
  REQUIRE(figures->traffic.size() == 2);
  auto& first = figures->traffic.at(carriers[0].node);
  CHECK(first.input_bytes == 10);
  CHECK(first.output_packets == 2);
  CHECK(figures->traffic.count(carriers[1].node) == 0);
  CHECK_FALSE(figures->traffic.at(carriers[2].node).input_bytes);
}

TEST_CASE("figures: a node of ours tells the traffic of all connections, and more of it", "[observe]") {
  CHECK(print(figures_batch({}, true).arguments.term()).find("net_kernel:nodes_info/0") != std::string::npos);
  auto told = recorded("ours_figures.etf");
  auto answer = built([&](Terms& terms) {
    auto all = *Terms::elements(told.term());
    all.back() = *terms.parse(
        "{ok,[{a@b,[{owner,x},{in,3},{out,4},{received_bytes,10},{sent_bytes,20},{queue_bytes,5},"
        "{busy_milliseconds,7},{missed_ticks,1}]},{'not a node',[]},x,{c@d,y}]}");
    return terms.list_of(all);
  });
  auto figures = figures_in(answer.term(), {}, true);
  REQUIRE(figures);
  REQUIRE(figures->traffic.size() == 2);
  auto& first = figures->traffic.at("a@b"_atom);
  CHECK(first.input_bytes == 10);
  CHECK(first.input_packets == 3);
  CHECK(first.pending == 5);
  CHECK(first.busy == 7);
  CHECK(first.missed_ticks == 1);
  CHECK_FALSE(figures->traffic.at("c@d"_atom).input_bytes);
}

TEST_CASE("figures: an answer of another length is none", "[observe]") {
  for (auto* text : {"[]", "x", "{}", "[1,2,3]", "[1|2]"}) {
    CHECK_FALSE(facts_in(parsed(text).term()));
    CHECK_FALSE(figures_in(parsed(text).term(), {}, false));
  }
}

TEST_CASE("figures: members of another form are absent, the others stay", "[observe]") {
  auto figures =
      figures_in(parsed("[9223372036854775807,many,-1,5,x,[],{x},[],{},{{input,1}},[{total,1},{ets,-2},x|y],"
                        "[a@b,c,'d e@f',5,'g@h'|x],nodes,[{a@b,x},{y}],[]]")
                     .term(),
                 {}, false);
  REQUIRE(figures);
  CHECK_FALSE(figures->time);  // differences would not fit
  CHECK_FALSE(figures->processes);
  CHECK_FALSE(figures->ports);
  CHECK(figures->atoms == 5);
  CHECK_FALSE(figures->reductions);
  CHECK_FALSE(figures->io.input);
  CHECK(figures->memory.total == 1);
  CHECK_FALSE(figures->memory.ets);
  CHECK(figures->visible == std::vector<Atom>{"a@b"_atom, "g@h"_atom});
  CHECK(figures->hidden.empty());
  CHECK(figures->carriers.empty());
}

}  // namespace
}  // namespace noderuntime::observe
