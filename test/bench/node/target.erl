%% The processes of the benchmark on a node of OTP: `sink`, which counts messages in order, and `echo`. And a caller.
-module(target).
-export([start/0, connects/2]).

start() ->
    register(sink, spawn(fun() -> sink(0) end)),
    register(echo, spawn(fun echo/0)),
    io:format("serving~n").

%% Connects to Node and disconnects, again and again: the median of the times that connecting took, in microseconds.
connects(Node, Count) ->
    Times = lists:sort([connect(Node) || _ <- lists:seq(1, Count)]),
    lists:nth((Count + 1) div 2, Times).

connect(Node) ->
    Begin = erlang:monotonic_time(microsecond),
    true = net_kernel:connect_node(Node),
    Time = erlang:monotonic_time(microsecond) - Begin,
    erlang:disconnect_node(Node),
    timer:sleep(2),  % both sides must know of it
    Time.

sink(Next) ->
    receive
        <<Next:64, _/binary>> -> sink(Next + 1);
        {Next, Bytes} when is_binary(Bytes) -> sink(Next + 1);
        {Pid, start} -> Pid ! {0, sync}, sink(0);
        {Pid, sync} -> Pid ! {Next, sync}, sink(Next);
        _ -> sink(Next)
    end.

echo() ->
    receive
        {Pid, Term} -> Pid ! Term, echo()
    end.
