%% The functions of maps that call funs or are made of others. Those that are native are not here.
-module(maps).
-export([filter/2, filtermap/2, fold/3, foreach/2, groups_from_list/2, groups_from_list/3, intersect/2,
         intersect_with/3, map/2, merge_with/3, update_with/3, update_with/4, with/2, without/2]).

filter(Test, Map) when is_function(Test, 2), is_map(Map) ->
    maps:from_list([Pair || {Key, Value} = Pair <- maps:to_list(Map), Test(Key, Value)]);
filter(Test, Map) -> bad(filter, [Test, Map], Map).

filtermap(Fun, Map) when is_function(Fun, 2), is_map(Map) ->
    maps:from_list(lists:filtermap(fun({Key, Value} = Pair) ->
                                           case Fun(Key, Value) of
                                               true -> {true, Pair};
                                               {true, New} -> {true, {Key, New}};
                                               false -> false
                                           end
                                   end, maps:to_list(Map)));
filtermap(Fun, Map) -> bad(filtermap, [Fun, Map], Map).

fold(Fun, Value, Map) when is_function(Fun, 3), is_map(Map) -> fold_1(Fun, Value, maps:to_list(Map));
fold(Fun, Value, Map) -> bad(fold, [Fun, Value, Map], Map).

fold_1(Fun, Value, [{Key, Element} | Rest]) -> fold_1(Fun, Fun(Key, Element, Value), Rest);
fold_1(_, Value, []) -> Value.

foreach(Fun, Map) when is_function(Fun, 2), is_map(Map) ->
    lists:foreach(fun({Key, Value}) -> Fun(Key, Value) end, maps:to_list(Map));
foreach(Fun, Map) -> bad(foreach, [Fun, Map], Map).

map(Fun, Map) when is_function(Fun, 2), is_map(Map) ->
    maps:from_list([{Key, Fun(Key, Value)} || {Key, Value} <- maps:to_list(Map)]);
map(Fun, Map) -> bad(map, [Fun, Map], Map).

merge_with(Combine, Map1, Map2) when is_function(Combine, 3), is_map(Map1), is_map(Map2) ->
    fold_1(fun(Key, Value, Merged) ->
                   case Merged of
                       #{Key := Other} -> Merged#{Key := Combine(Key, Other, Value)};
                       #{} -> Merged#{Key => Value}
                   end
           end, Map1, maps:to_list(Map2));
merge_with(Combine, Map1, Map2) -> bad(merge_with, [Combine, Map1, Map2], Map1, Map2).

intersect(Map1, Map2) when is_map(Map1), is_map(Map2) ->
    maps:from_list([Pair || {Key, _} = Pair <- maps:to_list(Map2), is_map_key(Key, Map1)]);
intersect(Map1, Map2) -> bad(intersect, [Map1, Map2], Map1, Map2).

intersect_with(Combine, Map1, Map2) when is_function(Combine, 3), is_map(Map1), is_map(Map2) ->
    maps:from_list([{Key, Combine(Key, map_get(Key, Map1), Value)}
                    || {Key, Value} <- maps:to_list(Map2), is_map_key(Key, Map1)]);
intersect_with(Combine, Map1, Map2) -> bad(intersect_with, [Combine, Map1, Map2], Map1, Map2).

groups_from_list(KeyOf, List) -> groups_from_list(KeyOf, fun(Element) -> Element end, List).

groups_from_list(KeyOf, ValueOf, List) when is_function(KeyOf, 1), is_function(ValueOf, 1) ->
    lists:foldl(fun(Element, Groups) ->
                        Key = KeyOf(Element),
                        Groups#{Key => [ValueOf(Element) | maps:get(Key, Groups, [])]}
                end, #{}, lists:reverse(List)).

update_with(Key, Fun, Map) when is_function(Fun, 1), is_map(Map) ->
    case Map of
        #{Key := Value} -> Map#{Key := Fun(Value)};
        #{} -> erlang:error({badkey, Key}, [Key, Fun, Map])
    end;
update_with(Key, Fun, Map) -> bad(update_with, [Key, Fun, Map], Map).

update_with(Key, Fun, Initial, Map) when is_function(Fun, 1), is_map(Map) ->
    case Map of
        #{Key := Value} -> Map#{Key := Fun(Value)};
        #{} -> Map#{Key => Initial}
    end;
update_with(Key, Fun, Initial, Map) -> bad(update_with, [Key, Fun, Initial, Map], Map).

with(Keys, Map) when is_list(Keys), is_map(Map) ->
    maps:from_list([{Key, map_get(Key, Map)} || Key <- Keys, is_map_key(Key, Map)]);
with(Keys, Map) -> bad(with, [Keys, Map], Map).

without(Keys, Map) when is_list(Keys), is_map(Map) -> lists:foldl(fun maps:remove/2, Map, Keys);
without(Keys, Map) -> bad(without, [Keys, Map], Map).

bad(Function, Arguments, Map) when is_map(Map) -> raise(badarg, Function, Arguments);
bad(Function, Arguments, Map) -> raise({badmap, Map}, Function, Arguments).

bad(Function, Arguments, Map1, Map2) when is_map(Map1) -> bad(Function, Arguments, Map2);
bad(Function, Arguments, Map1, _) -> bad(Function, Arguments, Map1).

raise(Reason, Function, Arguments) ->
    erlang:raise(error, Reason, [{maps, Function, Arguments, [{error_info, #{module => erl_stdlib_errors}}]}]).
