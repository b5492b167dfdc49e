-module(pressure).
-export([main/0, send_many/2, idle/0]).
-import(claims, [claim/2, equal/3, node_of/1]).

main() ->
    case os:getenv("PART") of
        "unread" -> unread();
        "stopped" -> stopped(os:getenv("SLOW"));
        "flooded" -> flooded()
    end.

%% Answers that cannot wait: a `noproc` for each monitor of a name that nobody has.
unread() ->
    N = node_of(repl2),
    pong = net_adm:ping(N),
    Self = atom_to_binary(node_of(greedy)),
    Socket = raw:handshake(repl2, Self, "scenario"),
    ok = inet:setopts(Socket, [{packet, raw}, {send_timeout, 20000}]),
    %% Its pids and references are ours with a name of the same length.
    Own = fun(Term) ->
        <<131, Bytes/binary>> = term_to_binary(Term),
        binary:replace(Bytes, atom_to_binary(node()), Self)
    end,
    Control = [<<131, 68, 0, 104, 4, 97, 19>>, Own(self()), <<119, 6, "nobody">>, Own(make_ref())],
    Frame = iolist_to_binary([<<(iolist_size(Control)):32>>, Control]),
    Burst = binary:copy(Frame, 1000),
    claim("a peer that asks and never reads loses its connection", fun() -> pour(Socket, Burst, 2000) end),
    equal("others are served", pong, fun() -> net_adm:ping(N) end),
    equal("and calls are answered", 3, fun() -> rpc:call(N, erlang, length, [[1, 2, 3]]) end).

pour(_, _, 0) -> false;
pour(Socket, Burst, Left) ->
    case gen_tcp:send(Socket, Burst) of
        ok -> pour(Socket, Burst, Left - 1);
        {error, _} -> true
    end.

%% A process of our node sends 300 MB to a node that stands still for a while.
stopped(SlowPid) ->
    N = node_of(repl2),
    Slow = node_of(slow),
    pong = net_adm:ping(Slow),
    pong = net_adm:ping(N),
    Self = self(),
    Collector = spawn(Slow, ?MODULE, idle, []),
    pong = rpc:call(N, erlang, apply, [fun() -> net_adm:ping(Slow) end, []]),
    _ = os:cmd("kill -STOP " ++ SlowPid),
    Sender = spawn(N, ?MODULE, send_many, [Collector, 300]),
    timer:sleep(1500),
    equal("its sender waits", true, fun() -> rpc:call(N, erlang, is_process_alive, [Sender]) end),
    equal("others are served meanwhile", pong, fun() -> net_adm:ping(N) end),
    _ = os:cmd("kill -CONT " ++ SlowPid),
    Collector ! {report, Self},
    equal("when it goes on, everything arrives, in order", {300, ordered}, fun() ->
        receive {collected, Result} -> Result after 30000 -> nothing end
    end).

send_many(To, Count) -> lists:foreach(fun(I) -> To ! {number, I, binary:copy(<<I:16>>, 500000)} end, lists:seq(1, Count)).

idle() -> receive {report, To} -> To ! {collected, collect(1)} end.

collect(301) -> {300, ordered};
collect(I) ->
    receive
        {number, I, Binary} when byte_size(Binary) =:= 1000000 -> collect(I + 1);
        {number, Other, _} -> {I, out_of_order, Other}
    after 20000 -> {I, missing}
    end.

%% A process that reads nothing gets 400,000 messages.
flooded() ->
    N = node_of(repl2),
    pong = net_adm:ping(N),
    Victim = spawn(N, timer, sleep, [infinity]),
    Limited = spawn_opt(N, timer, sleep, [infinity], [{max_heap_size, 100000}, monitor]),
    {LimitedPid, Monitor} = Limited,
    Flood = spawn(fun() -> [Victim ! {flood, I} || I <- lists:seq(1, 400000)], receive stop -> ok end end),
    claim("pings are answered within half a second during the flood", fun() ->
        lists:all(fun(_) -> {Time, pong} = timer:tc(net_adm, ping, [N]), timer:sleep(20), Time < 500000 end, lists:seq(1, 20))
    end),
    equal("all of it is in the mailbox", {message_queue_len, 400000}, fun() -> wait_for_queue(N, Victim, 100) end),
    exit(Victim, kill),
    Flood ! stop,
    [LimitedPid ! lists:seq(1, 100) || _ <- lists:seq(1, 5000)],
    equal("a process over its max_heap_size is killed", killed, fun() ->
        receive {'DOWN', Monitor, process, _, Why} -> Why after 10000 -> nothing end
    end).

wait_for_queue(_, _, 0) -> too_late;
wait_for_queue(N, Victim, Left) ->
    case rpc:call(N, erlang, process_info, [Victim, message_queue_len]) of
        {_, 400000} = All -> All;
        _ -> timer:sleep(100), wait_for_queue(N, Victim, Left - 1)
    end.
