// Claims about the instructions: the functions of data/basic.erl give what they give on a real Erlang.
#include "test/unit/catch.h"

#include <cstdint>
#include <filesystem>
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

// Calls a function, given as "basic:name(arguments)". Returns the value as text.
std::string value_of(World& world, const std::string& call) {
  auto open = call.find('(');
  return world.call("basic", call.substr(6, open - 6),
                    "[" + call.substr(open + 1, call.size() - open - 2) + "]");
}

// `text` without the numbers in names of funs, because each release of the compiler chooses others.
std::string plain(const std::string& text) {
  static const std::regex name_of_fun{R"(#Fun<basic\.\d+\.\d+>)"};
  return std::regex_replace(text, name_of_fun, "#Fun<basic>");
}

// Directories such as r24, which have the module compiled with the instructions of that release. The
// installed erlc decides which directories there are (CMakeLists.txt).
std::vector<std::string> older_releases() {
  std::vector<std::string> found;
  for (auto& entry : std::filesystem::directory_iterator{test_modules()})
    if (std::filesystem::exists(entry.path() / "basic.beam")) found.push_back(entry.path().filename());
  return found;
}

}  // namespace

TEST_CASE("interpreter: functions give what real Erlang gives", "[machine]") {
  World world{{.code_path = {test_modules()}}};
  for (auto& row : golden()) {
    INFO(row.call);
    CHECK(plain(value_of(world, row.call)) == plain(row.value));
  }
}

TEST_CASE("interpreter: the same with the instructions of older compilers", "[machine]") {
  auto releases = older_releases();
  REQUIRE_FALSE(releases.empty());
  for (auto& release : releases) {
    World world{{.code_path = {test_modules() + "/" + release}, .collect_always = true}};
    for (auto& row : golden()) {
      // The compiler chooses names of funs, lines and stack frames.
      if (row.call == "basic:exceptions()" || row.call.starts_with("basic:stack(")) continue;
      INFO(release << ": " << row.call);
      CHECK(plain(value_of(world, row.call)) == plain(row.value));
    }
  }
}

TEST_CASE("interpreter: code of OTP 29's compiler gives what OTP 29 gives", "[machine]") {
  World world{
      {.code_path = {source_directory() + "/test/data/later"}, .collect_always = GENERATE(false, true)}};
  auto raises = [&](const char* function, const char* arguments, const char* reason) {
    return world.call("later", function, arguments).find(reason) != std::string::npos;
  };
  CHECK(world.call("later", "zipped", "[[1,2],[a,b]]") == "[{1,a},{2,b}]");
  CHECK(world.call("later", "zipped_binaries", "[[1,2,3],<<4,5,6>>]") == "<<5,7,9>>");
  CHECK(world.call("later", "zipped_calls", "[[1,2,3],[4,5,6]]") == "<<0,5,0,7,0,9>>");
  CHECK(world.call("later", "filtered", "[[1,2,3],[4,2,6]]") == "<<19>>");
  CHECK(world.call("later", "nested", "[[1,2,3],[1,2,3],[1,2]]") == "<<3,4,5,6,7,8>>");
  CHECK(world.call("later", "long", "[1000]") == "{8000,<<0,3,232,97,0,3,232,98>>}");
  CHECK(world.call("later", "bits", "[[1,0,1,1,0,1,1,0,1]]") == "<<182,1:1>>");
  for (auto* size : {"[0]", "[508]", "[509]", "[512]", "[4096]"})
    CHECK(world.call("later", "tail", size) == "<<13:4>>");
  CHECK(world.call("later", "maps", "[[a],[1]]") == "#{a => 1}");
  CHECK(world.call("later", "strict", "[[{1,2},{3,4}]]") == "<<1,3>>");
  CHECK(world.call("later", "context", "[<<1>>]") == "one");
  CHECK(world.call("later", "context", "[<<1,2>>]") == "<<>>");
  CHECK(raises("zipped", "[[1,2],[a]]", "{bad_generators,{[2],[]}}"));
  CHECK(raises("strict", "[[{1,2},3]]", "{badmatch,3}"));
  CHECK(raises("bad_generator", "[<<1,7,2,8>>]", "{badmatch,<<2,8>>}"));
  CHECK(raises("context", "[a]", "{bad_generator,a}"));
  CHECK(raises("record", "[]", "notsup"));
}

TEST_CASE("interpreter: the same with a collection at every point where one is allowed", "[machine]") {
  World world{{.code_path = {test_modules()}, .collect_always = true}};
  for (auto& row : golden()) {
    INFO(row.call);
    CHECK(plain(value_of(world, row.call)) == plain(row.value));
  }
}

TEST_CASE("interpreter: the same when a process is preempted all the time", "[machine]") {
  World world{{.code_path = {test_modules()}}, {.slice = 3}};
  for (auto& row : golden()) {
    INFO(row.call);
    CHECK(plain(value_of(world, row.call)) == plain(row.value));
  }
}

TEST_CASE("interpreter: a process that crashes tells its reason and is reported", "[machine]") {
  World world{{.code_path = {test_modules()}}};
  CHECK(world.exit_reason("basic", "fib", "[a]").starts_with("{badarith,[{erlang,'-',[a,1],"));
  REQUIRE(world.crashes.size() == 1);
  CHECK(world.crashes[0].starts_with("{badarith,"));
  CHECK(world.exit_reason("erlang", "throw", "[t]").starts_with("{{nocatch,t},["));
  CHECK(world.exit_reason("erlang", "exit", "[gone]") == "gone");
  CHECK(world.crashes.size() == 2);
  CHECK(world.exit_reason("nosuch", "f", "[1]") == "{undef,[{nosuch,f,[1],[]}]}");
  CHECK(world.exit_reason("basic", "fib", "[10]") == "normal");
}

TEST_CASE("interpreter: a process over its heap limit is killed", "[machine]") {
  World world{{.code_path = {test_modules()}}, {.heap_words = 20'000}};
  CHECK(world.exit_reason("lists", "seq", "[1,1000000]") == "killed");
  CHECK(world.exit_reason("basic", "nrev", "[20]") == "normal");
}

TEST_CASE("interpreter: a message does not end a wait for time, nor make it busy", "[machine]") {
  World world;
  Heap heap;
  for (Term time : {Term::atom(atoms::infinity), Term::small(1000)}) {
    Process* process = world.spawn(Atom::of("timer"), Atom::of("sleep"), make_list(heap, {time}));
    Term pid = process->self();
    world.settle(20, 0);
    world.processes.signals().send(*process, pid, Term::small(1));
    world.settle(20, 0);
    CHECK(world.processes.table().find(pid));
    CHECK_FALSE(world.processes.scheduler().has_runnable());
  }
}

TEST_CASE("interpreter: the returns of a deep recursion cost reductions as its calls do", "[machine]") {
  World world{{.code_path = {test_modules()}}};
  CHECK(value_of(world, "basic:length_of([1])") == "1");  // loads the module
  constexpr std::uint64_t depth = 100'000;
  Heap heap;
  Term list = Term::nil();
  for (std::uint64_t i = 0; i < depth; ++i) list = make_cons(heap, Term::nil(), list);
  auto& counters = world.processes.scheduler().counters();
  auto before = counters;
  world.spawn(Atom::of("basic"), Atom::of("length_of"), make_list(heap, {list}));
  world.settle();
  CHECK(counters.reductions - before.reductions >= 2 * depth);
  CHECK(counters.time_slices - before.time_slices >= 2 * depth / World::slice);
}
