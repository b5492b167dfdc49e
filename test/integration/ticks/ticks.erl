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
    equal("an idle real node stays connected for more than two ticktimes", still_up, fun() ->
        receive {nodedown, N} -> lost after 10000 - Elapsed -> still_up end
    end),
    equal("and is answered", pong, fun() -> net_adm:ping(N) end).

ticks_until_closed(Socket, Count) ->
    case gen_tcp:recv(Socket, 0, 15000) of
        {ok, <<>>} -> ticks_until_closed(Socket, Count + 1);
        {ok, _} -> ticks_until_closed(Socket, Count);
        {error, closed} -> Count
    end.
