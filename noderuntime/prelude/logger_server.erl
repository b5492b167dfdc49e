%% The settings of `logger`: levels, filters and handlers. They are one persistent term, so that whoever logs reads them
%% at no cost. Changes are made one after the other by their callers, who ask the process `logger` for the turn: so the
%% functions of a handler's module run in the realm that has the module.
-module(logger_server).
-export([settings/0, first_settings/0, change/1, check/2, check_filter/1, new_handler/3, call/4, handler/2]).
-export([initialise/1]).

%% --- reading

settings() -> persistent_term:get(?MODULE, first_settings()).

%% handlers: the last that was added is the first.
first_settings() ->
    #{primary => #{level => notice, filters => [], filter_default => log, metadata => #{}},
      modules => #{},
      handlers => [{default, #{config => maps:get(config, logger_std_h:adding(#{})), filter_default => stop,
                               filters => logger_std_h:filters(), formatter => {logger_formatter, logger_std_h:format()},
                               id => default, level => all, module => logger_std_h,
                               '$log' => fun logger_std_h:log/2}}],
      proxy => #{burst_limit_enable => false, burst_limit_max_count => 500, burst_limit_window_time => 1000,
                 drop_mode_qlen => 1000, flush_qlen => 5000, overload_kill_enable => false,
                 overload_kill_mem_size => 3000000, overload_kill_qlen => 20000, overload_kill_restart_after => 5000,
                 sync_mode_qlen => 500}}.

handler(Id, #{handlers := Handlers}) ->
    case lists:keyfind(Id, 1, Handlers) of
        {_, Config} -> {ok, Config};
        false -> {error, {not_found, Id}}
    end.

%% --- changing

%% Change(Settings) returns {ok, NewSettings}, or another term, which is the result, and nothing changes. It may call
%% functions of handlers. An exception that it raises changes nothing either.
change(Change) ->
    Server = case whereis(logger) of
                 undefined -> start();
                 Running -> Running
             end,
    Monitor = monitor(process, Server),
    Server ! {turn, self(), Monitor},
    receive
        {Monitor, yours} ->
            try Change(settings()) of
                {ok, New} -> persistent_term:put(?MODULE, New);
                Error -> Error
            after
                Server ! {done, Monitor},
                demonitor(Monitor, [flush])
            end;
        {'DOWN', Monitor, _, _, Reason} -> exit({Reason, {?MODULE, change, []}})
    end.

start() ->
    {Pid, Monitor} = spawn_monitor(?MODULE, initialise, [self()]),
    receive
        {Pid, Server} ->
            demonitor(Monitor, [flush]),
            Server;
        {'DOWN', Monitor, _, _, Reason} -> exit(Reason)
    end.

initialise(Parent) ->
    group_leader(whereis(user), self()),
    try register(logger, self()) of
        true ->
            Parent ! {self(), self()},
            loop()
    catch error:badarg -> Parent ! {self(), whereis(logger)}  % another was faster
    end.

loop() ->
    receive
        {turn, Pid, Turn} ->
            Monitor = monitor(process, Pid),
            Pid ! {Turn, yours},
            receive
                {done, Turn} -> demonitor(Monitor, [flush]);
                {'DOWN', Monitor, _, _, _} -> ok
            end,
            loop();
        _ -> loop()
    end.

%% --- what settings may be

%% Owner: primary or handler. Throws the reason.
check(Owner, Config) when is_map(Config) -> maps:foreach(fun(Key, Value) -> check(Owner, Key, Value) end, Config);
check(_, Config) -> throw({invalid_config, Config}).

check(_, level, Level) -> logger:is_level(Level) orelse throw({invalid_level, Level});
check(_, filters, Filters) when is_list(Filters) -> lists:foreach(fun check_filter/1, Filters);
check(_, filters, Filters) -> throw({invalid_filters, Filters});
check(_, filter_default, Default) -> Default =:= log orelse Default =:= stop orelse throw({invalid_filter_default, Default});
check(primary, metadata, Metadata) when is_map(Metadata) -> ok;
check(primary, Key, Value) -> throw({invalid_primary_config, {Key, Value}});
check(handler, formatter, {Module, Config}) when is_atom(Module) -> check_formatter(Module, Config);
check(handler, formatter, {Module, _}) -> throw({invalid_module, Module});
check(handler, formatter, Formatter) -> throw({invalid_formatter, Formatter});
check(handler, _, _) -> ok.

check_filter({Id, {Fun, _}}) when is_atom(Id), is_function(Fun, 2) -> ok;
check_filter(Filter) -> throw({invalid_filter, Filter}).

check_formatter(Module, Config) ->
    case call(Module, check_config, [Config], ok) of
        ok -> ok;
        {error, Reason} -> throw(Reason)
    end.

new_handler(Id, _, _) when not is_atom(Id) -> throw({invalid_id, Id});
new_handler(_, Module, _) when not is_atom(Module) -> throw({invalid_module, Module});
new_handler(Id, Module, Config) ->
    check(handler, Config),
    maps:merge(#{level => all, filters => [], filter_default => log, formatter => {logger_formatter, #{}}},
               Config#{id => Id, module => Module}).

%% Module:Function(Arguments), or Default if there is no such function.
call(Module, Function, Arguments, Default) ->
    try apply(Module, Function, Arguments)
    catch
        error:undef:Stack ->
            case Stack of
                [{Module, Function, Arguments, _} | _] -> Default;
                _ -> {error, {callback_crashed, {error, undef, Stack}}}
            end;
        Class:Reason:Stack -> {error, {callback_crashed, {Class, Reason, Stack}}}
    end.
