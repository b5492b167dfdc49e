// Claims about tracing: what a traced program does, what it leaves behind, and what a tracer gets.
#include "test/unit/catch.h"

#include <regex>

#include "test/unit/machine/world.h"
#include "test/unit/paths.h"

using namespace noderuntime;
using namespace noderuntime::test;

namespace {

struct Row {
  std::string call, value;
};

std::vector<Row> golden() {
  std::vector<Row> rows;
  std::ifstream in{source_directory() + "/test/unit/machine/data/basic.golden"};
  for (Row row; std::getline(in, row.call) && std::getline(in, row.value);) rows.push_back(row);
  REQUIRE(rows.size() > 50);
  return rows;
}

std::string value_of(World& world, const std::string& call) {
  auto open = call.find('(');
  return world.call("basic", call.substr(6, open - 6),
                    "[" + call.substr(open + 1, call.size() - open - 2) + "]");
}

std::string plain(const std::string& text) {
  static const std::regex name_of_fun{R"(#Fun<basic\.\d+\.\d+>)"};
  return std::regex_replace(text, name_of_fun, "#Fun<basic>");
}

// A tracer: keeps what it is told as text, or only counts it.
class Tracer : public Body {
 public:
  Next run(Process& self, int&) override {
    while (reads && self.mailbox.has_current()) {
      OwnedTerm message = self.mailbox.take_current();
      ++count;
      if (keeps) seen.push_back(to_text(message.term()));
    }
    return Next::wait;
  }
  bool keeps = false, reads = true;
  std::size_t count = 0;
  std::vector<std::string> seen;
};

class TracedWorld : public World {
 public:
  using World::World;

  // Traces all processes that start from now on.
  Tracer& trace_new(std::initializer_list<const char*> flags) {
    auto body = std::make_unique<Tracer>();
    auto* tracer = body.get();
    process = processes.spawner().spawn(nullptr, std::move(body), SpawnOptions{});
    settle();
    Heap heap;
    std::vector<Term> list{make_tuple(heap, {Term::atom(Atom::of("tracer")), process->self()})};
    for (auto* flag : flags) list.push_back(Term::atom(Atom::of(flag)));
    Term arguments = make_list(heap, {Term::atom(Atom::of("new")), Term::boolean(true),
                                      make_list(heap, std::span<const Term>{list})});
    spawn(Atom::of("erlang"), Atom::of("trace"), arguments);
    settle();
    return *tracer;
  }
  std::string pattern(const std::string& functions, const std::string& how, const std::string& flags) {
    return call("erlang", "trace_pattern", "[" + functions + "," + how + "," + flags + "]");
  }

  Process* process = nullptr;  // the tracer
};

// A list of 20,000 words as text.
std::string long_list() {
  std::string text = "[1";
  for (int i = 1; i < 10'000; ++i) text += ",1";
  return text + "]";
}

constexpr const char* everything = "[{'_',[],[{exception_trace},{message,{caller}}]}]";

// Runs all functions while everything is traced.
void check_traced(TracedWorld& world, const char* flags, const char* how = everything) {
  value_of(world, golden().front().call);  // loads the module
  world.pattern("{'_','_','_'}", how, flags);
  auto& tracer =
      world.trace_new({"call", "return_to", "send", "receive", "procs", "garbage_collection", "running"});
  for (auto& row : golden()) {
    // Its loops would need too much stack: a call at the end of a function whose return is told is none.
    if (how == everything && row.call.starts_with("basic:tail_funs(")) continue;
    INFO(row.call);
    CHECK(plain(value_of(world, row.call)) == plain(row.value));
  }
  CHECK(tracer.count > 1'000);
}

}  // namespace

TEST_CASE("tracing: a traced program does what it does untraced", "[tracing]") {
  TracedWorld local{{.code_path = {test_modules()}}};
  check_traced(local, "[local]");
  TracedWorld calls{{.code_path = {test_modules()}}};
  check_traced(calls, "[local,call_count]", "true");
  TracedWorld global{{.code_path = {test_modules()}}};
  check_traced(global, "[global]");
  TracedWorld meta{{.code_path = {test_modules()}}};
  check_traced(meta, "[local,meta,call_count]");
}

TEST_CASE("tracing: the same with a collection at every point where one is allowed", "[tracing]") {
  TracedWorld world{{.code_path = {test_modules()}, .collect_always = true}};
  check_traced(world, "[local]");
}

TEST_CASE("tracing: the same when a process is preempted all the time", "[tracing]") {
  TracedWorld world{{.code_path = {test_modules()}}, {.slice = 3}};
  check_traced(world, "[local]");
  TracedWorld global{{.code_path = {test_modules()}}, {.slice = 3}};
  check_traced(global, "[global]");
}

TEST_CASE("tracing: code is as it was when nothing is traced any more", "[tracing]") {
  TracedWorld world{{.code_path = {test_modules()}}};
  CHECK(world.call("basic", "fib", "[10]") == "55");
  auto& registry = world.machine.registry();
  auto* instance = registry.any(registry.home(), Atom::of("basic"));
  REQUIRE(instance);
  auto before = instance->image->code;
  world.pattern("{basic,'_','_'}", "true", "[local,call_count]");
  CHECK(instance->image->code != before);
  world.pattern("{basic,'_','_'}", "false", "[local]");
  CHECK(instance->image->code != before);
  world.pattern("{basic,'_','_'}", "false", "[call_count]");
  CHECK(instance->image->code == before);
  world.pattern("{basic,'_','_'}", "true", "[local]");
  world.pattern("{basic,'_','_'}", "true", "[global]");
  CHECK(instance->image->code == before);
}

TEST_CASE("tracing: a call is told once, also where its first instruction is executed again", "[tracing]") {
  // A frame that does not fit the stack, and a slice that ends, execute it again.
  for (int slice : {3, World::slice}) {
    TracedWorld world{{.code_path = {test_modules()}}, {.slice = slice}};
    CHECK(world.call("basic", "fib", "[1]") == "1");
    CHECK(world.pattern("{basic,nrev_1,1}", "true", "[local]") == "1");
    auto& tracer = world.trace_new({"call"});
    world.call("basic", "nrev", "[10]");
    CHECK(tracer.count == 11);
  }
}

TEST_CASE("tracing: a tracer that does not read loses traces, and is told how many", "[tracing]") {
  TracedWorld world{{.code_path = {test_modules()}}};
  world.call("basic", "fib", "[1]");
  world.pattern("{basic,fib,1}", "[{'_',[],[{message," + long_list() + "}]}]", "[local]");
  auto& tracer = world.trace_new({"call"});
  tracer.reads = false;
  auto calls = [&] { return tracer.count + world.process->mailbox.size(); };
  while (world.machine.tracing().dropped() == 0 && calls() < 10'000'000) world.call("basic", "fib", "[12]");
  CHECK(world.process->mailbox.words() < TraceMessages::most_waiting() + 30'000);
  auto lost = world.machine.tracing().dropped();
  tracer.reads = true;
  world.processes.scheduler().wake(*world.process);
  world.settle();
  tracer.keeps = true;
  world.pattern("{basic,fib,1}", "true", "[local]");
  world.call("basic", "fib", "[0]");
  REQUIRE(tracer.seen.size() == 2);
  CHECK(tracer.seen[0] == "{drop," + std::to_string(lost) + "}");
}
