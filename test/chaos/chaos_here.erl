%% What the clients of chaos_client start on our node.
-module(chaos_here).
-export([work/1, watch/3, aliased/3, timers/2, table/1, heap/1, sorted/1, census/0, processes/0]).
-import(chaos_told, [is_false/2]).

%% Lives so long, and ends so.
work({Milliseconds, Reason}) -> receive after Milliseconds -> exit(Reason) end.

%% Claims that the end of Pid, which is to end with Reason, is told exactly once: by a monitor, or a link.
watch(Pid, Reason, monitor) ->
    Monitor = erlang:monitor(process, Pid),
    receive {'DOWN', Monitor, process, Pid, Why} -> told_once(Pid, Reason, Why) end;
watch(Pid, Reason, link) ->
    process_flag(trap_exit, true),
    link(Pid),
    receive {'EXIT', Pid, Why} -> told_once(Pid, Reason, Why) end.

told_once(Pid, Reason, Why) ->
    lists:member(Why, [Reason, noconnection, noproc]) orelse is_false('an end has its reason', {Pid, Reason, Why}),
    receive Again -> is_false('an end is told once', {Again, Pid, Reason, Why}) after 300 -> ok end.

%% An alias takes Count messages; one that is for a single reply takes one.
aliased(Client, Option, Count) ->
    process_flag(trap_exit, true),
    Monitor = erlang:monitor(process, Client),
    Alias = erlang:alias([Option]),
    Client ! {alias, self(), Alias},
    Got = count(Monitor, 0),
    Most = case Option of reply -> 1; explicit_unalias -> Count end,
    Got =< Most orelse is_false('an alias takes what it may', {Option, Got, Count}),
    Client ! {took, self(), Got},
    Option =:= reply orelse erlang:unalias(Alias),
    erlang:demonitor(Monitor).
count(Monitor, Got) ->
    receive
        {for_alias, _} -> count(Monitor, Got + 1);
        that_is_all -> Got;
        {'DOWN', Monitor, process, _, _} -> Got
    end.

%% Timers of a process: those that are not cancelled fire, in order; the process may end before.
timers(Count, Span) ->
    Now = fun() -> erlang:monotonic_time(millisecond) end,
    Started = [begin
        Least = Now() + N * 7919 rem Span,
        Timer = erlang:send_after(N * 7919 rem Span, self(), {fires, N}),
        {N, Timer, Least, Now() + N * 7919 rem Span}  % it is due between these times
    end || N <- lists:seq(1, Count)],
    Cancelled = [N || {N, Timer, _, _} <- Started, N rem 3 =:= 0, is_integer(erlang:cancel_timer(Timer))],
    _ = erlang:start_timer(Span * 100, self(), is_left_behind),
    _ = erlang:send_after(Span * 2, no_such_name, nothing),
    fired(Count - length(Cancelled), Started, Cancelled, 0).
fired(0, _, _, _) -> ok;
fired(Left, Started, Cancelled, Before) ->
    receive
        {fires, N} ->
            {N, _, Least, Most} = lists:keyfind(N, 1, Started),
            lists:member(N, Cancelled) andalso is_false('a timer that is cancelled does not fire', N),
            Most >= Before orelse is_false('timers fire in order', {Least, Most, Before}),
            erlang:monotonic_time(millisecond) >= Least orelse is_false('no timer fires too early', {N, Least}),
            fired(Left - 1, Started, Cancelled, max(Before, Least))
    after 60_000 -> is_false('timers fire', Left)
    end.

%% The sum of what a table has; the table goes with the process.
table(Count) ->
    Table = ets:new(chaos, [ordered_set]),
    [ets:insert(Table, {N, lists:duplicate(N rem 30, N)}) || N <- lists:seq(1, Count)],
    ets:foldl(fun({N, _}, Sum) -> Sum + N end, 0, Table).

%% A heap that grows and is collected.
heap(Count) -> heap(Count, #{}).
heap(0, Map) -> map_size(Map);
heap(Count, Map) -> heap(Count - 1, Map#{{key, Count} => [Count, integer_to_binary(Count)]}).

%% Long natives.
sorted(Count) ->
    List = [N * 7919 rem Count || N <- lists:seq(1, Count)],
    List = binary_to_term(term_to_binary(List)),
    length(lists:usort(List)).

%% What the node holds, as a list for the director. The asking process is not counted.
census() ->
    Others = erlang:processes() -- [self()],
    Sum = fun(Item) -> lists:sum([length(Rows) || P <- Others, {_, Rows} <- [erlang:process_info(P, Item)]]) end,
    %% The node may just have asked the asking verb something.
    Asker = node(group_leader()),
    Monitors = [Pid || P <- Others, {_, Rows} <- [erlang:process_info(P, monitors)], {process, Pid} <- Rows, not is_pid(Pid) orelse node(Pid) =/= Asker],
    [{processes, length(Others)}, {links, Sum(links)}, {monitors, length(Monitors)}, {monitored_by, Sum(monitored_by)},
     {messages, lists:sum([N || P <- Others, {_, N} <- [erlang:process_info(P, message_queue_len)]])},
     {names, length(erlang:registered())}, {tables, length(ets:all())}, {atoms, erlang:system_info(atom_count)},
     {peers, length(erlang:nodes(connected))}, {held, erlang:statistics(held)}].

%% All processes, for the report of a count that is wrong.
processes() -> [{P, erlang:process_info(P, [registered_name, initial_call, current_function, links, monitors, memory])} || P <- erlang:processes()].
