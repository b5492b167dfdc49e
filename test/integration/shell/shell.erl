%% What a user types in a shell of a real node to use our node.
-module(shell).
-export([main/0]).
-import(claims, [claim/2, equal/3, eventually/2, node_of/1]).

main() ->
    N = node_of(repl2),
    equal("net_adm:ping says pong", pong, fun() -> net_adm:ping(N) end),
    equal("our node pings the shell's", pong, fun() -> rpc:call(N, net_adm, ping, [node()]) end),
    claim("net_adm:names/0 lists both with their ports", fun() -> names(net_adm:names()) end),
    claim("net_adm:names/1 lists both with their ports", fun() -> names(net_adm:names(localhost)) end),
    equal("nodes() shows it", [N], fun() -> nodes() end),
    equal("nodes(hidden) does not", [], fun() -> nodes(hidden) end),
    rpc(N),
    erpc(N),
    global(N),
    exits(N).

names({ok, Names}) -> lists:sort([Name || {Name, Port} <- Names, Port > 0]) =:= ["repl1", "repl2"].

rpc(N) ->
    Pi = math:pi(),
    equal("rpc:call of math:pi", Pi, fun() -> rpc:call(N, math, pi, []) end),
    equal("rpc:multicall over all connected nodes", {[Pi, Pi], []}, fun() -> rpc:multicall(math, pi, []) end),
    equal("rpc:parallel_eval keeps the order", [Pi, math:exp(1)],
          fun() -> rpc:parallel_eval([{math, pi, []}, {math, exp, [1]}]) end),
    equal("rpc:block_call, which goes through rex", Pi, fun() -> rpc:block_call(N, math, pi, []) end),
    equal("rpc:call of a function that does not exist has OTP's shape",
          rpc:call(node(), no_such, function, [1, two]), fun() -> rpc:call(N, no_such, function, [1, two]) end),
    equal("rpc:call of erlang:node", N, fun() -> rpc:call(N, erlang, node, []) end),
    equal("rpc:call that exits", {badrpc, {'EXIT', because}}, fun() -> rpc:call(N, erlang, exit, [because]) end),
    equal("rpc:call that throws gives the thrown term", ball, fun() -> rpc:call(N, erlang, throw, [ball]) end),
    claim("rpc:call that fails names the error", fun() ->
        {badrpc, {'EXIT', {badarg, [{erlang, list_to_atom, _, _} | _]}}} = rpc:call(N, erlang, list_to_atom, [17]),
        true
    end),
    equal("rpc:async_call and yield", 6.0, fun() -> rpc:yield(rpc:async_call(N, math, sqrt, [36])) end),
    equal("rpc:sbcast says where a name is missing", {[node()], [N]}, fun() ->
        register(only_here, self()),
        Answer = rpc:sbcast([node(), N], only_here, hello),
        receive hello -> Answer after 5000 -> lost end
    end),
    equal("a thousand calls at once are all answered", lists:duplicate(1000, Pi), fun() ->
        Keys = [rpc:async_call(N, math, pi, []) || _ <- lists:seq(1, 1000)],
        [rpc:yield(Key) || Key <- Keys]
    end).

erpc(N) ->
    equal("erpc:call returns", 3, fun() -> erpc:call(N, erlang, '+', [1, 2]) end),
    equal("erpc:call raises a throw", {throw, ball}, fun() -> caught(fun() -> erpc:call(N, erlang, throw, [ball]) end) end),
    equal("erpc:call raises an exit", {exit, {exception, bye}},
          fun() -> caught(fun() -> erpc:call(N, erlang, exit, [bye]) end) end),
    claim("erpc:call raises an error with the remote stack", fun() ->
        {error, {exception, badarith, [{erlang, '+', [1, a], _} | _]}} =
            caught(fun() -> erpc:call(N, erlang, '+', [1, a]) end),
        true
    end),
    claim("erpc:call of an undefined function", fun() ->
        {error, {exception, undef, [{no_such, function, [], _} | _]}} =
            caught(fun() -> erpc:call(N, no_such, function, []) end),
        true
    end),
    equal("erpc:call with a timeout gives up", {error, {erpc, timeout}},
          fun() -> caught(fun() -> erpc:call(N, timer, sleep, [5000], 100) end) end),
    equal("erpc:call of fun math:sqrt/1", 7.0, fun() -> erpc:call(N, erlang, apply, [fun math:sqrt/1, [49]]) end),
    equal("erpc:cast sends", sent, fun() ->
        erpc:cast(N, erlang, send, [self(), sent]),
        receive Message -> Message after 5000 -> nothing end
    end),
    equal("erpc:multicall", [{ok, 4}, {ok, 4}], fun() -> erpc:multicall([N, node()], erlang, '*', [2, 2]) end).

global(N) ->
    claim("global:sync returns promptly", fun() ->
        {Time, ok} = timer:tc(fun() -> global:sync() end),
        Time < 5_000_000
    end),
    equal("global:register_name", yes, fun() -> global:register_name(here, self()) end),
    equal("global:set_lock and del_lock", {true, true},
          fun() -> Lock = {resource, self()}, {global:set_lock(Lock), global:del_lock(Lock)} end),
    claim("the node is still connected", fun() -> lists:member(N, nodes()) end).

exits(N) ->
    {ok, [[Pid]]} = init:get_argument(repl2_pid),
    monitor_node(N, true),
    Reference = monitor(process, {net_kernel, N}),
    os:cmd("kill " ++ Pid),
    claim("SIGTERM: monitors see noconnection at once", fun() ->
        receive {'DOWN', Reference, process, {net_kernel, N}, noconnection} -> true after 3000 -> late end
    end),
    claim("nodedown comes", fun() -> receive {nodedown, N} -> true after 3000 -> late end end),
    equal("rpc:call after its exit", {badrpc, nodedown}, fun() -> rpc:call(N, math, pi, []) end),
    equal("ping after its exit", pang, fun() -> net_adm:ping(N) end).

caught(Fun) ->
    try Fun() catch Class:Reason -> {Class, Reason} end.
