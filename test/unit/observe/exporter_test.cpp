// Which metrics are told of observed nodes.
#include "noderuntime/observe/exporter.h"

#include <algorithm>
#include <string>

#include "test/unit/documented_metrics.h"
#include "test/unit/observe/world.h"

namespace noderuntime::observe {
namespace {

using namespace std::chrono_literals;
using namespace test;

// One node that answers, and one that cannot be reached.
struct Observed {
  Questions questions;
  Cluster cluster{{}, questions};
  Milliseconds now{1'000'000};

  Observed() {
    cluster.add("a@h"_atom);
    cluster.add("b@h"_atom);
    for (int round = 0; round < 3; ++round, now += 2'000ms) {
      auto steps = cluster.take_steps(now);
      for (Atom node : steps.connect)
        node == "a@h"_atom ? cluster.on_connected(node, now)
                           : cluster.on_unreachable(node, Error{Errc::unknown_node, "b"}, now);
      while (answer_all(questions, now, [&](const Questions::Call& call) {
               bool facts = Terms::elements(Terms::elements(call.arguments.term())->at(1))->size() == 12;
               kept = parsed(
                   facts ? "[\"25\",\"13\",\"Erlang/OTP 25\",\"x\",2,262144,65536,1048576,8192,0,1000,[]]"
                         : "[5000,100,5,9000,20,3,{77,0},{100,0},{1,2,0},{{input,5},{output,6}},[{total,"
                           "100},{processes,40},{processes_used,30},{system,60},{atom,10},{atom_used,9},{"
                           "binary,5},{code,15},{ets,20}],[c@h],[],[],[]]");
               return value_result(kept);
             }) > 0)
        cluster.take_steps(now);
    }
  }
  std::string text() {
    metrics::Exposition out{metrics::Format::prometheus};
    write_metrics(cluster, {}, out);
    return std::move(out).finish();
  }
  Value kept;
};

}  // namespace

TEST_CASE("exporter: docs/operating.md has each metric, with its type, labels and meaning", "[observe]") {
  CHECK(noderuntime::test::documented_metrics("Metrics of observed nodes") ==
        noderuntime::test::rows_of(metric_families()));
  for (auto& family : metric_families()) CHECK(noderuntime::test::wrong_name(family) == "");
}

TEST_CASE("exporter: figures of a node that answers have its name as a label", "[observe]") {
  Observed observed;
  auto text = observed.text();
  INFO(text);
  for (auto* line :
       {"noderuntime_observed_up{node=\"a@h\"} 1\n", "noderuntime_observed_up{node=\"b@h\"} 0\n",
        "erlang_vm_process_count{node=\"a@h\"} 100\n", "erlang_vm_atom_limit{node=\"a@h\"} 1048576\n",
        "erlang_vm_memory_bytes_total{node=\"a@h\",kind=\"processes\"} 40\n",
        "erlang_vm_memory_processes_bytes_total{node=\"a@h\",usage=\"free\"} 10\n",
        "erlang_vm_memory_system_bytes_total{node=\"a@h\",usage=\"other\"} 10\n",
        "erlang_vm_memory_atom_bytes_total{node=\"a@h\",usage=\"free\"} 1\n",
        "erlang_vm_statistics_reductions_total{node=\"a@h\"} 77\n",
        "erlang_vm_statistics_wallclock_time_milliseconds{node=\"a@h\"} 5000\n",
        "noderuntime_observed_info{node=\"a@h\",release=\"25\",system=\"Erlang/OTP 25\"} 1\n",
        "noderuntime_observed_connections{node=\"a@h\"} 1\n"}) {
    INFO(line);
    CHECK(text.find(line) != text.npos);
  }
  CHECK(text.find("erlang_vm_process_count{node=\"b@h\"}") == text.npos);
}

}  // namespace noderuntime::observe
