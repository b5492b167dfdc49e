// Claims about long work in native functions: it is paused when the time slice is used up, gives the same result as
// without pauses, and leaves nothing behind if the process ends meanwhile.
#include "test/unit/catch.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "noderuntime/functions/native.h"
#include "noderuntime/machine/binaries.h"
#include "noderuntime/term/bits.h"
#include "noderuntime/term/map.h"
#include "noderuntime/term/order.h"
#include "noderuntime/term/reclaimer.h"
#include "noderuntime/term/shared_walk.h"
#include "test/unit/machine/world.h"
#include "test/unit/paced.h"

using namespace noderuntime;
using namespace noderuntime::test;

namespace {

// The steps by which a slice may be exceeded: what is done between two places where the work is counted.
constexpr std::int64_t most_overdrawn = 32'768;

class Natives {
 public:
  Natives() : process{*world.spawn(Atom::of("erlang"), Atom::of("hibernate"), Term::nil())} {}

  NativeResult call(std::string_view module, std::string_view function, std::vector<Term> arguments) {
    Context context{process, world.processes, heap, state, world.machine.access(), nullptr, Term::nil()};
    for (auto& table : native_modules())
      for (auto& row : table.rows)
        if (table.module == module && row.function == function && row.arity == arguments.size())
          return row.native(context, arguments.data());
    FAIL("no such function");
    return Term::nil();
  }
  Term value(std::string_view module, std::string_view function, std::vector<Term> arguments) {
    auto result = call(module, function, std::move(arguments));
    REQUIRE(result.status == NativeResult::Status::value);
    return result.value;
  }

  World world;
  Process& process;
  Heap heap;
  ErlangState state;
};

Term number(std::int64_t value) { return Term::small(value); }

Term numbers(Heap& heap, std::size_t count, std::int64_t step = 1) {
  Term list = Term::nil();
  for (std::size_t i = count; i > 0; --i)
    list = make_cons(heap, number(static_cast<std::int64_t>(i) * step % 1'000'003), list);
  return list;
}

// A shared binary of so many bytes.
Term bytes(Heap& heap, std::size_t size, Byte value = 'a') {
  auto* shared = RefcBinary::create(size);
  std::fill_n(shared->data, size, value);
  shared->used = size;
  Term term = make_slice(heap, shared, 0, 8 * std::uint64_t{size});
  RefcBinary::release(shared);
  return term;
}

Term atom(std::string_view text) { return Term::atom(Atom::of(text)); }

constexpr std::size_t many = 300'000, megabytes = 8 << 20;

struct Call {
  std::string_view module, function;
  std::vector<Term> arguments;
};

// Calls of every family, with large arguments on the heap.
std::vector<Call> calls(Heap& heap) {
  Term list = numbers(heap, many), mixed = numbers(heap, many, 7919), big = bytes(heap, megabytes);
  Term last = number(static_cast<std::int64_t>(many));
  Term letters = Term::nil();
  for (std::size_t i = 0; i < many; ++i)
    letters = make_cons(heap, number('a' + static_cast<int>(i % 20)), letters);
  Term pairs = Term::nil();
  for (std::size_t i = 0; i < many; ++i)
    pairs = make_cons(heap, make_tuple(heap, {number(static_cast<std::int64_t>(i)), atom("x")}), pairs);
  std::vector<Term> elements(many, atom("x"));
  Term tuple = make_tuple(heap, std::span<const Term>{elements});
  std::vector<map::Entry> entries;
  for (std::size_t i = 0; i < many; ++i) entries.push_back({number(static_cast<std::int64_t>(i)), atom("x")});
  Term table = *map::from_entries(heap, entries);
  Term nested = Term::nil();
  for (std::size_t i = 0; i < many; ++i)
    nested = make_cons(heap, make_cons(heap, nested, number(1)), Term::nil());
  Term parts = Term::nil();
  for (std::size_t i = 0; i < many; ++i)
    parts = make_cons(heap, make_list(heap, {number('x'), number('y')}), parts);
  Term pattern = make_binary(heap, std::string_view{"aab"}),
       letter = make_binary(heap, std::string_view{"a"});
  Term needle = make_binary(heap, std::string(3000, 'a') + "b");
  return {{"lists", "seq", {number(1), last}},
          {"lists", "member", {atom("none"), list}},
          {"persistent_term", "put", {atom("large"), pairs}},
          {"lists", "member", {make_float(heap, 0.5), list}},
          {"lists", "reverse", {list}},
          {"lists", "reverse", {list, Term::nil()}},
          {"lists", "keyfind", {atom("none"), number(1), pairs}},
          {"lists", "keymember", {atom("none"), number(2), pairs}},
          {"lists", "keysearch", {atom("none"), number(2), pairs}},
          {"lists", "sort", {mixed}},
          {"lists", "usort", {mixed}},
          {"maps", "from_list", {pairs}},
          {"maps", "from_keys", {list, atom("x")}},
          {"maps", "keys", {table}},
          {"maps", "values", {table}},
          {"maps", "to_list", {table}},
          {"erlang", "length", {list}},
          {"erlang", "++", {list, list}},
          {"erlang", "--", {mixed, list}},
          {"erlang", "setelement", {number(1), tuple, atom("y")}},
          {"erlang", "append_element", {tuple, atom("y")}},
          {"erlang", "insert_element", {number(7), tuple, atom("y")}},
          {"erlang", "delete_element", {number(7), tuple}},
          {"erlang", "make_tuple", {last, atom("y")}},
          {"erlang", "make_tuple", {last, atom("y"), pairs}},
          {"erlang", "list_to_tuple", {list}},
          {"erlang", "tuple_to_list", {tuple}},
          {"erlang", "iolist_size", {nested}},
          {"erlang", "iolist_size", {parts}},
          {"erlang", "iolist_to_binary", {parts}},
          {"erlang", "iolist_to_iovec", {parts}},
          {"erlang", "list_to_binary", {letters}},
          {"erlang", "list_to_bitstring", {letters}},
          {"erlang", "list_to_atom", {letters}},
          {"erlang", "binary_to_atom", {big}},
          {"erlang", "list_to_integer", {letters, number(36)}},
          {"erlang", "list_to_float", {letters}},
          {"erlang", "binary_to_list", {bytes(heap, many)}},
          {"erlang", "binary_to_list", {bytes(heap, many), number(2), last}},
          {"erlang", "bitstring_to_list", {bytes(heap, many)}},
          {"erlang", "md5", {big}},
          {"erlang", "md5", {parts}},
          {"erlang", "crc32", {big}},
          {"erlang", "adler32", {make_list(heap, {big, letters})}},
          {"erlang", "phash", {list, number(1 << 20)}},
          {"erlang", "phash", {big, number(1 << 20)}},
          {"erlang", "decode_packet", {atom("line"), big, Term::nil()}},
          {"erlang", "decode_packet", {atom("http"), big, Term::nil()}},
          {"erlang", "raise", {atom("error"), atom("x"), list}},
          {"binary", "matches", {big, letter}},
          {"binary", "matches", {big, pattern}},
          {"binary", "matches", {big, needle}},
          {"binary", "match", {big, make_list(heap, {pattern, needle})}},
          {"binary", "split", {bytes(heap, many), letter, make_list(heap, {atom("global")})}},
          {"binary", "split", {bytes(heap, many), letter, make_list(heap, {atom("global"), atom("trim")})}},
          {"binary", "bin_to_list", {bytes(heap, many)}},
          {"binary", "list_to_bin", {parts}},
          {"binary", "longest_common_prefix", {make_list(heap, {big, bytes(heap, megabytes)})}},
          {"binary", "longest_common_suffix", {make_list(heap, {big, bytes(heap, megabytes)})}},
          {"binary", "decode_unsigned", {bytes(heap, megabytes, 0)}},
          {"unicode", "characters_to_list", {bytes(heap, many)}},
          {"unicode", "characters_to_binary", {big, atom("utf8"), atom("utf16")}},
          {"unicode", "characters_to_binary", {letters}},
          {"unicode", "characters_to_binary", {parts}},
          {"unicode", "bin_is_7bit", {big}},
          {"string", "list_to_integer", {letters}},
          {"re",
           "run",
           {letters, make_binary(heap, std::string_view{"(a+)(b)"}), make_list(heap, {atom("global")})}},
          {"re", "run", {bytes(heap, 30'000), make_binary(heap, std::string_view{"a*c?\\d"})}}};
}

}  // namespace

TEST_CASE("natives: long ones are paused, and give what they give without pauses", "[natives]") {
  Natives natives;
  for (auto& [module, function, arguments] : calls(natives.heap)) {
    INFO(module << ":" << function << "/" << arguments.size());
    auto expected = natives.call(module, function, arguments);
    std::size_t pauses = 0;
    std::int64_t overdrawn = 0;
    auto found = expected;
    {
      Paced paced;
      found = natives.call(module, function, arguments);
      pauses = paced.pauses(), overdrawn = paced.overdrawn();
    }
    CHECK(found.status == expected.status);
    CHECK(exactly_equal(found.value, expected.value));
    // Huge integers are converted in parts, see integer.h.
    constexpr std::int64_t part_of_integer = 700'000;
    CHECK(overdrawn <= (function == "list_to_integer" ? part_of_integer : most_overdrawn));
    // What ends at once on wrong arguments has no reason to pause.
    bool long_work = expected.status == NativeResult::Status::value && function != "list_to_integer" &&
                     function != "raise";
    if (long_work) CHECK(pauses > 0);
  }
}

TEST_CASE("natives: a process can end in the middle of them", "[natives]") {
  Natives natives;
  auto all = calls(natives.heap);
  auto held = held_memory.used() - natives.heap.held_bytes();
  for (auto& [module, function, arguments] : all) {
    INFO(module << ":" << function << "/" << arguments.size());
    for (std::size_t at : {1, 2, 7}) {
      Paced paced;
      paced.cancel_at(at);
      try {
        natives.call(module, function, arguments);
        CHECK(paced.pauses() < at);
      } catch (const ProcessCancelled&) { CHECK(paced.pauses() == at); }
    }
  }
  // All that is left are garbage on the heap, and what one call in the end may keep for the next.
  CHECK(held_memory.used() - natives.heap.held_bytes() <= held + 4096);
}

TEST_CASE(
    "natives: what a process hands over is copied in slices, and is not handed over if it ends meanwhile",
    "[natives]") {
  Natives natives;
  auto& heap = natives.heap;
  Term large = numbers(heap, many), self = natives.process.self(), soon = number(1'000'000);
  Term other = natives.world.spawn(Atom::of("erlang"), Atom::of("hibernate"), Term::nil())->self();
  Term tag = make_list(heap, {make_tuple(heap, {atom("tag"), large})}),
       reply_tag = make_list(heap, {make_tuple(heap, {atom("reply_tag"), large})}), none = Term::nil();
  for (auto& [function, arguments] : std::vector<std::pair<std::string, std::vector<Term>>>{
           {"send_after", {soon, self, large}},
           {"send_after", {soon, atom("nobody"), large}},
           {"start_timer", {soon, self, large}},
           {"monitor", {atom("process"), other, tag}},
           {"spawn_request", {atom("erlang"), atom("hibernate"), large}},
           {"spawn_request", {atom("erlang"), atom("hibernate"), none, reply_tag}}}) {
    INFO(function << "/" << arguments.size());
    auto timers = natives.world.processes.timers().count(),
         processes = natives.world.processes.table().count();
    auto held = held_memory.used() - heap.held_bytes();
    {
      Paced paced;
      paced.cancel_at(1);
      CHECK_THROWS_AS(natives.call("erlang", function, arguments), ProcessCancelled);
    }
    CHECK(natives.world.processes.timers().count() == timers);
    CHECK(natives.world.processes.table().count() == processes);
    CHECK(held_memory.used() - heap.held_bytes() <= held + 1024);
    Paced paced;
    CHECK(natives.call("erlang", function, arguments).status == NativeResult::Status::value);
    CHECK(paced.pauses() > 0);
    CHECK(paced.overdrawn() <= most_overdrawn);
  }
}

TEST_CASE("natives: a large persistent term is stored as a whole, whatever others do meanwhile",
          "[natives]") {
  Natives natives;
  Term key = atom("large"), large = make_tuple(natives.heap, {numbers(natives.heap, many), atom("x")});
  bool erases = true;
  std::size_t pauses = 0;
  {
    Paced paced{[&] {
      natives.call("persistent_term", erases ? "erase" : "put",
                   erases ? std::vector<Term>{key} : std::vector<Term>{key, atom("small")});
      erases = !erases;
    }};
    CHECK(natives.value("persistent_term", "put", {key, large}).is(atoms::ok));
    CHECK(paced.overdrawn() <= most_overdrawn + Reclaimer::steps_at_once);
    pauses = paced.pauses();
  }
  CHECK(pauses > 10);
  CHECK(exactly_equal(natives.value("persistent_term", "get", {key}), large));
  natives.value("persistent_term", "put", {key, atom("small")});
  CHECK(natives.value("persistent_term", "get", {key}) == atom("small"));
}

TEST_CASE("natives: iolist_size/1 counts shared binaries, and does not build them", "[natives]") {
  Natives natives;
  Term part = bytes(natives.heap, megabytes), list = Term::nil();
  for (int i = 0; i < 1000; ++i) list = make_cons(natives.heap, part, list);
  auto held = held_memory.used();
  CHECK(natives.value("erlang", "iolist_size", {list}) == number(1000 * std::int64_t{megabytes}));
  CHECK(held_memory.used() == held);
}

namespace {

// A public table of `count` objects {1, x} … {count, x}.
Term filled_table(Natives& natives, std::size_t count) {
  Term table = natives.value("ets", "new", {atom("t"), make_list(natives.heap, {atom("public")})});
  for (std::size_t i = 1; i <= count; ++i)
    natives.value("ets", "insert",
                  {table, make_tuple(natives.heap, {number(static_cast<std::int64_t>(i)), atom("x")})});
  return table;
}

Term objects(Heap& heap, std::size_t count) {
  Term list = Term::nil();
  for (std::size_t i = count; i > 0; --i)
    list = make_cons(heap, make_tuple(heap, {number(static_cast<std::int64_t>(i)), atom("x")}), list);
  return list;
}

constexpr std::size_t rows = 50'000;

}  // namespace

TEST_CASE("natives: others see all objects of a long insertion, or none", "[natives]") {
  Natives natives;
  Term table = filled_table(natives, 0), list = objects(natives.heap, rows);
  std::vector<Term> sizes;
  auto look = [&] { sizes.push_back(natives.value("ets", "info", {table, atom("size")})); };
  std::size_t pauses = 0;
  for (auto* function : {"insert", "insert_new"}) {
    natives.value("ets", "delete_all_objects", {table});
    Paced paced{look};
    CHECK(natives.value("ets", function, {table, list}) == Term::boolean(true));
    CHECK(paced.overdrawn() <= most_overdrawn);
    pauses = paced.pauses();
  }
  CHECK(pauses > 2);
  for (Term size : sizes) CHECK((size == number(0) || size == number(rows)));
  CHECK(natives.value("ets", "insert_new", {table, list}) == Term::boolean(false));
}

TEST_CASE("natives: a process that ends in a long insertion has stored all objects, or none", "[natives]") {
  Natives natives;
  Term list = objects(natives.heap, rows);
  for (std::size_t at : {1, 3, 6, 12, 24, 48, 96}) {
    Term table = filled_table(natives, 0);
    {
      Paced paced;
      paced.cancel_at(at);
      try {
        natives.call("ets", "insert", {table, list});
      } catch (const ProcessCancelled&) {}
    }
    Term size = natives.value("ets", "info", {table, atom("size")});
    CHECK((size == number(0) || size == number(rows)));
    natives.value("ets", "delete", {table});
  }
}

TEST_CASE("natives: a large table is emptied at once, and its memory given back piece by piece",
          "[natives]") {
  Natives natives;
  Term table = filled_table(natives, rows);
  std::vector<Term> sizes;
  std::size_t pauses = 0;
  {
    Paced paced{[&] { sizes.push_back(natives.value("ets", "info", {table, atom("size")})); }};
    natives.value("ets", "delete_all_objects", {table});
    CHECK(paced.overdrawn() <= most_overdrawn);
    pauses = paced.pauses();
  }
  CHECK(pauses > 2);
  for (Term size : sizes) CHECK(size == number(0));
  table = filled_table(natives, rows);
  Paced paced;
  CHECK(natives.value("ets", "delete", {table}) == Term::boolean(true));
  CHECK(paced.pauses() > 2);
}

TEST_CASE("natives: a new object of a bag is compared with the many of its key in slices", "[natives]") {
  Natives natives;
  Term options = make_list(natives.heap, {atom("public"), atom("bag")});
  Term table = natives.value("ets", "new", {atom("t"), options});
  auto object = [&](std::int64_t value) { return make_tuple(natives.heap, {number(1), number(value)}); };
  constexpr std::int64_t rows = 10'000;
  for (std::int64_t i = 0; i < rows; ++i) natives.value("ets", "insert", {table, object(i)});
  Term size = number(0);
  Paced paced{[&] { size = natives.value("ets", "info", {table, atom("size")}); }};
  CHECK(natives.value("ets", "insert", {table, object(rows)}) == Term::boolean(true));
  CHECK(paced.pauses() > 0);
  CHECK(paced.overdrawn() < most_overdrawn);
  CHECK(size == number(rows + 1));  // whoever looks meanwhile finishes it first
  CHECK(natives.value("ets", "insert", {table, object(rows - 1)}) == Term::boolean(true));
  CHECK(natives.value("ets", "info", {table, atom("size")}) == number(rows + 1));
}

TEST_CASE("natives: a large object is copied as it was when it was looked up", "[natives]") {
  Natives natives;
  Term table = filled_table(natives, 1);
  Term large = make_tuple(natives.heap, {number(1), numbers(natives.heap, many)});
  natives.value("ets", "insert", {table, large});
  auto change = [&] { natives.value("ets", "delete", {table, number(1)}); };
  for (auto* function : {"lookup", "take"}) {
    natives.value("ets", "insert", {table, large});
    Paced paced{change};
    Term found = natives.value("ets", function, {table, number(1)});
    REQUIRE(found.is_cons());
    CHECK(exactly_equal(found.head(), large));
  }
}

TEST_CASE("natives: processes/0 gives those that existed when it was called", "[natives]") {
  Natives natives;
  auto start = [&] { return natives.world.spawn(Atom::of("erlang"), Atom::of("hibernate"), Term::nil()); };
  std::vector<Process*> started;
  for (int i = 0; i < 20'000; ++i) started.push_back(start());
  auto expected = natives.world.processes.table().all();
  std::size_t ended = 0, pauses = 0;
  std::vector<Term> found;
  {
    Paced paced{[&] {
      for (std::size_t from : {std::size_t{0}, started.size() / 2})
        natives.world.processes.exits().exit(*started[from + ended], Term::atom(atoms::killed));
      ++ended;
      start();
    }};
    Term list = natives.value("erlang", "processes", {});
    for (; list.is_cons(); list = list.tail()) found.push_back(list.head());
    pauses = paced.pauses();
  }
  CHECK(pauses > 0);
  auto less = [](Term a, Term b) { return compare(a, b) < 0; };
  std::sort(found.begin(), found.end(), less);
  std::sort(expected.begin(), expected.end(), less);
  CHECK(found == expected);
}

TEST_CASE("natives: bytes that paused code looks at do not move", "[natives]") {
  Heap heap;
  binaries::Builder builder;
  builder.start_appending(heap, make_binary(heap, std::string(100, 'a')), 800);
  builder.clear_rest();
  Term shared = builder.result();
  auto* data = bits_of(shared).data;
  Paced paced{[&] {
    binaries::Builder other;
    other.start_appending(heap, shared, 8 << 20);
    CHECK(bits_of(other.result()).data != data);
  }};
  {
    MayPause here;
    pace.spend(2 * Paced::slice);
  }
  CHECK(paced.pauses() == 1);
  CHECK(bits_of(shared).data == data);
}

TEST_CASE("natives: binaries that begin inside of a byte are read as others", "[natives]") {
  Natives natives;
  auto& heap = natives.heap;
  std::string text(100, 'a');
  text += ",b,c";
  Term aligned = make_binary(heap, text);
  // The same bytes, one bit further.
  std::vector<Byte> moved(text.size() + 1);
  bits::copy(as_bytes(text).data(), 0, moved.data(), 1, 8 * text.size());
  auto* shared = RefcBinary::create(moved.size());
  std::copy(moved.begin(), moved.end(), shared->data);
  shared->used = moved.size();
  Term term = make_slice(heap, shared, 1, 8 * text.size());
  RefcBinary::release(shared);
  Term comma = make_binary(heap, std::string_view{","}), global = make_list(heap, {atom("global")});
  for (auto& [module, function, more] :
       std::vector<std::tuple<std::string_view, std::string_view, std::vector<Term>>>{
           {"binary", "decode_unsigned", {}},
           {"binary", "split", {comma, global}},
           {"binary", "matches", {comma}},
           {"erlang", "md5", {}},
           {"erlang", "binary_to_list", {}},
           {"erlang", "iolist_to_iovec", {}},
           {"unicode", "characters_to_list", {}}}) {
    INFO(module << ":" << function);
    std::vector<Term> with_aligned{aligned}, with_moved{term};
    with_aligned.insert(with_aligned.end(), more.begin(), more.end());
    with_moved.insert(with_moved.end(), more.begin(), more.end());
    CHECK(exactly_equal(natives.value(module, function, with_aligned),
                        natives.value(module, function, with_moved)));
  }
}

namespace {

// Rows 0 … 9999 are there all the time; rows behind them come and go while the table is walked.
template <class Table>
void check_walk() {
  constexpr int stay = 10'000;
  Table table;
  for (int i = 0; i < stay; ++i) table.emplace(i, i);
  std::vector<int> seen;
  int next = stay;
  std::size_t pauses = 0;
  {
    Paced paced{[&] {
      for (int i = 0; i < 50; ++i) {
        table.emplace(++next, 0);
        if (next - 50 >= stay) table.erase(next - 50);
      }
    }};
    bool whole = visit_in_pieces([&] { return &table; }, [&] { seen.clear(); },
                                 [&](auto& row) { seen.push_back(row.first); });
    CHECK(whole);
    pauses = paced.pauses();
  }
  CHECK(pauses > 0);
  std::sort(seen.begin(), seen.end());
  CHECK(std::adjacent_find(seen.begin(), seen.end()) == seen.end());
  for (int i = 0; i < stay; ++i) REQUIRE(std::binary_search(seen.begin(), seen.end(), i));
  Paced paced;
  int left = 2;
  CHECK_FALSE(visit_in_pieces([&] { return left-- > 0 ? &table : nullptr; }, [] {}, [](auto&) {}));
}

}  // namespace

TEST_CASE("natives: a table that changes is walked in pieces", "[natives]") {
  check_walk<std::map<int, int>>();
  check_walk<std::unordered_map<int, int>>();
}

TEST_CASE("natives: what stays private is all that may be looked at in a pause", "[natives]") {
  bool seen = false;
  Paced paced{[&] { seen = seen || pace.can_pause() || !pace.has_paused(); }};
  {
    MayPause here;
    pace.spend(2 * Paced::slice);
    CHECK(pace.can_pause());
    OneStep not_here;
    MayPause nor_here;
    pace.spend(2 * Paced::slice);
  }
  CHECK(paced.pauses() == 1);
  CHECK_FALSE(seen);
  CHECK_FALSE(pace.can_pause());
  CHECK_FALSE(pace.has_paused());
}
