%% Measures for processes of OTP what bench_processes measures for native processes.
-module(processes).
-export([main/0]).

main() ->
    Idle = 100000,
    Before = resident(),
    Pids = [spawn(fun() -> receive stop -> ok end end) || _ <- lists:seq(1, Idle)],
    io:format("idle_bytes ~w~n", [(resident() - Before) div Idle]),
    [exit(Pid, kill) || Pid <- Pids],
    Messages = 1000000,
    Self = self(),
    Sink = spawn(fun() -> sink(Messages, Self) end),
    io:format("sends_per_s ~w~n", [rate(Messages, fun() -> send(Messages, Sink), receive done -> ok end end)]),
    Spawns = 100000,
    io:format("spawns_per_s ~w~n", [rate(Spawns, fun() -> spawns(Spawns div 10000, Self) end)]),
    halt().

rate(Count, Work) ->
    Start = erlang:monotonic_time(microsecond),
    Work(),
    Count * 1000000 div (erlang:monotonic_time(microsecond) - Start).

send(0, _) -> ok;
send(N, To) -> To ! N, send(N - 1, To).

sink(0, To) -> To ! done;
sink(N, To) -> receive _ -> sink(N - 1, To) end.

spawns(0, _) -> ok;
spawns(N, Self) ->
    [spawn(fun() -> Self ! ended end) || _ <- lists:seq(1, 10000)],
    [receive ended -> ok end || _ <- lists:seq(1, 10000)],
    spawns(N - 1, Self).

resident() ->
    {ok, Text} = file:read_file("/proc/self/statm"),
    [_, Pages | _] = string:lexemes(Text, " "),
    binary_to_integer(Pages) * 4096.
