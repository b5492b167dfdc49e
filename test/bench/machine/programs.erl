%% Small programs that measure their own time. Each row is the name of a program that runs once.
-module(programs).
-export([rows/0, time/2, evaluate/2, waiting/1]).

rows() -> [fib, ackermann, nrev, quicksort, parse, build, maps, ring].

%% The best of Rounds, in microseconds, with a hash of the result.
time(Row, Rounds) ->
    {Pid, Monitor} = spawn_monitor(fun() -> exit({times, [once(Row) || _ <- lists:seq(1, Rounds)]}) end),
    receive
        {'DOWN', Monitor, process, Pid, {times, Times}} -> {ok, lists:min([T || {T, _} <- Times]), element(2, hd(Times))};
        {'DOWN', Monitor, process, Pid, Reason} -> {failed, Reason}
    end.

once(Row) ->
    Input = input(Row),
    Start = erlang:monotonic_time(microsecond),
    Result = run(Row, Input),
    {erlang:monotonic_time(microsecond) - Start, erlang:phash2(Result)}.

input(nrev) -> lists:seq(1, 1500);
input(quicksort) -> pseudo_random(30000, 42, []);
input(parse) -> iolist_to_binary([<<(I rem 7 + 1):8, I:32/little, (binary:copy(<<I>>, I rem 7 + 1))/binary>> || I <- lists:seq(1, 30000)]);
input(_) -> none.

run(fib, _) -> fib(27);
run(ackermann, _) -> ackermann(3, 7);
run(nrev, List) -> nrev(List);
run(quicksort, List) -> quicksort(List);
run(parse, Binary) -> parse(Binary, 0, []);
run(build, _) -> build(100000, <<>>);
run(maps, _) -> map_updates(60000, #{});
run(ring, _) -> ring(100, 40000).

fib(N) when N < 2 -> N;
fib(N) -> fib(N - 1) + fib(N - 2).

ackermann(0, N) -> N + 1;
ackermann(M, 0) -> ackermann(M - 1, 1);
ackermann(M, N) -> ackermann(M - 1, ackermann(M, N - 1)).

nrev([Head | Tail]) -> append(nrev(Tail), [Head]);
nrev([]) -> [].

append([Head | Tail], List) -> [Head | append(Tail, List)];
append([], List) -> List.

quicksort([Pivot | Rest]) ->
    quicksort([X || X <- Rest, X < Pivot]) ++ [Pivot | quicksort([X || X <- Rest, X >= Pivot])];
quicksort([]) -> [].

pseudo_random(0, _, Numbers) -> Numbers;
pseudo_random(N, Seed, Numbers) -> pseudo_random(N - 1, (Seed * 1103515245 + 12345) band 16#7FFFFFFF, [Seed | Numbers]).

parse(<<Size:8, Key:32/little, Value:Size/binary, Rest/binary>>, Sum, Kept) ->
    case Value of
        <<First, _/binary>> when First rem 64 =:= 0 -> parse(Rest, Sum + Key, [Value | Kept]);
        _ -> parse(Rest, Sum + Key, Kept)
    end;
parse(<<>>, Sum, Kept) -> {Sum, length(Kept)}.

build(0, Binary) -> byte_size(Binary);
build(N, Binary) -> build(N - 1, <<Binary/binary, N:24, (N rem 256)>>).

map_updates(0, Map) -> maps:size(Map);
map_updates(N, Map) ->
    Key = N rem 1000,
    case Map of
        #{Key := Count} -> map_updates(N - 1, Map#{Key := Count + 1});
        #{} -> map_updates(N - 1, Map#{Key => 1})
    end.

ring(Size, Rounds) ->
    First = self(),
    Last = lists:foldl(fun(_, Next) -> spawn_link(fun() -> forward(Next) end) end, First, lists:seq(2, Size)),
    Last ! Rounds,
    around(Last).

forward(Next) ->
    receive
        stop -> Next ! stop;
        N -> Next ! N - 1, forward(Next)
    end.

around(Last) ->
    receive
        N when N > 0 -> Last ! N - 1, around(Last);
        _ -> Last ! stop, receive stop -> done end
    end.

%% A fun that the shell's evaluator runs, made where it was typed.
evaluate(Fun, Arguments) ->
    Start = erlang:monotonic_time(microsecond),
    Result = apply(Fun, Arguments),
    {ok, erlang:monotonic_time(microsecond) - Start, erlang:phash2(Result)}.

%% Count processes that wait in receive, and the pids to end them by.
waiting(Count) -> [spawn(fun() -> receive stop -> ok end end) || _ <- lists:seq(1, Count)].
