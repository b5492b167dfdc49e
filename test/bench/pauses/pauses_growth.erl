%% How the time of a long call grows with its arguments: at three sizes, on our node and on OTP.
-module(pauses_growth).
-export([heading/0, row/2, summary/1, times/2]).

-define(sizes, [4000, 40000, 400000]).
-define(tries, 3).         % the shortest counts
-define(longest, 20000).   % ms for one call; longer ones have no time
-define(worse, 0.3).       % exponents above OTP's, which are told
-define(grows, 1.3).       % if they are above this one
-define(slower, 3).        % and calls of the largest size that take as many times OTP's time
-define(short, 1000000).   % ns that no such call is told for

heading() -> io:format("~-64s | ~32s | ~32s | ~s~n", ["nanoseconds a unit of size, exponents", "ours", "OTP", "ours / OTP"]).

%% {Name, ok | finding | not_compared}, printed as a line.
row({Module, Function, Kinds, _, once}, Targets) ->
    Name = lists:flatten(io_lib:format("~s:~s(~s)", [Module, Function, lists:join(", ", [atom_to_list(Kind) || Kind <- Kinds])])),
    Measured = [measured(Target, {Module, Function, Kinds}) || Target <- Targets],
    {Verdict, Ratio} = verdict(Measured),
    io:format("~-64s~s | ~s~s~n", [Name, [[" | ", io_lib:format("~32s", [cells(Times)])] || Times <- Measured], Ratio,
                                 case Verdict of finding -> " <"; _ -> "" end]),
    {Name, Verdict}.

summary(Rows) ->
    Findings = [Name || {Name, finding} <- Rows],
    io:format("~n~w rows; ~w grow faster than on OTP, or take ~w times as long:~n~s", [length(Rows), length(Findings), ?slower,
              [[Name, $\n] || Name <- Findings]]),
    Findings.

%% [{Size, Nanoseconds, returned | failed}] of the calls that ended in time.
measured(Target, Call) ->
    Node = pauses_targets:ensure(Target),
    {Pid, Monitor} = spawn_monitor(Node, ?MODULE, times, [self(), Call]),
    Times = collect(Pid, Monitor, []),
    case Times of [] -> pauses_targets:kill(Target); _ -> ok end,
    Times.

collect(Pid, Monitor, Times) ->
    receive
        {Pid, Time} -> collect(Pid, Monitor, [Time | Times]);
        {'DOWN', Monitor, process, _, _} -> lists:reverse(Times)
    after ?tries * ?longest -> exit(Pid, kill), receive {'DOWN', Monitor, process, _, _} -> lists:reverse(Times) end
    end.

%% On the node that is measured. Each call has new arguments: some use them up.
times(Driver, {Module, Function, Kinds} = Call) ->
    code:ensure_loaded(Module),
    erlang:function_exported(Module, Function, length(Kinds)) orelse erlang:is_builtin(Module, Function, length(Kinds)) orelse exit(undef),
    [Driver ! {self(), lists:min([time(Call, Size) || _ <- lists:seq(1, ?tries)])} || Size <- ?sizes].

time({Module, Function, Kinds}, Size) ->
    Self = self(),
    {Pid, Monitor} = spawn_monitor(fun() ->
        Action = pauses_natives:prepare({Module, Function, Kinds, Size, once}, #{}),
        erlang:garbage_collect(),
        Begin = erlang:monotonic_time(nanosecond),
        How = try Action() of _ -> returned catch _:_ -> failed end,
        Self ! {self(), {Size, erlang:monotonic_time(nanosecond) - Begin, How}}
    end),
    receive
        {Pid, Time} -> demonitor(Monitor, [flush]), Time;
        {'DOWN', Monitor, process, _, Reason} -> exit(Reason)
    after ?longest -> exit(Pid, kill), exit(too_long)
    end.

cells(Times) ->
    [[io_lib:format("~8.2f", [Time / Size]) || {Size, Time, _} <- Times], [io_lib:format("~6.2f", [Exponent]) || Exponent <- exponents(Times)]].

exponents([{Size, Time, _}, {More, Longer, How} | Rest]) ->
    [math:log(Longer / max(1, Time)) / math:log(More / Size) | exponents([{More, Longer, How} | Rest])];
exponents(_) -> [].

%% Calls that one of them does not have, does not end, or refuses are not compared.
verdict([[], _]) -> {not_compared, "only OTP's ends"};
verdict([_, []]) -> {not_compared, "not on OTP"};
verdict([Ours, Otp]) when length(Ours) < length(Otp) -> {finding, "ours does not end"};
verdict([Ours, Otp]) when length(Ours) > length(Otp) -> {ok, "OTP's does not end"};
verdict([Ours, Otp]) ->
    {{_, Our, How}, {_, Their, OtherHow}} = {lists:last(Ours), lists:last(Otp)},
    {Here, There} = {last_exponent(Ours), last_exponent(Otp)},
    Grows = Here > ?grows andalso Here > There + ?worse andalso Our > Their,
    Slow = Our > ?slower * Their,
    case How of
        OtherHow when Our > ?short, Grows orelse Slow -> {finding, ratio(Our, Their)};
        OtherHow -> {ok, ratio(Our, Their)};
        _ -> {not_compared, atom_to_list(How)}
    end.

ratio(Our, Their) -> io_lib:format("~8.2f", [Our / max(1, Their)]).

last_exponent(Times) -> lists:last([0.0 | exponents(Times)]).
