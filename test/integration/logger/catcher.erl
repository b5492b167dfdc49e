%% A handler that keeps the events that it gets; and functions that log.
-module(catcher).
-include_lib("kernel/include/logger.hrl").
-export([adding_handler/1, changing_config/3, removing_handler/1, filter_config/1, log/2, format/2]).
-export([check_config/1]).
-export([init/1, handle_event/2, handle_call/2]).
-export([events/0, await/1, keep/0, by_macro/0, in_process/1, crash/0, crashes/1, blocked/0, raised/1, evaluate/1]).

adding_handler(#{config := refuse}) -> {error, refused};
adding_handler(#{config := crash}) -> error(crashed);
adding_handler(#{config := {run, Fun}}) -> Fun();
adding_handler(Config) -> {ok, Config#{added => true}}.
changing_config(_, _, #{config := refuse}) -> {error, refused};
changing_config(_, _, #{config := {run, Fun}}) -> Fun();
changing_config(Set, Old, New) -> {ok, New#{changed => {Set, maps:get(level, Old), maps:get(level, New)}}}.
removing_handler(#{config := {run, Fun}}) -> Fun();
removing_handler(#{id := Id}) -> keeper() ! {removed, Id}, ok.
filter_config(Config) -> maps:remove(secret, Config).

log(#{msg := {string, "fail"}}, _) -> error(failing);
log(_, #{config := blocks}) ->
    register(blocked, self()),
    receive never -> ok end;
log(#{meta := Metadata} = Event, Config) ->
    keeper() ! {event, Event#{meta => common(Metadata)}, maps:get(id, Config)},
    ok.

%% What is the same on each node. Events about the logger come from functions that are its own.
common(#{internal_log_event := true} = Metadata) -> maps:without([time, pid, gl, file, line, mfa], Metadata);
common(Metadata) -> maps:without([time, pid, gl, file, line], Metadata).

%% A report handler of error_logger.
init(_) -> {ok, none}.
handle_event({Tag, Leader, {Who, What, More}}, State) when is_pid(Leader) ->
    keeper() ! {event, {Tag, [is_pid(Who) orelse Who], What, printed(More)}, report_handler},
    {ok, State}.
handle_call(Question, State) -> {ok, {asked, Question}, State}.
%% Without pids and nodes.
printed([Pid, Node | Rest]) when is_pid(Pid), Node =:= node() -> Rest;
printed(More) -> More.

check_config(#{run := Fun}) -> Fun();
check_config(_) -> ok.

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
        {await, Count, From} when length(Events) >= Count -> From ! {events, lists:reverse(Events)}, kept([]);
        {event, _, _} = Event -> kept([Event | Events]);
        {removed, _} = Event -> kept([Event | Events])
    end.
events() ->
    catcher ! {events, self()},
    receive {events, Events} -> Events end.

%% The first Count events or more: those that other processes cause.
await(Count) ->
    catcher ! {await, Count, self()},
    receive {events, Events} -> Events after 10000 -> timeout end.

%% A process that crashes; what the handler gets of it, in a form that is the same on each node.
crash() ->
    Pid = spawn(fun() -> erlang:raise(error, crashed, [{module, function, 1, []}]) end),
    [{event, #{level := Level, msg := {Format, [Whose, Node | Arguments]}, meta := Metadata}, Id}] = await(1),
    {Level, Format, Whose =:= Pid, Node =:= node(), Arguments, Metadata, Id}.

crashes(Count) ->
    [begin
         {Pid, Monitor} = spawn_monitor(fun() -> error(one_of_many) end),
         receive {'DOWN', Monitor, process, Pid, _} -> ok end
     end || _ <- lists:seq(1, Count)],
    ok.

%% The events that wait for the handler that blocks, when the process `logger` has passed them on.
blocked() ->
    case {process_info(whereis(logger), message_queue_len), whereis(blocked)} of
        {{_, 0}, Pid} when is_pid(Pid) -> element(2, process_info(Pid, message_queue_len));
        _ -> erlang:yield(), blocked()
    end.

%% The class and the reason of an exception.
raised(Fun) ->
    try Fun() catch Class:Reason -> {Class, Reason} end.

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
