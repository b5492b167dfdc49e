%% Stands in for Common Test's module ct, with the functions that the suites call.
-module(ct).
-export([capture_get/0, capture_get/1, capture_start/0, capture_stop/0, comment/1, comment/2, fail/1, fail/2, get_config/1, get_config/2,
         get_progname/0, get_timetrap_info/0, log/1, log/2, log/3, pal/1, pal/2, print/1, print/2, sleep/1, timetrap/1]).

fail(Reason) -> exit({test_case_failed, Reason}).
fail(Format, Arguments) -> fail(lists:flatten(io_lib:format(Format, Arguments))).

comment(_) -> ok.
comment(_, _) -> ok.
log(Text) -> print(Text).
log(Format, Arguments) -> print(Format, Arguments).
log(_, Format, Arguments) -> print(Format, Arguments).
pal(Text) -> print(Text).
pal(Format, Arguments) -> print(Format, Arguments).
print(Text) -> print(Text, []).
print(Format, Arguments) -> io:format(Format ++ "~n", Arguments).
sleep(Milliseconds) when is_integer(Milliseconds) -> timer:sleep(Milliseconds);
sleep({hours, Count}) -> timer:sleep(timer:hours(Count));
sleep({minutes, Count}) -> timer:sleep(timer:minutes(Count));
sleep({seconds, Count}) -> timer:sleep(timer:seconds(Count));
sleep(_) -> ok.

%% The harness has its own time limit.
timetrap(_) -> ok.
get_timetrap_info() -> {infinity, {true, 1}}.

get_config(_) -> undefined.
get_config(_, Default) -> Default.
get_progname() -> "erl".

%% Output of the case and of the processes that it started (suite_output).
capture_start() -> suite_output:capture(group_leader()).
capture_stop() -> suite_output:release(group_leader()).
capture_get() -> suite_output:captured(group_leader()).
capture_get(_) -> capture_get().
