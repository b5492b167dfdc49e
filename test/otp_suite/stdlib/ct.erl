%% Stands in for Common Test's module ct, with the functions that the suites call.
-module(ct).
-export([comment/1, fail/1, fail/2, log/1, log/2, pal/1, pal/2, print/1, print/2, sleep/1, timetrap/1]).

fail(Reason) -> exit({test_case_failed, Reason}).
fail(Format, Arguments) -> fail(lists:flatten(io_lib:format(Format, Arguments))).

comment(_) -> ok.
log(Text) -> print(Text).
log(Format, Arguments) -> print(Format, Arguments).
pal(Text) -> print(Text).
pal(Format, Arguments) -> print(Format, Arguments).
print(Text) -> print(Text, []).
print(Format, Arguments) -> io:format(Format ++ "~n", Arguments).
sleep(Milliseconds) -> timer:sleep(Milliseconds).
timetrap(_) -> ok.
