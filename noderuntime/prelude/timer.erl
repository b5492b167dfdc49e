%% Timers that are more than a message to a process here belong to the process `timer_server`. It calls no code of others:
%% it sends, exits and spawns, and what it spawns runs in the realm of the process that started the timer.
-module(timer).
-export([sleep/1, tc/1, tc/2, tc/3, tc/4, seconds/1, minutes/1, hours/1, hms/3, now_diff/2, send_after/2, send_after/3,
         send_interval/2, send_interval/3, apply_after/2, apply_after/3, apply_after/4, apply_interval/2,
         apply_interval/3, apply_interval/4, apply_repeatedly/2, apply_repeatedly/3, apply_repeatedly/4, exit_after/2,
         exit_after/3, kill_after/1, kill_after/2, cancel/1, start/0]).
-export([initialise/1]).

-define(LONGEST_WAIT, 16#ffffffff).

sleep(Time) when is_integer(Time), Time > ?LONGEST_WAIT ->
    receive after ?LONGEST_WAIT -> sleep(Time - ?LONGEST_WAIT) end;
sleep(Time) -> receive after Time -> ok end.

%% The last argument is the unit, as since OTP 26, or the arguments.
tc(Fun) -> timed(fun() -> Fun() end, microsecond).
tc(Fun, Arguments) when is_list(Arguments) -> timed(fun() -> apply(Fun, Arguments) end, microsecond);
tc(Fun, Unit) -> timed(fun() -> Fun() end, Unit).
tc(Module, Function, Arguments) when is_atom(Function), is_list(Arguments) ->
    timed(fun() -> apply(Module, Function, Arguments) end, microsecond);
tc(Fun, Arguments, Unit) -> timed(fun() -> apply(Fun, Arguments) end, Unit).
tc(Module, Function, Arguments, Unit) -> timed(fun() -> apply(Module, Function, Arguments) end, Unit).

timed(Fun, Unit) ->
    Start = erlang:monotonic_time(),
    Value = Fun(),
    Stop = erlang:monotonic_time(),
    {erlang:convert_time_unit(Stop - Start, native, Unit), Value}.

seconds(Seconds) -> 1000 * Seconds.
minutes(Minutes) -> 60000 * Minutes.
hours(Hours) -> 3600000 * Hours.
hms(Hours, Minutes, Seconds) -> hours(Hours) + minutes(Minutes) + seconds(Seconds).

now_diff({A2, B2, C2}, {A1, B1, C1}) -> ((A2 - A1) * 1000000 + B2 - B1) * 1000000 + C2 - C1.

%% --- starting and cancelling

send_after(Time, Message) -> send_after(Time, self(), Message).
send_after(0, To, Message) when is_pid(To); is_atom(To) -> sent(To, Message);
send_after(0, {Name, Node} = To, Message) when is_atom(Name), is_atom(Node) -> sent(To, Message);
send_after(Time, To, Message) when is_pid(To), node(To) =:= node() ->
    try {ok, {send_local, erlang:send_after(Time, To, Message)}}
    catch error:badarg -> {error, badarg}
    end;
send_after(Time, To, Message) when is_pid(To); is_atom(To) -> once(Time, {send, To, Message});
send_after(Time, {Name, Node} = To, Message) when is_atom(Name), is_atom(Node) -> once(Time, {send, To, Message});
send_after(_, _, _) -> {error, badarg}.

sent(To, Message) ->
    To ! Message,
    {ok, {instant, make_ref()}}.

send_interval(Time, Message) -> send_interval(Time, self(), Message).
send_interval(Time, To, Message) when is_pid(To); is_atom(To) -> repeatedly(Time, To, {send, To, Message});
send_interval(Time, {Name, Node} = To, Message) when is_atom(Name), is_atom(Node) ->
    repeatedly(Time, To, {send, To, Message});
send_interval(_, _, _) -> {error, badarg}.

apply_after(Time, Fun) when is_function(Fun, 0) -> once(Time, {spawn, Fun});
apply_after(_, _) -> {error, badarg}.
apply_after(Time, Fun, Arguments) when is_function(Fun, length(Arguments)) ->
    once(Time, {spawn, fun() -> apply(Fun, Arguments) end});
apply_after(_, _, _) -> {error, badarg}.
apply_after(Time, Module, Function, Arguments) when is_atom(Module), is_atom(Function), is_list(Arguments) ->
    once(Time, {spawn, fun() -> apply(Module, Function, Arguments) end});
apply_after(_, _, _, _) -> {error, badarg}.

apply_interval(Time, Fun) when is_function(Fun, 0) -> repeatedly(Time, self(), {spawn, Fun});
apply_interval(_, _) -> {error, badarg}.
apply_interval(Time, Fun, Arguments) when is_function(Fun, length(Arguments)) ->
    repeatedly(Time, self(), {spawn, fun() -> apply(Fun, Arguments) end});
apply_interval(_, _, _) -> {error, badarg}.
apply_interval(Time, Module, Function, Arguments) when is_atom(Module), is_atom(Function), is_list(Arguments) ->
    repeatedly(Time, self(), {spawn, fun() -> apply(Module, Function, Arguments) end});
apply_interval(_, _, _, _) -> {error, badarg}.

%% Starts only when the call before it has ended.
apply_repeatedly(Time, Fun) when is_function(Fun, 0) -> repeatedly(Time, self(), {spawn_in_turn, Fun});
apply_repeatedly(_, _) -> {error, badarg}.
apply_repeatedly(Time, Fun, Arguments) when is_function(Fun, length(Arguments)) ->
    repeatedly(Time, self(), {spawn_in_turn, fun() -> apply(Fun, Arguments) end});
apply_repeatedly(_, _, _) -> {error, badarg}.
apply_repeatedly(Time, Module, Function, Arguments) when is_atom(Module), is_atom(Function), is_list(Arguments) ->
    repeatedly(Time, self(), {spawn_in_turn, fun() -> apply(Module, Function, Arguments) end});
apply_repeatedly(_, _, _, _) -> {error, badarg}.

exit_after(Time, Reason) -> exit_after(Time, self(), Reason).
exit_after(Time, Process, Reason) -> once(Time, {exit, Process, Reason}).
kill_after(Time) -> exit_after(Time, self(), kill).
kill_after(Time, Process) -> exit_after(Time, Process, kill).

once(0, Action) ->
    perform(Action),
    {ok, {instant, make_ref()}};
once(Time, Action) when is_integer(Time), Time > 0 -> request({once, now_up() + Time, of_caller(Action)});
once(_, _) -> {error, badarg}.

repeatedly(Time, For, Action) when is_integer(Time), Time >= 0 ->
    request({interval, now_up() + Time, Time, For, of_caller(Action)});
repeatedly(_, _, _) -> {error, badarg}.

%% A process that the timer server spawns prints where the process that started the timer does.
of_caller({How, Fun}) ->
    Leader = group_leader(),
    {How, fun() -> catch group_leader(Leader, self()), Fun() end};
of_caller(Action) -> Action.

now_up() -> (erlang:monotonic_time(microsecond) + 999) div 1000.

cancel({instant, Reference}) when is_reference(Reference) -> {ok, cancel};
cancel({send_local, Timer}) when is_reference(Timer) ->
    _ = erlang:cancel_timer(Timer),
    {ok, cancel};
cancel({How, Reference}) when is_reference(Reference), (How =:= once orelse How =:= interval) -> request({cancel, Reference});
cancel(_) -> {error, badarg}.

%% --- the timer server

start() ->
    _ = server(),
    ok.

server() ->
    case whereis(timer_server) of
        undefined -> kernel_services:started(?MODULE);
        Server -> Server
    end.

initialise(Parent) ->
    group_leader(whereis(user), self()),
    process_flag(message_queue_data, off_heap),
    try register(timer_server, self()) of
        true ->
            Table = ets:new(timer_server, []),
            Parent ! {self(), self()},
            serve(Table)
    catch error:badarg -> Parent ! {self(), whereis(timer_server)}  % another was faster
    end.

request(Request) ->
    Monitor = monitor(process, server()),
    timer_server ! {Monitor, self(), Request},
    receive
        {Monitor, Answer} ->
            demonitor(Monitor, [flush]),
            Answer;
        {'DOWN', Monitor, _, _, noproc} -> request(Request);
        {'DOWN', Monitor, _, _, Reason} -> exit({Reason, {?MODULE, request, [Request]}})
    end.

%% The table, which keeps the heap of the server small:
%%   {Timer, once, Action}
%%   {Monitor of the process for which it runs, interval, Timer or the Monitor of the call that runs, Due, Time, Action}
%%   {Monitor of a call, call, Monitor of the interval timer}
%% Anybody may send messages here: those that belong to no timer are dropped.
serve(Table) ->
    receive
        {Reference, From, Request} when is_reference(Reference), is_pid(From) ->
            From ! {Reference, handle(Request, Table)};
        {timeout, Timer, once} ->
            case ets:take(Table, Timer) of
                [{_, once, Action}] -> perform(Action);
                _ -> ok
            end;
        {timeout, Timer, {interval, Key}} ->
            case ets:lookup(Table, Key) of
                [{_, interval, Timer, Due, Time, Action}] -> run(Key, Due, Time, Action, Table);
                _ -> ok
            end;
        {'DOWN', Monitor, process, _, _} -> down(Monitor, Table);
        {system, {Pid, _} = From, Question} when is_pid(Pid) ->
            kernel_services:answer_sys(From, Question, fun() -> Table end);
        _ -> ok
    end,
    serve(Table).

%% The table refuses what exceeds the memory for tables.
handle({once, At, Action}, Table) ->
    try erlang:start_timer(At, self(), once, [{abs, true}]) of
        Timer ->
            try
                ets:insert(Table, {Timer, once, Action}),
                {ok, {once, Timer}}
            catch error:Reason ->
                cancel_timer(Timer),
                {error, Reason}
            end
    catch error:badarg -> {error, badarg}
    end;
handle({interval, At, Time, For, Action}, Table) ->
    try monitor(process, For) of
        Key ->
            try
                start(Key, At, Time, Action, Table),
                {ok, {interval, Key}}
            catch error:Reason ->
                demonitor(Key, [flush]),
                {error, Reason}
            end
    catch error:badarg -> {error, badarg}
    end;
handle({cancel, Key}, Table) ->
    case ets:take(Table, Key) of
        [{_, once, _}] -> cancel_timer(Key);
        [{_, interval, Running, _, _, _}] ->
            demonitor(Key, [flush]),
            stop(Running, Table);
        [{_, call, _} = Call] -> ets:insert(Table, Call);  % nobody knows its reference
        [] -> ok
    end,
    {ok, cancel};
handle(_, _) -> {error, badarg}.

start(Key, At, Time, Action, Table) ->
    Timer = erlang:start_timer(At, self(), {interval, Key}, [{abs, true}]),
    try ets:insert(Table, {Key, interval, Timer, At, Time, Action})
    catch error:Reason ->
        cancel_timer(Timer),
        error(Reason)
    end.

run(Key, Due, Time, {spawn_in_turn, Fun} = Action, Table) ->
    try
        {_, Call} = spawn_monitor(Fun),
        ets:insert(Table, [{Call, call, Key}, {Key, interval, Call, Due, Time, Action}])
    catch error:_ -> lost(Key, Table)
    end;
run(Key, Due, Time, Action, Table) ->
    perform(Action),
    again(Key, Due, Time, Action, Table).

again(Key, Due, Time, Action, Table) ->
    try start(Key, Due + Time, Time, Action, Table)
    catch error:_ -> lost(Key, Table)
    end.

%% Without memory this timer ends, and no other.
lost(Key, Table) ->
    demonitor(Key, [flush]),
    ets:delete(Table, Key).

%% A call of a timer, or the process for which a timer runs.
down(Monitor, Table) ->
    case ets:take(Table, Monitor) of
        [{_, call, Key}] ->
            case ets:lookup(Table, Key) of
                [{_, interval, Monitor, Due, Time, Action}] -> again(Key, Due, Time, Action, Table);
                [] -> ok
            end;
        [{_, interval, Running, _, _, _}] -> stop(Running, Table);
        [{_, once, _} = Once] -> ets:insert(Table, Once);  % its reference is a timer, not a monitor
        [] -> ok
    end.

%% What an interval timer waits for.
stop(Running, Table) ->
    case ets:take(Table, Running) of
        [{_, call, _}] -> demonitor(Running, [flush]);
        [] -> cancel_timer(Running)
    end.

cancel_timer(Timer) -> erlang:cancel_timer(Timer, [{async, true}, {info, false}]).

%% Names may be registered, and nodes connected, only when the time is over.
perform({send, To, Message}) -> catch To ! Message;
perform({exit, Target, Reason}) -> catch exit(process(Target), Reason);
perform({_, Fun}) -> catch spawn(Fun).

process(Name) when is_atom(Name) -> whereis(Name);
process(Process) -> Process.
