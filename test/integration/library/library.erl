%% What a real node sees of the programs counter and vectors, which have a node of the library inside.
-module(library).
-export([main/0]).
-import(claims, [claim/2, equal/3, eventually/2, node_of/1]).

main() ->
    counter({counter, node_of(counter)}),
    functions(node_of(vectors)).

counter(C) ->
    equal("gen_server:call, and the state changes", {{ok, 5}, 5}, fun() -> {gen_server:call(C, {add, 5}), gen_server:call(C, value)} end),
    equal("gen_server:cast before a call", 7, fun() -> gen_server:cast(C, {add, 2}), gen_server:call(C, value) end),
    equal("a request that it does not know", {error, {unknown, {what, 1.5}}}, fun() -> gen_server:call(C, {what, 1.5}) end),
    equal("gen_server:multi_call", {[{node_of(counter), 7}], []}, fun() -> gen_server:multi_call([node_of(counter)], counter, value) end),
    equal("sys:get_state", #{count => 7}, fun() -> sys:get_state(C) end),
    equal("another question of sys is an error", {error, {unknown_system_msg, get_status}}, fun() -> sys:get_status(C) end),
    claim("a slow answer lets others pass", fun() ->
        Slow = gen_server:send_request(C, {slow, 300}),
        7 = gen_server:call(C, value),
        timeout = gen_server:wait_response(Slow, 0),
        {reply, 7} = gen_server:wait_response(Slow, 5000),
        true
    end),
    equal("a call that is not answered in time", {'EXIT', timeout}, fun() ->
        {'EXIT', {timeout, _}} = (catch gen_server:call(C, {slow, 500}, 50)),
        {'EXIT', timeout}
    end),
    claim("1,000 concurrent calls are all answered", fun() ->
        Self = self(),
        Before = gen_server:call(C, value),
        [spawn(fun() -> Self ! {answer, gen_server:call(C, {add, 1})} end) || _ <- lists:seq(1, 1000)],
        Answers = [receive {answer, {ok, N}} -> N after 10000 -> nothing end || _ <- lists:seq(1, 1000)],
        lists:sort(Answers) =:= lists:seq(Before + 1, Before + 1000)
    end),
    claim("a subscriber is told, until it ends", fun() ->
        C ! {subscribe, self()},
        {ok, N} = gen_server:call(C, {add, 1}),
        receive {count, N} -> true after 5000 -> false end
    end),
    Pid = rpc:call(node_of(counter), erlang, whereis, [counter]),
    claim("the name leads to its pid", fun() -> is_pid(Pid) andalso gen_server:call(Pid, value) > 0 end),
    Monitor = monitor(process, C),
    ByPid = monitor(process, Pid),
    Reason = {native_exception, <<"asked to crash">>},
    equal("a call that crashes it", {'EXIT', Reason}, fun() ->
        {'EXIT', {R, {gen_server, call, _}}} = (catch gen_server:call(C, crash)),
        {'EXIT', R}
    end),
    equal("monitors of its name and of its pid are told", {Reason, Reason}, fun() ->
        {receive {'DOWN', Monitor, process, C, R1} -> R1 after 5000 -> nothing end,
         receive {'DOWN', ByPid, process, Pid, R2} -> R2 after 5000 -> nothing end}
    end),
    eventually("it is started anew under its name", fun() -> gen_server:call(C, value) =:= 0 end),
    claim("as another process", fun() -> rpc:call(node_of(counter), erlang, whereis, [counter]) =/= Pid end),
    Second = rpc:call(node_of(counter), erlang, whereis, [counter]),
    process_flag(trap_exit, true),
    equal("exit/2 ends it, and a link tells", {linked, because}, fun() ->
        link(Second),
        exit(Second, because),
        receive {'EXIT', Second, R3} -> {linked, R3} after 5000 -> nothing end
    end),
    eventually("and again it is started anew", fun() -> gen_server:call(C, value) =:= 0 end),
    equal("gen_server:stop", {ok, noproc}, fun() ->
        Stopped = gen_server:stop(C),
        {'EXIT', {Why, _}} = (catch gen_server:call(C, value)),
        {Stopped, Why}
    end).

functions(N) ->
    equal("rpc:call of a function: integers become doubles", 32.0, fun() -> rpc:call(N, vectors, dot, [[1, 2, 3], [4, 5.0, 6]]) end),
    equal("a list", [2.0, 4.5], fun() -> rpc:call(N, vectors, scale, [2, [1, 2.25]]) end),
    equal("a map", #{count => 2, mean => 1.5, min => 1.0, max => 2.0}, fun() -> erpc:call(N, vectors, summary, [[1, 2]]) end),
    equal("a large integer", 1 bsl 2000, fun() -> erpc:call(N, vectors, power, [2, 2000]) end),
    equal("error/1 by rpc", {badrpc, {'EXIT', {{different_lengths, 1, 2}, [{vectors, dot, [[1], [1, 2]], []}]}}},
          fun() -> rpc:call(N, vectors, dot, [[1], [1, 2]]) end),
    equal("arguments of another type: function_clause", {badrpc, {'EXIT', {function_clause, [{vectors, dot, [a, []], []}]}}},
          fun() -> rpc:call(N, vectors, dot, [a, []]) end),
    equal("another arity: undef", {badrpc, {'EXIT', {undef, [{vectors, dot, [[]], []}]}}}, fun() -> rpc:call(N, vectors, dot, [[]]) end),
    equal("another name: undef", {badrpc, {'EXIT', {undef, [{vectors, none, [], []}]}}}, fun() -> rpc:call(N, vectors, none, []) end),
    equal("throw by rpc is the result", empty, fun() -> rpc:call(N, vectors, summary, [[]]) end),
    equal("throw by erpc", {throw, empty}, fun() -> try erpc:call(N, vectors, summary, [[]]) catch C:R -> {C, R} end end),
    equal("exit by rpc", {badrpc, {'EXIT', not_allowed}}, fun() -> rpc:call(N, vectors, stop, []) end),
    equal("exit by erpc", {exit, {exception, not_allowed}}, fun() -> try erpc:call(N, vectors, stop, []) catch C:R -> {C, R} end end),
    equal("an error value of C++", {error, {exception, {too_large, <<"20000">>}, [{vectors, power, [2, 20000], []}]}},
          fun() -> try erpc:call(N, vectors, power, [2, 20000]) catch C:R -> {C, R} end end),
    equal("an answer that comes later", 999, fun() -> erpc:call(N, vectors, search, ["999", 100000]) end),
    equal("an error that comes later", {badrpc, {'EXIT', {not_found, [{vectors, search, ["x", 10], []}]}}}, fun() -> rpc:call(N, vectors, search, ["x", 10]) end),
    claim("200 answers that come later, at once", fun() ->
        Keys = [rpc:async_call(N, vectors, search, [integer_to_list(I), 100000]) || I <- lists:seq(1, 200)],
        [rpc:yield(Key) || Key <- Keys] =:= lists:seq(1, 200)
    end),
    claim("a caller that is killed while it waits does no harm", fun() ->
        Pid = spawn(N, vectors, search, ["x", 30000000]),
        Monitor = monitor(process, Pid),
        exit(Pid, kill),
        receive {'DOWN', Monitor, process, Pid, killed} -> true after 5000 -> false end
    end),
    equal("spawn_monitor of a function", normal, fun() ->
        {Pid, Monitor} = spawn_monitor(N, vectors, scale, [1, []]),
        receive {'DOWN', Monitor, process, Pid, Reason} -> Reason after 5000 -> nothing end
    end),
    equal("a fun of this node that calls it there", [1.0, 4.0], fun() ->
        erpc:call(N, fun() -> [vectors:dot([X], [X]) || X <- [1, 2]] end)
    end),
    equal("an external fun of it", [[2.0], [4.0]], fun() ->
        erpc:call(N, lists, map, [fun(L) -> vectors:scale(2, L) end, [[1], [2]]])
    end),
    equal("function_exported", {true, false}, fun() ->
        {rpc:call(N, erlang, function_exported, [vectors, dot, 2]), rpc:call(N, erlang, function_exported, [vectors, dot, 3])}
    end),
    equal("catch on the node that has it", {'EXIT', {function_clause, [{vectors, scale, [x, y], []}]}}, fun() ->
        {'EXIT', {Reason, [Top | _]}} = erpc:call(N, fun() -> catch vectors:scale(x, y) end),
        {'EXIT', {Reason, [Top]}}
    end).
