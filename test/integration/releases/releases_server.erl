%% A gen_server that counts, which only the peer has.
-module(releases_server).
-behaviour(gen_server).
-export([init/1, handle_call/3, handle_cast/2]).

init(Count) -> {ok, Count}.
handle_call(read, _, Count) -> {reply, Count, Count}.
handle_cast({add, N}, Count) -> {noreply, Count + N}.
