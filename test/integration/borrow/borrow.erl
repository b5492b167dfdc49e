%% Calls of modules that our node must borrow from this node.
-module(borrow).
-export([main/0, calls_later/0]).
-import(claims, [claim/2, equal/3]).

main() ->
    Node = claims:node_of(lender_user),
    pong = net_adm:ping(Node),
    shell_funs(Node),
    library(Node),
    own_module(Node),
    ask_once(Node),
    nobody_has_it(Node),
    undefined_functions(Node),
    refuses_to_load(Node),
    server(Node),
    pushed(Node),
    lender_lost("a module that its lender was asked for when the connection was lost: undef", Node, {undef, late, go}),
    lender_lost("or the code path's", claims:node_of(with_path), on_the_code_path),
    borrows_nothing().

%% A process on our node that another node spawned needs a module of that node, which is stopped and then
%% killed.
lender_lost(Text, Node, Expected) ->
    {Peer, Lender} = other_nodes:start_peer(?MODULE, "short_lived"),
    unlink(Peer),
    Stops = peer:call(Peer, os, getpid, []),
    P = erpc:call(Lender, fun() -> spawn(Node, ?MODULE, calls_later, []) end),
    M = monitor(process, P),
    P ! {ready, self()},
    receive ready -> ok end,
    "" = os:cmd("kill -STOP " ++ Stops),
    P ! {call, list_to_atom("late"), go},
    claims:eventually("it waits for the module", fun() -> process_info_there(P) =:= [{status, waiting}, {message_queue_len, 0}] end),
    equal(Text, Expected, fun() ->
        "" = os:cmd("kill -KILL " ++ Stops),
        receive {'DOWN', M, _, _, Why} -> Why after 10000 -> nothing end end).
process_info_there(P) -> erpc:call(node(P), erlang, process_info, [P, [status, message_queue_len]]).
calls_later() ->
    receive
        {ready, From} -> From ! ready, calls_later();
        {call, Module, Function} ->
            exit(try Module:Function() catch error:undef:Stack -> {M, F, [], _} = hd(Stack), {undef, M, F} end)
    end.

%% The same calls there and here.
undefined_functions(Node) ->
    Calls = fun(Module, Handler) ->
        fun(On) -> try erpc:call(On, undefined, calls, [Module, Handler]) catch error:{exception, Why, [{M, F, A, _} | _]} -> {Why, M, F, A} end end
    end,
    Both = fun(Text, Run) -> equal(Text, Run(node()), fun() -> Run(Node) end) end,
    Both("a module handles calls of its functions that do not exist", fun(On) -> erpc:call(On, undefined, gone, [1]) end),
    Both("the error handler of a process handles calls of all modules", Calls(undefined, undefined)),
    Both("and of modules that nobody has", Calls(nobody_has_this, undefined)),
    Both("without one, such a call is undef", Calls(undefined, error_handler)).

%% Evaluates the text as a shell does, so that its funs belong to erl_eval.
typed(Text) ->
    {ok, Tokens, _} = erl_scan:string(Text),
    {ok, Expressions} = erl_parse:parse_exprs(Tokens),
    {value, Value, _} = erl_eval:exprs(Expressions, []),
    Value.

shell_funs(Node) ->
    Fun = typed("fun(N) -> lists:sum([X * X || X <- lists:seq(1, N)]) end."),
    {Time, Value} = timer:tc(fun() -> rpc:call(Node, erlang, apply, [Fun, [10]]) end),
    equal("the first fun of a shell, from a fresh peer", 385, fun() -> Value end),
    io:format("      answered after ~.1f ms~n", [Time / 1000]),
    equal("a fun that receives, with a timeout", timed_out, fun() ->
        rpc:call(Node, erlang, apply, [typed("fun() -> receive x -> y after 20 -> timed_out end end."), []]) end),
    equal("a fun comes back and is called there", 7, fun() ->
        Adder = rpc:call(Node, erlang, apply, [typed("fun(A) -> fun(B) -> A + B end end."), [3]]),
        Adder(4) end),
    equal("a compiled fun of the caller's own module", {own, 5}, fun() ->
        erpc:call(Node, fun() -> {own, length([1, 2, 3, 4, 5])} end) end).

library(Node) ->
    Call = fun(Module, Function, Arguments) -> rpc:call(Node, Module, Function, Arguments) end,
    Same = fun(Module, Function, Arguments) ->
        Text = lists:flatten(io_lib:format("~p:~p/~p runs there as here", [Module, Function, length(Arguments)])),
        equal(Text, apply(Module, Function, Arguments), fun() -> Call(Module, Function, Arguments) end)
    end,
    Same(dict, from_list, [[{a, 1}, {b, 2}]]),
    Same(dict, fold, [fun(_, V, Sum) -> V + Sum end, 0, dict:from_list([{a, 1}, {b, 2}])]),
    Same(gb_trees, from_orddict, [[{K, K * K} || K <- lists:seq(1, 50)]]),
    Same(gb_sets, to_list, [gb_sets:from_list([3, 1, 2])]),
    Same(queue, to_list, [queue:in(3, queue:from_list([1, 2]))]),
    Same(string, tokens, ["a,b;c", ",;"]),
    Same(string, uppercase, ["straße"]),
    Same(string, split, ["a b c", " ", all]),
    Same(string, pad, ["ab", 5]),
    Same(calendar, day_of_the_week, [2024, 2, 29]),
    Same(calendar, date_to_gregorian_days, [{2024, 2, 29}]),
    Same(calendar, gregorian_seconds_to_datetime, [63900000000]),
    Same(io_lib, format, ["~p ~s ~w ~.3f ~b", [{a, "text", [1, 2]}, "s", 'A b', 1.5, 17]]),
    Same(io_lib, format, ["~tp ~ts~n", [#{a => <<"b">>}, [16#E4, 16#20AC]]]),
    Same(proplists, get_value, [b, [a, {b, 3}]]),
    Same(proplists, get_all_values, [b, [{b, 1}, {b, 3}]]),
    Same(base64, encode, [<<"some bytes">>]),
    Same(base64, decode, [<<"c29tZSBieXRlcw==">>]),
    Same(orddict, merge, [fun(_, A, B) -> A + B end, [{a, 1}], [{a, 2}, {b, 3}]]),
    Same(sets, to_list, [sets:from_list([1, 2, 3])]),
    Same(ordsets, union, [[1, 3], [2]]),
    Same(array, to_list, [array:from_list([a, b])]),
    Same(lists, sort, [[3, 1, 2]]),
    Same(lists, keymerge, [1, [{1, a}], [{2, b}]]),
    Same(filename, join, ["a", "b"]),
    Same(erl_scan, string, ["foo(Bar) -> 1."]),
    Same(re, module_info, [module]),
    claim("rand gives numbers", fun() -> N = Call(rand, uniform, [10]), is_integer(N) andalso N >= 1 andalso N =< 10 end),
    Seed = rand:seed_s(exsss, {1, 2, 3}),
    {Expected, _} = rand:uniform_s(1000, Seed),
    equal("rand with a seed gives the same", Expected, fun() ->
        {N, _} = Call(rand, uniform_s, [1000, Call(rand, seed_s, [exsss, {1, 2, 3}])]), N end).

own_module(Node) ->
    equal("the user's own module, by rpc", {fresh, 1, Node}, fun() -> rpc:call(Node, fresh, value, [1]) end),

    {_, Monitor} = spawn_monitor(Node, fresh, value, [2]),
    equal("the user's own module, by spawn", normal, fun() ->
        receive {'DOWN', Monitor, _, _, Reason} -> Reason after 5000 -> nothing end end),
    equal("its exports are known once it is there", true, fun() ->
        rpc:call(Node, erlang, function_exported, [fresh, value, 1]) end),
    equal("function_exported does not borrow", false, fun() ->
        rpc:call(Node, erlang, function_exported, [digraph, new, 0]) end).

%% Counts the requests for the module, by a trace of code:get_object_code/1 on this node.
ask_once(Node) ->
    1 = erlang:trace_pattern({code, get_object_code, 1}, true, [global]),
    erlang:trace(new_processes, true, [call]),
    Callers = [spawn_monitor(fun() -> exit(rpc:call(Node, ordered, value, [N])) end) || N <- lists:seq(1, 200)],
    Values = [receive {'DOWN', Monitor, _, _, Value} -> Value end || {_, Monitor} <- Callers],
    erlang:trace(new_processes, false, [call]),
    equal("200 concurrent calls of a fresh module are answered", [{ordered, N} || N <- lists:seq(1, 200)],
          fun() -> Values end),
    equal("and it was asked for once", 1, fun() -> asked(ordered, 0) end).

asked(Module, Count) ->
    receive
        {trace, _, call, {code, get_object_code, [Module]}} -> asked(Module, Count + 1);
        {trace, _, _, _} -> asked(Module, Count)
    after 200 -> Count
    end.

nobody_has_it(Node) ->
    equal("a module that nobody has is undef in OTP's shape", {badrpc, {'EXIT', {undef, [{nosuch, f, [1], []}]}}},
          fun() -> rpc:call(Node, nosuch, f, [1]) end),
    {_, Monitor} = spawn_monitor(Node, nosuch, f, [1]),
    equal("as the first function of a process", {undef, [{nosuch, f, [1], []}]}, fun() ->
        receive {'DOWN', Monitor, _, _, Reason} -> Reason after 5000 -> nothing end end),
    equal("a function that the module lacks", {badrpc, {'EXIT', {undef, [{fresh, g, [], []}]}}},
          fun() -> rpc:call(Node, fresh, g, []) end),
    equal("what speaks for the node is not borrowed", {badrpc, {'EXIT', {undef, [{prim_inet, open, [tcp, inet, stream], []}]}}},
          fun() -> rpc:call(Node, prim_inet, open, [tcp, inet, stream]) end).

%% A module that does not load counts as missing: our node asks for it again only after it has forgotten that.
refuses_to_load(Node) ->
    Undefined = {badrpc, {'EXIT', {undef, [{refuses, f, [], []}]}}},
    Called = fun() -> rpc:call(Node, refuses, f, []) end,
    1 = erlang:trace_pattern({code, get_object_code, 1}, true, [global]),
    erlang:trace(new_processes, true, [call]),
    equal("a module whose -on_load function fails is undef", Undefined, Called),
    First = asked(refuses, 0),
    claims:eventually("it is asked for again after a while", fun() ->
        Undefined = Called(),
        First + asked(refuses, 0) > 1 end),
    erlang:trace(new_processes, false, [call]),
    equal("and is undef again", Undefined, Called).

server(Node) ->
    {ok, Pid} = rpc:call(Node, counter, start, [10]),
    claim("a gen_server of the user's is started by rpc", fun() -> node(Pid) =:= Node end),
    equal("called", 10, fun() -> gen_server:call(Pid, next) end),
    gen_server:cast({counter, Node}, {add, 5}),
    equal("cast, and called by name", 16, fun() -> gen_server:call({counter, Node}, next) end),
    Pid ! {self(), question},
    equal("sent to", 17, fun() -> receive {answer, N} -> N after 5000 -> nothing end end),
    equal("sys:get_state", 17, fun() -> sys:get_state(Pid) end),
    equal("stopped", stopped, fun() -> gen_server:call(Pid, stop) end),
    Spawned = spawn(Node, counter, run, [1]),
    {ok, Started} = rpc:call(Node, counter, start, [3]),
    Monitor = monitor(process, Started),
    claim("crashed: the caller's exit has the reason", fun() ->
        {'EXIT', {{badarith, [{erlang, 'div', _, _}, {counter, handle_call, 3, _} | _]}, {gen_server, call, _}}} =
            (catch gen_server:call(Started, divide)),
        true end),
    claim("and its monitors", fun() ->
        receive {'DOWN', Monitor, _, _, {badarith, _}} -> true after 5000 -> false end end),
    exit(Spawned, kill).

%% Pushes a module that is on no disk, as c:nl/1 does.
pushed(Node) ->
    Forms = [{attribute, 1, module, pushed}, {attribute, 1, export, [{f, 0}]},
             {function, 1, f, 0, [{clause, 1, [], [], [{atom, 1, done}]}]}],
    {ok, pushed, Binary} = compile:forms(Forms),
    equal("code:load_binary", {module, pushed}, fun() -> rpc:call(Node, code, load_binary, [pushed, "pushed", Binary]) end),
    equal("what was pushed runs", done, fun() -> rpc:call(Node, pushed, f, []) end),
    equal("a damaged file is refused", {error, badfile}, fun() ->
        rpc:call(Node, code, load_binary, [pushed, "pushed", binary:part(Binary, 0, 100)]) end),
    equal("and what speaks for the node", {error, sticky_directory}, fun() ->
        rpc:call(Node, code, load_binary, [init, "init", Binary]) end).

borrows_nothing() ->
    Node = claims:node_of(borrower_of_nobody),
    equal("--borrow-code=none: undef", {badrpc, {'EXIT', {undef, [{fresh, value, [1], []}]}}},
          fun() -> rpc:call(Node, fresh, value, [1]) end),
    claim("--borrow-code=none: a fun of a shell is badfun", fun() ->
        {badrpc, {'EXIT', {{badfun, _}, _}}} = rpc:call(Node, erlang, apply, [typed("fun() -> 1 end."), []]), true end).
