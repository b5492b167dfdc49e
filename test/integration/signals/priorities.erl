%% Priority messages (OTP 28 and later): rows for `signals`, each a claim about what a process here and one on node T see.
-module(priorities).
-export([rows/0]).

rows() -> messages() ++ receives() ++ exits() ++ links() ++ monitors() ++ spawns() ++ options() ++ losses().

%% --- processes that receive

all() -> receive X -> [bare(X) | all()] after 0 -> [] end.
%% All messages, when Count of them have arrived.
all(Count) -> filled(Count, 500), all().
filled(Count, Left) ->
    case process_info(self(), message_queue_len) of
        {message_queue_len, There} when There < Count, Left > 0 -> receive after 10 -> filled(Count, Left - 1) end;
        {message_queue_len, There} -> There
    end.
bare({'EXIT', _, Reason}) -> {'EXIT', Reason};
bare({'DOWN', _, process, _, Reason}) -> {'DOWN', Reason};
bare({spawn_reply, _, ok, _}) -> spawned;
bare({spawn_reply, _, error, Reason}) -> {spawn_reply, Reason};
bare(X) -> X.

%% A process on T traps exits and makes an alias with Options. It is sent 1 and 2, and what Do(Alias, Pid)
%% sends. Returns what it receives, in order.
there(T, Options, Do) ->
    Me = self(),
    P = spawn(T, fun() -> process_flag(trap_exit, true), Me ! {alias, erlang:alias(Options)}, receive go -> Me ! {got, all()} end end),
    A = receive {alias, X} -> X after 5000 -> nothing end,
    P ! 1, P ! 2, Do(A, P), P ! go,
    receive {got, Got} -> Got after 5000 -> nothing end.

%% The same with a process on this node; T evaluates Do(Alias, Pid).
here(T, Options, Do) ->
    process_flag(trap_exit, true),
    Me = self(), A = erlang:alias(Options),
    Me ! 1, Me ! 2,
    erpc:call(T, fun() -> Do(A, Me), ok end),
    all().

%% The results of there/3 and here/3.
at_both(T, Options, Do) -> {there(T, Options, Do), here(T, Options, Do)}.
twice(X) -> {X, X}.

send(To, Message) -> erlang:send(To, Message, [priority]).

%% --- rows

messages() ->
    [{"priority: a message goes before others that wait", twice([first, 1, 2]), fun(T) -> at_both(T, [priority], fun(A, _) -> send(A, first) end) end},
     {"priority: without the option it does not", twice([1, 2, last]), fun(T) -> at_both(T, [priority], fun(A, _) -> A ! last end) end},
     {"priority: nor to an alias that is not for it", twice([1, 2, last]), fun(T) -> at_both(T, [], fun(A, _) -> send(A, last) end) end},
     {"priority: nor to a pid", twice([1, 2, last]), fun(T) -> at_both(T, [priority], fun(_, P) -> send(P, last) end) end},
     {"priority: nor to a name", [1, 2, last], fun(T) ->
         there(T, [priority], fun(_, P) -> true = erpc:call(T, erlang, register, [priority_name, P]), send({priority_name, T}, last) end) end},
     {"priority: several keep their order, as the others do", twice([a, b, c, 1, 2, 3, 4]), fun(T) ->
         at_both(T, [priority], fun(A, P) -> send(A, a), P ! 3, send(A, b), A ! 4, send(A, c) end) end},
     {"priority: a thousand among a thousand", twice(true), fun(T) ->
         Ordered = fun(Got) -> Got =:= [{p, I} || I <- lists:seq(1, 1000)] ++ [1, 2] ++ [{o, I} || I <- lists:seq(1, 1000)] end,
         {X, Y} = at_both(T, [priority], fun(A, P) -> [begin P ! {o, I}, send(A, {p, I}) end || I <- lists:seq(1, 1000)] end),
         {Ordered(X), Ordered(Y)} end},
     {"priority: process_info shows the order", {messages, [a, b, 1, 2]}, fun(T) ->
         Me = self(),
         P = spawn(T, fun() -> Me ! {alias, erlang:alias([priority])}, receive never -> ok end end),
         A = receive {alias, X} -> X end,
         P ! 1, P ! 2, send(A, a), send(A, b), erpc:call(T, erlang, process_info, [P, messages]) end},
     {"priority: a large one", [large, 1, 2], fun(T) ->
         Large = {binary:copy(<<"x">>, 300000), lists:seq(1, 20000)},
         [case X of Large -> large; _ -> X end || X <- there(T, [priority], fun(A, _) -> send(A, Large) end)] end},
     {"priority: an alias that ended drops it", twice([1, 2]), fun(T) ->
         Ended = fun() -> A = erlang:alias([priority]), true = unalias(A), A end,
         {there(T, [], fun(_, _) -> send(erpc:call(T, Ended), lost) end),
          begin A = Ended(), here(T, [], fun(_, _) -> send(A, lost) end) end} end},
     {"priority: an alias for one reply ends with it", twice([a, 1, 2]), fun(T) ->
         at_both(T, [priority, reply], fun(A, _) -> send(A, a), send(A, b) end) end}].

receives() ->
    %% A process on T has the messages 1 and 2 and waits in `receive {want, X} -> X end`. Then Do(Alias, Pid)
    %% is evaluated.
    Waiting = fun(T, Do) ->
        Me = self(),
        P = spawn(T, fun() -> Me ! {alias, erlang:alias([priority])}, Got = receive {want, W} -> W end, Me ! {got, [Got | all()]} end),
        A = receive {alias, X} -> X end,
        P ! 1, P ! 2, Do(A, P),
        receive {got, L} -> L after 5000 -> hangs end end,
    Five = fun() -> [self() ! I || I <- lists:seq(1, 5)] end,
    [{"priority: a receive that waits takes it", [x, 1, 2], fun(T) -> Waiting(T, fun(A, _) -> send(A, {want, x}) end) end},
     {"priority: one that it does not want stays in front", [y, urgent, 1, 2], fun(T) ->
         Waiting(T, fun(A, P) -> send(A, urgent), P ! {want, y} end) end},
     {"priority: a receive that waits for a new reference sees the DOWN in front", [down, 1, 2, 3, 4, 5], fun(T) ->
         Five(), P = spawn(T, fun() -> receive go -> ok end end),
         R = erlang:monitor(process, P, [priority]), P ! go,
         receive {'DOWN', R, _, _, _} -> [down | all()] after 5000 -> [hangs | all()] end end},
     {"priority: and the answer to a new alias", [answer, 1, 2, 3, 4, 5], fun(T) ->
         Five(), A = erlang:alias([priority, reply]), spawn(T, fun() -> send(A, {A, answer}) end),
         receive {A, X} -> [X | all()] after 5000 -> [hangs | all()] end end},
     {"priority: and what comes behind, past those in front", [down, urgent, 1, 2, 3, 4, 5], fun(T) ->
         Urgent = erlang:alias([priority]), Five(), P = spawn(T, fun() -> receive go -> send(Urgent, urgent) end end),
         R = monitor(process, P), P ! go,
         receive {'DOWN', R, _, _, _} -> [down | all()] after 5000 -> [hangs | all()] end end},
     {"priority: the time of a receive goes on", true, fun(T) ->
         A = erlang:alias([priority]),
         P = spawn_link(T, fun() -> (fun Again() -> send(A, again), receive stop -> ok after 10 -> Again() end end)() end),
         Since = erlang:monotonic_time(millisecond), receive never -> ok after 150 -> ok end,
         Passed = erlang:monotonic_time(millisecond) - Since, unlink(P), P ! stop,
         Passed >= 150 andalso length(all()) > 0 end}].

exits() ->
    %% How a process on T that does not trap exits ends, when Do(Alias) is done. The question whether it lives
    %% arrives there behind what Do sends.
    End = fun(T, Do) ->
        Me = self(),
        {P, M} = spawn_monitor(T, fun() -> Me ! {alias, self(), erlang:alias([priority])}, receive never -> ok end end),
        receive {alias, P, A} -> Do(A) end,
        case erpc:call(T, erlang, is_process_alive, [P]) of
            true -> exit(P, kill), lives;
            false -> receive {'DOWN', M, _, _, R} -> R after 5000 -> nothing end
        end end,
    [{"priority: an exit goes in front", twice([{'EXIT', r}, 1, 2]), fun(T) -> at_both(T, [priority], fun(A, _) -> erlang:exit(A, r, [priority]) end) end},
     {"priority: without the option it does not", twice([1, 2, {'EXIT', r}]), fun(T) -> at_both(T, [priority], fun(A, _) -> erlang:exit(A, r, []) end) end},
     {"priority: exit/2 to an alias", twice([1, 2, {'EXIT', r}]), fun(T) -> at_both(T, [], fun(A, _) -> erlang:exit(A, r) end) end},
     {"priority: nor to a pid", twice([1, 2, {'EXIT', r}]), fun(T) -> at_both(T, [priority], fun(_, P) -> erlang:exit(P, r, [priority]) end) end},
     {"priority: exits do not end an alias for one reply", twice([{'EXIT', a}, {'EXIT', b}, c, 1, 2]), fun(T) ->
         at_both(T, [priority, reply], fun(A, _) -> erlang:exit(A, a, [priority]), erlang:exit(A, b, [priority]), send(A, c), send(A, d) end) end},
     {"priority: who does not trap ends", r, fun(T) -> End(T, fun(A) -> erlang:exit(A, r, [priority]) end) end},
     {"priority: kill", killed, fun(T) -> End(T, fun(A) -> erlang:exit(A, kill, [priority]) end) end},
     {"priority: normal", lives, fun(T) -> End(T, fun(A) -> erlang:exit(A, normal, [priority]) end) end},
     {"priority: to nobody's alias", {true, true}, fun(T) -> R = erpc:call(T, fun() -> make_ref() end), {erlang:exit(R, r, [priority]), erlang:exit(R, r)} end},
     {"one's own normal: exit/3 ends, to the alias it does not", {normal, lives}, fun(_) ->
         %% The message that the process sends to itself arrives after the signal of Do.
         Ends = fun(Do) ->
             Me = self(),
             {P, M} = spawn_monitor(fun() -> Do(), self() ! mark, receive mark -> Me ! {lives, self()} end, receive never -> ok end end),
             receive {'DOWN', M, _, _, R} -> R; {lives, P} -> demonitor(M, [flush]), exit(P, kill), lives after 5000 -> nothing end end,
         {Ends(fun() -> erlang:exit(self(), normal, []) end), Ends(fun() -> erlang:exit(erlang:alias(), normal, []) end)} end}].

%% A process on T ends to which this process has Links. Returns what arrives before and after the message 1.
links() ->
    Ends = fun(T, Do) ->
        process_flag(trap_exit, true),
        P = spawn(T, fun() -> receive {link, To, Options} -> erlang:link(To, Options) after 0 -> ok end, receive go -> exit(r) end end),
        Do(P), self() ! 1, P ! go, all(2) end,
    First = [{'EXIT', r}, 1], Last = [1, {'EXIT', r}],
    [{"priority: of a link", First, fun(T) -> Ends(T, fun(P) -> erlang:link(P, [priority]) end) end},
     {"priority: a link again without it", Last, fun(T) -> Ends(T, fun(P) -> erlang:link(P, [priority]), link(P) end) end},
     {"priority: a link again with it", First, fun(T) -> Ends(T, fun(P) -> link(P), erlang:link(P, [priority]) end) end},
     {"priority: the wish of the other side is not ours", Last, fun(T) -> Ends(T, fun(P) -> link(P), P ! {link, self(), [priority]} end) end},
     {"priority: nor does it take ours back", First, fun(T) -> Ends(T, fun(P) -> erlang:link(P, [priority]), P ! {link, self(), []} end) end},
     {"priority: of an unlinked link nothing is left", Last, fun(T) -> Ends(T, fun(P) -> erlang:link(P, [priority]), unlink(P), link(P) end) end},
     {"priority: of a link to the dead", [{'EXIT', noproc}, 1], fun(T) ->
         process_flag(trap_exit, true), {P, M} = spawn_monitor(T, fun() -> ok end), receive {'DOWN', M, _, _, _} -> ok end,
         self() ! 1, erlang:link(P, [priority]), all(2) end}].

monitors() ->
    Ends = fun(T, Options, Do) ->
        P = spawn(T, fun() -> receive go -> exit(r) end end),
        M = erlang:monitor(process, P, Options),
        self() ! 1, Sent = Do(M), P ! go, all(2 + Sent) end,
    Nothing = fun(_) -> 0 end,
    [{"priority: of a monitor", [{'DOWN', r}, 1], fun(T) -> Ends(T, [priority], Nothing) end},
     {"priority: none", [1, {'DOWN', r}], fun(T) -> Ends(T, [], Nothing) end},
     {"priority: of a monitor by name", [{'DOWN', noproc}, 1], fun(T) ->
         self() ! 1, erlang:monitor(process, {nobody_there, T}, [priority]), all(2) end},
     {"priority: of a monitor with a tag", [mine, 1], fun(T) ->
         [case X of {mine, _, _, _, r} -> mine; _ -> X end || X <- Ends(T, [{tag, mine}, priority], Nothing)] end},
     {"priority: not of the monitor's alias", [{'DOWN', r}, 1, urgent], fun(T) ->
         Ends(T, [priority, {alias, explicit_unalias}], fun(A) -> erpc:call(T, fun() -> send(A, urgent), 1 end) end) end},
     {"priority: demonitor with flush takes it away", [1], fun(T) ->
         P = spawn(T, fun() -> receive go -> ok end end),
         M = erlang:monitor(process, P, [priority]), self() ! 1, P ! go,
         2 = filled(2, 500), demonitor(M, [flush]), all() end}].

%% A process on T is spawned with Options and ends when it is told to. Returns what arrives, with 1 sent
%% before.
spawns() ->
    Spawn = fun(T, Options) ->
        process_flag(trap_exit, true),
        P = case spawn_opt(T, fun() -> receive go -> exit(r) end end, Options) of {Pid, _} -> Pid; Pid -> Pid end,
        self() ! 1, P ! go, all(2) end,
    Request = fun(T, Options) ->
        process_flag(trap_exit, true), Me = self(),
        R = spawn_request(T, fun() -> Me ! {child, self()}, receive go -> exit(r) end end, Options),
        P = receive {child, C} -> C; {spawn_reply, R, error, Why} -> exit(Why) after 5000 -> exit(hangs) end,
        self() ! 1, P ! go, all(4) end,
    [{"priority: spawn_opt with a link", [{'EXIT', r}, 1], fun(T) -> Spawn(T, [{link, [priority]}]) end},
     {"priority: spawn_opt with a link and no options", [1, {'EXIT', r}], fun(T) -> Spawn(T, [{link, []}]) end},
     {"priority: a plain link keeps it", [{'EXIT', r}, 1], fun(T) -> Spawn(T, [{link, [priority]}, link]) end},
     {"priority: spawn_opt with a monitor", [{'DOWN', r}, 1], fun(T) -> Spawn(T, [{monitor, [priority]}]) end},
     {"priority: the same on one node", {[{'EXIT', r}, 1], [1, {'EXIT', r}], [{'EXIT', r}, 1], [{'DOWN', r}, 1], [1, {'DOWN', r}]}, fun(_) ->
         {Spawn(node(), [{link, [priority]}]), Spawn(node(), [{link, []}]), Spawn(node(), [{link, [priority]}, link]),
          Spawn(node(), [{monitor, [priority]}]), Spawn(node(), [{monitor, [priority]}, monitor])} end},
     {"priority: spawn_request", [{'EXIT', r}, {'DOWN', r}, spawned, 1], fun(T) ->
         [X, Y | Rest] = Request(T, [{link, [priority]}, {monitor, [priority]}]), lists:reverse(lists:sort([X, Y])) ++ Rest end}].

options() ->
    Refused = fun(Do) -> try Do() of Other -> {accepted, Other} catch error:badarg -> badarg end end,
    Bad = [[{priority, true}], [priority | x], priority, [no_such]],
    Each = fun(Do) -> lists:usort([Refused(fun() -> Do(Options) end) || Options <- Bad]) end,
    [{"priority: bad options of alias, send, exit, link, monitor, spawn_opt", [[badarg] || _ <- lists:seq(1, 7)], fun(T) ->
         P = spawn(T, fun() -> receive after 5000 -> ok end end),
         [Each(fun(O) -> erlang:alias(O) end), Each(fun(O) -> erlang:send(P, x, O) end), Each(fun(O) -> erlang:exit(P, x, O) end),
          Each(fun(O) -> erlang:link(P, O) end), Each(fun(O) -> erlang:monitor(process, P, O) end),
          Each(fun(O) -> spawn_opt(T, fun() -> ok end, [{link, O}]) end), Each(fun(O) -> spawn_opt(T, fun() -> ok end, [{monitor, O}]) end)] end},
     {"priority: bad options of spawn_request are told", lists:duplicate(8, [{spawn_reply, badopt}]), fun(T) ->
         [begin spawn_request(T, fun() -> ok end, [{Kind, O}]), receive X -> [bare(X)] after 5000 -> nothing end end || Kind <- [link, monitor], O <- Bad] end},
     {"priority: said twice", {true, ok, true}, fun(T) ->
         A = erlang:alias([priority, priority]), P = spawn(T, fun() -> ok end),
         {is_reference(A), erlang:send(A, x, [priority, priority]), is_reference(erlang:monitor(process, P, [priority, priority]))} end},
     {"priority: with noconnect", {ok, noconnect}, fun(T) ->
         {erlang:send({nobody_there, T}, x, [priority, noconnect]), erlang:send({nobody, 'not_there@nowhere'}, x, [noconnect, priority])} end}].

losses() ->
    [{"priority: what a lost connection stands for", true, fun(T) ->
         process_flag(trap_exit, true),
         P = spawn(T, fun() -> receive never -> ok end end),
         erlang:link(P, [priority]), erlang:monitor(process, P, [priority]),
         self() ! 1, erlang:disconnect_node(T),
         [X, Y, 1] = all(3), lists:sort([X, Y]) =:= [{'DOWN', noconnection}, {'EXIT', noconnection}] end}].
