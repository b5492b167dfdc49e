%% What a node of any OTP release sees when it uses our node with its own library.
-module(releases).
-export([main/0]).
-import(claims, [claim/2, equal/3, receives/2]).

main() ->
    Node = claims:node_of(library_user),
    equal("ping", pong, fun() -> net_adm:ping(Node) end),
    claim("names", fun() -> {ok, Names} = net_adm:names(), lists:keymember("library_user", 1, Names) end),
    equal("math:pi", math:pi(), fun() -> rpc:call(Node, math, pi, []) end),
    equal("global:sync", ok, fun() -> global:sync() end),
    messages(Node),
    links_and_monitors(Node),
    funs_of_a_shell(Node),
    library(Node),
    server(Node).

messages(Node) ->
    Echo = spawn(Node, fun() -> echo() end),
    Term = {a, "b", <<"c">>, 1.5, 1 bsl 100, #{k => [self(), make_ref()]}, fun lists:map/2},
    equal("terms come back as they were", Term,
          fun() -> Echo ! {self(), Term}, receive {Echo, Back} -> Back after 5000 -> nothing end end).

echo() -> receive {From, Term} -> From ! {self(), Term}, echo() end.

links_and_monitors(Node) ->
    process_flag(trap_exit, true),
    Pid = spawn_link(Node, fun() -> receive crash -> error(on_purpose) end end),
    Monitor = monitor(process, Pid),
    Pid ! crash,
    claim("the exit of a linked fun has its reason and its trace",
          fun() ->
              {'EXIT', Pid, {on_purpose, [{?MODULE, _, _, _} | _]}} =
                  receives(5000, fun(M) -> element(1, M) =:= 'EXIT' end),
              true
          end),
    claim("so has its monitor",
          fun() ->
              {'DOWN', Monitor, process, Pid, {on_purpose, _}} =
                  receives(5000, fun(M) -> element(1, M) =:= 'DOWN' end),
              true
          end),
    process_flag(trap_exit, false).

funs_of_a_shell(Node) ->
    [equal("shell: " ++ Text, evaluated(Text), fun() -> rpc:call(Node, erlang, apply, [shell_fun(Text), []]) end)
     || Text <- ["lists:sum([X * X || X <- lists:seq(1, 10)])",
                 "try error(a) catch error:Reason -> {caught, Reason} end",
                 "(fun F(0) -> 1; F(N) -> N * F(N - 1) end)(30)",
                 "<<A:4, B/bitstring>> = <<1, 2>>, {A, B}",
                 "maps:fold(fun(K, V, S) -> K + V + S end, 0, #{1 => 2, 3 => 4})",
                 "receive never -> no after 1 -> done end",
                 "io_lib:format(\"~p ~s ~.2f\", [{a, 1}, \"x\", 1.5])"]].

shell_fun(Text) -> evaluated("fun() -> " ++ Text ++ " end").

evaluated(Text) ->
    {ok, Tokens, _} = erl_scan:string(Text ++ "."),
    {ok, Expressions} = erl_parse:parse_exprs(Tokens),
    {value, Value, _} = erl_eval:exprs(Expressions, []),
    Value.

%% Each of these calls is made on this node and on ours, and the results are compared.
library(Node) ->
    Tree = gb_trees:from_orddict([{N, N} || N <- lists:seq(1, 50)]),
    Calls =
        [{gb_trees, insert, [99, x, Tree]}, {gb_sets, to_list, [gb_sets:from_list([3, 1, 2])]},
         {queue, in, [4, queue:from_list([1, 2, 3])]}, {string, uppercase, ["abc"]}, {string, split, ["a,b", ","]},
         {string, trim, [" x "]}, {calendar, day_of_the_week, [2026, 11, 22]},
         {calendar, gregorian_seconds_to_datetime, [63900000000]}, {io_lib, format, ["~p ~w ~ts", [{a, 1.5}, [], "x"]]},
         {proplists, get_value, [a, [{a, 1}]]}, {base64, encode, [<<"hello">>]}, {base64, decode, [<<"aGVsbG8=">>]},
         {dict, to_list, [dict:from_list([{a, 1}, {b, 2}])]}, {sets, size, [sets:from_list([1, 2, 2])]},
         {orddict, store, [a, 1, []]}, {ordsets, union, [[1], [2]]}, {maps, map, [fun erlang:max/2, #{1 => 2}]},
         {lists, sort, [[3, 1, 2]]}, {lists, enumerate, [[a, b]]}, {lists, keysort, [1, [{b, 1}, {a, 2}]]},
         {uri_string, parse, ["http://a.b/c?d"]}, {binary, encode_hex, [<<"ab">>]},
         {array, to_list, [array:from_list([1, 2])]}, {erl_scan, string, ["a + b."]},
         {rand, uniform_s, [10, rand:seed_s(exsss, 1)]}, {filename, join, [["a", "b"]]},
         {erl_parse, abstract, [[{a, "b"}]]}, {unicode, characters_to_binary, [[228, 8364]]}],
    [equal(atom_to_list(M) ++ ":" ++ atom_to_list(F), apply(M, F, A), fun() -> rpc:call(Node, M, F, A) end)
     || {M, F, A} <- Calls, code:ensure_loaded(M) =/= nothing, erlang:function_exported(M, F, length(A))].  % in this release

server(Node) ->
    {ok, Pid} = rpc:call(Node, gen_server, start, [releases_server, 5, []]),
    equal("a gen_server of this release runs there", Node, fun() -> node(Pid) end),
    equal("call", 5, fun() -> gen_server:call(Pid, read) end),
    gen_server:cast(Pid, {add, 2}),
    equal("cast", 7, fun() -> gen_server:call(Pid, read) end),
    equal("stop", ok, fun() -> gen_server:stop(Pid) end).
