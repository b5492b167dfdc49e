%% The processes of the benchmark on a node of OTP: `sink`, which counts messages in order, and `echo`.
-module(target).
-export([start/0]).

start() ->
    register(sink, spawn(fun() -> sink(0) end)),
    register(echo, spawn(fun echo/0)),
    io:format("serving~n").

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
