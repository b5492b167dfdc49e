%% A gen_server of a user, which only the caller's node has.
-module(counter).
-behaviour(gen_server).
-export([start/1, start_link/1, run/1, init/1, handle_call/3, handle_cast/2, handle_info/2, terminate/2]).

start(From) -> gen_server:start({local, counter}, ?MODULE, From, []).
start_link(From) -> gen_server:start_link(?MODULE, From, []).
%% For spawn/4: the calling process becomes the server.
run(From) -> gen_server:enter_loop(?MODULE, [], From).

init(From) -> {ok, From}.
handle_call(next, _, N) -> {reply, N, N + 1};
handle_call(divide, _, N) -> {reply, N div zero(N), N};
handle_call(stop, _, N) -> {stop, normal, stopped, N}.
handle_cast({add, M}, N) -> {noreply, N + M}.
handle_info({Pid, question}, N) -> Pid ! {answer, N}, {noreply, N}.
terminate(_, _) -> ok.

zero(N) -> N - N.
