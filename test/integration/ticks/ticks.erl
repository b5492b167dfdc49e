%% Ticks and their absence, as peers of our node see them. PART names what is tested.
-module(ticks).
-export([main/0]).
-import(claims, [claim/2, equal/3, node_of/1]).

main() ->
    N = node_of(repl2),
    pong = net_adm:ping(N),
    monitor_node(N, true),
    Mute = raw:handshake(repl2, atom_to_binary(node_of(raw1)), "scenario"),
    Start = erlang:monotonic_time(millisecond),
    Ticks = ticks_until_closed(Mute, 0),
    Elapsed = erlang:monotonic_time(millisecond) - Start,
    claim("a mute peer is dropped after its ticktime, not before, and not much later",
          fun() -> Elapsed >= 3900 andalso Elapsed =< 8000 orelse Elapsed end),
    claim("until then it got ticks, at most one per second or so", fun() -> Ticks >= 2 andalso Ticks =< 8 orelse Ticks end),
    large_message(),
    equal("an idle real node stays connected for more than two ticktimes", still_up, fun() ->
        receive {nodedown, N} -> lost after max(0, 10000 - Elapsed) -> still_up end
    end),
    equal("and is answered", pong, fun() -> net_adm:ping(N) end).

%% A peer that cannot tick meanwhile sends 100 MB in six seconds, while a process of our node computes all the
%% time.
large_message() ->
    N = node_of(repl2),
    Busy = spawn(N, fun() -> (fun Loop(I) -> Loop(I + 1) end)(0) end),
    Me = self(),
    Taker = spawn(N, fun() -> register(taker, self()), Me ! ready, receive {_, Binary} -> Me ! {taken, byte_size(Binary)} end end),
    receive ready when is_pid(Taker) -> ok end,
    Socket = raw:handshake(repl2, atom_to_binary(node_of(raw2)), "scenario"),
    Self = atom_to_binary(node_of(raw2)),
    Size = 100_000_000,
    Pid = <<88, 119, (byte_size(Self)), Self/binary, 1:32, 0:32, 4711:32>>,
    Control = <<131, 68, 0, 104, 4, 97, 6, Pid/binary, 119, 0, 119, 5, "taker">>,
    Head = <<Control/binary, 104, 2, Pid/binary, 109, Size:32>>,
    ok = inet:setopts(Socket, [{packet, raw}]),
    ok = gen_tcp:send(Socket, [<<(byte_size(Head) + Size):32>>, Head]),
    Chunk = binary:copy(<<7>>, Size div 100),
    [begin ok = gen_tcp:send(Socket, Chunk), timer:sleep(60) end || _ <- lists:seq(1, 100)],
    equal("a message of 100 MB that takes longer than a ticktime, while somebody computes, arrives", {taken, Size}, fun() ->
        receive {taken, Taken} -> {taken, Taken} after 30000 -> nothing end end),
    ok = inet:setopts(Socket, [{packet, 4}]),
    claim("meanwhile we tick", fun() -> some_ticks(Socket, 4) end),
    gen_tcp:close(Socket),
    exit(Busy, kill).

some_ticks(_, 0) -> true;
some_ticks(Socket, Left) ->
    case gen_tcp:recv(Socket, 0, 2000) of
        {ok, <<>>} -> some_ticks(Socket, Left - 1);
        {ok, _} -> some_ticks(Socket, Left);
        Other -> {Left, Other}
    end.

ticks_until_closed(Socket, Count) ->
    case gen_tcp:recv(Socket, 0, 15000) of
        {ok, <<>>} -> ticks_until_closed(Socket, Count + 1);
        {ok, _} -> ticks_until_closed(Socket, Count);
        {error, closed} -> Count
    end.
