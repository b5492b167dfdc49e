%% An application with start phases, prep_stop, an environment and a child. Its environment can make it slow or fail.
-module(shop).
-behaviour(application).
-export([start/2, start_phase/3, prep_stop/1, stop/1, init/1]).

start(normal, [open]) ->
    case application:get_env(start) of
        {ok, {returns, Value}} -> Value;
        {ok, {raises, Reason}} -> error(Reason);
        undefined ->
            io:format("shop starts, till ~p~n", [element(2, application:get_env(till))]),
            {ok, Pid} = supervisor:start_link({local, shop}, ?MODULE, []),
            {ok, Pid, state}
    end.

start_phase(Phase, normal, Arguments) ->
    io:format("phase ~p ~p~n", [Phase, Arguments]),
    timer:sleep(application:get_env(shop, phase_time, 0)),
    application:get_env(shop, phase, ok).

prep_stop(State) ->
    io:format("shop prepares to stop, ~p~n", [State]),
    timer:sleep(application:get_env(shop, slow, 0)),
    stopping.

%% Its group leader may be dead.
stop(State) ->
    catch stop_watch ! {stops, State},
    io:format("shop stops, ~p~n", [State]).

init([]) -> {ok, {#{intensity => 1}, [#{id => till, start => {shop_till, start_link, []}}]}}.
