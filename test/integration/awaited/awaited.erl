%% Evaluates each case of awaited_there on our node `ours` and on this node, and compares the results.
-module(awaited).
-export([main/0]).

limit() -> 15_000.

main() ->
    N = claims:node_of(ours),
    {module, _} = code:ensure_loaded(awaited_there),
    [one(N, Name) || Name <- awaited_there:names()],
    claims:claim("all of them", fun() -> true end).

one(N, "same: " ++ Text = Name) ->
    [rests(Node) || Node <- [N, node()]],
    Expected = on(node(), Name),
    claims:equal(Text, Expected, fun() -> on(N, Name) end);
one(N, Name) ->
    case on(N, Name) of
        waits -> claims:equal(Name ++ " ends", ends, fun() -> waits end);
        Ended -> io:format("ok    ~ts: ~ts~n", [Name, short(Ended)])
    end.

%% Waits until the node has seen the end of all processes that asked for scheduler_wall_time.
rests(Node) ->
    case erpc:call(Node, erlang, statistics, [scheduler_wall_time]) of
        undefined -> ok;
        _ -> timer:sleep(20), rests(Node)
    end.

%% Evaluates the case in a process of its own, which is killed after the time limit.
on(Node, Name) ->
    try erpc:call(Node, awaited_there, try_case, [Name], limit())
    catch
        error:{erpc, timeout} -> waits;
        Class:Reason -> {lost, {Class, Reason}}
    end.

short({How, What}) -> string:slice(lists:flatten(io_lib:format("~w ~0p", [How, What])), 0, 100).
