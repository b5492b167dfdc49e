%% Makes our node hold as much as it will take, by signals, by code and by a peer. PART names the way.
-module(memory).
-export([main/0, log/2]).
-import(claims, [claim/2, equal/3, eventually/2, node_of/1]).

main() ->
    ok = logger:remove_handler(default),
    Name = list_to_atom(os:getenv("NODE")),
    N = node_of(Name),
    eventually("it takes a connection, as soon as what it held is freed", fun() -> net_adm:ping(N) =:= pong end),
    part(list_to_existing_atom(os:getenv("PART")), N).

log(_, _) -> ok.

down(Monitor) -> receive {'DOWN', Monitor, process, _, Why} -> Why after 60000 -> nothing end.

served(N) -> {net_adm:ping(N), erpc:call(N, lists, sum, [[1, 2]])}.

%% An exit reason with 8 MB in the external format and 65 MB as a term.
reason() -> lists:duplicate(4100000, 7).

part(served, N) -> equal("it answers", {pong, 3}, fun() -> served(N) end);
part(reasons, N) ->
    Reason = reason(),
    Bystander = spawn(N, timer, sleep, [infinity]),
    Alive = fun() -> erpc:call(N, erlang, is_process_alive, [Bystander]) end,
    Wait = fun Wait() -> receive {'EXIT', _, _} -> ok; {'DOWN', _, _, _, _} -> ok; stop -> ok; _ -> Wait() end end,
    [begin
         {Pid, M} = spawn_monitor(N, fun() -> process_flag(trap_exit, Traps), Wait() end),
         exit(Pid, Reason),
         claim("exit/2 with a reason of 65 MB, trapped: " ++ atom_to_list(Traps), fun() -> ended(down(M), Reason) end)
     end || Traps <- [false, true]],
    [begin
         Self = self(),
         {Pid, M} = spawn_monitor(N, fun() -> process_flag(trap_exit, Traps), Self ! ready, Wait() end),
         receive ready -> ok end,
         {Here, M2} = spawn_monitor(fun() -> link(Pid), exit(Reason) end),
         Reason = down(M2), Here,
         claim("a link tells such a reason, trapped: " ++ atom_to_list(Traps), fun() -> ended(down(M), Reason) end)
     end || Traps <- [false, true]],
    Told = spawn(fun() -> receive go -> exit(Reason) end end),
    {_, M3} = spawn_monitor(N, fun() -> monitor(process, Told), Told ! go, Wait() end),
    claim("a monitor tells such a reason", fun() -> ended(down(M3), Reason) end),
    equal("others live", true, Alive),
    %% Processes on our node end with such a reason.
    {Child, M4} = spawn_monitor(N, fun() -> receive go -> exit(lists:duplicate(4100000, 7)) end end),
    Child ! go,
    claim("a process here ends with such a reason, monitored from there", fun() -> ended(down(M4), Reason) end),
    process_flag(trap_exit, true),
    Linked = spawn_link(N, fun() -> receive go -> exit(lists:duplicate(4100000, 7)) end end),
    Linked ! go,
    claim("and linked", fun() -> receive {'EXIT', Linked, Why} -> ended(Why, Reason) after 60000 -> nothing end end),
    claim("a result that is such a reason", fun() ->
        try erpc:call(N, lists, duplicate, [4100000, 7]) of R -> R =:= Reason catch _:W -> ended(W, Reason) end end),
    Five = [spawn_monitor(N, fun() -> receive go -> exit(lists:duplicate(1500000, 7)) end end) || _ <- lists:seq(1, 5)],
    [P ! go || {P, _} <- Five],
    Smaller = lists:duplicate(1500000, 7),
    claim("five of 24 MB at once", fun() -> lists:all(fun({_, M}) -> ended(down(M), Smaller) end, Five) end),
    equal("others live still", true, Alive),
    equal("and are served", {pong, 3}, fun() -> served(N) end),
    exit(Bystander, kill);

%% Code on our node holds more and more: its process is killed.
part(atomics, N) ->
    claim("atomics above the bound are system_limit", fun() ->
        try erpc:call(N, erlang, apply, [fun() -> atomics:new(1 bsl 26, []), ok end, []]), false
        catch error:{exception, system_limit, _} -> true end end),
    claim("and counters", fun() ->
        try erpc:call(N, erlang, apply, [fun() -> counters:new(1 bsl 26, []), ok end, []]), false
        catch error:{exception, system_limit, _} -> true end end),
    hoard("small ones add up", N, fun() -> atomics:new(10000, []) end);
part(timers, N) -> hoard("timers with their messages", N, fun() -> erlang:send_after(3600000, self(), {timer, lists:seq(1, 10)}), [] end);
part(named_timers, N) ->
    Grow = fun() -> erlang:send_after(3600000, some_name_that_nobody_has, {timer, lists:seq(1, 10)}), [] end,
    hoard("timers to a name", N, Grow);
part(monitors, N) -> hoard("monitors", N, fun() -> monitor(process, init), [] end);
part(aliases, N) -> hoard("aliases", N, fun() -> erlang:alias(), [] end);
part(processes, N) ->
    {_, M} = spawn_monitor(N, fun() ->
        More = fun More(Count) ->
            case catch spawn(fun() -> receive stop -> ok end end) of
                Pid when is_pid(Pid) -> More(Count + 1);
                {'EXIT', {system_limit, _}} -> exit({full, Count})
            end
        end,
        More(0)
    end),
    claim("processes: spawn is a system_limit when they take what the node may hold", fun() ->
        case down(M) of {full, Count} when Count > 10000 -> true; Other -> Other end end),
    equal("others are served by processes that exist", pong, fun() -> net_adm:ping(N) end);
part(messages, N) ->
    {Pid, M} = spawn_monitor(N, timer, sleep, [infinity]),
    [Pid ! {small, I} || I <- lists:seq(1, 2000000)],
    claim("a process that is sent two million small messages is killed", fun() ->
        case down(M) of killed -> true; Other -> or_connection(Other) end end),
    equal("others are served", {pong, 3}, fun() -> served(N) end);

%% A peer makes our node hold more and more: its connection ends.
part(peer_monitors, N) ->
    flood("monitors", N, fun(Name) -> monitor(process, Name) end);
part(peer_links, N) ->
    Target = spawn(N, timer, sleep, [infinity]),
    monitor_node(N, true),
    Linker = fun Linker(0) -> receive stop -> ok end; Linker(Left) -> spawn(fun() -> catch link(Target), receive stop -> ok end end), Linker(Left - 1) end,
    {_, _} = spawn_monitor(fun() -> Linker(200000) end),
    claim("links: the node serves others or ends the connection", fun() ->
        receive {nodedown, N} -> true after 3000 -> served(N) =:= {pong, 3} end end);
part(fragments, N) ->
    Self = atom_to_binary(node_of(unfinished)),
    Socket = raw:handshake(list_to_existing_atom(os:getenv("NODE")), Self, "scenario"),
    ok = inet:setopts(Socket, [{send_timeout, 20000}]),
    Data = binary:copy(<<0>>, 50000),
    claim("fragments that are never finished end their connection", fun() -> pour(Socket, Data, 1) end),
    equal("others are served", {pong, 3}, fun() -> served(N) end).

pour(_, _, 4001) -> not_ended;
pour(Socket, Data, Id) ->
    %% The first of two fragments, without atoms, whose control message is not complete.
    case gen_tcp:send(Socket, [<<131, 69, Id:64, 2:64, 0>>, Data]) of
        ok -> pour(Socket, Data, Id + 1);
        {error, _} -> true
    end.

%% Whether the reason arrived, or the signal says that there was no memory for it.
ended(Reason, Reason) -> true;
ended(killed, _) -> true;
ended(noconnection, _) -> true;
ended(normal, _) -> true;
ended({erpc, noconnection}, _) -> true;
ended({exception, killed}, _) -> true;
ended({signal, killed}, _) -> true;
ended(Other, _) -> io:format("~P~n", [Other, 20]), false.

hoard(Text, N, Grow) ->
    {_, M} = spawn_monitor(N, fun() -> (fun More(Kept) -> More([Grow() | Kept]) end)([]) end),
    claim(Text ++ ": the process that hoards them ends", fun() ->
        case down(M) of killed -> true; {system_limit, _} -> true; Other -> or_connection(Other) end end),
    equal("others are served", {pong, 3}, fun() -> served(N) end).

%% If the system gives no more memory, the connection may end instead of the process.
or_connection(noconnection) -> os:getenv("NODE") =:= "tight" orelse noconnection;
or_connection(Other) -> Other.

flood(Text, N, One) ->
    monitor_node(N, true),
    {_, M} = spawn_monitor(fun() -> [One({net_kernel, N}) || _ <- lists:seq(1, 1500000)], receive stop -> ok end end),
    claim(Text ++ ": the connection that they come by ends", fun() -> receive {nodedown, N} -> true after 60000 -> false end end),
    demonitor(M),
    equal("it comes up again, and others are served", {pong, 3}, fun() -> served(N) end).
