// Claims about native functions with state outside of heaps: ets tables, atomics, persistent terms, the
// environment.
#include "test/unit/catch.h"

#include "test/unit/machine/world.h"

using namespace noderuntime;
using namespace noderuntime::test;

namespace {

// A process in whose name the test calls native functions.
class Caller {
 public:
  explicit Caller(World& world)
      : world_{world},
        process_{*world.processes.spawner().spawn(nullptr, std::make_unique<Idle>(), SpawnOptions{})} {}

  Process& process() { return process_; }

  NativeResult raw(std::string_view module, std::string_view function,
                   std::initializer_list<Term> arguments) {
    for (auto& table : native_modules())
      if (table.module == module)
        for (auto& row : table.rows)
          if (row.function == function && row.arity == arguments.size())
            return run(row.native, arguments.begin());
    FAIL("no such function");
    return badarg();
  }
  Term operator()(std::string_view module, std::string_view function, std::initializer_list<Term> arguments) {
    auto result = raw(module, function, arguments);
    INFO(module << ":" << function);
    CHECK(result.status == NativeResult::Status::value);
    return result.value;
  }
  std::string text(std::string_view module, std::string_view function,
                   std::initializer_list<Term> arguments) {
    return to_text((*this)(module, function, arguments));
  }
  Term term(const std::string& text) { return copy(parse_text(text)->term(), process_.heap); }

  // Collects garbage; only `roots` stay alive.
  void collect(std::initializer_list<Term*> roots) {
    std::vector<Term> kept;
    for (auto* root : roots) kept.push_back(*root);
    Roots all;
    all.add(kept.data(), kept.size());
    auto* held = static_cast<HeldAreas*>(state_.held.get());
    auto retired = held ? held->retired() : std::vector<LiteralArea*>{};
    collect_all(process_.heap, generations_, {world_.machine.registry().literals(), nullptr, all, retired});
    if (held) held->let_go_of_unseen(retired);
    auto* next = kept.data();
    for (auto* root : roots) *root = *next++;
  }

 private:
  Generations generations_;
  struct Idle : Body {
    Next run(Process&, int&) override { return Next::wait; }
  };

  NativeResult run(Native native, const Term* arguments) {
    Term continuation = Term::nil();
    for (;;) {
      Context context{process_, world_.processes, process_.heap, state_, world_.machine.access(),
                      nullptr,  continuation};
      auto result = native(context, arguments);
      if (result.status != NativeResult::Status::again) return result;
      continuation = result.value;
    }
  }

  World& world_;
  Process& process_;
  ErlangState state_;
};

Term atom(const char* text) { return Term::atom(Atom::of(text)); }

std::size_t literals(World& world) { return world.machine.registry().literals().used_bytes(); }

}  // namespace

TEST_CASE("state: tables end with their owner, or go to the heir, who is told", "[functions]") {
  World world;
  Caller heir{world}, other{world};
  Process* owner = nullptr;
  {
    Caller caller{world};
    owner = &caller.process();
    Term options = make_list(
        owner->heap,
        {atom("named_table"), make_tuple(owner->heap, {atom("heir"), heir.process().self(), atom("data")})});
    caller("ets", "new", {atom("inherited"), options});
    caller("ets", "insert", {atom("inherited"), caller.term("[{a,1},{b,2}]")});
    caller("ets", "new", {atom("lost"), caller.term("[named_table]")});
    CHECK(other.raw("ets", "insert", {atom("inherited"), other.term("{c,3}")}).status ==
          NativeResult::Status::error);
    CHECK(other.text("ets", "lookup", {atom("inherited"), atom("a")}) == "[{a,1}]");
  }
  std::string from = to_text(owner->self());
  world.processes.exits().exit(*owner, Term::atom(atoms::killed));
  CHECK(other.text("ets", "whereis", {atom("lost")}) == "undefined");
  REQUIRE(heir.process().mailbox.has_current());
  CHECK(to_text(heir.process().mailbox.current()) == "{'ETS-TRANSFER',inherited," + from + ",data}");
  CHECK(heir.text("ets", "insert", {atom("inherited"), heir.term("{c,3}")}) == "true");
}

TEST_CASE("state: a select over a large table comes in pieces and misses nothing", "[functions]") {
  World world;
  Caller caller{world};
  auto type = GENERATE(as<std::string>{}, "set", "ordered_set", "bag", "duplicate_bag");
  Term table = caller("ets", "new", {atom("t"), caller.term("[" + type + "]")});
  constexpr int count = 10'000;
  for (int i = 0; i < count; ++i)
    caller("ets", "insert", {table, make_tuple(caller.process().heap, {Term::small(i), Term::small(i % 3)})});
  Term specification = caller.term("[{{'_',1},[],[true]}]");
  CHECK(caller.text("ets", "select_count", {table, specification}) == "3333");
  Term all = caller("ets", "tab2list", {table});
  CHECK(caller.text("erlang", "length", {all}) == std::to_string(count));
  CHECK(caller.text("ets", "internal_select_delete", {table, specification}) == "3333");
  CHECK(caller.text("ets", "info", {table, atom("size")}) == std::to_string(count - 3333));
  CHECK(caller.text("ets", "select_count", {table, specification}) == "0");
}

TEST_CASE("state: an array of numbers lives as long as a reference to it", "[functions]") {
  World world;
  auto& names = *world.machine.access().state.magic_objects;
  {
    Caller caller{world};
    Term reference = caller("atomics", "new", {Term::small(3), Term::nil()});
    caller("atomics", "add", {reference, Term::small(1), Term::small(5)});
    // The array is referred to by a message, by a table, and by a plain reference that another node sent
    // back.
    auto message = OwnedTerm::copy_of(reference);
    CHECK(caller.text("atomics", "get", {message.term(), Term::small(1)}) == "5");
    auto plain = make_reference(caller.process().heap, world.processes.self(),
                                to_reference(world.processes.self(), reference));
    CHECK(caller.text("atomics", "get", {plain, Term::small(1)}) == "5");
    CHECK(caller.text("erlang", "=:=", {plain, reference}) == "true");
    caller.collect({&reference});
    CHECK(names.size() == 1);
    caller.collect({});
    CHECK(names.size() == 1);  // only the message has a reference
    message = {};
    CHECK(names.empty());
  }
}

TEST_CASE("state: a persistent term is not copied, and stays for whom got it", "[functions]") {
  World world;
  Caller writer{world}, reader{world};
  auto before = literals(world);
  writer("persistent_term", "put", {atom("key"), writer.term("{value,[1,2,3],<<\"text\">>}")});
  auto one = literals(world);
  CHECK(one > before);
  auto used = reader.process().heap.used_words();
  Term value = reader("persistent_term", "get", {atom("key")});
  CHECK(reader.process().heap.used_words() == used);

  SECTION("erased") { CHECK(writer.text("persistent_term", "erase", {atom("key")}) == "true"); }
  SECTION("replaced") { writer("persistent_term", "put", {atom("key"), atom("other")}); }
  reader.collect({&value});
  CHECK(to_text(value) == "{value,[1,2,3],<<116,101,120,116>>}");
  CHECK(literals(world) == one);
  reader.collect({});
  CHECK(literals(world) == before);
}

TEST_CASE("state: a persistent term ends with the last process that got it", "[functions]") {
  World world;
  auto before = literals(world);
  {
    Caller caller{world};
    caller("persistent_term", "put", {atom("key"), caller.term("{1,2}")});
    caller("persistent_term", "get", {atom("key")});
    caller("persistent_term", "erase", {atom("key")});
    CHECK(literals(world) > before);
  }
  CHECK(literals(world) == before);
}

TEST_CASE("state: the environment is the node's own copy", "[functions]") {
  World world;
  Caller caller{world};
  CHECK(caller.text("os", "getenv", {caller.term("\"HOME\"")}) == "false");
  caller("os", "putenv", {caller.term("\"HOME\""), caller.term("\"/x=y\"")});
  CHECK(caller.text("os", "env", {}) == "[{[72,79,77,69],[47,120,61,121]}]");
  caller("os", "unsetenv", {caller.term("\"HOME\"")});
  CHECK(caller.text("os", "getenv", {caller.term("\"HOME\""), atom("none")}) == "none");
}
