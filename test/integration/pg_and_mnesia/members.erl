%% Takes the same steps with our node and with a node of OTP as the other member of a cluster, and compares what they give.
-module(members).
-export([main/0, add_one/0]).

main() ->
    {Peer, Real} = controls:start([]),
    Ours = claims:node_of(ours),
    pong = net_adm:ping(Ours),
    Expected = [{Text, taken(Step, Real)} || {Text, Step} <- steps()],
    peer:stop(Peer),
    [claims:equal(Text, Value, fun() -> taken(Step, Ours) end) || {{Text, Value}, {_, Step}} <- lists:zip(Expected, steps())],
    stopped = mnesia:stop().

%% The value of a step, in which the other member is `there`. On this node mnesia begins anew for each of them.
taken(Step, Node) ->
    Value = try Step(Node) catch Class:Reason -> {Class, Reason} end,
    named(Value, Node).
named(Node, Node) -> there;
named(Here, _) when Here =:= node() -> here;
named(List, Node) when is_list(List) -> [named(Each, Node) || Each <- List];
named(Tuple, Node) when is_tuple(Tuple) -> list_to_tuple(named(tuple_to_list(Tuple), Node));
named(Pid, Node) when is_pid(Pid) -> {pid, named(node(Pid), Node)};
named(Other, _) -> Other.

there(Node, Module, Function, Arguments) -> rpc:call(Node, Module, Function, Arguments, 30_000).
transaction(Node, Fun) -> there(Node, mnesia, transaction, [Fun]).

%% Waits for what other processes are about to do.
soon(Expected, Ask) -> soon(Expected, Ask, 200).
soon(_, Ask, 0) -> Ask();
soon(Expected, Ask, Left) ->
    case Ask() of
        Expected -> Expected;
        _ -> timer:sleep(25), soon(Expected, Ask, Left - 1)
    end.

start(Node, Scope) ->
    _ = pg:start(Scope),
    {ok, _} = there(Node, pg, start, [Scope]),
    ok.
waiting() -> spawn(fun() -> receive stop -> ok end end).

steps() ->
    [{"pg: groups have members of both nodes", fun(Node) ->
        start(Node, scope),
        P = waiting(),
        Q = spawn(Node, fun() -> receive stop -> ok end end),
        ok = pg:join(scope, group, P),
        ok = there(Node, pg, join, [scope, group, Q]),
        Both = lists:sort([P, Q]),
        All = [soon(Both, fun() -> lists:sort(pg:get_members(scope, group)) end),
               soon(Both, fun() -> lists:sort(there(Node, pg, get_members, [scope, group])) end),
               there(Node, pg, get_local_members, [scope, group])],
        exit(Q, kill),
        Left = soon([P], fun() -> pg:get_members(scope, group) end),
        exit(P, kill),
        {All, Left, soon([], fun() -> there(Node, pg, which_groups, [scope]) end)}
     end},
     {"mnesia: the node joins", fun(Node) ->
        stopped = mnesia:stop(),
        ok = mnesia:start(),
        {there(Node, application, ensure_all_started, [mnesia]), mnesia:change_config(extra_db_nodes, [Node]),
         lists:sort(named(mnesia:system_info(running_db_nodes), Node)), lists:sort(named(there(Node, mnesia, system_info, [running_db_nodes]), Node)),
         there(Node, mnesia, system_info, [is_running]), there(Node, mnesia, system_info, [fallback_activated])}
     end},
     {"a table on both nodes, written and read on either", fun(Node) ->
        {mnesia:create_table(number, [{ram_copies, [node(), Node]}, {attributes, [key, value]}]),
         mnesia:transaction(fun() -> mnesia:write({number, 1, 0}) end), transaction(Node, fun() -> mnesia:read(number, 1) end),
         transaction(Node, fun() -> mnesia:write({number, 2, b}) end), mnesia:dirty_read(number, 2),
         there(Node, mnesia, dirty_write, [{number, 3, c}]),
         soon([{number, 3, c}], fun() -> mnesia:dirty_read(number, 3) end), there(Node, mnesia, table_info, [number, size]),
         lists:sort(named(there(Node, mnesia, table_info, [number, where_to_write]), Node))}
     end},
     {"indexes, selections, ordered tables and transactions that abort", fun(Node) ->
        {mnesia:add_table_index(number, value), there(Node, mnesia, dirty_index_read, [number, c, value]),
         transaction(Node, fun() -> lists:sort(mnesia:select(number, [{{number, '$1', '_'}, [{'>', '$1', 1}], ['$1']}])) end),
         transaction(Node, fun() -> mnesia:write({number, 9, x}), mnesia:abort(no) end), mnesia:dirty_read(number, 9),
         mnesia:create_table(row, [{type, ordered_set}, {ram_copies, [Node]}]),
         mnesia:transaction(fun() -> [mnesia:write({row, N, -N}) || N <- lists:seq(20, 1, -1)], mnesia:first(row) end),
         there(Node, mnesia, activity, [transaction, fun() -> mnesia:foldl(fun({row, N, _}, Sum) -> Sum + N end, 0, row) end]),
         there(Node, mnesia, dirty_next, [row, 7]), there(Node, mnesia, table_info, [row, storage_type])}
     end},
     {"a hundred transactions from both nodes on one row", fun(Node) ->
        Workers = [spawn_monitor(On, ?MODULE, add_one, []) || _ <- lists:seq(1, 50), On <- [node(), Node]],
        Ends = [receive {'DOWN', M, process, P, Why} -> Why end || {P, M} <- Workers],
        All = [{number, 1, 100}],
        {lists:usort(Ends), soon(All, fun() -> mnesia:dirty_read(number, 1) end), soon(All, fun() -> there(Node, mnesia, dirty_read, [number, 1]) end)}
     end},
     {"events of a table reach a process there", fun(Node) ->
        Self = self(),
        P = spawn(Node, fun() ->
            {ok, _} = mnesia:subscribe({table, number, simple}),
            Self ! ready,
            receive {mnesia_table_event, {Event, Row, _}} -> Self ! {told, Event, Row} end
        end),
        receive ready -> ok end,
        ok = mnesia:dirty_write({number, 4, d}),
        receive {told, Event, Row} -> {Event, Row} after 5000 -> {nothing, P} end
     end},
     {"the node leaves, and gets the table again when it is back", fun(Node) ->
        stopped = there(Node, mnesia, stop, []),
        Alone = soon([node()], fun() -> mnesia:system_info(running_db_nodes) end),
        {atomic, ok} = mnesia:transaction(fun() -> mnesia:write({number, 5, e}) end),
        {Alone, there(Node, application, start, [mnesia]), mnesia:change_config(extra_db_nodes, [Node]),
         there(Node, mnesia, wait_for_tables, [[number], 10_000]), there(Node, mnesia, dirty_read, [number, 5])}
     end},
     {"a copy of the table is added and removed", fun(Node) ->
        {mnesia:add_table_copy(row, node(), ram_copies), mnesia:del_table_copy(row, Node), mnesia:dirty_read(row, 3),
         there(Node, mnesia, dirty_read, [row, 4]), mnesia:delete_table(row), there(Node, mnesia, stop, [])}
     end}].

add_one() ->
    {atomic, ok} = mnesia:transaction(fun() ->
        [{number, 1, N}] = mnesia:wread({number, 1}),
        mnesia:write({number, 1, N + 1})
    end).
