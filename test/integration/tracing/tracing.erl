%% Calls the cases on our node and on this one, and compares what their tracers were told.
-module(tracing).
-export([main/0, debugger/1, debugger_from_here/1]).
-import(claims, [claim/2, equal/3]).

main() ->
    Node = claims:node_of(traced),
    pong = net_adm:ping(Node),
    Differ = [Case || Case <- wanted(), not is_same(Node, Case)],
    equal("all of them are the same", [], fun() -> Differ end),
    debugger(Node),
    debugger_from_here(Node),
    remote_tracer(Node),
    code_is_replaced(Node),
    flood(Node).

%% --- dbg, which our node borrows

debugger(Node) ->
    Self = self(),
    {ok, _} = erpc:call(Node, dbg, tracer, [process, {fun(Trace, To) -> To ! {traced, Trace}, To end, Self}]),
    Worker = spawn(Node, work, loop, []),
    equal("dbg:tpl/3 on our node finds a function", {ok, [{matched, Node, 1}, {saved, x}]}, fun() -> erpc:call(Node, dbg, tpl, [work, inner, x]) end),
    equal("dbg:p/2 on our node takes a process", {ok, [{matched, Node, 1}]}, fun() -> erpc:call(Node, dbg, p, [Worker, [call]]) end),
    Worker ! {run, self(), fun() -> work:outer(3) end},
    equal("its tracer is called with what happens",
        [{trace, Worker, call, {work, inner, [6]}}, {trace, Worker, return_from, {work, inner, 1}, 7}],
        fun() -> [receive {traced, T} -> T after 5000 -> nothing end || _ <- [1, 2]] end),
    receive {done, 8} -> ok end,
    equal("dbg:ctp/0 clears it", ok, fun() -> {ok, _} = erpc:call(Node, dbg, ctp, []), ok end),
    Worker ! {run, self(), fun() -> work:outer(3) end},
    receive {done, 8} -> ok end,
    equal("nothing more is told", nothing, fun() -> receive {traced, T} -> T after 100 -> nothing end end),
    ok = erpc:call(Node, dbg, stop_clear, []),
    equal("dbg:stop_clear/0 leaves the process untraced", {flags, []}, fun() -> erpc:call(Node, erlang, trace_info, [Worker, flags]) end),
    exit(Worker, kill).

debugger_from_here(Node) ->
    Self = self(),
    {ok, _} = dbg:tracer(process, {fun(Trace, To) -> To ! {traced, Trace}, To end, Self}),
    equal("dbg:n/1 takes our node", {ok, Node}, fun() -> dbg:n(Node) end),
    Worker = spawn(Node, work, loop, []),
    {ok, Matched} = dbg:p(Worker, [call, timestamp]),
    equal("dbg:p/2 of a process there", [{matched, Node, 1}], fun() -> Matched end),
    {ok, Found} = dbg:tp(work, add, 2, []),
    equal("dbg:tp/4 reaches it", {matched, Node, 1}, fun() -> lists:keyfind(Node, 2, Found) end),
    Worker ! {run, self(), fun() -> work:external(3) end},
    equal("what happens there is told here", [{add, [3, 1]}, {add, [4, 6]}],
        fun() -> [receive {traced, {trace_ts, Worker, call, {work, F, A}, {_, _, _}}} -> {F, A} after 5000 -> nothing end || _ <- [1, 2]] end),
    receive {done, 10} -> ok end,
    dbg:cn(Node),
    dbg:stop_clear(),
    exit(Worker, kill).

remote_tracer(Node) ->
    equal("a tracer must be on the node that traces", {error, badarg},
        fun() -> Self = self(), erpc:call(Node, fun() -> try erlang:trace(self(), true, [call, {tracer, Self}]) catch C:R -> {C, R} end end) end).

%% --- code that changes

code_is_replaced(Node) ->
    Version = fun(N) ->
        {ok, M, Binary} = compile:forms([{attribute, 1, module, changing}, {attribute, 1, export, [{f, 0}]},
            {function, 1, f, 0, [{clause, 1, [], [], [{integer, 1, N}]}]}]),
        {module, M} = erpc:call(Node, code, load_binary, [M, "changing.beam", Binary])
    end,
    Version(1),
    Info = fun() -> erpc:call(Node, erlang, trace_info, [{changing, f, 0}, traced]) end,
    Set = fun(How) -> erpc:call(Node, erlang, trace_pattern, [{changing, f, 0}, true, [How]]) end,
    equal("new code is not traced, as on OTP",
        [1, {traced, local}, {traced, false}, 1, {traced, global}, {traced, false}, 3],
        fun() ->
            A = Set(local), B = Info(), Version(2), C = Info(),
            D = Set(global), E = Info(), Version(3), F = Info(),
            [A, B, C, D, E, F, erpc:call(Node, changing, f, [])]
        end),
    claims:claim("code is replaced while calls of it are traced", fun() ->
        Tracer = spawn(Node, cases, sleeps, []), Worker = spawn(Node, work, loop, []),
        1 = erpc:call(Node, erlang, trace, [Worker, true, [call, {tracer, Tracer}]]),
        Worker ! {run, self(), fun() -> cases:calls_changing(50000) end},
        [begin Version(N), 1 = Set(global) end || N <- lists:seq(10, 30)],
        Result = receive {done, R} -> R after 60000 -> nothing end,
        [exit(P, kill) || P <- [Tracer, Worker]],
        Result =:= ok
    end),
    0 = erpc:call(Node, erlang, trace_pattern, [on_load, true, [local]]),
    Version(4),
    equal("code that is loaded while on_load is set is traced", {traced, local}, Info),
    erpc:call(Node, erlang, trace_pattern, [on_load, false, [local]]),
    erpc:call(Node, erlang, trace_pattern, [{changing, f, 0}, false, [local]]).

%% --- a flood

flood(Node) ->
    Tracer = spawn(Node, cases, sleeps, []),
    Worker = spawn(Node, work, loop, []),
    1 = erpc:call(Node, erlang, trace_pattern, [{work, add, 2}, [{'_', [], [{message, lists:seq(1, 1000)}]}], [local]]),
    1 = erpc:call(Node, erlang, trace, [Worker, true, [call, {tracer, Tracer}]]),
    Calls = 200000,
    Worker ! {run, self(), fun() -> work:counted(Calls) end},
    claims:claim("the node answers meanwhile", fun() -> {Time, _} = timer:tc(fun() -> erpc:call(Node, erlang, node, []) end), Time < 1000000 end),
    equal("200,000 calls are traced, with 16 KB each", ok, fun() -> receive {done, R} -> R after 60000 -> nothing end end),
    {memory, Held} = erpc:call(Node, erlang, process_info, [Tracer, memory]),
    {_, Waiting} = erpc:call(Node, erlang, process_info, [Tracer, message_queue_len]),
    io:format("      ~p messages wait, ~p MB~n", [Waiting, Held div 1000000]),
    claims:claim("a tracer that does not read does not get all of them", fun() -> Waiting < Calls andalso Held < 400000000 end),
    Tracer ! {count, self()},
    Counted = receive {counted, C} -> C after 60000 -> nothing end,
    equal("it has them when it reads", Waiting, fun() -> Counted end),
    1 = erpc:call(Node, erlang, trace_pattern, [{work, add, 2}, true, [local]]),
    Worker ! {run, self(), fun() -> work:add(1, 2) end},
    receive {done, 3} -> ok end,
    Tracer ! {rest, self()},
    equal("and is told how many it has lost", [{drop, Calls - Waiting}, {trace, Worker, call, {work, add, [1, 2]}}],
        fun() -> receive {rest, Rest} -> Rest after 10000 -> nothing end end),
    erpc:call(Node, erlang, trace_pattern, [{work, add, 2}, false, [local]]),
    [exit(P, kill) || P <- [Tracer, Worker]].

wanted() ->
    case os:getenv("ONLY") of
        false -> cases:all();
        Text -> [list_to_atom(Text)]
    end.

is_same(Node, Case) ->
    Expected = cases:Case(),
    case catch erpc:call(Node, cases, Case, [], 20000) of
        Expected -> io:format("ok    ~ts~n", [Case]), true;
        Other -> io:format("      ~ts~n      expected ~p~n      got      ~p~n", [Case, Expected, Other]), false
    end.
