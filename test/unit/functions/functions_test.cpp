// Claims about native functions: their tables, values and errors. The machine calls them, as for Erlang code.
#include "test/unit/catch.h"

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
  auto time = [&] { return std::stoll(world.call("erlang", "monotonic_time", "[millisecond]")); };
  auto before = time();
  world.call("timer", "sleep", "[5]");
  CHECK(time() >= before + 5);
}

TEST_CASE("functions: regular expressions", "[functions]") {
  World world;
  check(world,
        {{"re", "run", "[\"abcabc\",\"b(c)\",[global,{capture,all,list}]]",
          "{match,[[[98,99],[99]],[[98,99],[99]]]}"},
         {"re", "run", "[\"abc\",\"b*\",[global]]", "{match,[[{0,0}],[{1,1}],[{2,0}],[{3,0}]]}"},
         {"re", "run", "[[955,97],\".\",[unicode,global]]", "{match,[[{0,2}],[{2,1}]]}"},
         {"re", "run",
          "[\"aaaaaaaaaaaaaaaaaaaaaaaa\",\"(a+)+b\",[{match_limit,100},report_errors,no_start_optimize]]",
          "{error,match_limit}"},
         {"re", "run", "[\"abc\",{re_pattern,1,0,0,<<1,2,3>>}]",
          "{r,error,badarg,[{re,run,[[97,98,99],{re_pattern,1,0,0,<<1,2,3>>}],[{error_info,#{module => "
          "erl_stdlib_errors}}]}]}"}});
}

TEST_CASE("functions: packets", "[functions]") {
  World world;
  check(world, {{"erlang", "decode_packet", "[2,<<0,3,97,98>>,[]]", "{more,5}"},
                {"erlang", "decode_packet", "[line,<<97,10,98>>,[]]", "{ok,<<97,10>>,<<98>>}"},
                {"erlang", "decode_packet", "[asn1,<<31,130,3,1,9,9>>,[]]", "{ok,<<31,130,3,1,9>>,<<9>>}"},
                {"erlang", "decode_packet", "[httph,<<\"Host: x\\r\\ny\">>,[]]",
                 "{ok,{http_header,14,'Host',[72,111,115,116],[120]},<<121>>}"},
                {"erlang", "decode_packet", "[4,<<255,255,255,255>>,[]]", "{error,invalid}"}});
}

TEST_CASE("functions: checksums go on where they stopped", "[functions]") {
  World world;
  auto part = world.call("erlang", "md5_init", "[]");
  for (int i = 0; i < 4; ++i)
    part = world.call("erlang", "md5_update", "[" + part + ",<<\"12345678901234567890\">>]");
  // From the test suite of RFC 1321.
  CHECK(world.call("erlang", "md5_final", "[" + part + "]") ==
        "<<87,237,244,162,43,227,201,85,172,73,218,46,33,7,182,122>>");
  check(world,
        {{"erlang", "adler32_combine", "[38600999,66453911,4]", "182125245"},
         {"erlang", "crc32_combine", "[1,2,-1]",
          "{r,error,badarg,[{erlang,crc32_combine,[1,2,-1],[{error_info,#{module => erl_erts_errors}}]}]}"}});
}

TEST_CASE("functions: a bitstring that begins inside of a byte is the same bitstring", "[functions]") {
  World world;
  check(world, {{"erts_debug", "unaligned_bitstring", "[<<1,2,3:4>>,3]", "<<1,2,3:4>>"},
                {"erts_debug", "unaligned_bitstring", "[<<>>,7]", "<<>>"},
                {"erts_debug", "unaligned_bitstring", "[<<1>>,8]",
                 "{r,error,badarg,[{erts_debug,unaligned_bitstring,[<<1>>,8],[]}]}"}});
}

TEST_CASE("functions: a map is walked in parts", "[functions]") {
  World world;
  check(world, {{"erts_internal", "mc_iterator", "[#{b => 2,a => 1}]", "{a,1,{b,2,none}}"},
                {"erts_internal", "mc_iterator", "[x]", "[]"},
                {"erts_internal", "map_next", "[[b,a],#{b => 2,a => 1},iterator]", "{b,2,{a,1,none}}"},
                {"erts_internal", "map_next", "[0,#{a => 1},[x]]", "[{a,1},x]"},
                {"erts_internal", "map_to_tuple_keys", "[#{a => 1}]", "{a}"}});
}
