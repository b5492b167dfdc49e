%% Reports of processes go to the node of their group leader: to that node's logger, or to our own log.
-module(logger).
-export([allow/2, macro_log/3, macro_log/4, macro_log/5, log/2, log/3, log/4, compare_levels/2, timestamp/0,
         get_process_metadata/0, set_process_metadata/1, update_process_metadata/1, unset_process_metadata/0,
         get_primary_config/0, get_module_level/0, get_handler_ids/0]).
-export([emergency/1, emergency/2, emergency/3, alert/1, alert/2, alert/3, critical/1, critical/2, critical/3,
         error/1, error/2, error/3, warning/1, warning/2, warning/3, notice/1, notice/2, notice/3,
         info/1, info/2, info/3, debug/1, debug/2, debug/3]).

%% True for the levels that OTP's nodes log by default.
allow(Level, _Module) when is_atom(Level) -> rank(Level) =< rank(notice).

%% Used by the macros of logger.hrl.
macro_log(Location, Level, Report) -> send(Level, Report, none, with_own(Location, #{})).
macro_log(Location, Level, Report, Metadata) when is_map(Metadata), not is_function(Report) ->
    send(Level, Report, none, with_own(Location, Metadata));
macro_log(Location, Level, Format, Arguments) -> send(Level, Format, Arguments, with_own(Location, #{})).
macro_log(Location, Level, Format, Arguments, Metadata) ->
    send(Level, Format, Arguments, with_own(Location, Metadata)).

%% The metadata of the process come before those of the location, and those of the call before both.
with_own(Location, Metadata) ->
    case get_process_metadata() of
        undefined -> maps:merge(Location, Metadata);
        Own -> maps:merge(maps:merge(Location, Own), Metadata)
    end.

log(Level, Report) -> log(Level, Report, #{}).
log(Level, Report, Metadata) when is_map(Metadata), not is_function(Report) -> send_allowed(Level, Report, none, Metadata);
log(Level, Format, Arguments) -> log(Level, Format, Arguments, #{}).
log(Level, Format, Arguments, Metadata) -> send_allowed(Level, Format, Arguments, Metadata).

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

send_allowed(Level, What, Arguments, Metadata) ->
    case allow(Level, none) of
        true -> send(Level, What, Arguments, with_own(#{}, Metadata));
        false -> ok
    end.

%% The message that OTP's logger_proxy, or our own service of that name, takes from another node. A fun returns the report.
send(Level, Fun, Argument, Given) when is_function(Fun, 1) ->
    case Fun(Argument) of
        {Format, Arguments} when is_list(Arguments) -> send(Level, Format, Arguments, Given);
        {What, More} when is_map(More) -> send(Level, What, none, maps:merge(Given, More));
        What -> send(Level, What, none, Given)
    end;
send(Level, What, Arguments, Given) ->
    Metadata = maps:merge(#{pid => self(), gl => group_leader(), time => timestamp()}, Given),
    Message = case Arguments of
                  none -> {log, Level, What, Metadata};
                  _ -> {log, Level, What, Arguments, Metadata}
              end,
    {logger_proxy, node(maps:get(gl, Metadata))} ! Message,
    ok.

compare_levels(Level, Level) -> eq;
compare_levels(A, B) ->
    case rank(A) < rank(B) of
        true -> gt;
        false -> lt
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
rank(all) -> 10.

timestamp() -> erlang:system_time(microsecond).

get_process_metadata() -> get('$logger_metadata$').
set_process_metadata(Metadata) when is_map(Metadata) ->
    put('$logger_metadata$', Metadata),
    ok.
update_process_metadata(Metadata) ->
    case get_process_metadata() of
        undefined -> set_process_metadata(Metadata);
        Before -> set_process_metadata(maps:merge(Before, Metadata))
    end.
unset_process_metadata() ->
    erase('$logger_metadata$'),
    ok.

get_primary_config() -> #{level => notice, filter_default => log, filters => [], metadata => #{}}.
get_module_level() -> [].
get_handler_ids() -> [].
