// Claims about long work in native functions: it is paused when the time slice is used up, gives the same result as
// without pauses, and leaves nothing behind if the process ends meanwhile.
#include "test/unit/catch.h"

#include "noderuntime/functions/native.h"
#include "noderuntime/term/map.h"
#include "noderuntime/term/order.h"
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
    CHECK(overdrawn <= most_overdrawn);
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

TEST_CASE("natives: iolist_size/1 counts shared binaries, and does not build them", "[natives]") {
  Natives natives;
  Term part = bytes(natives.heap, megabytes), list = Term::nil();
  for (int i = 0; i < 1000; ++i) list = make_cons(natives.heap, part, list);
  auto held = held_memory.used();
  CHECK(natives.value("erlang", "iolist_size", {list}) == number(1000 * std::int64_t{megabytes}));
  CHECK(held_memory.used() == held);
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
