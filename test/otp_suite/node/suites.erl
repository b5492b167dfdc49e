%% Runs the cases of suites, each in a process of its own, on a node of ours and on a real node, the control: a case that
%% does not pass on the control says nothing about ours. Both nodes are new for each suite; this node lends ours its
%% modules. Prints a line per case, then a table.
%%
%% Environment: TABLES the folder of the tables, BUILT the compiled suites (a folder per area), FILES the folder that both
%% nodes may use, OUTPUT where to write what nodes and cases print, OURS and CONTROL the commands that start the nodes,
%% SUITES what to run (AREA/SUITE or AREA/SUITE:CASE), TIME_LIMIT seconds of a case.
-module(suites).
-export([main/0]).

-record(tables, {not_applicable :: [tuple()], known :: [tuple()]}).

main() ->
    Tables = #tables{not_applicable = table_of("not_applicable.terms"), known = table_of("known_failures.terms")},
    Rows = [suite(Chosen, Tables) || Chosen <- string:lexemes(os:getenv("SUITES"), " ")],
    print_table(Rows),
    [] = [Row || {Row, Outcomes} <- Rows, count(failed, Outcomes) + count(mended, Outcomes) > 0].

%% The rows of this node's release: {Area, Suite, Case, Reason} holds for all, {Releases, Area, Suite, Case, Reason} for some.
table_of(File) ->
    {ok, Rows} = file:consult(filename:join(os:getenv("TABLES"), File)),
    Release = list_to_integer(erlang:system_info(otp_release)),
    [of_any_release(Row) || Row <- Rows, tuple_size(Row) =:= 4 orelse lists:member(Release, element(1, Row))].

of_any_release({_, Area, Suite, Case, Reason}) -> {Area, Suite, Case, Reason};
of_any_release(Row) -> Row.

%% {{Area, Suite}, [outcome of a case]}
suite(Chosen, Tables) ->
    [Area, Rest] = string:split(Chosen, "/"),
    [Suite | Only] = [list_to_atom(Part) || Part <- string:split(Rest, ":")],
    Row = {list_to_atom(Area), Suite},
    case not_applicable(Row, '_', Tables) of
        {true, Reason} -> say("n/a  ", Row, '_', Reason), {Row, []};
        false ->
            Directory = built(Area),
            true = code:add_patha(Directory),
            Nodes = start_nodes(Row),
            try
                Cases = [{Groups, Case} || {Groups, Case} <- cases(Nodes, Suite), Only =:= [] orelse Only =:= [Case]],
                {Row, cases_of(Row, Cases, Nodes, Tables)}
            catch
                error:{no_cases, Why} -> say("FALSE", Row, '_', io_lib:format("~0tP", [Why, 30])), stop_nodes(Nodes), {Row, [failed]}
            after
                code:del_path(Directory)
            end
    end.

cases_of(Row, [{Groups, Case} | More], Nodes, Tables) ->
    {Outcome, Next} = one(Row, Groups, Case, Nodes, Tables),
    [Outcome | cases_of(Row, More, Next, Tables)];
cases_of(_, [], Nodes, _) -> stop_nodes(Nodes), [].

start_nodes({Area, Suite} = Row) ->
    Log = filename:join(os:getenv("OUTPUT"), lists:concat([Area, "-", Suite])),
    Start = fun(Kind, Command) ->
        Node = suite_node:start(Kind, Command, Area, lists:concat([Log, ".", Kind, ".log"])),
        ok = erpc:call(suite_node:name(Node), file, set_cwd, [os:getenv("BUILT")]),
        Node
    end,
    {Row, Start("ours", os:getenv("OURS")), Start("control", os:getenv("CONTROL"))}.

stop_nodes({_, Ours, Control}) -> suite_node:stop(Ours), suite_node:stop(Control).

%% What a case that fails leaves behind would disturb the next one: the nodes are started again. So are nodes that a
%% case has ended.
for_next({Row, Ours, Control} = Nodes, Outcome) ->
    case lists:member(Outcome, [passed, skipped]) andalso suite_node:is_up(Ours) andalso suite_node:is_up(Control) of
        true -> Nodes;
        false -> stop_nodes(Nodes), start_nodes(Row)
    end.

one(Row, Groups, Case, Nodes, Tables) ->
    case not_applicable(Row, Case, Tables) of
        {true, Reason} -> say("n/a  ", Row, Case, Reason), {not_applicable, Nodes};
        false ->
            {_, Ours, Control} = Nodes,
            {There, Here} = both(fun() -> run(Ours, Row, Groups, Case) end, fun() -> run(Control, Row, Groups, Case) end),
            Outcome = judge(Row, Case, Here, There, Tables),
            {Outcome, for_next(Nodes, Outcome)}
    end.

not_applicable({Area, Suite}, Case, Tables) ->
    case [Reason || {A, S, C, Reason} <- Tables#tables.not_applicable, A =:= Area, S =:= Suite, C =:= Case] of
        [Reason] -> {true, Reason};
        [] -> false
    end.

judge(Row, Case, {_, {failed, Why}}, _, _) -> say("void ", Row, Case, ["fails on OTP too: ", Why]), void;
judge(Row, Case, {_, {skipped, Why}}, _, _) -> say("skip ", Row, Case, Why), skipped;
judge(Row, Case, {Control, {passed, _}}, {Ours, {Outcome, Why}}, Tables) ->
    case {Outcome, known(Row, Case, Tables)} of
        {passed, false} -> say("ok   ", Row, Case, io_lib:format("~b ms (OTP ~b ms)", [Ours, Control])), passed;
        {passed, {true, _}} -> say("FALSE", Row, Case, "passes: take it off known_failures.terms"), mended;
        {_, {true, Reason}} -> say("known", Row, Case, Reason), known;
        {_, false} -> say("FALSE", Row, Case, [atom_to_list(Outcome), ": ", Why]), failed
    end.

known({Area, Suite}, Case, Tables) ->
    case [Reason || {A, S, C, Reason} <- Tables#tables.known, A =:= Area, S =:= Suite, C =:= Case] of
        [Reason | _] -> {true, Reason};
        [] -> false
    end.

both(Left, Right) ->
    {Pid, Monitor} = spawn_monitor(fun() -> exit({done, Left()}) end),
    Done = Right(),
    receive {'DOWN', Monitor, _, Pid, {done, Other}} -> {Other, Done} end.

%% {Milliseconds, {passed | failed | skipped, Why}}. What the case prints goes to a file.
run(On, {Area, Suite}, Groups, Case) ->
    Node = suite_node:name(On),
    [Kind | _] = string:lexemes(atom_to_list(Node), "0123456789@"),
    Output = filename:join(os:getenv("OUTPUT"), lists:concat([Area, "-", Suite, "-", Case, ".", Kind])),
    Config = [{priv_dir, private(Kind, Area, Suite, Case)}, {data_dir, data(Kind, Area, Suite)}],
    Limit = list_to_integer(os:getenv("TIME_LIMIT")) * 1000,
    Before = erlang:monotonic_time(millisecond),
    {Spawner, Monitor} = spawn_monitor(fun() ->
        {ok, File} = file:open(Output, [write, {encoding, utf8}]),
        group_leader(File, self()),
        {Pid, Inner} = spawn_monitor(Node, suite_case, run, [Suite, Groups, Case, Config]),
        receive {'DOWN', Inner, _, _, Reason} -> exit(Reason)
        after Limit -> exit(Pid, kill), exit(time_limit)
        end end),
    Reason = receive {'DOWN', Monitor, _, Spawner, What} -> What end,
    After = erlang:monotonic_time(millisecond),
    {After - Before, case Reason of
                         {how_it_went, passed} -> {passed, ""};
                         {how_it_went, {Outcome, Why}} -> {Outcome, io_lib:format("~0tP", [Why, 60])};
                         Other -> {failed, io_lib:format("~0tP", [Other, 60])}
                     end}.

%% A new directory for what a case writes. Names end with a slash, as Common Test's.
private(Kind, Area, Suite, Case) ->
    Directory = filename:join([os:getenv("FILES"), Kind, Area, Suite, Case]),
    file:del_dir_r(Directory),
    ok = filelib:ensure_path(Directory),
    headers(Area, Directory),
    Directory ++ "/".

%% Code that suites of stdlib write there includes files of stdlib, which our node does not find by code:lib_dir/1.
headers(stdlib, Directory) ->
    Copy = filename:join(Directory, "stdlib"),
    ok = filelib:ensure_path(Copy),
    os:cmd("cp -r '" ++ filename:join(code:lib_dir(stdlib), "include") ++ "' '" ++ Copy ++ "'");
headers(_, _) -> ok.

%% Each node has its own copy of the files of a suite: cases write there too.
data(Kind, Area, Suite) ->
    Name = lists:concat([Suite, "_data"]),
    Directory = filename:join([os:getenv("FILES"), Kind, Area, "data"]),
    ok = filelib:ensure_path(Directory),
    filelib:is_dir(filename:join(Directory, Name)) orelse
        os:cmd("cp -r '" ++ filename:join(built(Area), Name) ++ "' '" ++ Directory ++ "'"),
    filename:join(Directory, Name) ++ "/".

built(Area) -> filename:join(os:getenv("BUILT"), lists:concat([Area, "_test"])).

%% [{Groups, Case}] of all(), groups unfolded; each case once.
cases({_, _, Control}, Suite) ->
    {All, Groups} = try
        Node = suite_node:name(Control),
        {erpc:call(Node, Suite, all, []), try erpc:call(Node, Suite, groups, []) catch error:{exception, undef, _} -> [] end}
    catch Class:Reason -> error({no_cases, {Class, Reason}})
    end,
    is_list(All) orelse error({no_cases, All}),
    once(unfold(All, [], Groups), []).

once([{Groups, Case} | More], Seen) ->
    case lists:member(Case, Seen) of
        true -> once(More, Seen);
        false -> [{Groups, Case} | once(More, [Case | Seen])]
    end;
once([], _) -> [].

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

say(Verdict, {Area, Suite}, Case, Text) -> io:format("~s ~s/~s:~s ~ts~n", [Verdict, Area, Suite, Case, Text]).

%% `control` counts the cases that pass on the control.
print_table(Rows) ->
    Columns = [control, passed, known, failed, mended, not_applicable, skipped, void],
    io:format("~n~-32s~s~n", ["", [io_lib:format("~15s", [Column]) || Column <- Columns]]),
    [io:format("~-32s~s~n", [Name, [io_lib:format("~15b", [count(Column, Outcomes)]) || Column <- Columns]])
     || {Name, Outcomes} <- [{lists:concat([Area, "/", Suite]), Outcomes} || {{Area, Suite}, Outcomes} <- Rows]
                            ++ [{"all", lists:append([Outcomes || {_, Outcomes} <- Rows])}]].

count(control, Outcomes) -> lists:sum([count(Outcome, Outcomes) || Outcome <- [passed, known, failed, mended]]);
count(Outcome, Outcomes) -> length([found || O <- Outcomes, O =:= Outcome]).
