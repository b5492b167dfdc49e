%% The functions of maps that call funs or other functions of maps. Native functions are not here.
-module(maps).
-export([filter/2, filtermap/2, fold/3, foreach/2, groups_from_list/2, groups_from_list/3, intersect/2,
         intersect_with/3, map/2, merge_with/3, update_with/3, update_with/4, with/2, without/2]).

%% Exported functions raise errors themselves, so that the trace names them.
-define(RAISE(Reason, Arguments), erlang:error(Reason, Arguments, [{error_info, #{module => erl_stdlib_errors}}])).

%% A function that takes a map also takes an iterator.
filter(Test, Map) when is_function(Test, 2) ->
    case first(Map) of
        bad -> ?RAISE({badmap, Map}, [Test, Map]);
        First -> maps:from_list(filter_1(Test, First))
    end;
filter(Test, Map) -> ?RAISE(badarg, [Test, Map]).

filter_1(Test, {Key, Value, Next}) ->
    case Test(Key, Value) of
        true -> [{Key, Value} | filter_1(Test, maps:next(Next))];
        false -> filter_1(Test, maps:next(Next))
    end;
filter_1(_, none) -> [].

filtermap(Fun, Map) when is_function(Fun, 2) ->
    case first(Map) of
        bad -> ?RAISE({badmap, Map}, [Fun, Map]);
        First -> maps:from_list(filtermap_1(Fun, First))
    end;
filtermap(Fun, Map) -> ?RAISE(badarg, [Fun, Map]).

filtermap_1(Fun, {Key, Value, Next}) ->
    case Fun(Key, Value) of
        true -> [{Key, Value} | filtermap_1(Fun, maps:next(Next))];
        {true, New} -> [{Key, New} | filtermap_1(Fun, maps:next(Next))];
        false -> filtermap_1(Fun, maps:next(Next))
    end;
filtermap_1(_, none) -> [].

fold(Fun, Value, Map) when is_function(Fun, 3) ->
    case first(Map) of
        bad -> ?RAISE({badmap, Map}, [Fun, Value, Map]);
        First -> fold_1(Fun, Value, First)
    end;
fold(Fun, Value, Map) -> ?RAISE(badarg, [Fun, Value, Map]).

fold_1(Fun, Folded, {Key, Value, Next}) -> fold_1(Fun, Fun(Key, Value, Folded), maps:next(Next));
fold_1(_, Folded, none) -> Folded.

foreach(Fun, Map) when is_function(Fun, 2) ->
    case first(Map) of
        bad -> ?RAISE({badmap, Map}, [Fun, Map]);
        First -> foreach_1(Fun, First)
    end;
foreach(Fun, Map) -> ?RAISE(badarg, [Fun, Map]).

foreach_1(Fun, {Key, Value, Next}) ->
    Fun(Key, Value),
    foreach_1(Fun, maps:next(Next));
foreach_1(_, none) -> ok.

map(Fun, Map) when is_function(Fun, 2) ->
    case first(Map) of
        bad -> ?RAISE({badmap, Map}, [Fun, Map]);
        First -> maps:from_list(map_1(Fun, First))
    end;
map(Fun, Map) -> ?RAISE(badarg, [Fun, Map]).

map_1(Fun, {Key, Value, Next}) -> [{Key, Fun(Key, Value)} | map_1(Fun, maps:next(Next))];
map_1(_, none) -> [].

first(Map) when is_map(Map) -> maps:next(maps:iterator(Map));
first({_, _, Next} = Iterator) ->
    case first(Next) of
        bad -> bad;
        _ -> Iterator
    end;
first(Iterator) ->
    try maps:next(Iterator)
    catch error:_ -> bad
    end.

merge_with(Combine, Map1, Map2) when is_function(Combine, 3), is_map(Map1), is_map(Map2) ->
    fold(fun(Key, Value, Merged) ->
                 case Merged of
                     #{Key := Other} -> Merged#{Key := Combine(Key, Other, Value)};
                     #{} -> Merged#{Key => Value}
                 end
         end, Map1, Map2);
merge_with(Combine, Map1, Map2) -> ?RAISE(reason(Combine, Map1, Map2), [Combine, Map1, Map2]).

intersect(Map1, Map2) when is_map(Map1), is_map(Map2) ->
    maps:from_list([Pair || {Key, _} = Pair <- maps:to_list(Map2), is_map_key(Key, Map1)]);
intersect(Map1, Map2) -> ?RAISE(reason(Map1, Map2), [Map1, Map2]).

intersect_with(Combine, Map1, Map2) when is_function(Combine, 3), is_map(Map1), is_map(Map2) ->
    maps:from_list([{Key, Combine(Key, map_get(Key, Map1), Value)}
                    || {Key, Value} <- maps:to_list(Map2), is_map_key(Key, Map1)]);
intersect_with(Combine, Map1, Map2) -> ?RAISE(reason(Combine, Map1, Map2), [Combine, Map1, Map2]).

groups_from_list(KeyOf, List) when is_function(KeyOf, 1), is_list(List), length(List) >= 0 ->
    groups_1(KeyOf, fun(Element) -> Element end, lists:reverse(List), #{});
groups_from_list(KeyOf, List) -> ?RAISE(badarg, [KeyOf, List]).

groups_from_list(KeyOf, ValueOf, List)
  when is_function(KeyOf, 1), is_function(ValueOf, 1), is_list(List), length(List) >= 0 ->
    groups_1(KeyOf, ValueOf, lists:reverse(List), #{});
groups_from_list(KeyOf, ValueOf, List) -> ?RAISE(badarg, [KeyOf, ValueOf, List]).

groups_1(KeyOf, ValueOf, [Element | Rest], Groups) ->
    Key = KeyOf(Element),
    Value = ValueOf(Element),
    groups_1(KeyOf, ValueOf, Rest, Groups#{Key => [Value | maps:get(Key, Groups, [])]});
groups_1(_, _, [], Groups) -> Groups.

update_with(Key, Fun, Map) when is_function(Fun, 1), is_map(Map) ->
    case Map of
        #{Key := Value} -> Map#{Key := Fun(Value)};
        #{} -> erlang:error({badkey, Key}, [Key, Fun, Map])
    end;
update_with(Key, Fun, Map) -> ?RAISE(reason(Map), [Key, Fun, Map]).

update_with(Key, Fun, Initial, Map) when is_function(Fun, 1), is_map(Map) ->
    case Map of
        #{Key := Value} -> Map#{Key := Fun(Value)};
        #{} -> Map#{Key => Initial}
    end;
update_with(Key, Fun, Initial, Map) -> ?RAISE(reason(Map), [Key, Fun, Initial, Map]).

with(Keys, Map) when is_list(Keys), is_map(Map) -> maps:from_list(with_1(Keys, Map));
with(Keys, Map) -> ?RAISE(reason(Map), [Keys, Map]).

with_1([Key | Keys], Map) ->
    case Map of
        #{Key := Value} -> [{Key, Value} | with_1(Keys, Map)];
        #{} -> with_1(Keys, Map)
    end;
with_1([], _) -> [].

without(Keys, Map) when is_list(Keys), is_map(Map) -> lists:foldl(fun maps:remove/2, Map, Keys);
without(Keys, Map) -> ?RAISE(reason(Map), [Keys, Map]).

reason(Map) when is_map(Map) -> badarg;
reason(Other) -> {badmap, Other}.

reason(Map1, Map2) when is_map(Map1) -> {badmap, Map2};
reason(Other, _) -> {badmap, Other}.

reason(Combine, Map1, Map2) when is_function(Combine, 3) -> reason(Map1, Map2);
reason(_, _, _) -> badarg.
