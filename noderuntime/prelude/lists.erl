%% The functions of lists that call funs, and other short ones. Native functions are not here; a function that is
%% neither native nor here comes from OTP's own module.
-module(lists).
-compile({no_auto_import, [max/1, min/1]}).
-export([all/2, any/2, append/1, append/2, concat/1, delete/2, dropwhile/2, duplicate/2, filter/2, filtermap/2,
         flatlength/1, flatmap/2, flatten/1, flatten/2, foldl/3, foldr/3, foreach/2, keydelete/3, keyreplace/4,
         keysort/2, keystore/4, keytake/3, last/1, map/2, mapfoldl/3, mapfoldr/3, max/1, min/1, nth/2, nthtail/2,
         partition/2, prefix/2, search/2, seq/3, sort/2, split/2, splitwith/2, sublist/2, sublist/3, subtract/2,
         suffix/2, sum/1, takewhile/2, unzip/1, unzip3/1, zip/2, zip3/3, zipwith/3, zf/2]).

all(Test, List) when is_function(Test, 1) ->
    case List of
        [Head | Tail] ->
            case Test(Head) of
                true -> all_1(Test, Tail);
                false -> false
            end;
        [] -> true
    end.

all_1(Test, [Head | Tail]) ->
    case Test(Head) of
        true -> all_1(Test, Tail);
        false -> false
    end;
all_1(_, []) -> true.

any(Test, List) when is_function(Test, 1) ->
    case List of
        [Head | Tail] ->
            case Test(Head) of
                true -> true;
                false -> any_1(Test, Tail)
            end;
        [] -> false
    end.

any_1(Test, [Head | Tail]) ->
    case Test(Head) of
        true -> true;
        false -> any_1(Test, Tail)
    end;
any_1(_, []) -> false.

append([List]) -> List;
append([Head | Tail]) -> Head ++ append(Tail);
append([]) -> [].

append(First, Second) -> First ++ Second.

concat(Things) -> flatmap(fun text/1, Things).

text(Thing) when is_integer(Thing) -> integer_to_list(Thing);
text(Thing) when is_float(Thing) -> float_to_list(Thing);
text(Thing) when is_atom(Thing) -> atom_to_list(Thing);
text(Thing) when is_list(Thing) -> Thing.

delete(Element, [Element | Tail]) -> Tail;
delete(Element, [Head | Tail]) -> [Head | delete(Element, Tail)];
delete(_, []) -> [].

dropwhile(Test, List) when is_function(Test, 1) -> dropwhile_1(Test, List).

dropwhile_1(Test, [Head | Tail] = List) ->
    case Test(Head) of
        true -> dropwhile_1(Test, Tail);
        false -> List
    end;
dropwhile_1(_, []) -> [].

duplicate(Count, Element) when is_integer(Count), Count >= 0 -> duplicate(Count, Element, []).

duplicate(0, _, List) -> List;
duplicate(Count, Element, List) -> duplicate(Count - 1, Element, [Element | List]).

filter(Test, List) when is_function(Test, 1) -> [Element || Element <- List, Test(Element)].

filtermap(Fun, List) when is_function(Fun, 1) -> filtermap_1(Fun, List).

filtermap_1(Fun, [Head | Tail]) ->
    case Fun(Head) of
        true -> [Head | filtermap_1(Fun, Tail)];
        {true, Value} -> [Value | filtermap_1(Fun, Tail)];
        false -> filtermap_1(Fun, Tail)
    end;
filtermap_1(_, []) -> [].

zf(Fun, List) -> filtermap(Fun, List).

flatlength(List) -> flatlength(List, 0).

flatlength([Head | Tail], Length) when is_list(Head) -> flatlength(Head, flatlength(Tail, Length));
flatlength([_ | Tail], Length) -> flatlength(Tail, Length + 1);
flatlength([], Length) -> Length.

flatmap(Fun, List) when is_function(Fun, 1) -> flatmap_1(Fun, List).

flatmap_1(Fun, [Head | Tail]) -> Fun(Head) ++ flatmap_1(Fun, Tail);
flatmap_1(_, []) -> [].

flatten(List) when is_list(List) -> flatten_onto(List, []).
flatten(List, Tail) when is_list(List), is_list(Tail) -> flatten_onto(List, Tail).

flatten_onto([Head | Tail], Rest) when is_list(Head) -> flatten_onto(Head, flatten_onto(Tail, Rest));
flatten_onto([Head | Tail], Rest) -> [Head | flatten_onto(Tail, Rest)];
flatten_onto([], Rest) -> Rest.

foldl(Fun, Value, List) when is_function(Fun, 2) ->
    case List of
        [Head | Tail] -> foldl_1(Fun, Fun(Head, Value), Tail);
        [] -> Value
    end.

foldl_1(Fun, Value, [Head | Tail]) -> foldl_1(Fun, Fun(Head, Value), Tail);
foldl_1(_, Value, []) -> Value.

foldr(Fun, Value, List) when is_function(Fun, 2) -> foldr_1(Fun, Value, List).

foldr_1(Fun, Value, [Head | Tail]) -> Fun(Head, foldr_1(Fun, Value, Tail));
foldr_1(_, Value, []) -> Value.

foreach(Fun, List) when is_function(Fun, 1) -> foreach_1(Fun, List).

foreach_1(Fun, [Head | Tail]) ->
    Fun(Head),
    foreach_1(Fun, Tail);
foreach_1(_, []) -> ok.

keydelete(Key, N, List) when is_integer(N), N > 0 -> keydelete3(Key, N, List).

keydelete3(Key, N, [Head | Tail]) when element(N, Head) == Key -> Tail;
keydelete3(Key, N, [Head | Tail]) -> [Head | keydelete3(Key, N, Tail)];
keydelete3(_, _, []) -> [].

keyreplace(Key, N, List, New) when is_integer(N), N > 0, is_tuple(New) -> keyreplace3(Key, N, List, New).

keyreplace3(Key, N, [Head | Tail], New) when element(N, Head) == Key -> [New | Tail];
keyreplace3(Key, N, [Head | Tail], New) -> [Head | keyreplace3(Key, N, Tail, New)];
keyreplace3(_, _, [], _) -> [].

keystore(Key, N, List, New) when is_integer(N), N > 0, is_tuple(New) -> keystore2(Key, N, List, New).

keystore2(Key, N, [Head | Tail], New) when element(N, Head) == Key -> [New | Tail];
keystore2(Key, N, [Head | Tail], New) -> [Head | keystore2(Key, N, Tail, New)];
keystore2(_, _, [], New) -> [New].

keytake(Key, N, List) when is_integer(N), N > 0 -> keytake(Key, N, List, []).

keytake(Key, N, [Head | Tail], Before) when element(N, Head) == Key -> {value, Head, lists:reverse(Before, Tail)};
keytake(Key, N, [Head | Tail], Before) -> keytake(Key, N, Tail, [Head | Before]);
keytake(_, _, [], _) -> false.

keysort(N, List) when is_integer(N), N > 0 ->
    case List of
        [] -> [];
        [_] -> List;
        [_, _ | _] ->
            case lists:'$keysort'(N, List) of
                false -> sort(fun(A, B) -> element(N, A) =< element(N, B) end, List);
                Sorted -> Sorted
            end
    end.

last([Last]) -> Last;
last([_ | Tail]) -> last(Tail).

map(Fun, List) when is_function(Fun, 1) ->
    case List of
        [Head | Tail] -> [Fun(Head) | map_1(Fun, Tail)];
        [] -> []
    end.

map_1(Fun, [Head | Tail]) -> [Fun(Head) | map_1(Fun, Tail)];
map_1(_, []) -> [].

mapfoldl(Fun, Value, List) when is_function(Fun, 2) -> mapfoldl_1(Fun, Value, List).

mapfoldl_1(Fun, Value, [Head | Tail]) ->
    {Mapped, Next} = Fun(Head, Value),
    {List, Last} = mapfoldl_1(Fun, Next, Tail),
    {[Mapped | List], Last};
mapfoldl_1(_, Value, []) -> {[], Value}.

mapfoldr(Fun, Value, List) when is_function(Fun, 2) -> mapfoldr_1(Fun, Value, List).

mapfoldr_1(Fun, Value, [Head | Tail]) ->
    {List, Next} = mapfoldr_1(Fun, Value, Tail),
    {Mapped, Last} = Fun(Head, Next),
    {[Mapped | List], Last};
mapfoldr_1(_, Value, []) -> {[], Value}.

max([Head | Tail]) -> max(Tail, Head).

max([Head | Tail], Most) when Head > Most -> max(Tail, Head);
max([_ | Tail], Most) -> max(Tail, Most);
max([], Most) -> Most.

min([Head | Tail]) -> min(Tail, Head).

min([Head | Tail], Least) when Head < Least -> min(Tail, Head);
min([_ | Tail], Least) -> min(Tail, Least);
min([], Least) -> Least.

nth(1, [Head | _]) -> Head;
nth(N, [_ | Tail]) when N > 1 -> nth(N - 1, Tail).

nthtail(0, List) when is_list(List) -> List;
nthtail(1, [_ | Tail]) -> Tail;
nthtail(N, [_ | Tail]) when N > 1 -> nthtail(N - 1, Tail).

partition(Test, List) when is_function(Test, 1) -> partition_1(Test, List, [], []).

partition_1(Test, [Head | Tail], Yes, No) ->
    case Test(Head) of
        true -> partition_1(Test, Tail, [Head | Yes], No);
        false -> partition_1(Test, Tail, Yes, [Head | No])
    end;
partition_1(_, [], Yes, No) -> {lists:reverse(Yes), lists:reverse(No)}.

prefix([Head | Prefix], [Head | Tail]) -> prefix(Prefix, Tail);
prefix([], List) when is_list(List) -> true;
prefix([_ | _], List) when is_list(List) -> false.

suffix(Suffix, List) ->
    Delta = length(List) - length(Suffix),
    Delta >= 0 andalso nthtail(Delta, List) =:= Suffix.

search(Test, List) when is_function(Test, 1) -> search_1(Test, List).

search_1(Test, [Head | Tail]) ->
    case Test(Head) of
        true -> {value, Head};
        false -> search_1(Test, Tail)
    end;
search_1(_, []) -> false.

seq(First, Last, Step)
  when is_integer(First), is_integer(Last), is_integer(Step),
       (Step > 0 andalso First - Step =< Last) orelse (Step < 0 andalso First - Step >= Last) ->
    seq_down(First, First + ((Last - First + Step) div Step - 1) * Step, Step, []);
seq(Same, Same, 0) when is_integer(Same) -> [Same];
seq(First, Last, Step) -> error(badarg, [First, Last, Step], [{error_info, #{module => erl_stdlib_errors}}]).

seq_down(First, Element, Step, List) when Step > 0, Element >= First; Step < 0, Element =< First ->
    seq_down(First, Element - Step, Step, [Element | List]);
seq_down(_, _, _, List) -> List.

%% Merge sort; stable if Ordered(A, B) is true for equal elements. A list that rises or falls all the way is not merged.
sort(Ordered, []) when is_function(Ordered, 2) -> [];
sort(Ordered, [_] = List) when is_function(Ordered, 2) -> List;
sort(Ordered, [A, B | Rest] = List) ->
    Run = case Ordered(A, B) of
              true -> rising(Ordered, B, Rest, List);
              false -> falling(Ordered, B, Rest, [B, A])
          end,
    case Run of
        none -> merge_sort(Ordered, List);
        _ -> Run
    end.

rising(Ordered, Last, [Next | Rest], List) ->
    case Ordered(Last, Next) of
        true -> rising(Ordered, Next, Rest, List);
        false -> none
    end;
rising(_, _, [], List) -> List.

falling(Ordered, Last, [Next | Rest], Reversed) ->
    case Ordered(Last, Next) of
        true -> none;
        false -> falling(Ordered, Next, Rest, [Next | Reversed])
    end;
falling(_, _, [], Reversed) -> Reversed.

merge_sort(Ordered, List) when length(List) > 1 -> element(1, merge_sort(Ordered, length(List), List)).

merge_sort(_, 1, [Element | Rest]) -> {[Element], Rest};
merge_sort(Ordered, Count, List) ->
    Half = Count div 2,
    {Left, Middle} = merge_sort(Ordered, Half, List),
    {Right, Rest} = merge_sort(Ordered, Count - Half, Middle),
    {merge(Ordered, Left, Right, []), Rest}.

merge(Ordered, [A | As] = Left, [B | Bs] = Right, Merged) ->
    case Ordered(A, B) of
        true -> merge(Ordered, As, Right, [A | Merged]);
        false -> merge(Ordered, Left, Bs, [B | Merged])
    end;
merge(_, [], Right, Merged) -> lists:reverse(Merged, Right);
merge(_, Left, [], Merged) -> lists:reverse(Merged, Left).

split(N, List) when is_integer(N), N >= 0, is_list(List) -> split(N, List, []);
split(N, List) -> error(badarg, [N, List]).

split(0, List, Before) -> {lists:reverse(Before), List};
split(N, [Head | Tail], Before) -> split(N - 1, Tail, [Head | Before]);
split(_, [], _) -> error(badarg).

splitwith(Test, List) when is_function(Test, 1) -> splitwith_1(Test, List, []).

splitwith_1(Test, [Head | Tail] = List, Before) ->
    case Test(Head) of
        true -> splitwith_1(Test, Tail, [Head | Before]);
        false -> {lists:reverse(Before), List}
    end;
splitwith_1(_, [], Before) -> {lists:reverse(Before), []}.

sublist(List, Length) when is_integer(Length), is_list(List) -> sublist_2(List, Length).
sublist(List, 1, Length) when is_list(List), is_integer(Length), Length >= 0 -> sublist(List, Length);
sublist([], Start, _) when is_integer(Start), Start > 1 -> [];
sublist([_ | Tail], Start, Length) when is_integer(Start), Start > 1 -> sublist(Tail, Start - 1, Length).

sublist_2([Head | Tail], Length) when Length > 0 -> [Head | sublist_2(Tail, Length - 1)];
sublist_2(_, 0) -> [];
sublist_2([], Length) when Length > 0 -> [].

subtract(First, Second) -> First -- Second.

sum(List) -> sum(List, 0).

sum([Head | Tail], Sum) -> sum(Tail, Sum + Head);
sum([], Sum) -> Sum.

takewhile(Test, List) when is_function(Test, 1) -> takewhile_1(Test, List).

takewhile_1(Test, [Head | Tail]) ->
    case Test(Head) of
        true -> [Head | takewhile_1(Test, Tail)];
        false -> []
    end;
takewhile_1(_, []) -> [].

unzip(Pairs) -> unzip(Pairs, [], []).

unzip([{A, B} | Tail], As, Bs) -> unzip(Tail, [A | As], [B | Bs]);
unzip([], As, Bs) -> {lists:reverse(As), lists:reverse(Bs)}.

unzip3(Triples) -> unzip3(Triples, [], [], []).

unzip3([{A, B, C} | Tail], As, Bs, Cs) -> unzip3(Tail, [A | As], [B | Bs], [C | Cs]);
unzip3([], As, Bs, Cs) -> {lists:reverse(As), lists:reverse(Bs), lists:reverse(Cs)}.

zip([A | As], [B | Bs]) -> [{A, B} | zip(As, Bs)];
zip([], []) -> [].

zip3([A | As], [B | Bs], [C | Cs]) -> [{A, B, C} | zip3(As, Bs, Cs)];
zip3([], [], []) -> [].

zipwith(Fun, [A | As], [B | Bs]) -> [Fun(A, B) | zipwith(Fun, As, Bs)];
zipwith(Fun, [], []) when is_function(Fun, 2) -> [].
