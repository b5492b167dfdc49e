%% A handler that keeps the events that it gets; and functions that log.
-module(catcher).
-include_lib("kernel/include/logger.hrl").
-export([adding_handler/1, changing_config/3, removing_handler/1, filter_config/1, log/2, format/2]).
-export([events/0, keep/0, by_macro/0, in_process/1, evaluate/1]).

adding_handler(#{config := refuse}) -> {error, refused};
adding_handler(#{config := crash}) -> error(crashed);
adding_handler(Config) -> {ok, Config#{added => true}}.
changing_config(_, _, #{config := refuse}) -> {error, refused};
changing_config(Set, Old, New) -> {ok, New#{changed => {Set, maps:get(level, Old), maps:get(level, New)}}}.
removing_handler(#{id := Id}) -> keeper() ! {removed, Id}, ok.
filter_config(Config) -> maps:remove(secret, Config).

log(#{msg := {string, "fail"}}, _) -> error(failing);
log(#{meta := Metadata} = Event, Config) ->
    keeper() ! {event, Event#{meta => maps:without([time, pid, gl, file, line], Metadata)}, maps:get(id, Config)},
    ok.

format(#{msg := Message}, _) -> io_lib:format("mine: ~0p~n", [Message]).

%% The process that keeps what handlers get.
keep() ->
    Self = self(),
    Pid = spawn(fun() -> register(catcher, self()), Self ! kept, kept([]) end),
    receive kept -> {ok, Pid} end.
keeper() -> whereis(catcher).
kept(Events) ->
    receive
        {events, From} -> From ! {events, lists:reverse(Events)}, kept([]);
        Event -> kept([Event | Events])
    end.
events() ->
    catcher ! {events, self()},
    receive {events, Events} -> Events end.

by_macro() ->
    logger:set_process_metadata(#{own => process, both => process}),
    ?LOG_ERROR("macro ~p", [1]),
    ?LOG_ERROR(#{report => true}, #{both => call, domain => [mine]}),
    ?LOG_DEBUG("not allowed"),
    ?LOG_NOTICE("text", #{own => call}),
    ?LOG_WARNING(fun(X) -> {"lazy ~p", [X]} end, 7),
    logger:unset_process_metadata(),
    ok.

in_process(Fun) ->
    Self = self(),
    spawn(fun() -> Self ! {done, Fun()} end),
    receive {done, Value} -> Value end.

%% Here, so that funs in the text are made on the node that has the settings.
evaluate(Text) -> controls:evaluate(Text).
