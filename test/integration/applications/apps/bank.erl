%% What shop needs.
-module(bank).
-behaviour(application).
-export([start/2, stop/1, init/1]).

start(normal, []) ->
    io:format("bank starts~n"),
    supervisor:start_link({local, bank}, ?MODULE, []).
stop(_) -> io:format("bank stops~n").
init([]) -> {ok, {#{}, []}}.
