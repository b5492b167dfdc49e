%% Random terms: those that functions take, and those at the edges of what they take.
-module(random_terms).
-export([list/1, changed/1]).

%% Arguments. get(largest_map) is the number of keys of a few maps.
list(Length) -> [term(3) || _ <- lists:seq(1, Length)].

%% The same arguments with one of them, or a part of it, replaced; or two of them exchanged.
changed([]) -> [];
changed(Arguments) ->
    At = rand:uniform(length(Arguments)),
    {Before, [Old | After]} = lists:split(At - 1, Arguments),
    case rand:uniform(8) of
        1 -> lists:reverse(Arguments);
        2 -> Arguments;
        _ -> Before ++ [varied(Old) | After]
    end.

varied(Old) ->
    case rand:uniform(4) of
        1 -> term(3);
        2 -> alike(Old);
        _ -> part_varied(Old)
    end.

%% Another term of the same type.
alike(Old) when is_integer(Old) -> integer();
alike(Old) when is_float(Old) -> float_();
alike(Old) when is_atom(Old) -> atom();
alike(Old) when is_bitstring(Old) -> bits();
alike(Old) when is_list(Old) -> list_of(3);
alike(Old) when is_map(Old) -> map(2);
alike(Old) when is_tuple(Old) -> tuple(2);
alike(_) -> term(2).

part_varied([]) -> list_of(2);
part_varied(List) when is_list(List) ->
    try lists:split(rand:uniform(length(List)) - 1, List) of
        {Before, [Old | After]} ->
            case rand:uniform(4) of
                1 -> Before ++ After;
                2 -> Before ++ [Old, Old | After];
                3 -> Before ++ [Old | varied(After)];
                4 -> Before ++ [varied(Old) | After]
            end
    catch
        error:_ -> list_of(2)  % improper
    end;
part_varied({}) -> tuple(2);
part_varied(Tuple) when is_tuple(Tuple) ->
    At = rand:uniform(tuple_size(Tuple)),
    setelement(At, Tuple, varied(element(At, Tuple)));
part_varied(Map) when map_size(Map) > 0 ->
    Key = lists:nth(rand:uniform(map_size(Map)), maps:keys(Map)),
    case rand:uniform(3) of
        1 -> maps:remove(Key, Map);
        2 -> Map#{Key := term(2)};
        3 -> Map#{term(1) => term(1)}
    end;
part_varied(Integer) when is_integer(Integer) ->
    case rand:uniform(4) of
        1 -> Integer + 1;
        2 -> Integer - 1;
        3 -> -Integer;
        4 -> Integer div 2
    end;
part_varied(Binary) when is_binary(Binary), byte_size(Binary) > 0 ->
    {A, B} = split_binary(Binary, rand:uniform(byte_size(Binary)) - 1),
    case rand:uniform(3) of
        1 -> A;
        2 -> <<B/binary, A/binary>>;
        3 -> <<A/binary, (rand:uniform(256) - 1), B/binary>>
    end;
part_varied(Old) -> alike(Old).

term(Depth) ->
    case rand:uniform(if Depth =< 0 -> 8; true -> 14 end) of
        N when N =< 3 -> integer();
        4 -> float_();
        N when N =< 6 -> atom();
        N when N =< 8 -> bits();
        N when N =< 11 -> list_of(Depth);
        12 -> tuple(Depth - 1);
        13 -> map(Depth - 1);
        14 -> function()
    end.

integer() ->
    case rand:uniform(6) of
        N when N =< 3 -> rand:uniform(12) - 3;
        4 -> rand:uniform(300) - 20;
        5 -> pick([16#D800, 16#10FFFF, 16#110000, 1 bsl 28, -(1 bsl 28), (1 bsl 59) - 1, 1 bsl 59, -(1 bsl 59) - 1, (1 bsl 63), (1 bsl 64) - 1, 1 bsl 64]);
        6 -> pick([1, -1]) * (rand:uniform(1 bsl 64) bsl rand:uniform(80))
    end.
float_() -> pick([0.0, 1.0, -1.5, 3.75, 0.1, 1.0e10, 1.7976931348623157e308, 5.0e-324, -2.5e-7, 123456789.125, 1.0e23, rand:uniform()]).
atom() -> pick([true, false, undefined, ok, error, a, b, '', 'A b', 'ä', utf8, unicode, latin1, utf16, global, all, trim, little, big, first, binary, list, infinity, nomatch, integer]).
bits() ->
    case rand:uniform(8) of
        1 -> <<>>;
        2 -> <<"abcabc">>;
        3 -> unicode:characters_to_binary([rand:uniform(600) || _ <- lists:seq(1, rand:uniform(6))]);
        4 -> rand:bytes(rand:uniform(20));
        5 -> integer_to_binary(rand:uniform(100000) - 500);
        6 -> <<(rand:uniform(1 bsl 40)):(rand:uniform(40))>>;
        7 -> term_to_binary(term(1));
        8 -> binary:copy(<<(rand:uniform(4) + $a)>>, rand:uniform(70))
    end.
list_of(Depth) ->
    N = rand:uniform(5) - 1,
    case rand:uniform(10) of
        1 -> [];
        2 -> "hello";
        3 -> [rand:uniform(130) + 20 || _ <- lists:seq(1, N)];
        4 -> [{term(Depth - 2), term(Depth - 2)} || _ <- lists:seq(1, N)];
        5 -> lists:seq(1, N + 1);
        6 -> [integer() || _ <- lists:seq(1, N)];
        7 -> [list_of(Depth - 2) || _ <- lists:seq(1, N)];
        8 when Depth > 0 -> [term(Depth - 1) || _ <- lists:seq(1, N)] ++ term(0);
        9 -> [atom() || _ <- lists:seq(1, N)];
        _ -> [term(Depth - 1) || _ <- lists:seq(1, N)]
    end.
tuple(Depth) -> list_to_tuple([term(Depth) || _ <- lists:seq(1, rand:uniform(4) - 1)]).
map(Depth) ->
    N = case rand:uniform(12) of 1 -> get(largest_map); _ -> rand:uniform(4) - 1 end,
    maps:from_list([{if N > 10 -> I; true -> term(Depth - 1) end, term(Depth - 1)} || I <- lists:seq(1, N)]).
function() ->
    pick([fun erlang:'+'/2, fun erlang:'=<'/2, fun erlang:'++'/2, fun erlang:max/2, fun erlang:is_integer/1, fun erlang:is_list/1,
          fun lists:reverse/1, fun erlang:length/1, fun erlang:abs/1, fun erlang:'not'/1, fun erlang:element/2, fun maps:merge/2,
          fun lists:append/2, fun erlang:is_atom/1, fun erlang:hd/1, fun lists:keystore/4]).

pick(List) -> lists:nth(rand:uniform(length(List)), List).
