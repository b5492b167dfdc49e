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
-export([format_report/1, format_otp_report/1, filter_stacktrace/2, internal_log/2, i/0, i/1]).
-export([is_level/1, to_log/2, reported/2]).
-export([emergency/1, emergency/2, emergency/3, alert/1, alert/2, alert/3, critical/1, critical/2, critical/3,
         error/1, error/2, error/3, warning/1, warning/2, warning/3, notice/1, notice/2, notice/3,
         info/1, info/2, info/3, debug/1, debug/2, debug/3]).

-define(SYSTEM_LEVELS, [none, emergency, alert, critical, error, warning, notice, info, debug, all]).
-define(IS_TEXT(Text), (is_list(Text) orelse is_binary(Text))).
-define(IS_FORMAT(Format), (is_list(Format) orelse is_binary(Format) orelse is_atom(Format))).
-define(IS_REPORT(Report), (is_map(Report) orelse is_list(Report) andalso is_tuple(hd(Report)))).

is_level(Level) -> lists:member(Level, ?SYSTEM_LEVELS).

allow(Level, Module) when is_atom(Module) ->
    #{primary := #{level := Primary}, modules := Levels} = logger_server:settings(),
    severity(Level) =< rank(maps:get(Module, Levels, Primary)).

%% Used by the macros of logger.hrl, which have asked allow/2.
macro_log(Location, Level, What) -> event(Level, What, Location, #{}).
macro_log(Location, Level, What, Metadata) when is_map(Metadata), not is_function(What) ->
    event(Level, What, Location, Metadata);
macro_log(Location, Level, Format, Arguments) -> event(Level, {Format, Arguments}, Location, #{}).
macro_log(Location, Level, Format, Arguments, Metadata) -> event(Level, {Format, Arguments}, Location, Metadata).

log(Level, What) -> allowed_event(Level, What, #{}).
log(Level, What, Metadata) when is_map(Metadata), not is_function(What) -> allowed_event(Level, What, Metadata);
log(Level, Format, Arguments) -> allowed_event(Level, {Format, Arguments}, #{}).
log(Level, Format, Arguments, Metadata) -> allowed_event(Level, {Format, Arguments}, Metadata).

%% The level of a module counts if the metadata name the module.
allowed_event(Level, What, Metadata) ->
    Allowed = case Metadata of
                  #{mfa := {Module, _, _}} -> allow(Level, Module);
                  _ -> severity(Level) =< rank(map_get(level, get_primary_config()))
              end,
    Allowed andalso event(Level, What, #{}, Metadata),
    ok.

%% A fun is called only if its event is allowed.
event(Level, {Fun, Argument}, Location, Metadata) when is_function(Fun, 1) ->
    try Fun(Argument) of
        {What, #{} = More} -> made(Level, What, {Fun, Argument}, Location, maps:merge(Metadata, More));
        What -> made(Level, What, {Fun, Argument}, Location, Metadata)
    catch Class:Reason ->
        handle(Level, {"LAZY_FUN CRASH: ~tp; Reason: ~tp", [{Fun, Argument}, {Class, Reason}]}, Location, Metadata)
    end;
event(Level, {Format, Arguments}, Location, Metadata) when ?IS_FORMAT(Format), is_list(Arguments), is_map(Metadata) ->
    handle(Level, {format(Format), Arguments}, Location, Metadata);
event(Level, Report, Location, Metadata) when ?IS_REPORT(Report), is_map(Metadata) ->
    handle(Level, {report, Report}, Location, Metadata);
event(Level, Text, Location, Metadata) when ?IS_TEXT(Text), is_map(Metadata) ->
    handle(Level, {string, Text}, Location, Metadata).

format(Format) when is_atom(Format) -> atom_to_list(Format);
format(Format) -> Format.

made(_, ignore, _, _, _) -> ok;
made(Level, {Format, Arguments} = What, _, Location, Metadata) when ?IS_FORMAT(Format), is_list(Arguments) ->
    event(Level, What, Location, Metadata);
made(Level, What, _, Location, Metadata) when ?IS_REPORT(What); ?IS_TEXT(What) -> event(Level, What, Location, Metadata);
made(Level, What, Call, Location, Metadata) ->
    handle(Level, {"LAZY_FUN ERROR: ~tp; Returned: ~tp", [Call, What]}, Location, Metadata).

handle(Level, Message, Location, Metadata) ->
    severity(Level),
    #{primary := Primary} = Settings = logger_server:settings(),
    Event = #{level => Level, msg => Message, meta => add_default_metadata(with_own(Location, Primary, Metadata))},
    case node(map_get(gl, map_get(meta, Event))) of
        Node when Node =/= node() -> to_log(Node, Event);
        _ -> ok
    end,
    through_filters(Event, Settings, maps:get(handlers, Settings)).

through_filters(Event, #{primary := Primary}, Handlers) ->
    case filtered(primary, Event, Primary) of
        stop -> ok;
        Passed -> [handled(Passed, Handler) || Handler <- Handlers], ok
    end.

%% An event that is in our log or in that of another node already: the report of a process that crashed, or what another
%% node sent. The default handler gets it only if it prints with a formatter of its own.
reported(Level, [_ | _] = What) ->
    {Message, Metadata} = case What of
                              [Report, Given] when ?IS_REPORT(Report), is_map(Given) -> {{report, Report}, Given};
                              [Text, Given] when ?IS_TEXT(Text), is_map(Given) -> {{string, Text}, Given};
                              [Format, Arguments, Given] when ?IS_FORMAT(Format), is_list(Arguments), is_map(Given) ->
                                  {{format(Format), Arguments}, Given}
                          end,
    #{primary := #{metadata := Primary}} = Settings = logger_server:settings(),
    Event = #{level => Level, msg => Message, meta => add_default_metadata(maps:merge(Primary, Metadata))},
    Handlers = [Handler || {_, Config} = Handler <- maps:get(handlers, Settings), not logger_std_h:is_to_our_log(Config)],
    allow(Level, none) andalso through_filters(Event, Settings, Handlers).

%% The metadata of the call come before those of the process, then come those of the node, then those of the location.
with_own(Location, #{metadata := Primary}, Metadata) ->
    Own = case get_process_metadata() of
              #{} = Set -> Set;
              _ -> #{}
          end,
    maps:merge(maps:merge(maps:merge(Location, Primary), Own), Metadata).

add_default_metadata(Metadata) -> maps:merge(#{pid => self(), gl => group_leader(), time => timestamp()}, Metadata).

handled(#{level := Level} = Event, {Id, #{level := Least, module := Module, '$log' := Log} = Config}) ->
    case rank(Level) =< rank(Least) andalso filtered(Id, Event, Config) of
        false -> ok;
        stop -> ok;
        Passed ->
            Seen = maps:without(['$log', level, filters, filter_default], Config),
            try Log(Passed, Seen)
            catch Class:Reason:Stack ->
                Why = {Class, Reason, filter_stacktrace(?MODULE, Stack)},
                case remove_handler(Id) of
                    ok ->
                        internal_log(error, {removed_failing_handler, Id}),
                        logger_server:tell(debug, Passed, [{logger, removed_failing_handler}, {handler, {Id, Module}},
                                                           {log_event, Passed}, {config, Seen}, {reason, Why}]);
                    {error, {not_found, _}} -> ok;
                    {error, Error} ->
                        logger_server:tell(debug, Passed, [{logger, remove_handler_failed}, {reason, Error}])
                end
            end
    end.

filtered(Owner, Event, #{filters := Filters, filter_default := Default}) ->
    case filtered(Owner, Event, Filters, ignore) of
        ignore when Default =:= log -> Event;
        ignore -> stop;
        Result -> Result
    end.

%% The filters behind one that fails do not see the event.
filtered(_, _, [], ignore) -> ignore;
filtered(_, Event, [], passed) -> Event;
filtered(Owner, Event, [{_, {Fun, Argument}} = Filter | Rest], Before) ->
    try Fun(Event, Argument) of
        stop -> stop;
        ignore -> filtered(Owner, Event, Rest, Before);
        Passed ->
            case is_event(Passed) of
                true -> filtered(Owner, Passed, Rest, passed);
                false -> filter_fails(Owner, Filter, Event, {bad_return_value, Passed})
            end
    catch
        Class:Reason:Stack -> filter_fails(Owner, Filter, Event, {Class, Reason, filter_stacktrace(?MODULE, Stack)})
    end.

is_event(#{level := Level, msg := Message, meta := Metadata}) -> is_atom(Level) andalso is_map(Metadata) andalso is_message(Message);
is_event(_) -> false.

is_message({report, Report}) when ?IS_REPORT(Report) -> true;
is_message({string, Text}) when ?IS_TEXT(Text) -> true;
is_message({Format, Arguments}) -> ?IS_FORMAT(Format) andalso is_list(Arguments);
is_message(_) -> false.

filter_fails(Owner, {Id, _} = Filter, Event, Reason) ->
    case remove_filter(Owner, Id) of
        ok ->
            internal_log(error, {removed_failing_filter, Id}),
            logger_server:tell(debug, Event, [{logger, removed_failing_filter}, {filter, Filter}, {owner, Owner},
                                              {log_event, Event}, {reason, Reason}]);
        _ -> ok
    end,
    ignore.

%% What the logger itself cannot tell by an event.
internal_log(Level, Term) when is_atom(Level) ->
    to_log(node(), #{level => Level, msg => {"Logger - ~ts: ~0tp", [Level, Term]}, meta => add_default_metadata(#{})}).

%% The frames before the first one of Module.
filter_stacktrace(Module, Stack) -> lists:takewhile(fun(Frame) -> element(1, Frame) =/= Module end, Stack).

%% The message that OTP's logger_proxy, or our own service of that name, takes. Ours does not give back what comes from here.
to_log(Node, #{level := Level, msg := Message, meta := Metadata}) ->
    Tag = case Node =:= node() of
              true -> own_log;
              false -> log
          end,
    {logger_proxy, Node} ! case Message of
                               {report, Report} -> {Tag, Level, Report, Metadata};
                               {string, Text} -> {Tag, Level, Text, Metadata};
                               {Format, Arguments} -> {Tag, Level, Format, Arguments, Metadata}
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

%% Of an event, and so that higher numbers are less severe.
severity(emergency) -> 0;
severity(alert) -> 1;
severity(critical) -> 2;
severity(error) -> 3;
severity(warning) -> 4;
severity(notice) -> 5;
severity(info) -> 6;
severity(debug) -> 7.

rank(none) -> -1;
rank(all) -> 10;
rank(Level) -> severity(Level).

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
    try Module:filter_config(visible(Config))
    catch error:undef -> visible(Config)
    end.

get_module_level() -> lists:sort(maps:to_list(maps:get(modules, logger_server:settings()))).
get_module_level(Module) when is_atom(Module) -> get_module_level([Module]);
get_module_level(Modules) when is_list(Modules) -> [Row || {Module, _} = Row <- get_module_level(), lists:member(Module, Modules)].

%% Changes the settings; what is thrown is the reason.
change(Change) ->
    try logger_server:change(Change)
    catch throw:Reason -> {error, Reason}
    end.

%% Do() calls functions of handlers. A function of a handler can neither do that itself, nor change what handlers get.
%% Check() may call formatters, so it does not belong to the turn: these may change settings too.
for_handlers(Request, Check, Do) ->
    not_within_handler(Request, fun() ->
        try
            Checked = Check(),
            logger_server:in_turn(handlers, fun() -> Do(Checked) end)
        catch throw:Reason -> {error, Reason}
        end
    end).

not_within_handler(Request, Do) ->
    case logger_server:is_within_handler() of
        true -> {error, {attempting_syncronous_call_to_self, Request}};
        false -> Do()
    end.

set_primary_config(Key, Value) -> update_primary_config(#{Key => Value}).
set_primary_config(Config) ->
    primary(set, fun(_) -> #{level => notice, filters => [], filter_default => log, metadata => #{}} end, Config).
update_primary_config(Config) -> primary(update, fun(Before) -> Before end, Config).

primary(Set, Base, Config) ->
    not_within_handler({change_config, Set, primary, Config}, fun() ->
        change(fun(#{primary := Before} = Settings) ->
            logger_server:check(primary, Config),
            {ok, Settings#{primary => maps:merge(Base(Before), Config)}}
        end)
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
    not_within_handler({add_filter, Owner, {Id, Filter}}, fun() ->
        change_filters(Owner, fun(Filters) ->
            logger_server:check_filter({Id, Filter}),
            lists:keymember(Id, 1, Filters) andalso throw({already_exist, Id}),
            [{Id, Filter} | Filters]
        end)
    end).

remove_filter(Owner, Id) ->
    not_within_handler({remove_filter, Owner, Id}, fun() ->
        change_filters(Owner, fun(Filters) ->
            lists:keymember(Id, 1, Filters) orelse throw({not_found, Id}),
            lists:keydelete(Id, 1, Filters)
        end)
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
    Check = fun() -> logger_server:new_handler(Id, Module, Given) end,
    for_handlers({add_handler, Id, Module, Given}, Check, fun(New) ->
        #{handlers := Before} = logger_server:settings(),
        lists:keymember(Id, 1, Before) andalso throw({already_exist, Id}),
        case logger_server:call(Module, adding_handler, [New], {ok, New}) of
            {ok, Config} ->
                code:ensure_loaded(Module),
                erlang:function_exported(Module, log, 2) orelse throw({invalid_handler, {function_not_exported, {Module, log, 2}}}),
                Added = Config#{'$log' => fun(Event, Own) -> Module:log(Event, Own) end},
                change(fun(#{handlers := Handlers} = Settings) -> {ok, Settings#{handlers => [{Id, Added} | Handlers]}} end);
            {error, Reason} -> {error, {handler_not_added, Reason}}
        end
    end).

remove_handler(Id) ->
    for_handlers({remove_handler, Id}, fun() -> ok end, fun(_) ->
        case logger_server:handler(Id, logger_server:settings()) of
            {ok, #{module := Module} = Config} ->
                logger_server:call(Module, removing_handler, [visible(Config)], ok),
                change(fun(#{handlers := Handlers} = Settings) ->
                    {ok, Settings#{handlers => lists:keydelete(Id, 1, Handlers)}}
                end);
            Error -> Error
        end
    end).

%% The handlers in the environment of an application, in its key logger.
add_handlers(Application) when is_atom(Application) -> add_handlers(Application, application:get_env(Application, logger, []));
add_handlers(List) -> add_handlers(application:get_application(), List).

%% Those before one that cannot be added stay.
add_handlers(Application, List) ->
    case Application =:= kernel andalso [Options || {proxy, Options} <- List] of
        [_, _ | _] -> {error, {bad_config, {handler, {kernel, {multiple_proxies, List}}}}};
        [Options] ->
            case set_proxy_config(Options) of
                ok -> add_each(kernel, List);
                {error, Reason} -> {error, {bad_proxy_config, Reason}}
            end;
        _ -> add_each(Application, List)
    end.

add_each(Application, List) ->
    try
        are_handlers(Application, List),
        lists:foreach(fun({handler, Id, Module, Config}) -> must(add_handler(Id, Module, Config));
                         (_) -> ok
                      end, List)
    catch throw:Reason ->
        Why = case Application of
                  undefined -> Reason;
                  _ -> {Application, Reason}
              end,
        allow(error, ?MODULE) andalso
            macro_log(#{mfa => {?MODULE, add_handlers, 2}}, error, "Invalid logger handler config: ~p", [Why]),
        {error, {bad_config, {handler, Why}}}
    end.

must(ok) -> ok;
must({error, Reason}) -> throw(Reason).

are_handlers(_, []) -> ok;
are_handlers(Application, [{handler, _, _, _} | Rest]) -> are_handlers(Application, Rest);
are_handlers(kernel, [{handler, default, undefined} | Rest]) -> are_handlers(kernel, Rest);
are_handlers(kernel, [{filters, _, _} | Rest]) -> are_handlers(kernel, Rest);
are_handlers(kernel, [{module_level, _, _} | Rest]) -> are_handlers(kernel, Rest);
are_handlers(kernel, [{proxy, _} | Rest]) -> are_handlers(kernel, Rest);
are_handlers(_, Other) -> throw(Other).

set_handler_config(Id, Key, Value) ->
    change_handler(Id, set, #{Key => Value}, fun(Before) -> Before end).
set_handler_config(Id, Config) ->
    change_handler(Id, set, Config, fun(#{module := Module}) -> logger_server:new_handler(Id, Module, #{}) end).
update_handler_config(Id, Key, Value) -> update_handler_config(Id, #{Key => Value}).
update_handler_config(Id, Config) -> change_handler(Id, update, Config, fun(Before) -> Before end).

change_handler(Id, Set, Given, Base) ->
    Check = fun() ->
        is_atom(Id) orelse throw({invalid_id, Id}),
        logger_server:check(handler, Given)
    end,
    for_handlers({change_config, Set, Id, Given}, Check, fun(_) ->
        case logger_server:handler(Id, logger_server:settings()) of
            {ok, #{module := Module, '$log' := Log} = Config} ->
                Before = visible(Config),
                Wanted = maps:merge(Base(Before), Given),
                Changed = [Key || Key <- [id, module], maps:get(Key, Wanted) =/= maps:get(Key, Before)],
                Changed =:= [] orelse throw({illegal_config_change, maps:with(Changed, Before), maps:with(Changed, Wanted)}),
                case logger_server:call(Module, changing_config, [Set, Before, Wanted], {ok, Wanted}) of
                    {ok, New} -> change(fun(Settings) -> {ok, replace(New#{'$log' => Log}, Settings)} end);
                    Error -> Error
                end;
            Error -> Error
        end
    end).

update_formatter_config(Id, Key, Value) -> update_formatter_config(Id, #{Key => Value}).
update_formatter_config(Id, Given) when is_map(Given) ->
    case logger_server:handler(Id, logger_server:settings()) of
        {ok, #{formatter := {Module, Before}}} ->
            Formatter = {Module, maps:merge(Before, Given)},
            try logger_server:check(handler, #{formatter => Formatter}) of
                _ -> change(fun(Settings) -> with_formatter(Id, Formatter, Settings) end)
            catch throw:Reason -> {error, Reason}
            end;
        Error -> Error
    end;
update_formatter_config(_, Given) -> {error, {invalid_formatter_config, Given}}.

with_formatter(Id, Formatter, Settings) ->
    case logger_server:handler(Id, Settings) of
        {ok, Config} -> {ok, replace(Config#{formatter => Formatter}, Settings)};
        Error -> Error
    end.

%% --- the proxy has no queue here; the settings are kept

set_proxy_config(Config) -> proxy(set, fun(_) -> map_get(proxy, logger_server:first_settings()) end, Config).
update_proxy_config(Config) -> proxy(update, fun(Before) -> Before end, Config).

proxy(Set, Base, Given) ->
    not_within_handler({change_config, Set, proxy, Given}, fun() ->
        change(fun(#{proxy := Before} = Settings) ->
            is_map(Given) orelse throw({invalid_config, Given}),
            New = maps:merge(Base(Before), Given),
            logger_server:check_overload(New),
            {ok, Settings#{proxy => New}}
        end)
    end).

%% What the environment of kernel says. If something there is wrong, nothing changes before it is found.
reconfigure() ->
    Environment = application:get_env(kernel, logger, []),
    try
        are_handlers(kernel, Environment),
        Primary = #{level => wanted_level(), metadata => wanted_metadata(), filter_default => wanted_default(Environment),
                    filters => wanted_filters(Environment)},
        Default = wanted_default_handler(Environment, application:get_env(kernel, error_logger)),
        lists:foreach(fun(Id) -> must(remove_handler(Id)) end, get_handler_ids()),
        unset_module_level(),
        must(set_primary_config(Primary)),
        lists:foreach(fun({module_level, Level, Modules}) -> must(set_module_level(Modules, Level));
                         (_) -> ok
                      end, Environment),
        Default
    of
        List -> add_handlers(kernel, List ++ [Row || Row <- Environment, element(2, Row) =/= default])
    catch throw:Reason ->
        log(error, "Invalid logger config: ~p", [Reason], #{mfa => {?MODULE, ?FUNCTION_NAME, ?FUNCTION_ARITY}}),
        {error, {bad_config, {kernel, Reason}}}
    end.

wanted_level() ->
    Level = application:get_env(kernel, logger_level, notice),
    is_level(Level) orelse throw({logger_level, Level}),
    Level.

wanted_metadata() ->
    Metadata = application:get_env(kernel, logger_metadata, #{}),
    is_map(Metadata) orelse throw({logger_metadata, Metadata}),
    Metadata.

wanted_default(Environment) ->
    case lists:keyfind(filters, 1, Environment) of
        {filters, Default, _} -> Default;
        false -> log
    end.

wanted_filters(Environment) ->
    case [Filters || {filters, _, Filters} <- Environment] of
        [] -> [];
        [Filters] ->
            lists:all(fun({_, _}) -> true; (_) -> false end, Filters) orelse throw({invalid_filters, Filters}),
            lists:foreach(fun logger_server:check_filter/1, Filters),
            lists:reverse(Filters);
        _ -> throw({multiple_filters, Environment})
    end.

%% The second argument is an older way to say where the default handler writes.
wanted_default_handler(_, {ok, Nothing}) when Nothing =:= false; Nothing =:= silent -> [];
wanted_default_handler(Environment, {ok, tty}) -> default_handler(lists:keyfind(default, 2, Environment), standard_io);
wanted_default_handler(Environment, {ok, {file, Name}}) when is_list(Name) ->
    default_handler(lists:keyfind(default, 2, Environment), {file, Name});
wanted_default_handler(_, {ok, Bad}) -> throw({error_logger, Bad});
wanted_default_handler(Environment, undefined) ->
    case lists:keyfind(default, 2, Environment) of
        {handler, default, undefined} -> [];
        Handler -> default_handler(Handler, standard_io)
    end.

default_handler(Handler, Type) ->
    Formatter = #{formatter => {logger_formatter, logger_std_h:format()}},
    {Module, Config} = case Handler of
                           {handler, default, logger_std_h, Given} ->
                               {logger_std_h, maps:merge(Formatter#{config => #{type => Type}}, Given)};
                           {handler, default, Other, Given} -> {Other, maps:merge(Formatter, Given)};
                           _ -> {logger_std_h, Formatter#{config => #{type => Type}}}
                       end,
    Filters = #{filter_default => stop, filters => logger_std_h:filters()},
    [{handler, default, Module, case Config of
                                    #{filters := _} -> Config;
                                    _ -> maps:merge(Filters, Config)
                                end}].

%% --- reports as text

format_otp_report(#{label := _, report := Report}) -> format_report(Report);
format_otp_report(Report) -> format_report(Report).

format_report(Report) when is_map(Report) -> format_report(maps:to_list(Report));
format_report(Report) ->
    try lists:flatten(Report) of
        [] -> {"~tp", [[]]};
        Flat ->
            case io_lib:printable_unicode_list(Flat) of
                true -> {"~ts", [Flat]};
                false -> lines(Report, [], [])
            end
    catch error:_ -> {"~tp", [Report]}
    end.

lines([{Key, Value} | Rest], Formats, Arguments) ->
    Format = case is_text(Value) of
                 true -> "    ~tp: ~ts";
                 false -> "    ~tp: ~tp"
             end,
    lines(Rest, [Format | Formats], [Value, Key | Arguments]);
lines([Value | Rest], Formats, Arguments) -> lines(Rest, ["    ~tp" | Formats], [Value | Arguments]);
lines([], Formats, Arguments) -> {lists:append(lists:join("\n", lists:reverse(Formats))), lists:reverse(Arguments)}.

is_text(Value) ->
    try lists:flatten(Value) of
        [] -> false;
        Flat -> io_lib:printable_unicode_list(Flat)
    catch error:_ -> false
    end.

%% --- settings as text

i() -> lists:foreach(fun i/1, [primary, handlers, proxy, modules]).

i(primary) ->
    #{level := Level, filters := Filters, filter_default := Default} = get_primary_config(),
    io:format("Primary configuration: ~n    Level: ~p~n    Filter Default: ~p~n    Filters: ~n", [Level, Default]),
    print_filters("        ", Filters);
i(handlers) -> print_handlers(get_handler_config());
i(proxy) ->
    io:format("Proxy configuration: ~n"),
    print_settings("    ", get_proxy_config());
i(modules) ->
    io:format("Level set per module: ~n"),
    print_each(fun({Module, Level}) -> print("    Module: ~p~n        Level: ~p~n", [Module, Level]) end, "    ", get_module_level());
i(Id) when is_atom(Id) ->
    case get_handler_config(Id) of
        {ok, Config} -> print_handlers([Config]);
        Error -> Error
    end;
i(What) -> erlang:error(badarg, [What]).

print_handlers(Configs) ->
    io:format("Handler configuration: ~n"),
    print_each(fun print_handler/1, "    ", Configs).

print_handler(#{id := Id, module := Module, level := Level, formatter := {Formatter, Format}, filters := Filters,
                filter_default := Default} = Config) ->
    print("    Id: ~p~n        Module: ~p~n        Level:  ~p~n        Formatter:~n            Module: ~p~n"
          "            Config:~n", [Id, Module, Level, Formatter]),
    print_settings("                ", Format),
    io:format("        Filter Default: ~p~n        Filters:~n", [Default]),
    print_filters("            ", Filters),
    case Config of
        #{config := Own} ->
            io:format("        Handler Config:~n"),
            print_settings("            ", Own);
        _ -> ok
    end,
    case maps:without([id, module, level, formatter, filters, filter_default, config], Config) of
        None when map_size(None) =:= 0 -> ok;
        More ->
            io:format("        Custom Config:~n"),
            print_settings("            ", More)
    end.

print_filters(Indent, Filters) ->
    print_each(fun({Id, {Fun, Argument}}) ->
                   print("~sId: ~p~n~s    Fun: ~p~n~s    Arg: ~p~n", [Indent, Id, Indent, Fun, Indent, Argument])
               end, Indent, Filters).

print_each(_, Indent, []) -> io:format("~s(none)~n", [Indent]);
print_each(Print, _, List) -> lists:foreach(Print, List).

print_settings(Indent, Map) when is_map(Map) -> print_settings(Indent, lists:keysort(1, maps:to_list(Map)));
print_settings(Indent, [First | _] = List) when is_tuple(First) -> lists:foreach(fun(Item) -> print_settings(Indent, Item) end, List);
print_settings(Indent, {Key, Value}) -> print("~s~p: ~p~n", [Indent, Key, Value]);
print_settings(Indent, Value) -> print("~s~p~n", [Indent, Value]).

%% With Unicode characters, if the device takes them.
print(Format, Arguments) ->
    case lists:keyfind(encoding, 1, io:getopts()) of
        {encoding, Encoding} when Encoding =/= latin1 -> io:format(lists:append(string:replace(Format, "~p", "~tp", all)), Arguments);
        _ -> io:format(Format, Arguments)
    end.
