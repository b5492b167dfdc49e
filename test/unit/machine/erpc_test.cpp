// Claims about erpc:execute_call/4 and the functions like it: the exit reasons from which callers on other
// nodes read the result.
#include "test/unit/catch.h"

#include "test/unit/machine/world.h"
#include "test/unit/paths.h"

using namespace noderuntime;
using namespace noderuntime::test;

TEST_CASE("erpc: every way a call can end has its exit reason", "[machine]") {
  World world{{.code_path = {test_modules()}}};
  auto reason = [&](const std::string& arguments) {
    return world.exit_reason("erpc", "execute_call", arguments);
  };
  CHECK(reason("[r,math,pi,[]]") == "{r,return,3.141592653589793}");
  CHECK(reason("[r,lists,sum,[[1,2,3]]]") == "{r,return,6}");
  CHECK(reason("[r,erlang,throw,[t]]") == "{r,throw,t}");
  CHECK(reason("[r,erlang,exit,[e]]") == "{r,exit,e}");
  CHECK(reason("[r,erlang,error,[x]]") == "{r,error,x,[{erlang,error,[x],[]}]}");
  CHECK(reason("[r,nosuch,f,[1,2]]") == "{r,error,undef,[{nosuch,f,[1,2],[]}]}");
  CHECK(reason("[r,erlang,atom_to_list,[1]]") ==
        "{r,error,badarg,[{erlang,atom_to_list,[1],[{error_info,#{module => erl_erts_errors}}]}]}");
  CHECK(reason("[r,basic,fib,[a]]")
            .starts_with("{r,error,badarith,[{erlang,'-',[a,1],[{error_info,#{module => "
                         "erl_erts_errors}}]},{basic,fib,1,[{file,"));
  CHECK(world.crashes.empty());
}

TEST_CASE("erpc: execute_call/3 and execute_cast/3 exit with normal, or with the exception", "[machine]") {
  World world;
  CHECK(world.exit_reason("erpc", "execute_call", "[math,pi,[]]") == "normal");
  CHECK(world.exit_reason("erpc", "execute_cast", "[math,pi,[]]") == "normal");
  CHECK(world.exit_reason("erpc", "execute_cast", "[nosuch,f,[]]")
            .starts_with("{{exception,{undef,[{nosuch,f,[],[]}]}},["));
}
