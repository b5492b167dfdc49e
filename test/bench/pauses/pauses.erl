%% The driver: has each target do each long action while pauses_probe asks another of its processes, and prints how long the
%% answers took.
-module(pauses).
-export([main/0]).

-define(finding, 10000). % us that others may wait
-define(lead, 10).       % ms of questions before the action
-define(trail, 20).      % ms of questions after it
-define(prepare, 120000). % ms until an action must be ready
-define(stuck, 10000).   % ms in which an action's process ends
-define(search, 120000). % ms for the long calls of one function

main() ->
    Options = (pauses_options:parse(init:get_plain_arguments()))#{natives => "natives"},
    #{targets := Targets, memory := Memory} = Options,
    pauses_targets:init(#{memory => Memory, ours => Memory div 2}),
    logger:set_primary_config(level, none), % errors in the processes of the targets are results here
    pauses_modules:write(".", "lent"),
    pauses_targets:ensure(probe),
    [pauses_targets:ensure(Target) || Target <- Targets],
    maps:get(growth, Options) andalso growth(Options),
    heading(Targets),
    Actions = [row(Row, Options) || Row <- pauses_rows:rows(Options)],
    Rows = Actions ++ natives(Options),
    Findings = findings(Rows),
    summary(Findings, Targets),
    [io:format("not measured: ~s: ~s~n", [Name, reason(Why, 60)])
     || {Name, Measured} <- Rows, {ours, {failed, Why} = Failed} <- Measured, longest(Failed) =:= 0],
    [pauses_targets:kill(Kind) || Kind <- [probe | Targets]],
    halt(case Findings =/= [] andalso maps:get(strict, Options) of true -> 1; false -> 0 end).

-spec growth(map()) -> no_return().
growth(#{targets := Targets} = Options) ->
    pauses_growth:heading(),
    Findings = pauses_growth:summary(natives(Options)),
    [pauses_targets:kill(Kind) || Kind <- [probe | Targets]],
    halt(case Findings =/= [] andalso maps:get(strict, Options) of true -> 1; false -> 0 end).

%% The rows of all native functions whose names match, and those for which no long call was found.
natives(#{rows := Pattern, natives := File} = Options) ->
    {ok, All} = file:consult(File),
    Natives = [Native || {Module, Function, _} = Native <- lists:usort(All),
                         not lists:member({Module, Function}, pauses_natives:left_out()),
                         re:run(name(Native), Pattern) =/= nomatch],
    {Rows, _} = lists:mapfoldl(fun native/2, {none, Options}, Natives),
    io:format("~nno long call was found of: ~s~n", [lists:join(" ", [name(Native) || {Native, []} <- Rows])]),
    lists:append([Measured || {_, Measured} <- Rows]).

name({Module, Function, Arity}) -> io_lib:format("~s:~s/~w", [Module, Function, Arity]).

native({Module, _, _} = Native, {Before, Options}) ->
    Planner = hd(maps:get(targets, Options)),
    %% What a module's functions left behind in the node must not disturb the others.
    Module =:= Before orelse pauses_targets:kill(Planner),
    Node = pauses_targets:ensure(Planner),
    {Pid, Monitor} = spawn_monitor(Node, pauses_natives, plan, [self(), Native, Options]),
    Found = receive
        {Pid, Rows} -> demonitor(Monitor, [flush]), Rows;
        {'DOWN', Monitor, process, _, Why} -> io:format("the search for long calls of ~p ended: ~0p~n", [Native, Why]), []
    after ?search -> exit(Pid, kill), io:format("the search for long calls of ~p takes too long~n", [Native]), []
    end,
    {{Native, rows_of(Found, Options)}, {Module, Options}}.

rows_of(Found, #{growth := true, targets := Targets}) ->
    [pauses_growth:row(Row, Targets) || {_, _, _, _, once} = Row <- Found];
rows_of(Found, Options) -> [row({pauses_natives:name(Row), pauses_natives, Row}, Options) || Row <- Found].

%% {Name, [{Target, Measured}]}
row({Name, Module, Row}, #{targets := Targets} = Options) ->
    Measured = [{Target, best(Target, Module, Row, Options)} || Target <- Targets],
    io:format("~s~n", [line(Name, Measured)]),
    {Name, Measured}.

%% Of several rounds the one with the shortest longest wait: what the node is to blame for comes each time. A round without a
%% finding is the last. For our node a wait is a finding only if its turn was as long: other programs make waits longer too.
best(Target, Module, Row, #{rounds := Rounds} = Options) ->
    best(Target, Module, Row, Options, Rounds, none).

best(_, _, _, _, 0, Best) -> Best;
best(Target, Module, Row, Options, Rounds, Best) ->
    case measure(Target, Module, Row, Options) of
        #{longest := Longest} = Round ->
            case longest(Round) < ?finding of
                true -> Round;
                false ->
                    best(Target, Module, Row, Options, Rounds - 1,
                         case Best of #{longest := Shorter} when Shorter < Longest -> Best; _ -> Round end)
            end;
        Failed -> Failed
    end.

%% #{longest, most, took, turn} in microseconds, or {failed, Reason}. 99.9 % of the waits are not longer than `most`; `turn` is
%% the longest turn of our node's loop by processor time, to which other programs do not add (0 for OTP).
measure(Target, Module, Row, Options) ->
    Node = pauses_targets:ensure(Target),
    pauses_targets:quiet(Target),
    {Where, Argument} = case Module:where(Row) of target -> {Node, Row}; driver -> {node(), {Row, Node}} end,
    {Worker, Monitor} = spawn_monitor(Where, pauses_action, run, [self(), Module, {Argument, Options}]),
    forget(Node),
    monitor_node(Node, true),
    Result = receive
        {Worker, ready} -> watch(Target, Worker, Monitor, Options);
        {Worker, failed, Reason} -> {failed, Reason};
        {'DOWN', Monitor, process, _, Reason} -> {failed, Reason}
    after ?prepare -> {failed, not_prepared}
    end,
    monitor_node(Node, false),
    forget(Node),
    ended(Target, Worker, Monitor, Result).

forget(Node) -> receive {nodedown, Node} -> forget(Node) after 0 -> ok end.

watch(Target, Worker, Monitor, #{limit := Limit}) ->
    Probe = spawn_probe(pauses_targets:echo_of(Target)),
    Node = pauses_targets:node_of(Target),
    longest_turn(Node),
    timer:sleep(?lead),
    Worker ! go,
    Outcome = receive
        {Worker, done, Took, How} -> {Took, How};
        {'DOWN', Monitor, process, _, Reason} -> self() ! {'DOWN', Monitor, process, Worker, Reason}, {failed, Reason};
        {nodedown, Node} -> {failed, node_ended}
    after Limit -> {failed, took_longer_than_limit}
    end,
    timer:sleep(?trail),
    Probe ! {stop, self()},
    Waits = receive {Probe, Times} -> lists:sort(Times) end,
    Measured = #{turn => longest_turn(Node), longest => lists:last([0 | Waits]), most => part(Waits, 0.999)},
    case Outcome of
        {failed, Why} -> {failed, Why, Measured};
        {Time, Result} -> Measured#{took => Time, outcome => Result}
    end.

%% Since this was asked before.
longest_turn(Node) ->
    try erpc:call(Node, erlang, statistics, [longest_step], 60000) of
        {_, #{turn_microseconds := Turn}} -> Turn
    catch _:_ -> 0
    end.

spawn_probe(Echo) -> erpc:call(pauses_targets:node_of(probe), pauses_probe, start, [Echo]).

part([], _) -> 0;
part(Sorted, Part) -> lists:nth(max(1, ceil(length(Sorted) * Part)), Sorted).

%% Ends the action's process, or the node if that does not help.
ended(Target, Worker, Monitor, Result) ->
    case Result of {failed, _} -> exit(Worker, kill); {failed, _, _} -> exit(Worker, kill); _ -> Worker ! stop end,
    receive {'DOWN', Monitor, process, _, _} -> ok
    after ?stuck -> pauses_targets:kill(Target), pauses_targets:ensure(Target)
    end,
    case pauses_targets:died(Target, is_lost(Result)) of
        false -> Result;
        Why -> {failed, {node_died, Why}}
    end.

is_lost({failed, Why, _}) -> is_lost({failed, Why});
is_lost({failed, Why}) -> lists:member(Why, [node_ended, noconnection]);
is_lost(_) -> false.

findings(Rows) ->
    Found = [{longest(Our), Name, Measured} || {Name, Measured} <- Rows, {ours, Our} <- Measured, longest(Our) >= ?finding],
    lists:reverse(lists:keysort(1, Found)).

longest(#{longest := Longest, turn := Turn}) when Turn > 0 -> min(Longest, Turn);
longest(#{longest := Longest}) -> Longest;
longest({failed, {node_died, _}}) -> 1 bsl 40;
longest({failed, _, Measured}) -> longest(Measured);
longest(_) -> 0.

summary(Findings, Targets) ->
    io:format("~n~w rows in which others waited ~w ms or longer for our node, and its turn took as long:~n", [length(Findings), ?finding div 1000]),
    Findings =/= [] andalso heading(Targets),
    [io:format("~s~n", [line(Name, Measured)]) || {_, Name, Measured} <- Findings].

heading(Targets) ->
    Columns = io_lib:format(" | ~9s~9s~9s~9s ", ["longest", "99.9 %", "turn", "took"]),
    io:format("~-76s~s~n~-76s~s~n", ["", [io_lib:format(" | ~-37s", [title(Target)]) || Target <- Targets],
                                     "milliseconds", [Columns || _ <- Targets]]).

title(ours) -> "ours";
title(otp_one) -> "OTP 1";
title(otp_all) -> "OTP all".

line(Name, Measured) ->
    io_lib:format("~-76s~s", [Name, [[" | ", io_lib:format("~-37s", [cells(Of)])] || {_, Of} <- Measured]]).

%% "!": the action raised an error.
cells(#{longest := Longest, most := Most, turn := Turn, took := Took, outcome := Outcome}) ->
    [cell(Longest), cell(Most), case Turn of 0 -> "         "; _ -> cell(Turn) end, cell(Took), case Outcome of ok -> ""; _ -> "!" end];
cells({failed, Why, #{longest := Longest}}) -> [cell(Longest), " ", reason(Why, 18)];
cells({failed, Why}) -> reason(Why, 28).

cell(Micros) -> io_lib:format("~9.1f", [Micros / 1000]).

reason(Why, Width) -> string:slice(io_lib:format("~0p", [Why]), 0, Width).
