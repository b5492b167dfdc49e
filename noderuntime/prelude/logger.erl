%% Events go through the filters to the handlers, and to the node of the group leader, if that is another one. The
%% handler `default` gives them to our log.
-module(logger).
-export([allow/2, macro_log/3, macro_log/4, macro_log/5, add_default_metadata/1, log/2, log/3, log/4, compare_levels/2,
         timestamp/0, get_process_metadata/0, set_process_metadata/1, update_process_metadata/1, unset_process_metadata/0]).
-export([get_config/0, get_primary_config/0, get_handler_config/0, get_handler_config/1, get_handler_ids/0,
         get_proxy_config/0, get_module_level/0, get_module_level/1, set_primary_config/1, set_primary_config/2,
         update_primary_config/1, set_module_level/2, unset_module_level/0, unset_module_level/1,
         set_application_level/2, unset_application_level/1, add_primary_filter/2, remove_primary_filter/1,
         add_handler/3, remove_handler/1, add_handlers/1, set_handler_config/2, set_handler_config/3,
         update_handler_config/2, update_handler_config/3, update_formatter_config/2, update_formatter_config/3,
         add_handler_filter/3, remove_handler_filter/2, set_proxy_config/1, update_proxy_config/1, reconfigure/0]).
-export([format_report/1, format_otp_report/1, is_level/1, to_log/2]).
-export([emergency/1, emergency/2, emergency/3, alert/1, alert/2, alert/3, critical/1, critical/2, critical/3,
         error/1, error/2, error/3, warning/1, warning/2, warning/3, notice/1, notice/2, notice/3,
         info/1, info/2, info/3, debug/1, debug/2, debug/3]).

-define(SYSTEM_LEVELS, [none, emergency, alert, critical, error, warning, notice, info, debug, all]).

is_level(Level) -> lists:member(Level, ?SYSTEM_LEVELS).

allow(Level, Module) when is_atom(Level) ->
    #{primary := #{level := Primary}, modules := Levels} = logger_server:settings(),
    rank(Level) =< rank(maps:get(Module, Levels, Primary)).

%% Used by the macros of logger.hrl, which have asked allow/2.
macro_log(Location, Level, What) -> event(Level, message(What), Location, #{}).
macro_log(Location, Level, What, Metadata) when is_map(Metadata), not is_function(What) ->
    event(Level, message(What), Location, Metadata);
macro_log(Location, Level, Format, Arguments) -> event(Level, {Format, Arguments}, Location, #{}).
macro_log(Location, Level, Format, Arguments, Metadata) -> event(Level, {Format, Arguments}, Location, Metadata).

log(Level, What) -> allow(Level, none) andalso event(Level, message(What), #{}, #{}), ok.
log(Level, What, Metadata) when is_map(Metadata), not is_function(What) ->
    allow(Level, none) andalso event(Level, message(What), #{}, Metadata),
    ok;
log(Level, Format, Arguments) -> log(Level, Format, Arguments, #{}).
log(Level, Format, Arguments, Metadata) ->
    allow(Level, none) andalso event(Level, {Format, Arguments}, #{}, Metadata),
    ok.

message(Report) when is_map(Report) -> {report, Report};
message([{_, _} | _] = Report) -> {report, Report};
message(Text) -> {string, Text}.

%% A fun is called only if its event is allowed.
event(Level, {Fun, Argument}, Location, Metadata) when is_function(Fun, 1) ->
    try Fun(Argument) of
        {Format, Arguments} when is_list(Arguments) -> handle(Level, {Format, Arguments}, Location, Metadata);
        {What, More} when is_map(More) -> handle(Level, message(What), Location, maps:merge(Metadata, More));
        ignore -> ok;
        What -> handle(Level, message(What), Location, Metadata)
    catch Class:Reason ->
        handle(Level, {"LAZY_FUN CRASH: ~tp; Reason: ~tp", [{Fun, Argument}, {Class, Reason}]}, Location, Metadata)
    end;
event(Level, Message, Location, Metadata) -> handle(Level, Message, Location, Metadata).

%% The metadata of the call come before those of the process, then come those of the node, then those of the location.
handle(Level, Message, Location, Metadata) ->
    #{primary := Primary} = Settings = logger_server:settings(),
    Event = #{level => Level, msg => Message, meta => add_default_metadata(with_own(Location, Primary, Metadata))},
    case node(map_get(gl, map_get(meta, Event))) of
        Node when Node =/= node() -> to_log(Node, Event);
        _ -> ok
    end,
    case filtered(primary, Event, Primary) of
        stop -> ok;
        Passed -> [handled(Passed, Handler) || Handler <- maps:get(handlers, Settings)], ok
    end.

with_own(Location, #{metadata := Primary}, Metadata) ->
    Own = case get_process_metadata() of
              undefined -> #{};
              Set -> Set
          end,
    maps:merge(maps:merge(maps:merge(Location, Primary), Own), Metadata).

add_default_metadata(Metadata) -> maps:merge(#{pid => self(), gl => group_leader(), time => timestamp()}, Metadata).

handled(#{level := Level} = Event, {Id, #{level := Least, '$log' := Log} = Config}) ->
    case rank(Level) =< rank(Least) andalso filtered(Id, Event, Config) of
        false -> ok;
        stop -> ok;
        Passed ->
            try Log(Passed, visible(Config))
            catch _:_ ->
                remove_handler(Id) =:= ok andalso logger:error("Logger - error: ~0tp", [{removed_failing_handler, Id}], #{}),
                ok
            end
    end.

filtered(Owner, Event, #{filters := Filters, filter_default := Default}) -> filtered(Owner, Event, Filters, Default).
filtered(_, Event, [], log) -> Event;
filtered(_, _, [], stop) -> stop;
filtered(Owner, Event, [{Id, {Fun, Argument}} | Rest], Default) ->
    try Fun(Event, Argument) of
        stop -> stop;
        ignore -> filtered(Owner, Event, Rest, Default);
        #{level := _, msg := _, meta := _} = Passed -> filtered(Owner, Passed, Rest, log);
        _ -> filter_fails(Owner, Id, Event, Rest, Default)
    catch _:_ -> filter_fails(Owner, Id, Event, Rest, Default)
    end.

filter_fails(Owner, Id, Event, Rest, Default) ->
    remove_filter(Owner, Id) =:= ok andalso logger:error("Logger - error: ~0tp", [{removed_failing_filter, Id}], #{}),
    filtered(Owner, Event, Rest, Default).

%% The message that OTP's logger_proxy, or our own service of that name, takes.
to_log(Node, #{level := Level, msg := Message, meta := Metadata}) ->
    {logger_proxy, Node} ! case Message of
                               {report, Report} -> {log, Level, Report, Metadata};
                               {string, Text} -> {log, Level, Text, Metadata};
                               {Format, Arguments} -> {log, Level, Format, Arguments, Metadata}
                           end,
    ok.

emergency(Report) -> log(emergency, Report).
emergency(Report, More) -> log(emergency, Report, More).
emergency(Format, Arguments, Metadata) -> log(emergency, Format, Arguments, Metadata).
alert(Report) -> log(alert, Report).
alert(Report, More) -> log(alert, Report, More).
alert(Format, Arguments, Metadata) -> log(alert, Format, Arguments, Metadata).
critical(Report) -> log(critical, Report).
critical(Report, More) -> log(critical, Report, More).
critical(Format, Arguments, Metadata) -> log(critical, Format, Arguments, Metadata).
error(Report) -> log(error, Report).
error(Report, More) -> log(error, Report, More).
error(Format, Arguments, Metadata) -> log(error, Format, Arguments, Metadata).
warning(Report) -> log(warning, Report).
warning(Report, More) -> log(warning, Report, More).
warning(Format, Arguments, Metadata) -> log(warning, Format, Arguments, Metadata).
notice(Report) -> log(notice, Report).
notice(Report, More) -> log(notice, Report, More).
notice(Format, Arguments, Metadata) -> log(notice, Format, Arguments, Metadata).
info(Report) -> log(info, Report).
info(Report, More) -> log(info, Report, More).
info(Format, Arguments, Metadata) -> log(info, Format, Arguments, Metadata).
debug(Report) -> log(debug, Report).
debug(Report, More) -> log(debug, Report, More).
debug(Format, Arguments, Metadata) -> log(debug, Format, Arguments, Metadata).

compare_levels(A, B) ->
    is_level(A) andalso is_level(B) orelse erlang:error(badarg, [A, B]),
    Rank = rank(A),
    case rank(B) of
        Rank -> eq;
        Lower when Lower > Rank -> gt;
        _ -> lt
    end.

rank(none) -> -1;
rank(emergency) -> 0;
rank(alert) -> 1;
rank(critical) -> 2;
rank(error) -> 3;
rank(warning) -> 4;
rank(notice) -> 5;
rank(info) -> 6;
rank(debug) -> 7;
rank(all) -> 10;
rank(_) -> erlang:error(badarg).

timestamp() -> erlang:system_time(microsecond).

get_process_metadata() -> get('$logger_metadata$').
set_process_metadata(Metadata) when is_map(Metadata) ->
    put('$logger_metadata$', Metadata),
    ok;
set_process_metadata(Metadata) -> erlang:error(badarg, [Metadata]).
update_process_metadata(Metadata) when is_map(Metadata) ->
    case get_process_metadata() of
        undefined -> set_process_metadata(Metadata);
        Before -> set_process_metadata(maps:merge(Before, Metadata))
    end;
update_process_metadata(Metadata) -> erlang:error(badarg, [Metadata]).
unset_process_metadata() ->
    erase('$logger_metadata$'),
    ok.

%% --- settings

%% Without what only this module uses.
visible(Config) -> maps:remove('$log', Config).

get_config() ->
    #{primary => get_primary_config(), handlers => get_handler_config(), proxy => get_proxy_config(),
      module_levels => lists:reverse(get_module_level())}.
get_primary_config() -> maps:get(primary, logger_server:settings()).
get_proxy_config() -> maps:get(proxy, logger_server:settings()).
get_handler_ids() -> [Id || {Id, _} <- maps:get(handlers, logger_server:settings())].
get_handler_config() -> [shown(Config) || {_, Config} <- maps:get(handlers, logger_server:settings())].
get_handler_config(Id) ->
    case logger_server:handler(Id, logger_server:settings()) of
        {ok, Config} -> {ok, shown(Config)};
        Error -> Error
    end.

shown(#{module := Module} = Config) ->
    case logger_server:call(Module, filter_config, [visible(Config)], visible(Config)) of
        Shown when is_map(Shown) -> Shown;
        _ -> visible(Config)
    end.

get_module_level() -> lists:sort(maps:to_list(maps:get(modules, logger_server:settings()))).
get_module_level(Module) when is_atom(Module) -> get_module_level([Module]);
get_module_level(Modules) when is_list(Modules) -> [Row || {Module, _} = Row <- get_module_level(), lists:member(Module, Modules)].

%% Checks, and then changes; what is thrown is the reason.
change(Change) ->
    try logger_server:change(Change)
    catch throw:Reason -> {error, Reason}
    end.

set_primary_config(Key, Value) -> update_primary_config(#{Key => Value}).
set_primary_config(Config) ->
    primary(fun(_) -> #{level => notice, filters => [], filter_default => log, metadata => #{}} end, Config).
update_primary_config(Config) -> primary(fun(Before) -> Before end, Config).

primary(Base, Config) ->
    change(fun(#{primary := Before} = Settings) ->
        logger_server:check(primary, Config),
        {ok, Settings#{primary => maps:merge(Base(Before), Config)}}
    end).

set_module_level(Module, Level) when is_atom(Module) -> set_module_level([Module], Level);
set_module_level(Modules, Level) ->
    change(fun(#{modules := Before} = Settings) ->
        is_modules(Modules) orelse throw({not_a_list_of_modules, Modules}),
        is_level(Level) orelse throw({invalid_level, Level}),
        {ok, Settings#{modules => lists:foldl(fun(Module, Map) -> Map#{Module => Level} end, Before, Modules)}}
    end).

unset_module_level() -> change(fun(Settings) -> {ok, Settings#{modules => #{}}} end).
unset_module_level(Module) when is_atom(Module) -> unset_module_level([Module]);
unset_module_level(Modules) ->
    change(fun(#{modules := Before} = Settings) ->
        is_modules(Modules) orelse throw({not_a_list_of_modules, Modules}),
        {ok, Settings#{modules => maps:without(Modules, Before)}}
    end).

is_modules(Modules) -> is_list(Modules) andalso lists:all(fun is_atom/1, Modules).

set_application_level(Application, Level) -> with_modules(Application, fun(Modules) -> set_module_level(Modules, Level) end).
unset_application_level(Application) -> with_modules(Application, fun unset_module_level/1).

with_modules(Application, Use) ->
    case application:get_key(Application, modules) of
        {ok, Modules} -> Use(Modules);
        undefined -> {error, {not_loaded, Application}}
    end.

%% --- filters

add_primary_filter(Id, Filter) -> add_filter(primary, Id, Filter).
add_handler_filter(Handler, Id, Filter) -> add_filter(Handler, Id, Filter).
remove_primary_filter(Id) -> remove_filter(primary, Id).
remove_handler_filter(Handler, Id) -> remove_filter(Handler, Id).

add_filter(Owner, Id, Filter) ->
    change_filters(Owner, fun(Filters) ->
        logger_server:check_filter({Id, Filter}),
        lists:keymember(Id, 1, Filters) andalso throw({already_exist, Id}),
        Filters ++ [{Id, Filter}]
    end).

remove_filter(Owner, Id) ->
    change_filters(Owner, fun(Filters) ->
        lists:keymember(Id, 1, Filters) orelse throw({not_found, Id}),
        lists:keydelete(Id, 1, Filters)
    end).

change_filters(primary, Change) ->
    change(fun(#{primary := #{filters := Filters} = Primary} = Settings) ->
        {ok, Settings#{primary => Primary#{filters => Change(Filters)}}}
    end);
change_filters(Id, Change) ->
    change(fun(Settings) ->
        case logger_server:handler(Id, Settings) of
            {ok, #{filters := Filters} = Config} -> {ok, replace(Config#{filters => Change(Filters)}, Settings)};
            Error -> Error
        end
    end).

%% --- handlers

replace(#{id := Id} = Config, #{handlers := Handlers} = Settings) ->
    Settings#{handlers => lists:keyreplace(Id, 1, Handlers, {Id, Config})}.

add_handler(Id, Module, Given) ->
    change(fun(#{handlers := Handlers} = Settings) ->
        New = logger_server:new_handler(Id, Module, Given),
        lists:keymember(Id, 1, Handlers) andalso throw({already_exist, Id}),
        case logger_server:call(Module, adding_handler, [New], {ok, New}) of
            {ok, Config} ->
                code:ensure_loaded(Module),
                erlang:function_exported(Module, log, 2) orelse throw({invalid_handler, {function_not_exported, {Module, log, 2}}}),
                {ok, Settings#{handlers => [{Id, Config#{'$log' => fun(Event, Own) -> Module:log(Event, Own) end}} | Handlers]}};
            {error, Reason} -> {error, {handler_not_added, Reason}}
        end
    end).

remove_handler(Id) ->
    change(fun(#{handlers := Handlers} = Settings) ->
        case logger_server:handler(Id, Settings) of
            {ok, #{module := Module} = Config} ->
                logger_server:call(Module, removing_handler, [visible(Config)], ok),
                {ok, Settings#{handlers => lists:keydelete(Id, 1, Handlers)}};
            Error -> Error
        end
    end).

%% The handlers in the environment of an application, in its key logger.
add_handlers(Application) when is_atom(Application) -> add_handlers(application:get_env(Application, logger, []));
add_handlers(List) when is_list(List) ->
    Wanted = [{Id, Module, Config} || {handler, Id, Module, Config} <- List],
    first_error([add_handler(Id, Module, Config) || {Id, Module, Config} <- Wanted]).

first_error(Results) ->
    case [Error || Error <- Results, Error =/= ok] of
        [] -> ok;
        [First | _] -> First
    end.

set_handler_config(Id, Key, Value) ->
    change_handler(Id, set, #{Key => Value}, fun(Before) -> Before end).
set_handler_config(Id, Config) ->
    change_handler(Id, set, Config, fun(#{module := Module}) -> logger_server:new_handler(Id, Module, #{}) end).
update_handler_config(Id, Key, Value) -> update_handler_config(Id, #{Key => Value}).
update_handler_config(Id, Config) -> change_handler(Id, update, Config, fun(Before) -> Before end).

change_handler(Id, Set, Given, Base) ->
    change(fun(Settings) ->
        is_atom(Id) orelse throw({invalid_id, Id}),
        logger_server:check(handler, Given),
        case logger_server:handler(Id, Settings) of
            {ok, #{module := Module, '$log' := Log} = Config} ->
                Before = visible(Config),
                Wanted = maps:merge(Base(Before), Given),
                Changed = [Key || Key <- [id, module], maps:get(Key, Wanted) =/= maps:get(Key, Before)],
                Changed =:= [] orelse throw({illegal_config_change, maps:with(Changed, Before), maps:with(Changed, Wanted)}),
                case logger_server:call(Module, changing_config, [Set, Before, Wanted], {ok, Wanted}) of
                    {ok, New} -> {ok, replace(New#{'$log' => Log}, Settings)};
                    Error -> Error
                end;
            Error -> Error
        end
    end).

update_formatter_config(Id, Key, Value) -> update_formatter_config(Id, #{Key => Value}).
update_formatter_config(Id, Given) ->
    change(fun(Settings) ->
        case logger_server:handler(Id, Settings) of
            {ok, #{formatter := {Module, Before}} = Config} ->
                is_map(Given) orelse throw({invalid_formatter_config, Given}),
                Formatter = {Module, maps:merge(Before, Given)},
                logger_server:check(handler, #{formatter => Formatter}),
                {ok, replace(Config#{formatter => Formatter}, Settings)};
            Error -> Error
        end
    end).

%% --- the proxy has no queue here; the settings are kept

set_proxy_config(Config) -> update_proxy_config(Config).
update_proxy_config(Given) ->
    change(fun(#{proxy := Before} = Settings) ->
        is_map(Given) orelse throw({invalid_config, Given}),
        Unknown = maps:without(maps:keys(Before), Given),
        map_size(Unknown) =:= 0 orelse throw({invalid_olp_config, Unknown}),
        {ok, Settings#{proxy => maps:merge(Before, Given)}}
    end).

reconfigure() ->
    change(fun(Settings) ->
        [logger_server:call(Module, removing_handler, [visible(Config)], ok)
         || {Id, #{module := Module} = Config} <- maps:get(handlers, Settings), Id =/= default],
        {ok, logger_server:first_settings()}
    end).

%% --- reports as text

format_otp_report(#{label := _, report := Report}) -> format_report(Report);
format_otp_report(Report) -> format_report(Report).

format_report(Report) when is_map(Report) -> format_report(maps:to_list(Report));
format_report([_ | _] = Report) ->
    case is_text(Report) of
        true -> {"~ts", [Report]};
        false -> lines(Report, [], [])
    end;
format_report(Report) -> {"~tp", [Report]}.

lines([{Key, Value} | Rest], Formats, Arguments) ->
    Format = case is_text(Value) of
                 true -> "    ~tp: ~ts";
                 false -> "    ~tp: ~tp"
             end,
    lines(Rest, [Format | Formats], [Value, Key | Arguments]);
lines([Value | Rest], Formats, Arguments) -> lines(Rest, ["    ~tp" | Formats], [Value | Arguments]);
lines(_, Formats, Arguments) -> {lists:append(lists:join("\n", lists:reverse(Formats))), lists:reverse(Arguments)}.

is_text([_ | _] = Value) -> is_printable(Value);
is_text(_) -> false.

is_printable([]) -> true;
is_printable([C | Rest]) when is_integer(C), (C >= $\s andalso C =< $~ orelse C >= 16#A0 andalso C < 16#D800
                                             orelse C > 16#DFFF andalso C < 16#FFFE orelse C > 16#FFFF andalso C =< 16#10FFFF
                                             orelse C >= $\b andalso C =< $\r orelse C =:= $\e) ->
    is_printable(Rest);
is_printable(_) -> false.
