%% Operations on tables of OBJECTS objects, here and on the other node in turn. Prints microseconds, the ratio, and the
%% growth of the other node's time from a tenth of the objects to all of them (10 is linear).
-module(tables).
-export([main/1, measure/2]).

main([Other, Objects, Rounds]) ->
    Node = list_to_atom(Other),
    pong = net_adm:ping(Node),
    {Count, Times} = {list_to_integer(Objects), list_to_integer(Rounds)},
    io:format("~-28s ~12s ~12s ~10s ~8s~n", ["", "OTP (us)", "ours (us)", "OTP / ours", "growth"]),
    lists:foreach(fun(Type) -> rows(Node, Type, Count, Times) end, [set, ordered_set, bag]),
    halt().

rows(Node, Type, Count, Times) ->
    Fewer = best([erpc:call(Node, tables, measure, [Type, Count div 10], infinity) || _ <- lists:seq(1, Times)]),
    {Ours, Otps} = lists:unzip([{erpc:call(Node, tables, measure, [Type, Count], infinity), here(Type, Count)}
                                || _ <- lists:seq(1, Times)]),
    [io:format("~-28s ~12w ~12w     1/~5.2f ~8.1f~n", [io_lib:format("~p ~p", [Type, Row]), Otp, Our, Our / max(Otp, 1), Our / max(Few, 1)])
     || {{Row, Our}, {Row, Otp}, {Row, Few}} <- lists:zip3(best(Ours), best(Otps), Fewer)].

here(Type, Count) ->
    {Pid, Monitor} = spawn_monitor(fun() -> exit(measure(Type, Count)) end),
    receive {'DOWN', Monitor, process, Pid, Times} -> Times end.

best([First | Rest]) ->
    [{Row, lists:min([Time | [proplists:get_value(Row, Other) || Other <- Rest]])} || {Row, Time} <- First].

%% Rows in their order: each finds the table as the one before has left it.
measure(Type, Count) ->
    Table = ets:new(table, [Type, public]),
    Times = [{Row, element(1, timer:tc(fun() -> Do(Table, Count) end))} || {Row, Do} <- steps(Type)],
    ets:delete(Table),
    Times.

steps(Type) ->
    [{insert, fun(Table, Count) -> insert(Table, Count, Count) end},
     {lookup, fun(Table, Count) -> lookup(Table, Count, Count) end},
     {foldl, fun(Table, Count) -> Count = ets:foldl(fun(_, Sum) -> Sum + 1 end, 0, Table) end},
     {next, fun(Table, Count) -> Count = walk(Table, ets:first(Table), 0) end},
     {select_count, fun(Table, Count) -> Count = ets:select_count(Table, [{{'_', '$1'}, [{'>=', '$1', 0}], [true]}]) end},
     {select_key, fun(Table, Count) -> select(Table, Count, Count) end},
     {tab2list, fun(Table, Count) -> Count = length(ets:tab2list(Table)) end}] ++
        [{update_counter, fun(Table, Count) -> update(Table, Count, Count) end} || Type =/= bag] ++
        [{delete, fun(Table, Count) -> delete(Table, Count, Count), 0 = ets:info(Table, size) end}].

%% Keys in no order: a step that has no divisor in common with any power of ten.
key(N, Count) -> N * 7919 rem Count.

insert(_, 0, _) -> ok;
insert(Table, N, Count) -> ets:insert(Table, {key(N, Count), N}), insert(Table, N - 1, Count).

lookup(_, 0, _) -> ok;
lookup(Table, N, Count) -> [{_, _}] = ets:lookup(Table, key(N, Count)), lookup(Table, N - 1, Count).

select(_, 0, _) -> ok;
select(Table, N, Count) -> [_] = ets:select(Table, [{{key(N, Count), '$1'}, [], ['$1']}]), select(Table, N - 1, Count).

update(_, 0, _) -> ok;
update(Table, N, Count) -> ets:update_counter(Table, key(N, Count), 1), update(Table, N - 1, Count).

delete(_, 0, _) -> ok;
delete(Table, N, Count) -> ets:delete(Table, key(N, Count)), delete(Table, N - 1, Count).

walk(_, '$end_of_table', Count) -> Count;
walk(Table, Key, Count) -> walk(Table, ets:next(Table, Key), Count + 1).
