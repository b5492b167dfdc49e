// Native functions: their table, values and errors. Calls go through the machine, as Erlang code makes them.
#include <catch2/catch.hpp>

#include <algorithm>

#include "test/unit/machine/world.h"

using namespace noderuntime;
using namespace noderuntime::test;

namespace {

struct Row {
  const char *module, *function, *arguments, *value;
};

void check(World& world, std::initializer_list<Row> rows) {
  for (auto& row : rows) {
    INFO(row.module << ":" << row.function << row.arguments);
    CHECK(world.call(row.module, row.function, row.arguments) == row.value);
  }
}

}  // namespace

TEST_CASE("functions: each table is sorted and has no row twice", "[functions]") {
  for (auto& module : native_modules()) {
    INFO(module.module);
    CHECK(std::is_sorted(module.rows.begin(), module.rows.end(), [](auto& a, auto& b) {
      return std::pair{a.function, a.arity} < std::pair{b.function, b.arity};
    }));
    CHECK(std::adjacent_find(module.rows.begin(), module.rows.end(), [](auto& a, auto& b) {
            return a.function == b.function && a.arity == b.arity;
          }) == module.rows.end());
  }
}

TEST_CASE("functions: erlang's conversions", "[functions]") {
  World world;
  check(world, {{"erlang", "integer_to_list", "[255,16]", "[70,70]"},
                {"erlang", "list_to_float", "[\"1.5e3\"]", "1.5e3"},
                {"erlang", "float_to_list", "[1.5,[{decimals,2}]]", "[49,46,53,48]"},
                {"erlang", "float_to_binary", "[0.1,[short]]", "<<48,46,49>>"},
                {"erlang", "binary_to_atom", "[<<\"abc\">>,utf8]", "abc"},
                {"erlang", "iolist_to_binary", "[[1,[2,<<3,4>>|<<5>>]]]", "<<1,2,3,4,5>>"},
                {"erlang", "binary_part", "[<<1,2,3,4>>,4,-2]", "<<3,4>>"},
                {"erlang", "split_binary", "[<<1,2,3>>,1]", "{<<1>>,<<2,3>>}"},
                {"erlang", "crc32", "[<<\"abc\">>]", "891568578"},
                {"erlang", "adler32", "[<<\"abc\">>]", "38600999"},
                {"erlang", "list_to_tuple", "[[a,b]]", "{a,b}"},
                {"erlang", "make_tuple", "[3,x]", "{x,x,x}"},
                {"erlang", "trunc", "[1.0e20]", "100000000000000000000"},
                {"erlang", "convert_time_unit", "[-1,millisecond,second]", "-1"},
                {"erlang", "--", "[[a,b,c,b,a],[b,a]]", "[c,b,a]"},
                {"erlang", "++", "[[a],b]", "[a|b]"},
                {"erlang", "max", "[1,1.0]", "1"}});
}

TEST_CASE("functions: errors bear the name of the OTP function", "[functions]") {
  World world;
  check(world,
        {{"erlang", "binary_to_atom", "[1,utf8]",
          "{r,error,badarg,[{erlang,binary_to_atom,[1,utf8],[{error_info,#{module => erl_erts_errors}}]}]}"},
         {"lists", "member", "[a,b]",
          "{r,error,badarg,[{lists,member,[a,b],[{error_info,#{module => erl_stdlib_errors}}]}]}"},
         {"lists", "reverse", "[a]", "{r,error,function_clause,[{lists,reverse,[a],[]}]}"},
         {"maps", "get", "[k,#{}]",
          "{r,error,{badkey,k},[{maps,get,[k,#{}],[{error_info,#{module => erl_stdlib_errors}}]}]}"},
         {"math", "sqrt", "[-1]",
          "{r,error,badarith,[{math,sqrt,[-1],[{error_info,#{module => erl_stdlib_errors}}]}]}"},
         {"erlang", "div", "[1,0]",
          "{r,error,badarith,[{erlang,'div',[1,0],[{error_info,#{module => erl_erts_errors}}]}]}"}});
}

TEST_CASE("functions: maps, lists, binary, unicode", "[functions]") {
  World world;
  check(world, {{"maps", "from_list", "[[{b,1},{a,2},{b,3}]]", "#{a => 2,b => 3}"},
                {"maps", "merge", "[#{a=>1},#{a=>2,c=>3}]", "#{a => 2,c => 3}"},
                {"maps", "take", "[a,#{a=>1}]", "{1,#{}}"},
                {"lists", "keyfind", "[2,2,[{a,1},{b,2.0}]]", "{b,2.0}"},
                {"lists", "seq", "[3,1]", "{r,error,function_clause,[{lists,seq,[3,1],[]}]}"},
                {"lists", "seq", "[1,3]", "[1,2,3]"},
                {"lists", "seq", "[576460752303423487,576460752303423488]",
                 "[576460752303423487,576460752303423488]"},
                {"lists", "sort", "[[3,1,2,1.0]]", "[1.0,1,2,3]"},
                {"lists", "sort", "[[3,1,1.0]]", "[1,1.0,3]"},
                {"lists", "sort", "[[1,3,2,1.0]]", "[1,1.0,2,3]"},
                {"lists", "sort", "[[9,7,6,8,5,5.0]]", "[5.0,5,6,7,8,9]"},
                {"lists", "usort", "[[3.0,3,3,1]]", "[1,3.0]"},
                {"lists", "sum", "[[1,2,3]]", "6"},
                {"lists", "sublist", "[[a,b,c],2]", "[a,b]"},
                {"binary", "split", "[<<\"a,b,\">>,<<\",\">>,[global,trim]]", "[<<97>>,<<98>>]"},
                {"binary", "longest_common_prefix", "[[<<\"abc\">>,<<\"abd\">>]]", "2"},
                {"unicode", "characters_to_binary", "[[960,<<\"x\">>]]", "<<207,128,120>>"},
                {"unicode", "characters_to_list", "[<<207>>]", "{incomplete,[],<<207>>}"}});
}

TEST_CASE("functions: spawned processes, timers, names", "[functions]") {
  World world;
  check(world,
        {{"timer", "sleep", "[50]", "ok"},
         {"erlang", "whereis", "[nobody]", "undefined"},
         {"erlang", "is_process_alive", "[a]",
          "{r,error,badarg,[{erlang,is_process_alive,[a],[{error_info,#{module => erl_erts_errors}}]}]}"},
         {"erlang", "node", "[]", "here@host"},
         {"erlang", "function_exported", "[lists,map,2]", "true"},
         {"erlang", "function_exported", "[lists,map,7]", "false"}});
  CHECK(world.call("erlang", "spawn", "[erlang,exit,[x]]").starts_with("<0."));
  CHECK(world.call("erlang", "monotonic_time", "[millisecond]") != "0");
}
