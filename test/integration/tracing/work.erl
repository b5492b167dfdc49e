%% What is traced: functions that call one another, and a server.
-module(work).
-export([add/2, twice/1, sum/1, outer/1, caught/0, raises/1, loop/0, deep/1, tail/1, binary/1, spawns/0, counted/1, native/1,
         native_last/1, through_fun/1, external/1, undefined/0, undefined_last/0, undefined_only/0,
         fails/1]).

add(A, B) -> A + B.
twice(X) -> add(X, X).
sum([]) -> 0;
sum([X | Rest]) -> X + sum(Rest).
outer(X) -> Y = twice(X), inner(Y) + 1.
inner(Y) -> add(Y, 1).
tail(X) -> inner(X).
caught() -> try raises(1) catch error:Why -> {caught, Why} end.
raises(X) -> inner(X), error({no, X}).
deep(0) -> 0;
deep(N) -> 1 + deep(N - 1).
binary(<<A, Rest/binary>>) -> [A | binary(Rest)];
binary(<<>>) -> [].
counted(0) -> ok;
counted(N) -> add(N, 1), counted(N - 1).
native(X) -> Y = lists:reverse(X), [length(Y) | Y].
native_last(X) -> lists:reverse(X).
through_fun(X) -> F = fun(Y) -> add(Y, 2) end, F(X).
external(X) -> F = fun ?MODULE:add/2, ?MODULE:add(F(X, 1), apply(?MODULE, twice, [X])).
undefined() -> {?MODULE:nothing(1)}.
undefined_last() -> inner(1), ?MODULE:nothing(1).
undefined_only() -> ?MODULE:nothing(1).
fails(body) -> {list_to_integer(id("x"))};
fails(last) -> inner(1), list_to_integer(id("x"));
fails(only) -> list_to_integer(id("x"));
fails(applied) -> {apply(?MODULE, fails, [only])};
fails(applied_last) -> apply(erlang, hd([list_to_integer]), ["x"]);
fails(caught) -> try list_to_integer(id("x")) catch _:_ -> inner(1) end;
fails(caught_deep) -> try fails(only) catch _:_ -> inner(1) end, try fails(body) catch _:_ -> inner(1) end.
id(X) -> X.
spawns() ->
    Self = self(),
    P = spawn_link(fun() -> Self ! hello, receive stop -> ok end end),
    receive hello -> ok end,
    register(spawned_by_work, P),
    unregister(spawned_by_work),
    unlink(P),
    M = monitor(process, P),
    P ! stop,
    receive {'DOWN', M, process, P, _} -> ok end.

%% Begins with a receive, to which it comes back.
loop() ->
    receive
        {run, From, F} -> From ! {done, F()}, loop();
        {ignored, _} -> loop();
        stop -> ok
    end.
