%% Makes our nodes hold as much as they will take; `run` claims how much that was. PART names the situation.
-module(pressure).
-export([main/0, send_many/2, send_two/3, order/1, idle/0, log/2]).
-import(claims, [claim/2, equal/3, eventually/2, node_of/1]).

main() ->
    case os:getenv("PART") of
        "unread" -> unread();
        "stopped" -> stopped(os:getenv("SLOW"));
        "passed" -> passed_by(os:getenv("SLOW"));
        "flooded" -> flooded();
        "bounded" -> bounded()
    end.

%% A peer asks and never reads. The answers cannot be held back: a `noproc` for each monitor of an
%% unregistered name.
unread() ->
    N = node_of(repl2),
    pong = net_adm:ping(N),
    %% --max-output is 8 MB.
    equal("a message larger than what a peer may leave unread arrives", 20000000,
          fun() -> byte_size(rpc:call(N, binary, copy, [<<0>>, 20000000])) end),
    Self = atom_to_binary(node_of(greedy)),
    Socket = raw:handshake(repl2, Self, "scenario"),
    ok = inet:setopts(Socket, [{packet, raw}, {send_timeout, 20000}]),
    %% The peer's pids and references are those of this node, with another node name of the same length.
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
    eventually("its sender waits", fun() -> waits(N, Sender) end),
    equal("others are served meanwhile", pong, fun() -> net_adm:ping(N) end),
    _ = os:cmd("kill -CONT " ++ SlowPid),
    Collector ! {report, Self},
    equal("when it goes on, everything arrives, in order", {300, ordered}, fun() ->
        receive {collected, Result} -> Result after 30000 -> nothing end
    end).

%% Whether the process does nothing for half a second. Only time can show that.
waits(N, Process) ->
    Reductions = fun() -> rpc:call(N, erlang, process_info, [Process, reductions]) end,
    {reductions, Before} = Reductions(),
    timer:sleep(500),
    {reductions, Before} =:= Reductions().
has_sent(N, Process) -> not rpc:call(N, erlang, is_process_alive, [Process]) orelse waits(N, Process).

%% One process sends 50 MB, then a word; another one sends a word afterwards.
passed_by(SlowPid) ->
    N = node_of(wide),
    Slow = node_of(slow),
    pong = net_adm:ping(Slow),
    pong = net_adm:ping(N),
    pong = rpc:call(N, erlang, apply, [fun() -> net_adm:ping(Slow) end, []]),
    Order = spawn(Slow, ?MODULE, order, [self()]),
    _ = os:cmd("kill -STOP " ++ SlowPid),
    Large = spawn(N, ?MODULE, send_two, [Order, large, 50000000]),
    eventually("a large message is sent", fun() -> has_sent(N, Large) end),
    {_, Monitor} = spawn_monitor(N, ?MODULE, send_two, [Order, small, 0]),
    equal("the sender of a small one does not wait", normal, fun() -> down(Monitor) end),
    _ = os:cmd("kill -CONT " ++ SlowPid),
    equal("a small message passes by the large one of another process; what its own sender says stays behind it",
          [{small, 0}, {small, word}, {large, 50000000}, {large, word}], fun() ->
        receive {order, Seen} -> Seen after 30000 -> nothing end
    end).

send_two(To, Who, Size) ->
    To ! {Who, binary:copy(<<1>>, Size)},
    To ! {Who, word}.

order(Parent) ->
    Next = fun() -> receive {Who, B} when is_binary(B) -> {Who, byte_size(B)}; {Who, word} -> {Who, word} end end,
    Parent ! {order, [Next() || _ <- lists:seq(1, 4)]}.

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
    N = node_of(flooded),
    pong = net_adm:ping(N),
    Victim = spawn(N, timer, sleep, [infinity]),
    Limited = spawn_opt(N, timer, sleep, [infinity], [{max_heap_size, 100000}, monitor]),
    {LimitedPid, Monitor} = Limited,
    Flood = spawn(fun() -> [Victim ! {flood, I} || I <- lists:seq(1, 400000)], receive stop -> ok end end),
    Patience = list_to_integer(os:getenv("PATIENCE")),
    %% The pings of a node of OTP show how slow the machine is while other programs use it.
    Ping = fun(Node) -> {Time, pong} = timer:tc(net_adm, ping, [Node]), Time end,
    Pings = [{Ping(N), Ping(node_of(slow))} || _ <- lists:seq(1, 20), timer:sleep(20) =:= ok],
    {Ours, Others} = lists:unzip(Pings),
    claim("pings are answered within " ++ integer_to_list(Patience) ++ " ms during the flood, more on a busy machine", fun() ->
        lists:max(Ours) < Patience * 1000 + 10 * lists:max(Others) orelse {lists:max(Ours), lists:max(Others)}
    end),
    equal("all of it is in the mailbox", {message_queue_len, 400000}, fun() -> wait_for_queue(N, Victim, 600) end),
    exit(Victim, kill),
    Flood ! stop,
    [LimitedPid ! lists:seq(1, 100) || _ <- lists:seq(1, 5000)],
    equal("a process over its max_heap_size is killed", killed, fun() ->
        receive {'DOWN', Monitor, process, _, Why} -> Why after 30000 -> nothing end
    end).

wait_for_queue(_, _, 0) -> too_late;
wait_for_queue(N, Victim, Left) ->
    case rpc:call(N, erlang, process_info, [Victim, message_queue_len]) of
        {_, 400000} = All -> All;
        _ -> timer:sleep(100), wait_for_queue(N, Victim, Left - 1)
    end.

log(Event, _) -> collector ! {event, Event}.

%% max_heap_size, and the bounds of a node of 100 MB for terms and 10 MB for tables.
bounded() ->
    N = node_of(small),
    pong = net_adm:ping(N),
    register(collector, self()),
    ok = logger:add_handler(collecting, ?MODULE, #{}),
    ok = logger:remove_handler(default),
    Grow = fun() -> L = lists:seq(1, 20000), erlang:garbage_collect(), receive go -> exit({kept, length(L)}) end end,
    Told = fun(Limit) -> receive {event, #{msg := {Format, Arguments}}} -> lists:flatten(io_lib:format(Format, Arguments)) after Limit -> "" end end,
    Has = fun(Text, Parts) -> lists:all(fun(Part) -> string:find(Text, Part) =/= nomatch end, Parts) end,
    {Soft, M1} = spawn_opt(N, Grow, [{max_heap_size, #{size => 10000, kill => false}}, monitor]),
    claim("max_heap_size with kill => false: told where the process is led", fun() ->
        Text = Told(30000), Has(Text, ["maximum heap size reached", "10000", "Kill:               false", atom_to_list(N)]) orelse Text end),
    Soft ! go,
    equal("and it lives on", {kept, 20000}, fun() -> down(M1) end),
    {_, M2} = spawn_opt(N, Grow, [{max_heap_size, 10000}, monitor]),
    equal("max_heap_size kills", killed, fun() -> down(M2) end),
    claim("and tells it", fun() -> Text = Told(30000), Has(Text, ["maximum heap size reached", "Kill:               true"]) orelse Text end),
    {_, M3} = spawn_opt(N, Grow, [{max_heap_size, #{size => 10000, error_logger => false}}, monitor]),
    equal("with error_logger => false it tells nothing", {killed, ""}, fun() -> {down(M3), Told(1000)} end),

    Bystander = spawn(N, timer, sleep, [infinity]),
    {_, M4} = spawn_monitor(N, fun() -> (fun Hoard(L) -> Hoard([make_ref() | L]) end)([]) end),
    equal("a process that takes all memory of the node is killed", killed, fun() -> down(M4) end),
    {_, M5} = spawn_monitor(N, fun() -> lists:seq(1, 1 bsl 27) end),
    equal("one that wants it at once too", killed, fun() -> down(M5) end),
    {_, M6} = spawn_monitor(N, fun() -> binary:copy(<<0>>, 1 bsl 30) end),
    equal("a binary too", killed, fun() -> down(M6) end),
    {Flooded, M7} = spawn_monitor(N, timer, sleep, [infinity]),
    spawn(fun() -> [Flooded ! binary:copy(<<I:32>>, 250000) || I <- lists:seq(1, 200)] end),
    equal("one that is flooded", killed, fun() -> down(M7) end),
    equal("others live, and the node", {true, 3}, fun() -> {erpc:call(N, erlang, is_process_alive, [Bystander]), erpc:call(N, lists, sum, [[1, 2]])} end),
    monitor_node(N, true),
    {echo, N} ! {self(), binary:copy(<<0>>, 200000000)},
    claim("a message for which there is no memory ends the connection", fun() -> receive {nodedown, N} -> true after 20000 -> false end end),
    equal("which comes up again", pong, fun() -> net_adm:ping(N) end),
    equal("tables: inserting above the bound is system_limit, and what is there stays", {system_limit, true}, fun() ->
        erpc:call(N, fun() ->
            T = ets:new(t, []),
            Fill = fun Fill(I) -> try ets:insert(T, {I, lists:seq(1, 1000)}) of true -> Fill(I + 1) catch error:R -> R end end,
            Why = Fill(1),
            {Why, ets:info(T, size) > 100 andalso ets:member(T, 1)} end) end),
    equal("when they are gone there is room", true, fun() -> erpc:call(N, fun() -> ets:insert(ets:new(t, []), {1, lists:seq(1, 1000)}) end) end).

down(Monitor) -> receive {'DOWN', Monitor, process, _, Why} -> Why after 30000 -> nothing end.
