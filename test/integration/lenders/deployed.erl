%% A module that a deploy script pushes before it ends. Its callers' nodes have the modules that it calls.
-module(deployed).
-behaviour(gen_server).
-export([queued/1, counted/1, start/0, ask/2, init/1, handle_call/3, handle_cast/2]).

queued(List) -> queue:to_list(queue:from_list(List)).
counted(List) -> dict:size(dict:from_list(List)).

start() -> gen_server:start(?MODULE, [], []).
ask(Pid, Question) -> gen_server:call(Pid, Question).
init([]) -> {ok, []}.
handle_call(Question, _, State) -> {reply, {answer, Question}, State}.
handle_cast(_, State) -> {noreply, State}.
