%% The functions of timer that need no server.
-module(timer).
-export([sleep/1, tc/1, tc/2, tc/3, seconds/1, minutes/1, hours/1, hms/3, now_diff/2, send_after/2, send_after/3,
         send_interval/2, send_interval/3, apply_after/2, apply_after/3, apply_after/4, apply_interval/2,
         apply_interval/3, apply_interval/4, apply_repeatedly/2, apply_repeatedly/3, apply_repeatedly/4, exit_after/2,
         exit_after/3, kill_after/1, kill_after/2, cancel/1, start/0]).

-define(LONGEST_WAIT, 16#ffffffff).

sleep(Time) when is_integer(Time), Time > ?LONGEST_WAIT ->
    receive after ?LONGEST_WAIT -> sleep(Time - ?LONGEST_WAIT) end;
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
send_after(0, To, Message) when is_pid(To); is_atom(To); is_tuple(To) ->
    catch To ! Message,
    {ok, {instant, make_ref()}};
send_after(Time, To, Message) when is_pid(To), node(To) =:= node() ->
    try {ok, {send_local, erlang:send_after(Time, To, Message)}}
    catch error:badarg -> {error, badarg}
    end;
send_after(Time, To, Message) when is_pid(To); is_atom(To) -> once(Time, fun() -> To ! Message end);
send_after(Time, {Name, Node} = To, Message) when is_atom(Name), is_atom(Node) -> once(Time, fun() -> To ! Message end);
send_after(_, _, _) -> {error, badarg}.

%% Each timer below is a process; the process of an interval timer ends with the process for which it was started.
send_interval(Time, Message) -> send_interval(Time, self(), Message).
send_interval(Time, To, Message) -> repeatedly(Time, To, fun() -> To ! Message end).

apply_after(Time, Fun) when is_function(Fun, 0) -> once(Time, Fun);
apply_after(_, _) -> {error, badarg}.
apply_after(Time, Fun, Arguments) when is_function(Fun, length(Arguments)) ->
    once(Time, fun() -> apply(Fun, Arguments) end);
apply_after(_, _, _) -> {error, badarg}.
apply_after(Time, Module, Function, Arguments) when is_atom(Module), is_atom(Function), is_list(Arguments) ->
    once(Time, fun() -> apply(Module, Function, Arguments) end);
apply_after(_, _, _, _) -> {error, badarg}.

apply_interval(Time, Fun) when is_function(Fun, 0) -> repeatedly(Time, self(), fun() -> spawn(Fun) end);
apply_interval(_, _) -> {error, badarg}.
apply_interval(Time, Fun, Arguments) when is_function(Fun, length(Arguments)) ->
    repeatedly(Time, self(), fun() -> spawn(fun() -> apply(Fun, Arguments) end) end);
apply_interval(_, _, _) -> {error, badarg}.
apply_interval(Time, Module, Function, Arguments) when is_atom(Module), is_atom(Function), is_list(Arguments) ->
    repeatedly(Time, self(), fun() -> spawn(Module, Function, Arguments) end);
apply_interval(_, _, _, _) -> {error, badarg}.

%% Starts only when the call before it has ended.
apply_repeatedly(Time, Fun) -> repeatedly(Time, self(), fun() -> finish(Fun) end).
apply_repeatedly(Time, Fun, Arguments) -> apply_repeatedly(Time, fun() -> apply(Fun, Arguments) end).
apply_repeatedly(Time, Module, Function, Arguments) ->
    apply_repeatedly(Time, fun() -> apply(Module, Function, Arguments) end).

finish(Fun) ->
    {_, Monitor} = spawn_monitor(Fun),
    receive {'DOWN', Monitor, process, _, _} -> ok end.

exit_after(Time, Reason) -> exit_after(Time, self(), Reason).
exit_after(Time, Process, Reason) -> once(Time, fun() -> exit(process(Process), Reason) end).
kill_after(Time) -> exit_after(Time, self(), kill).
kill_after(Time, Process) -> exit_after(Time, Process, kill).

process(Name) when is_atom(Name) -> whereis(Name);
process(Process) -> Process.

once(0, Action) ->
    spawn(Action),
    {ok, {instant, make_ref()}};
once(Time, Action) when is_integer(Time), Time > 0 ->
    {ok, {once, spawn(fun() -> receive cancel -> ok after Time -> Action() end end)}};
once(_, _) ->
    {error, badarg}.

repeatedly(Time, For, Action) when is_integer(Time), Time > 0 ->
    Starter = fun() ->
                  monitor(process, For),
                  repeat(erlang:monotonic_time(millisecond) + Time, Time, Action)
              end,
    {ok, {interval, spawn(Starter)}};
repeatedly(_, _, _) ->
    {error, badarg}.

repeat(Next, Time, Action) ->
    receive
        cancel -> ok;
        {'DOWN', _, process, _, _} -> ok
    after max(0, Next - erlang:monotonic_time(millisecond)) ->
        Action(),
        repeat(Next + Time, Time, Action)
    end.

start() -> ok.

cancel({send_local, Timer}) ->
    _ = erlang:cancel_timer(Timer),
    {ok, cancel};
cancel({How, Pid}) when is_pid(Pid), (How =:= once orelse How =:= interval) ->
    Pid ! cancel,
    {ok, cancel};
cancel({How, Reference}) when is_reference(Reference), (How =:= instant orelse How =:= once orelse How =:= interval) ->
    {ok, cancel};
cancel(_) ->
    {error, badarg}.
