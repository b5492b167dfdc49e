%% Clients that use our node in all ways at once. They run on real nodes, and on our node itself.
-module(chaos_client).
-export([start/0, start/3, finish/0]).
-import(chaos_told, [is_false/2, waited/2]).

-define(PATIENCE, 60_000).  % milliseconds for one answer

%% erl -s chaos_client: reads the flag -chaos TARGET CLIENTS SEED.
start() ->
    {ok, [[Target, Clients, Seed]]} = init:get_argument(chaos),
    start(list_to_atom(Target), list_to_integer(Clients), list_to_integer(Seed)).

start(Target, Clients, Seed) ->
    group_leader(whereis(user), self()),  % the caller may be a verb, which ends
    Supervisor = spawn(fun() -> process_flag(trap_exit, true), register(chaos_clients, self()), supervise(Target, Clients, Seed) end),
    {started, Supervisor}.

supervise(Target, Clients, Seed) ->
    All = [spawn_link(fun() -> put(chance, Seed * 1009 + N), client(Target, 0) end) || N <- lists:seq(1, Clients)],
    running(All, 0).
running([], Done) -> receive {finish, Asker} -> Asker ! {done, Done} end;
running(All, Done) ->
    receive
        {finish, Asker} ->
            [Client ! finish || Client <- All],
            Asker ! {done, ended(All, Done)};
        {'EXIT', Client, Why} -> is_false('a client goes on', {Client, Why}), running(lists:delete(Client, All), Done)
    end.
ended([], Done) -> Done;
ended(All, Done) ->
    receive
        {'EXIT', Client, {did, More}} -> ended(lists:delete(Client, All), Done + More);
        {'EXIT', Client, Why} -> is_false('a client ends in order', {Client, Why}), ended(lists:delete(Client, All), Done)
    after ?PATIENCE ->
        is_false('clients come to an end', [{Client, process_info(Client, [dictionary, current_stacktrace])} || Client <- All]),
        Done
    end.

%% The number of things that the clients of this node did, when the last of them is done.
finish() ->
    chaos_clients ! {finish, self()},
    receive {done, Count} -> {done, Count} end.

client(Target, Did) ->
    receive finish -> exit({did, Did}) after 0 -> ok end,
    Things = {fun calls/1, fun calls/1, fun calls/1, fun lives/1, fun lives/1, fun watched/1, fun watched/1, fun aliases/1, fun timers/1,
              fun lent/1, fun to/1, fun from/1, fun large/1},
    Thing = element(chance(tuple_size(Things)), Things),
    {name, What} = erlang:fun_info(Thing, name),
    put(doing, What),
    Begin = erlang:monotonic_time(millisecond),
    case Thing(Target) of
        ok -> ok;
        no_wait -> ok;
        lost -> receive after 100 + chance(400) -> ok end
    end,
    longest(What, erlang:monotonic_time(millisecond) - Begin),
    client(Target, Did + 1).

%% 1 to Most.
chance(Most) ->
    Next = (get(chance) * 6364136223846793005 + 1442695040888963407) band 16#FFFFFFFFFFFFFFFF,
    put(chance, Next),
    (Next bsr 33) rem Most + 1.
one_of(List) -> lists:nth(chance(length(List)), List).

longest(What, Milliseconds) ->
    Before = case get({longest, What}) of undefined -> 0; Value -> Value end,
    Milliseconds > Before andalso begin put({longest, What}, Milliseconds), Milliseconds > 500 andalso waited(What, Milliseconds) end.

%% Values and errors of calls.
calls(Target) ->
    {Expected, M, F, A} = one_of([
        {{value, 55}, lists, sum, [lists:seq(1, 10)]},
        {{value, 500500}, chaos_here, table, [1000]},
        {{value, 3000}, chaos_here, heap, [3000]},
        {{value, 20000}, chaos_here, sorted, [20000]},
        {{value, 200000}, chaos_here, sorted, [200000]},
        {{value, 100000}, chaos_here, heap, [100000]},
        {{value, <<"abc">>}, erlang, iolist_to_binary, [["a", <<"b">>, $c]]},
        {{exit, gone}, erlang, exit, [gone]},
        {{throw, ball}, erlang, throw, [ball]},
        {{error, broken}, erlang, error, [broken]}]),
    Got = case chance(3) of
        1 when element(1, Expected) =:= value ->
            case rpc:call(Target, M, F, A, ?PATIENCE) of {badrpc, nodedown} -> lost; Value -> {value, Value} end;
        _ ->
            try {value, erpc:call(Target, M, F, A, ?PATIENCE)}
            catch
                error:{erpc, noconnection} -> lost;
                error:{exception, Why, _} -> {error, Why};
                exit:{exception, Why} -> {exit, Why};
                throw:Why -> {throw, Why};
                Class:Why -> {Class, Why}
            end
    end,
    case Got of
        lost -> lost;
        Expected -> ok;
        _ -> is_false('a call gives its value', {M, F, Expected, Got}), ok
    end.

%% The end of a process there is told here: exactly once, with its reason.
lives(Target) ->
    Reason = one_of([normal, {planned, chance(1000)}]),
    Plan = {chance(300), Reason},
    case chance(3) of
        1 ->
            {Pid, Monitor} = spawn_opt(Target, chaos_here, work, [Plan], [monitor]),
            down(Pid, Monitor, Reason);
        2 ->
            Client = self(),
            Linked = spawn(fun() ->
                process_flag(trap_exit, true),
                Pid = spawn_link(Target, chaos_here, work, [Plan]),
                Client ! {self(), receive {'EXIT', Pid, Why} -> ended(Pid, Reason, Why) after ?PATIENCE -> silent end}
            end),
            receive {Linked, silent} -> is_false('a link tells of the end', {Plan, Target}), ok; {Linked, Answer} -> Answer end;
        3 ->
            Pid = spawn(Target, chaos_here, work, [{60_000, never}]),
            Monitor = monitor(process, Pid),
            exit(Pid, kill),
            down(Pid, Monitor, killed)
    end.
down(Pid, Monitor, Reason) ->
    receive {'DOWN', Monitor, process, _, Why} -> ended(Pid, Reason, Why)
    after ?PATIENCE -> is_false('a monitor tells of the end', {Pid, Reason}), ok
    end.
ended(_, Reason, Reason) -> ok;
ended(_, _, noconnection) -> lost;
ended(_, killed, noproc) -> ok;
ended(Pid, Reason, Why) -> is_false('an end has its reason', {Pid, Reason, Why}), ok.

%% The end of a process here is told there.
watched(Target) ->
    Reason = {planned, chance(1000)},
    Milliseconds = chance(300),
    Pid = spawn(fun() -> receive after Milliseconds -> exit(Reason) end end),
    How = one_of([monitor, link]),
    Kept = case chance(4) of 1 -> chance(20); _ -> 1 end,
    Watchers = [spawn(Target, chaos_here, watch, [Pid, Reason, How]) || _ <- lists:seq(1, Kept)],
    Monitors = [monitor(process, Watcher) || Watcher <- Watchers],
    lists:foldl(fun(Monitor, Before) ->
        receive
            {'DOWN', Monitor, process, _, noconnection} -> lost;
            {'DOWN', Monitor, process, _, Why} when Why =:= normal; Why =:= noproc -> Before;
            {'DOWN', Monitor, process, Who, Why} -> is_false('a watcher ends in order', {Who, Why}), Before
        after ?PATIENCE -> is_false('a watcher is told', {Pid, How, Target}), Before
        end
    end, ok, Monitors).

aliases(Target) ->
    Option = one_of([reply, explicit_unalias]),
    Count = chance(5),
    {Pid, Monitor} = spawn_opt(Target, chaos_here, aliased, [self(), Option, Count], [monitor]),
    receive
        {alias, Pid, Alias} ->
            [Alias ! {for_alias, N} || N <- lists:seq(1, Count)],
            Pid ! that_is_all,
            receive
                {took, Pid, Got} ->
                    Least = case Option of reply -> 1; _ -> Count end,
                    Got =:= Least orelse is_false('an alias takes all', {Option, Got, Count}),
                    Alias ! {for_alias, too_late},
                    down(Pid, Monitor, normal);
                {'DOWN', Monitor, process, _, noconnection} -> lost
            after ?PATIENCE -> is_false('an alias answers', {Option, Target}), ok
            end;
        {'DOWN', Monitor, process, _, noconnection} -> lost
    after ?PATIENCE -> is_false('an alias comes', {Option, Target}), ok
    end.

timers(Target) ->
    {Pid, Monitor} = spawn_opt(Target, chaos_here, timers, [chance(100), 500], [monitor]),
    down(Pid, Monitor, normal).

%% Code that only peers have, so that no client on our node finds it. Each of their programs has one of two versions.
lent(Target) when Target =:= node() -> ok;
lent(Target) ->
    Client = self(),
    Tag = make_ref(),
    {Pid, Monitor} = case chance(2) of
        1 -> spawn_opt(Target, chaos_lent, tell, [Client, Tag], [monitor]);
        2 -> spawn_opt(Target, fun() -> chaos_lent:tell(Client, Tag) end, [monitor])
    end,
    receive
        {Tag, Version} when Version =:= 1; Version =:= 2 -> down(Pid, Monitor, normal);
        {Tag, Other} -> is_false('a version is one that exists', Other), ok;
        {'DOWN', Monitor, process, _, noconnection} -> lost;
        {'DOWN', Monitor, process, _, Why} -> is_false('lent code runs', Why), ok
    after ?PATIENCE -> is_false('lent code answers', Target), ok
    end.

%% Numbers in order, to our node and from it.
to(Target) ->
    {Sender, Monitor} = spawn_monitor(chaos_order, send, sizes()),
    _ = spawn(Target, chaos_order, receive_all, [Sender]),
    in_order(Sender, Monitor).
from(Target) ->
    {Sender, Monitor} = spawn_opt(Target, chaos_order, send, sizes(), [monitor]),
    {Receiver, Other} = spawn_monitor(chaos_order, receive_all, [Sender]),
    _ = in_order(Receiver, Other),
    down(Sender, Monitor, normal).
sizes() -> [chance(200), one_of([0, 0, 1, 20]), one_of([{1, 10}, {0, 100, 5000}, {10, 200_000, 0, 0, 70_000}])].
in_order(Pid, Monitor) ->
    receive {'DOWN', Monitor, process, _, normal} -> ok;
            {'DOWN', Monitor, process, _, Why} -> is_false('a stream comes to its end', {Pid, Why}), ok
    after 2 * ?PATIENCE -> is_false('a stream ends', Pid), exit(Pid, kill), ok
    end.

%% A message in fragments, there and back.
large(Target) ->
    Binary = binary:copy(<<(chance(256) - 1)>>, chance(2_000_000)),
    try erpc:call(Target, erlang, list_to_tuple, [[Binary, {Binary}]], ?PATIENCE) of
        {Binary, {Binary}} -> ok;
        _ -> is_false('a large message comes back', byte_size(Binary)), ok
    catch error:{erpc, noconnection} -> lost
    end.
