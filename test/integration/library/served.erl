%% Servers and functions on a real node, for a program that has a node of the library inside.
-module(served).
-behaviour(gen_server).
-export([start/0, fail/1, wait/1, count/0, add/0, tell/2, init/1, handle_call/3, handle_cast/2]).

start() ->
    ets:new(served_count, [named_table, public, {keypos, 1}]),
    ets:insert(served_count, {count, 0}),
    serve(fun() -> io:format("ready~n") end).

%% A server that ends is started again.
serve(Ready) ->
    {ok, Pid} = gen_server:start({local, served}, served, [], []),
    Monitor = monitor(process, Pid),
    Ready(),
    receive {'DOWN', Monitor, process, Pid, _} -> serve(fun() -> ok end) end.

fail(error) -> error(broken);
fail(exit) -> exit(over);
fail(throw) -> throw(ball);
fail(kill) -> exit(self(), kill), receive never -> ok end.

wait(Milliseconds) -> timer:sleep(Milliseconds), waited.

add() -> ets:update_counter(served_count, count, 1).
count() -> [{count, N}] = ets:lookup(served_count, count), N.

tell(To, What) -> To ! {told, What}, ok.

init([]) -> {ok, none}.
handle_call({keep, Term}, _, _) -> {reply, kept, Term};
handle_call(get, _, Term) -> {reply, Term, Term};
handle_call(silence, _, Term) -> {noreply, Term};
handle_call(crash, _, _) -> exit(crashed).
handle_cast(Term, _) -> {noreply, Term}.
