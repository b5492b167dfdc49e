%% The settings of `logger`: levels, filters and handlers. They are one persistent term, so that whoever logs reads them
%% at no cost. Changes are made one after the other by their callers, who ask the process `logger` for the turn: so the
%% functions of a handler's module run in the realm that has the module. There are two kinds of turns: `settings`, for a
%% change, and `handlers`, for calls of a handler's functions, which may take long and may change levels of modules.
-module(logger_server).
-export([settings/0, first_settings/0, change/1, in_turn/2, check/2, check_filter/1, check_overload/1, new_handler/3, call/4, handler/2,
         is_within_handler/0, tell/3, do_internal_log/4]).
-export([initialise/1, worker/0]).

-define(MOST_WAITING, 1000).  % events; docs/operating.md

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

%% Change(Settings) returns {ok, NewSettings}, or another term, which is the result, and nothing changes. An exception
%% that it raises changes nothing either.
change(Change) ->
    in_turn(settings, fun() ->
        case Change(settings()) of
            {ok, New} -> persistent_term:put(?MODULE, New);
            Other -> Other
        end
    end).

in_turn(Kind, Do) ->
    Server = case whereis(logger) of
                 undefined -> kernel_services:started(?MODULE);
                 Running -> Running
             end,
    Monitor = monitor(process, Server),
    Server ! {turn, Kind, self(), Monitor},
    receive
        {Monitor, yours} ->
            try Do()
            after
                Server ! {done, Kind, Monitor},
                demonitor(Monitor, [flush])
            end;
        {'DOWN', Monitor, _, _, Reason} -> exit({Reason, {?MODULE, Kind, []}})
    end.

initialise(Parent) ->
    group_leader(whereis(user), self()),
    try register(logger, self()) of
        true ->
            Parent ! {self(), self()},
            serve(#{settings => [], handlers => []}, none)
    catch error:badarg -> Parent ! {self(), whereis(logger)}  % another was faster
    end.

%% Turns: for each kind the callers, {Turn, Pid, Monitor}, of which the first has the turn. Worker: the process that
%% gives events to the handlers.
serve(Turns, Worker) ->
    receive
        {turn, Kind, Pid, Turn} when is_map_key(Kind, Turns) ->
            Before = map_get(Kind, Turns),
            New = {Turn, Pid, monitor(process, Pid)},
            Before =:= [] andalso give(New),
            serve(Turns#{Kind => Before ++ [New]}, Worker);
        {done, Kind, Turn} when is_map_key(Kind, Turns) ->
            serve(ended(Kind, lists:keyfind(Turn, 1, map_get(Kind, Turns)), Turns), Worker);
        {'DOWN', Monitor, process, _, _} ->
            Ended = fun(Kind, Now) -> ended(Kind, lists:keyfind(Monitor, 3, map_get(Kind, Now)), Now) end,
            serve(lists:foldl(Ended, Turns, maps:keys(Turns)), Worker);
        {log, Level, Format, Arguments, Metadata} ->
            serve(Turns, work(Worker, log, [Level, Format, Arguments, Metadata]));
        {log, Level, What, Metadata} -> serve(Turns, work(Worker, log, [Level, What, Metadata]));
        {reported, Level, Format, Arguments, Metadata} ->
            serve(Turns, work(Worker, reported, [Level, [Format, Arguments, Metadata]]));
        {reported, Level, What, Metadata} -> serve(Turns, work(Worker, reported, [Level, [What, Metadata]]));
        {system, {Pid, _} = From, Question} when is_pid(Pid) ->
            kernel_services:answer_sys(From, Question, fun() -> Turns end),
            serve(Turns, Worker);
        Unexpected ->
            tell(info, #{}, [{logger, got_unexpected_message}, {process, logger}, {message, Unexpected}]),
            serve(Turns, Worker)
    end.

give({Turn, Pid, _}) -> Pid ! {Turn, yours}.

ended(_, false, Turns) -> Turns;
ended(Kind, {_, _, Monitor} = Caller, Turns) ->
    demonitor(Monitor, [flush]),
    case map_get(Kind, Turns) of
        [Caller, Next | Rest] ->
            give(Next),
            Turns#{Kind => [Next | Rest]};
        Waiting -> Turns#{Kind => lists:delete(Caller, Waiting)}
    end.

%% Events that are sent to this process: reports of crashes, events of other nodes, and what code sends that does not want
%% to wait. Handlers
%% may take their time and change settings, so another process calls them. If too many events wait there, more are lost.
work(Worker, Function, Arguments) ->
    case is_pid(Worker) andalso process_info(Worker, message_queue_len) of
        {_, Waiting} when Waiting >= ?MOST_WAITING -> Worker;
        {_, _} ->
            Worker ! {Function, Arguments},
            Worker;
        _ -> work(spawn(?MODULE, worker, []), Function, Arguments)
    end.

worker() ->
    receive
        {Function, Arguments} ->
            try apply(logger, Function, Arguments)
            catch Class:Reason:Stack ->
                tell(debug, #{}, [{logger, log_failed}, {log, Arguments}, {reason, {Class, Reason, Stack}}])
            end
    end,
    worker().

%% An event about the logger itself. Log is the event that caused it.
tell(Level, Log, Report) ->
    logger:allow(Level, ?MODULE) andalso do_internal_log(Level, #{mfa => {?MODULE, tell, 3}}, Log, [Report]),
    ok.

%% Also called by a macro of OTP's modules. It takes another process, because the caller may be within a handler. If the
%% event that caused it is one about the logger, handlers do not get it.
do_internal_log(Level, Location, #{meta := #{internal_log_event := true}}, Data) ->
    Message = case Data of
                  [Report] -> {report, Report};
                  [Format, Arguments] -> {Format, Arguments}
              end,
    logger:to_log(node(), #{level => Level, msg => Message, meta => logger:add_default_metadata(Location)});
do_internal_log(Level, Location, _, Data) ->
    Metadata = logger:add_default_metadata(Location),
    spawn(logger, macro_log, [Location, Level] ++ Data ++ [Metadata#{internal_log_event => true}]).

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
    try Module:check_config(Config) of
        ok -> ok;
        {error, Reason} -> throw(Reason)
    catch
        Class:Reason:Stack ->
            is_missing(Reason, Stack, {Module, check_config, [Config]}) orelse
                throw({callback_crashed, {Class, Reason, logger:filter_stacktrace(?MODULE, Stack)}})
    end.

%% What should happen when there are too many events: settings of the proxy and of handlers.
check_overload(Options) ->
    maps:foreach(fun(Key, Value) -> is_overload(Key, Value) orelse throw({invalid_olp_config, #{Key => Value}}) end, Options),
    #{sync_mode_qlen := Sync, drop_mode_qlen := Drop, flush_qlen := Flush} = Options,
    Drop > 1 andalso Sync =< Drop andalso Drop =< Flush orelse
        throw({invalid_olp_levels, maps:with([sync_mode_qlen, drop_mode_qlen, flush_qlen], Options)}).

is_overload(Key, Value) when Key =:= burst_limit_enable; Key =:= overload_kill_enable -> is_boolean(Value);
is_overload(overload_kill_restart_after, infinity) -> true;
is_overload(Key, Value) ->
    is_integer(Value) andalso lists:member(Key, [sync_mode_qlen, drop_mode_qlen, flush_qlen, burst_limit_max_count,
                                                 burst_limit_window_time, overload_kill_qlen, overload_kill_mem_size,
                                                 overload_kill_restart_after]).

new_handler(Id, _, _) when not is_atom(Id) -> throw({invalid_id, Id});
new_handler(_, Module, _) when not is_atom(Module) -> throw({invalid_module, Module});
new_handler(Id, Module, Config) ->
    check(handler, Config),
    maps:merge(#{level => all, filters => [], filter_default => log, formatter => {logger_formatter, #{}}},
               Config#{id => Id, module => Module}).

%% --- functions of handlers

is_within_handler() -> get('$logger_cb_process') =:= true.

%% Module:Function(Arguments), or Default if there is no such function. In a process of its own, so that the caller goes
%% on whatever happens there.
call(Module, Function, Arguments, Default) ->
    Caller = self(),
    Answer = make_ref(),
    {Pid, Monitor} = spawn_monitor(fun() ->
        put('$logger_cb_process', true),
        Caller ! {Answer, called(Module, Function, Arguments, Default)}
    end),
    receive
        {Answer, Result} ->
            demonitor(Monitor, [flush]),
            Result;
        {'DOWN', Monitor, _, _, Reason} ->
            tell(error, #{}, [{logger, process_exited}, {process, Pid}, {reason, Reason}]),
            {error, {logger_process_exited, Pid, Reason}}
    end.

%% changing_config/2 is what handlers had before OTP 21.2.
called(Module, Function, Arguments, Default) ->
    try apply(Module, Function, Arguments)
    catch
        Class:Reason:Stack ->
            case is_missing(Reason, Stack, {Module, Function, Arguments}) of
                true when Function =:= changing_config, length(Arguments) =:= 3 ->
                    called(Module, Function, tl(Arguments), Default);
                true -> Default;
                false ->
                    Why = {Class, Reason, logger:filter_stacktrace(?MODULE, Stack)},
                    tell(error, #{}, [{logger, callback_crashed}, {process, logger}, {reason, Why}]),
                    {error, {callback_crashed, Why}}
            end
    end.

is_missing(undef, [{Module, Function, Arguments, _} | _], Call) -> {Module, Function, Arguments} =:= Call;
is_missing(_, _, _) -> false.
