%% What tools of OTP ask a node: our node answers in the same form as a real one.
-module(tools).
-export([main/0, started/0, table/0]).

main() ->
    {Peer, Real} = controls:start([]),
    Ours = claims:node_of(ours),
    pong = net_adm:ping(Ours),
    [claims:equal(Text, form(Ask(Real)), fun() -> form(Ask(Ours)) end) || {Text, Ask} <- questions()],
    claims:claim("appmon_info: the tree of an application", fun() ->
        ok = there(Ours, ?MODULE, started, []),
        {delivery, _, app, mnesia, {Root, Nodes, Links, _}} = appmon(Ours, fun(Pid) -> appmon_info:app(Pid, mnesia, true, []) end),
        Names = [Name || {_, Name} <- Nodes],
        is_list(Root) andalso lists:member("mnesia_sup", Names) andalso lists:member({"mnesia_sup", "mnesia_kernel_sup"}, Links)
    end),
    case code:which(etop) of
        non_existing -> io:format("      etop is not installed (erlang-observer)~n");
        _ -> etop(Ours)
    end,
    peer:stop(Peer).

%% mnesia, which runs in memory alone.
started() ->
    {ok, _} = application:ensure_all_started(mnesia),
    ok.

%% A table of a process that lives on.
table() ->
    Self = self(),
    spawn(fun() ->
        shown = ets:new(shown, [named_table, public]),
        true = ets:insert(shown, [{a, 1}, {b, 2}]),
        Self ! made,
        receive stop -> ok end
    end),
    receive made -> ok end.

there(Node, Module, Function, Arguments) -> rpc:call(Node, Module, Function, Arguments, 30_000).
ask(Function, Arguments) -> fun(Node) -> there(Node, observer_backend, Function, Arguments) end.

%% Keys and types of a value: figures differ.
form(List) when is_list(List), List =/= [] -> {list, lists:usort([form(Each) || Each <- List])};
form({Key, Value}) when is_atom(Key) -> {Key, form(Value)};
form(Tuple) when is_tuple(Tuple), tuple_size(Tuple) > 0, is_atom(element(1, Tuple)) -> {element(1, Tuple), tuple_size(Tuple)};
form(Tuple) when is_tuple(Tuple) -> {tuple, tuple_size(Tuple)};
form(Map) when is_map(Map) -> {map, lists:sort(maps:keys(Map))};
form(Number) when is_number(Number) -> number;
form(Binary) when is_binary(Binary) -> binary;
form(Pid) when is_pid(Pid) -> pid;
form(Atom) when is_boolean(Atom) -> boolean;
form(Other) -> Other.

%% There are no ports and allocators of memory, and other releases have other texts.
keys(List) -> {keys, lists:sort([element(1, Each) || Each <- List])}.

questions() ->
    [{"observer_backend:sys_info/0", fun(Node) -> keys(there(Node, observer_backend, sys_info, [])) end},
     {"observer_backend:socket_info/0", ask(socket_info, [])},
     {"observer_backend:get_socket_list/0", ask(get_socket_list, [])},
     {"observer_backend:get_table_list/2", fun(Node) ->
        ok = there(Node, ?MODULE, table, []),
        [Row] = [Row || Row <- there(Node, observer_backend, get_table_list, [ets, [{sys_hidden, true}, {unread_hidden, true}]]),
                        lists:member({name, shown}, Row)],
        keys(Row)
     end},
     {"observer_backend:get_table/3", fun(Node) ->
        _ = there(Node, observer_backend, get_table, [self(), shown, ets]),
        receive {From, Rows} -> receive {From, '$end_of_table'} -> lists:sort(Rows) after 5000 -> no_end end after 5000 -> nothing end
     end},
     {"observer_backend:procs_info/1", fun(Node) ->
        _ = there(Node, observer_backend, procs_info, [self()]),
        receive {procs_info, _, [Row | _]} -> form(Row) after 5000 -> nothing end
     end},
     {"observer_backend:etop_collect/1", fun(Node) ->
        _ = spawn(Node, observer_backend, etop_collect, [self()]),
        receive {_, Info} -> form(Info) after 5000 -> nothing end
     end},
     {"observer_backend:fetch_stats/2", fun(Node) ->
        Pid = spawn(Node, observer_backend, fetch_stats, [self(), 100]),
        receive {stats, _, Schedulers, Bytes, Memory} ->
            exit(Pid, kill),
            {form(hd(Schedulers)), form(Bytes), [Key || Key <- [total, processes, atom, binary, code, ets], is_integer(proplists:get_value(Key, Memory))]}
        after 5000 -> nothing
        end
     end},
     {"figures of all allocators, as recon adds them up", fun(Node) ->
        Names = there(Node, erlang, system_info, [alloc_util_allocators]),
        {lists:sort(Names), lists:usort([allocator(there(Node, erlang, system_info, [{allocator, Name}])) || Name <- Names])}
     end},
     {"figures of all allocators at once, as Phoenix LiveDashboard adds them up", fun(Node) ->
        Names = there(Node, erlang, system_info, [alloc_util_allocators]),
        Sizes = there(Node, erlang, system_info, [{allocator_sizes, Names}]),
        {[Name || {Name, _} <- Sizes] =:= Names,
         lists:usort([lists:usort([Key || {instance, _, Kinds} <- Instances, {mbcs, Items} <- Kinds, Key <- [blocks, carriers_size],
                                          lists:keymember(Key, 1, Items)]) || {_, Instances} <- Sizes])}
     end},
     {"appmon_info: the applications", fun(Node) ->
        {delivery, _, app_ctrl, Node, Applications} = appmon(Node, fun(Pid) -> appmon_info:app_ctrl(Pid, Node, true, []) end),
        is_list(Applications)
     end}].

%% The kinds of carriers that have all sizes.
allocator([{instance, 0, Kinds} | _]) ->
    [Kind || {Kind, Items} <- Kinds, Kind =:= mbcs orelse Kind =:= sbcs,
             [] =:= [Key || Key <- [blocks, carriers_size, mseg_alloc_carriers_size, sys_alloc_carriers_size], not lists:keymember(Key, 1, Items)]].

appmon(Node, Ask) ->
    {ok, Pid} = appmon_info:start_link(Node, self(), []),
    _ = Ask(Pid),
    Answer = receive {delivery, Pid, _, _, _} = Delivery -> Delivery after 5000 -> nothing end,
    unlink(Pid),
    exit(Pid, kill),
    Answer.

%% The first screen.
etop(Node) ->
    Self = self(),
    Leader = spawn_link(fun() -> collect(Self, []) end),
    spawn_link(fun() -> group_leader(Leader, self()), etop:start([{node, Node}, {output, text}, {interval, 1}, {lines, 20}, {tracing, off}]) end),
    claims:claim("etop shows the processes of the node", fun() ->
        Screen = receive {screen, Text} -> Text after 10_000 -> "" end,
        [] =:= [Word || Word <- ["net_kernel", "global_name_server", "rex", "Memory:"], string:find(Screen, Word) =:= nomatch]
    end),
    etop:stop().

%% An I/O device that tells what was printed until the names of services were.
collect(To, Printed) ->
    receive
        {io_request, From, As, Request} ->
            From ! {io_reply, As, ok},
            Text = Printed ++ printed(Request),
            case string:find(Text, "rex") of
                nomatch -> collect(To, Text);
                _ -> To ! {screen, Text}, collect(To, "")
            end
    end.
printed({put_chars, _, Characters}) -> unicode:characters_to_list(Characters);
printed({put_chars, _, M, F, A}) -> unicode:characters_to_list(apply(M, F, A));
printed(_) -> "".
