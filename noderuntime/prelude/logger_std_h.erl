%% The handler that prints. The handler `default` gives events to our log; with a formatter of its own, and each other
%% handler, prints what the formatter returns on the console.
-module(logger_std_h).
-export([log/2, adding_handler/1, changing_config/3, removing_handler/1, filter_config/1, filesync/1]).
-export([adding/1, filters/0, format/0, is_to_our_log/1]).

%% What the default handler has.
filters() ->
    [{remote_gl, {fun logger_filters:remote_gl/2, stop}},
     {domain, {fun logger_filters:domain/2, {log, super, [otp, sasl]}}},
     {no_domain, {fun logger_filters:domain/2, {log, undefined, []}}}].
format() -> #{legacy_header => true, single_line => false}.

log(Event, #{formatter := {Module, Format}} = Config) ->
    case is_to_our_log(Config) of
        true -> logger:to_log(node(), Event);
        false ->
            try Module:format(Event, Format) of
                Text -> print(Text, Config)
            catch _:_ -> logger:to_log(node(), Event)
            end
    end.

%% Whether a handler with these settings gives events to our log instead of printing them.
is_to_our_log(#{id := default, module := ?MODULE, formatter := {logger_formatter, Format}}) -> Format =:= format();
is_to_our_log(_) -> false.

%% A process that logs does not wait for the console.
print(Text, Config) ->
    Device = case Config of
                 #{config := #{type := standard_error}} -> standard_error;
                 _ -> user
             end,
    case whereis(Device) of
        undefined -> ok;
        Pid ->
            Pid ! {io_request, self(), make_ref(), {put_chars, unicode, Text}},
            ok
    end.

adding_handler(Config) ->
    case adding(maps:get(config, Config, #{})) of
        #{config := Own} -> {ok, Config#{config => Own}};
        Error -> Error
    end.

%% The settings of this module, completed; files are not there (`file`). What is printed is not synchronised.
adding(Given) ->
    Defaults = #{burst_limit_enable => true, burst_limit_max_count => 500, burst_limit_window_time => 1000,
                 drop_mode_qlen => 200, filesync_repeat_interval => no_repeat, flush_qlen => 1000,
                 overload_kill_enable => false, overload_kill_mem_size => 3000000, overload_kill_qlen => 20000,
                 overload_kill_restart_after => 5000, sync_mode_qlen => 10, type => standard_io},
    Unknown = maps:without(maps:keys(Defaults), Given),
    case maps:merge(Defaults, Given) of
        _ when map_size(Unknown) > 0 -> {error, {invalid_config, ?MODULE, Unknown}};
        #{type := Type} = Config when Type =:= standard_io; Type =:= standard_error ->
            try logger_server:check_overload(maps:without([type, filesync_repeat_interval], Config)) of
                _ -> #{config => Config#{filesync_repeat_interval := no_repeat}}
            catch throw:Reason -> {error, Reason}
            end;
        #{type := {file, Name}} -> {error, {open_failed, Name, eacces}};
        #{type := {file, Name, _}} -> {error, {open_failed, Name, eacces}};
        #{type := Type} -> {error, {invalid_config, ?MODULE, #{type => Type}}}
    end.

%% The type stays.
changing_config(Set, #{config := #{type := Type} = Old}, #{config := New} = Config) ->
    Base = case Set of
               set -> #{type => Type};
               update -> Old
           end,
    case maps:merge(Base, New) of
        #{type := Type} = Wanted ->
            case adding(Wanted) of
                #{config := Own} -> {ok, Config#{config => Own}};
                Error -> Error
            end;
        #{type := Other} -> {error, {illegal_config_change, ?MODULE, #{type => Type}, #{type => Other}}}
    end;
changing_config(_, #{config := Old}, Config) -> {ok, Config#{config => Old}}.

removing_handler(_) -> ok.
filter_config(Config) -> Config.
filesync(_) -> ok.
