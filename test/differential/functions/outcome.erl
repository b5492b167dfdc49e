%% What a call gives. Runs on both nodes.
-module(outcome).
-export([of_call/2, of_all/2]).

of_all(Calls, Limit) -> [of_call(Call, Limit) || Call <- Calls].

%% {value, Value}, {error, {Class, Reason}}, or {skipped, Why} if it takes more than Limit milliseconds or 64 MB. The
%% call has a process of its own, because it may end it.
of_call({M, F, Arguments}, Limit) ->
    Self = self(),
    Tag = make_ref(),
    {Pid, Monitor} = spawn_opt(fun() -> Self ! {Tag, evaluate(M, F, Arguments)} end,
                               [monitor, {max_heap_size, #{size => 8 bsl 20, kill => true, error_logger => false}}]),
    receive
        {Tag, Outcome} -> erlang:demonitor(Monitor, [flush]), Outcome;
        {'DOWN', Monitor, process, _, Why} -> {skipped, Why}
    after Limit ->
        exit(Pid, kill),
        receive {'DOWN', Monitor, process, _, _} -> ok end,
        receive {Tag, _} -> ok after 0 -> ok end,
        {skipped, timeout}
    end.

evaluate(M, F, Arguments) ->
    try
        {value, apply(M, F, Arguments)}
    catch
        Class:Reason -> {error, {Class, Reason}}
    end.
