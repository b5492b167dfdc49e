%% Runs the cases of suites on a node, each in a process of its own, and on this node as the control: a case
%% that fails on this node too says nothing about the other. Prints a line per case, then a table.
-module(suites).
-export([main/0]).

-define(TIME_LIMIT, 180_000).

main() ->
    Node = claims:node_of(suite_runner),
    pong = net_adm:ping(Node),
    {ok, NotApplicable} = file:consult(os:getenv("NOT_APPLICABLE")),
    Rows = [{Suite, [one(Node, Suite, Groups, Case, NotApplicable) || {Groups, Case} <- cases(Suite)]}
            || Suite <- [list_to_atom(Suite) || Suite <- string:lexemes(os:getenv("SUITES"), " ")]],
    table(Rows),
    [] = [Suite || {Suite, Outcomes} <- Rows, count(failed, Outcomes) > 0 orelse count(passed, Outcomes) =:= 0].

one(Node, Suite, Groups, Case, NotApplicable) ->
    case [Reason || {S, C, Reason} <- NotApplicable, S =:= Suite, C =:= Case] of
        [Reason] -> say("n/a  ", Suite, Case, Reason), not_applicable;
        [] ->
            {Here, {Outcome, Why}} = run(node(), Suite, Groups, Case),
            case Outcome of
                passed -> judge(Suite, Case, Here, run(Node, Suite, Groups, Case));
                failed -> say("void ", Suite, Case, ["fails on OTP too: ", Why]), void;
                skipped -> say("skip ", Suite, Case, Why), skipped
            end
    end.

judge(Suite, Case, Here, {There, {passed, _}}) ->
    say("ok   ", Suite, Case, io_lib:format("~b ms (OTP ~b ms)", [There, Here])), passed;
judge(Suite, Case, _, {_, {Outcome, Why}}) ->
    say("FALSE", Suite, Case, [atom_to_list(Outcome), ": ", Why]), failed.

%% {Milliseconds, {passed | failed | skipped, Why}}. What the case prints goes to a file.
run(Node, Suite, Groups, Case) ->
    {ok, Output} = file:open(lists:concat([Suite, "-", Case, "-", Node, ".out"]), [write, {encoding, utf8}]),
    Config = [{priv_dir, "."}, {data_dir, atom_to_list(Suite) ++ "_data"}],
    Before = erlang:monotonic_time(millisecond),
    {Spawner, Monitor} = spawn_monitor(fun() ->
        group_leader(Output, self()),
        {Pid, Inner} = spawn_monitor(Node, suite_case, run, [Suite, Groups, Case, Config]),
        receive {'DOWN', Inner, _, _, Reason} -> exit(Reason)
        after ?TIME_LIMIT -> exit(Pid, kill), exit(time_limit)
        end end),
    Reason = receive {'DOWN', Monitor, _, Spawner, What} -> What end,
    After = erlang:monotonic_time(millisecond),
    ok = file:close(Output),
    {After - Before, case Reason of
                         {how_it_went, passed} -> {passed, ""};
                         {how_it_went, {Outcome, Why}} -> {Outcome, io_lib:format("~0tP", [Why, 40])};
                         Other -> {failed, io_lib:format("~0tP", [Other, 40])}
                     end}.

%% [{Groups, Case}] of all(), groups unfolded; suites name no group twice.
cases(Suite) -> unfold(Suite:all(), [], try Suite:groups() catch error:undef -> [] end).

unfold(Entries, Within, Definitions) ->
    lists:flatmap(fun({group, Name}) -> group(Name, Within, Definitions);
                     ({group, Name, _}) -> group(Name, Within, Definitions);
                     ({testcase, Case, _}) -> [{Within, Case}];
                     ({Name, _, Members}) -> unfold(Members, Within ++ [Name], Definitions);
                     (Case) -> [{Within, Case}]
                  end, Entries).

group(Name, Within, Definitions) ->
    case lists:keyfind(Name, 1, Definitions) of
        {_, _, Members} -> unfold(Members, Within ++ [Name], Definitions);
        {_, Members} -> unfold(Members, Within ++ [Name], Definitions)
    end.

say(Verdict, Suite, Case, Text) -> io:format("~s ~s:~s ~ts~n", [Verdict, Suite, Case, Text]).

table(Rows) ->
    Columns = [passed, failed, not_applicable, skipped, void],
    io:format("~n~-20s~s~n", ["", [io_lib:format("~16s", [Column]) || Column <- Columns]]),
    [io:format("~-20s~s~n", [Suite, [io_lib:format("~16b", [count(Column, Outcomes)]) || Column <- Columns]])
     || {Suite, Outcomes} <- Rows].

count(Outcome, Outcomes) -> length([found || O <- Outcomes, O =:= Outcome]).
