%% Long actions that are not one call of a native function.
-module(pauses_rows).
-export([rows/1, where/1, prepare/2]).

%% {Name, Module, Row}, in the order in which they are measured.
rows(#{rows := Pattern}) ->
    [{Name, ?MODULE, Row} || {Name, Row} <- all(), re:run(Name, Pattern) =/= nomatch].

all() ->
    [{"idle", idle},
     {"lists:seq(1, 1000000), 200 lists", seq},
     {"erlang:md5 of 300 MB", md5},
     {"exit with 1000000 monitors", exit_monitors}].

%% Where the action's process lives.
where(_) -> target.

%% On that node: builds what the action works on, and returns the action.
prepare(idle, _) -> fun() -> timer:sleep(300) end;
prepare(seq, _) -> fun() -> lists:seq(1, 1000000), [lists:seq(1, 20000) || _ <- lists:seq(1, 200)] end;
prepare(md5, Options) ->
    Bytes = binary:copy(<<"0123456789">>, count(30000000, Options)),
    fun() -> erlang:md5(Bytes) end;
prepare(exit_monitors, Options) ->
    Count = count(1000000, Options),
    Other = spawn(fun() -> receive stop -> ok end end),
    Victim = spawn(fun() -> [monitor(process, Other) || _ <- lists:seq(1, Count)], receive {stop, Pid} -> Pid ! stopping end end),
    fun() -> end_of(Victim) end.

end_of(Pid) ->
    Monitor = monitor(process, Pid),
    Pid ! {stop, self()},
    receive {'DOWN', Monitor, process, _, _} -> ok end.

count(Count, #{size := Factor}) -> max(1, round(Count * Factor)).
