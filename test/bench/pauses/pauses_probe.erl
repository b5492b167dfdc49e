%% Asks a process of another node once a millisecond, whether or not it has answered, and keeps how long each answer took.
-module(pauses_probe).
-export([start/1, echo/0]).

-define(drain, 60000). % ms that the last answers may take

echo() ->
    receive
        {Pid, Sent} -> Pid ! {answer, Sent}, echo();
        stop -> ok
    end.

%% A process that asks Echo until it is told {stop, Pid}; then Pid gets {self(), Waits}, in microseconds. Returns when Echo has
%% answered, so that the connection is there.
start(Echo) ->
    Starter = self(),
    Probe = spawn(fun() ->
        process_flag(priority, high),
        monitor(process, Echo),
        Echo ! {self(), first},
        receive {answer, first} -> ok; {'DOWN', _, _, _, _} -> ok end,
        Starter ! {self(), asks},
        self() ! tick,
        ask(Echo, [], 0)
    end),
    receive {Probe, asks} -> Probe end.

ask(Echo, Waits, Open) ->
    receive
        {answer, Sent} -> ask(Echo, [since(Sent) | Waits], Open - 1);
        tick ->
            erlang:send_after(1, self(), tick),
            case erlang:send(Echo, {self(), erlang:monotonic_time()}, [nosuspend, noconnect]) of
                ok -> ask(Echo, Waits, Open + 1);
                _ -> ask(Echo, Waits, Open)
            end;
        {stop, Pid} -> drain(Pid, Waits, Open)
    end.

drain(Pid, Waits, 0) -> Pid ! {self(), Waits};
drain(Pid, Waits, Open) ->
    receive
        {answer, Sent} -> drain(Pid, [since(Sent) | Waits], Open - 1);
        {'DOWN', _, _, _, _} -> Pid ! {self(), Waits}
    after ?drain -> Pid ! {self(), [?drain * 1000 | Waits]}
    end.

since(Sent) -> erlang:convert_time_unit(erlang:monotonic_time() - Sent, native, microsecond).
