%% Time for processes: what needs no server.
-module(timer).
-export([sleep/1, tc/1, tc/2, tc/3, seconds/1, minutes/1, hours/1, hms/3, now_diff/2, send_after/2, send_after/3,
         cancel/1]).

sleep(Time) -> receive after Time -> ok end.

tc(Fun) -> timed(fun() -> Fun() end).
tc(Fun, Arguments) -> timed(fun() -> apply(Fun, Arguments) end).
tc(Module, Function, Arguments) -> timed(fun() -> apply(Module, Function, Arguments) end).

timed(Fun) ->
    Start = erlang:monotonic_time(),
    Value = Fun(),
    Stop = erlang:monotonic_time(),
    {erlang:convert_time_unit(Stop - Start, native, microsecond), Value}.

seconds(Seconds) -> 1000 * Seconds.
minutes(Minutes) -> 60000 * Minutes.
hours(Hours) -> 3600000 * Hours.
hms(Hours, Minutes, Seconds) -> hours(Hours) + minutes(Minutes) + seconds(Seconds).

now_diff({A2, B2, C2}, {A1, B1, C1}) -> ((A2 - A1) * 1000000 + B2 - B1) * 1000000 + C2 - C1.

send_after(Time, Message) -> send_after(Time, self(), Message).
send_after(Time, To, Message) ->
    try {ok, {send_local, erlang:send_after(Time, To, Message)}}
    catch error:badarg -> {error, badarg}
    end.

cancel({send_local, Timer}) ->
    _ = erlang:cancel_timer(Timer),
    {ok, cancel};
cancel(_) ->
    {error, badarg}.
