%% Calls and sends to two nodes in turn. Prints their rates, and the CPU time of one operation on each node and here.
-module(from_erl).
-export([main/3]).

main(Rounds, Targets, Wanted) ->
    [pong = net_adm:ping(Node) || {Node, _} <- Targets],
    Rows = [Row || {Name, _} = Row <- rows(), Wanted =:= [] orelse lists:member(Name, Wanted)],
    io:format("~-14s ~12s ~10s ~10s ~12s ~10s ~10s   ~s~n",
              ["", "OTP per s", "CPU us", "sender's", "ours per s", "CPU us", "sender's", "rate, CPU, sender's CPU: ours / OTP"]),
    [print(Name, [[measure(Target, Run) || Target <- Targets] || _ <- lists:seq(1, Rounds)]) || {Name, Run} <- Rows],
    halt().

rows() ->
    [{erpc_1, fun(Node) -> calls(Node, 1, 5000) end},
     {erpc_100, fun(Node) -> calls(Node, 100, 300) end},
     {send_16, fun(Node) -> sends(Node, 16, 200000) end},
     {send_1k, fun(Node) -> sends(Node, 1024, 100000) end},
     {send_64k, fun(Node) -> sends(Node, 65536, 10000) end},
     {send_1m, fun(Node) -> sends(Node, 1048576, 1000) end}].

calls(Node, Callers, Each) ->
    Call = fun() -> [Node = erpc:call(Node, erlang, node, []) || _ <- lists:seq(1, Each)] end,
    Started = [spawn_monitor(Call) || _ <- lists:seq(1, Callers)],
    [receive {'DOWN', Monitor, process, Pid, normal} -> ok end || {Pid, Monitor} <- Started],
    Callers * Each.

%% The sink counts those that come in order, and answers when it has seen them all.
sends(Node, Size, Count) ->
    Sink = {sink, Node},
    Bytes = binary:copy(<<7>>, Size),
    Sink ! {self(), start},
    receive {0, sync} -> ok end,
    [Sink ! {Number, Bytes} || Number <- lists:seq(0, Count - 1)],
    Sink ! {self(), sync},
    receive {Count, sync} -> Count; {Other, sync} -> exit({in_order, Other, 'of', Count}) end.

%% {Operations per second, microseconds of the target for one, microseconds of this node}. In a process of its own: a fresh heap.
measure({Node, Process}, Run) ->
    Own = list_to_integer(os:getpid()),
    Parent = self(),
    spawn_link(fun() ->
        Before = {processor_time(Process), processor_time(Own)},
        Start = erlang:monotonic_time(nanosecond),
        Count = Run(Node),
        Elapsed = erlang:monotonic_time(nanosecond) - Start,
        After = {processor_time(Process), processor_time(Own)},
        Parent ! {measured, Count * 1.0e9 / Elapsed, used(1, Before, After) / Count, used(2, Before, After) / Count}
    end),
    receive {measured, Rate, Cpu, OwnCpu} -> {Rate, Cpu, OwnCpu} end.

used(Which, Before, After) -> (element(Which, After) - element(Which, Before)) / 1000.

%% Nanoseconds, of all threads.
processor_time(Process) ->
    lists:sum([thread_time(File) || File <- filelib:wildcard("/proc/" ++ integer_to_list(Process) ++ "/task/*/schedstat")]).

thread_time(File) ->
    {ok, Text} = file:read_file(File),
    [Time | _] = binary:split(Text, <<" ">>),
    binary_to_integer(Time).

print(Name, Pairs) ->
    Column = fun(Which, What) -> median([element(What, lists:nth(Which, Pair)) || Pair <- Pairs]) end,
    Ratio = fun(What) -> median([element(What, Ours) / max(1.0e-9, element(What, Otps)) || [Otps, Ours] <- Pairs]) end,
    io:format("~-14s ~12w ~10.2f ~10.2f ~12w ~10.2f ~10.2f   ~.2f  ~.2f  ~.2f~n",
              [Name, round(Column(1, 1)), Column(1, 2), Column(1, 3), round(Column(2, 1)), Column(2, 2), Column(2, 3), Ratio(1), Ratio(2), Ratio(3)]).

median(Values) -> lists:nth((length(Values) + 1) div 2, lists:sort(Values)).
