#!/usr/bin/env escript
%%! +pc unicode
%% Writes what real Erlang prints, how it orders terms, what it computes: the files beside this one.
%% Made with OTP 25: `escript make_golden.escript`, in this folder.
-mode(compile).

main(_) ->
    rand:seed(exsss, {1, 2, 3}),
    write("printed.tsv", [printed(T) || T <- printed_terms()]),
    write("order.tsv", order(ordered_terms())),
    write("arithmetic.tsv", arithmetic()),
    write("phash2.tsv", [[hex(T), $\t, integer_to_list(erlang:phash2(T)), $\n] || T <- printed_terms() ++ ordered_terms()]).

write(Name, Data) -> ok = file:write_file(Name, unicode:characters_to_binary(Data)).

hex(T) -> [io_lib:format("~2.16.0b", [B]) || <<B>> <= term_to_binary(T, [{minor_version, 2}])].

printed(T) ->
    lists:join($\t, [hex(T) | [io_lib:format(F, [T]) || F <- ["~w", "~0p", "~tw", "~0tp"]]]) ++ "\n".

printed_terms() ->
    atoms() ++ floats() ++ integers() ++ strings() ++ binaries() ++
        [[], {}, #{}, [a], [a|b], [[], [[]]], {a, {b}, [c, "d"]}, [1, 2 | 3], "abc" ++ [-1], [$a | b], ["abc", [$d, 200], [955]],
         #{a => 1}, #{a => #{b => []}, "k" => <<"v">>, 3 => 4.5}, #{1 => a, 2 => b, {x} => "y"}, fun lists:map/2,
         fun 'no such':'F'/3, {ok, [{<<"name">>, "Åsa"}, {key, 'Åsa'}, {'λ', [955]}]}, lists:seq(1, 40), lists:seq(32, 126),
         [10, 13, 9, 11, 8, 12, 27], [127], [31], [160, 255], [7], [16#D7FF], [16#10FFFF], [16#FFFE], [$", $\\, $']].

atoms() ->
    ['', a, abc, aB_1@x, 'Abc', '_a', 'a b', 'a-b', 'a.b', 'x@host', '1a', 'åäö', 'ÅÄÖ', 'λ', 'a\nb\t\v\b\f\e\d\r', 'it\'s', 'back\\slash',
     '"', '日本', 'a÷', '÷', 'ß', 'aÀ×', 'x×', '\d', list_to_atom([1, 2]), list_to_atom([128, 159]), list_to_atom([160, 255]),
     list_to_atom([16#10FFFF]), list_to_atom([256])] ++
    ['after', 'begin', 'case', 'try', 'cond', 'catch', 'andalso', 'orelse', 'end', 'fun', 'if', 'let', 'of', 'receive', 'when',
     'bnot', 'not', 'div', 'rem', 'band', 'and', 'bor', 'bxor', 'bsl', 'bsr', 'or', 'xor', true, false, undefined].

floats() ->
    Fixed = [0.0, -0.0, 1.0, -1.0, 0.1, 0.01, 0.001, 0.0001, 0.00001, 1.0e-5, 1.5e-5, 1.25e-7, 123456.0, 1.0e5, 1.0e6, 1.0e7, 1.2e7, 1.0e9,
             1.0e15, 1.0e16, 9007199254740991.0, 9007199254740992.0, 9007199254740994.0, 4503599627370497.5, 1.0e21, 1.0e22, 1.0e23, 1.0e100,
             1.7976931348623157e308, 5.0e-324, 2.2250738585072014e-308, 3.141592653589793, 100.0, 1000.0, 10000.0, 100000.0,
             12345678.9, 0.000123456789, 299792458.0, 6.02e23, -2.5, 1/3, 2/3, 1.0e-10, 1.1e-10, 123.0e10, 1.0e3, 1.23e4],
    Powers = [math:pow(10, N) || N <- lists:seq(-30, 30)] ++ [1.5 * math:pow(10, N) || N <- lists:seq(-12, 25)] ++
        [math:pow(2, N) || N <- lists:seq(-60, 70)],
    Random = [F || _ <- lists:seq(1, 300), F <- random_float()],
    Near = [rand:uniform() * math:pow(10, rand:uniform(40) - 20) || _ <- lists:seq(1, 200)],
    Short = [(rand:uniform(9999)) / math:pow(10, rand:uniform(12) - 6) || _ <- lists:seq(1, 200)],
    Fixed ++ Powers ++ Random ++ Near ++ Short.

random_float() ->
    case <<(rand:uniform(1 bsl 64) - 1):64>> of
        <<F/float>> -> [F];
        _ -> []
    end.

integers() ->
    Powers = [S * ((1 bsl N) + D) || N <- [1, 7, 8, 31, 32, 58, 59, 60, 63, 64, 65, 127, 128, 200, 1000], D <- [-1, 0, 1], S <- [1, -1]],
    Powers ++ [0, 10, -10, 1234567890123456789012345678901234567890].

strings() ->
    ["hello", "say \"hi\"", "tab\t", "line\nline", "åäö", "λόγος", "日本", [0], [1, 2, 3], "a" ++ [256], "'", "\\", "\e\d"].

binaries() ->
    [<<>>, <<"abc">>, <<0>>, <<1, 2, 3>>, <<"åäö"/utf8>>, <<"åäö">>, <<"λ"/utf8>>, <<"a\nb\"c\\">>, <<255>>, <<1:1>>, <<5:3>>, <<"ab", 3:2>>,
     <<"abc", 0>>, <<16#E5, 16#61>>, <<"日本"/utf8>>, <<127>>, <<195, 165>>, <<160>>, <<"\e">>, <<16#EF, 16#BF, 16#BE>>, <<"x", 16#C2, 16#80>>].

ordered_terms() ->
    Node = fun(N) -> term_to_binary(N, [{minor_version, 2}]) end,
    Strip = fun(<<131, R/binary>>) -> R end,
    Pid = fun(N, I, S, C) -> binary_to_term(<<131, 88, (Strip(Node(N)))/binary, I:32, S:32, C:32>>) end,
    Ref = fun(N, C, Ws) -> binary_to_term(<<131, 90, (length(Ws)):16, (Strip(Node(N)))/binary, C:32, (<< <<W:32>> || W <- Ws >>)/binary>>) end,
    Port = fun(N, I, C) -> binary_to_term(<<131, 120, (Strip(Node(N)))/binary, I:64, C:32>>) end,
    Fun = fun(M, Index, Old, Uniq, Free) ->
              Body = <<1, 7:128, Index:32, (length(Free)):32, (Strip(Node(M)))/binary, (Strip(term_to_binary(Old)))/binary,
                       (Strip(term_to_binary(Uniq)))/binary, (Strip(term_to_binary(Pid('x@h.y', 1, 0, 1))))/binary,
                       (<< <<(Strip(term_to_binary(F)))/binary>> || F <- Free >>)/binary>>,
              binary_to_term(<<131, 112, (byte_size(Body) + 4):32, Body/binary>>)
          end,
    Big = fun(N, V) -> maps:from_list([{I, V} || I <- lists:seq(1, N)]) end,
    [0, 1, -1, 2, 1.0, 2.0, -1.0, 0.5, 1 bsl 53, (1 bsl 53) + 1, 9007199254740992.0, 9007199254740994.0, 1 bsl 64, 18446744073709551616.0,
     -(1 bsl 64), (1 bsl 64) + 1, (1 bsl 1000), 1.0e301, 1.0715086071862673e301, 1.7e308, -1.7e308, 1 bsl 1024, -(1 bsl 1024), 1 bsl 59,
     (1 bsl 59) - 1, 576460752303423488.0, 1.0e-10, -0.5,
     '', a, b, ab, 'A', 'å', 'λ', aa, abcdefghij, abcdefghik,
     Ref('x@h.y', 1, [1, 2, 3]), Ref('x@h.y', 1, [2, 2, 3]), Ref('x@h.y', 1, [1, 3, 3]), Ref('x@h.y', 1, [1, 2, 4]), Ref('y@h.y', 1, [1, 2, 3]),
     Ref('x@h.y', 2, [1, 2, 3]), Ref('y@h.y', 1, [0, 1, 1]), Ref('x@h.y', 1, [1]), Ref('x@h.y', 1, [1, 2]), Ref('x@h.y', 1, [1, 2, 3, 0, 0]),
     fun lists:map/2, fun lists:map/3, fun a:b/1, fun lists:foldl/3, fun m:f/0,
     Fun(m, 1, 1, 5, []), Fun(m, 2, 2, 5, []), Fun(m, 1, 1, 6, []), Fun(n, 0, 0, 1, []), Fun(m, 1, 1, 5, [a]), Fun(m, 1, 1, 5, [b]),
     Port('x@h.y', 1, 1), Port('x@h.y', 2, 1), Port('y@h.y', 1, 1), Port('x@h.y', 1, 2),
     Pid('x@h.y', 1, 0, 1), Pid('x@h.y', 2, 0, 1), Pid('x@h.y', 1, 1, 1), Pid('y@h.y', 1, 0, 1), Pid('x@h.y', 1, 0, 2), Pid('y@h.y', 0, 2, 1),
     {}, {a}, {b}, {a, b}, {a, c}, {1, 2, 3}, {1, 2.0, 3}, {1, 2.0, 2}, {a, {b, [c]}},
     #{}, #{a => 1}, #{b => 0}, #{a => 2}, #{a => 1, b => 2}, #{1 => a}, #{1.0 => a}, #{2 => a}, #{0.5 => a}, #{1 => 1}, #{1 => 1.0}, #{{1} => x},
     #{{1.0} => x}, #{a => #{b => 1}}, #{a => #{b => 2}}, Big(32, a), Big(33, a), Big(33, b), (Big(33, a))#{17 := 0}, (Big(33, a))#{3 := z},
     (maps:remove(5, Big(33, a)))#{99 => a}, (maps:remove(5, Big(33, a)))#{0 => a}, (maps:remove(5, Big(33, a)))#{5.0 => a},
     maps:remove(5, Big(34, a)), #{Big(33, a) => 1}, #{Big(33, b) => 1}, Big(33, 1), Big(33, 1.0), (Big(40, x))#{Big(35, y) => Big(36, z)},
     [], [a], [b], [a, b], [a | b], [1, 2, 3], [1, 2.0, 3], [1 | 2], "abc", "abd", [[]], [{}], [1.0],
     <<>>, <<0>>, <<1>>, <<1, 2>>, <<1:1>>, <<0:1>>, <<1, 0:1>>, <<1, 1:1>>, <<"abc">>, <<"abd">>, <<0:7>>, <<0:9>>, binary:copy(<<"x">>, 100)].

order(Terms) ->
    Sign = fun(true, _) -> $=; (_, true) -> $<; (_, _) -> $> end,
    Row = fun(A, Compare) -> [Compare(A, B) || B <- Terms] end,
    Plain = fun(A, B) -> Sign(A == B, A < B) end,
    Keys = fun(A, B) -> Sign(A =:= B, #{A => 1} < #{B => 1}) end,
    [[hex(T), $\t, Row(T, Plain), $\t, Row(T, Keys), $\n] || T <- Terms].

arithmetic() ->
    Numbers = fun() -> S = 1 - 2 * (rand:uniform(2) - 1), S * (rand:uniform(1 bsl lists:nth(rand:uniform(8), [4, 30, 59, 60, 64, 90, 128, 700])) - 1) end,
    Fixed = [{A, B} || A <- [0, 1, -1, 1 bsl 59, -(1 bsl 59), (1 bsl 59) - 1, -(1 bsl 59) - 1, (1 bsl 64) - 1, -(1 bsl 64), 1 bsl 63, 1 bsl 128, -(1 bsl 128)],
                       B <- [0, 1, -1, 1 bsl 59, -(1 bsl 59), (1 bsl 64) - 1, -(1 bsl 64), -(1 bsl 63), (1 bsl 128) - 1]],
    Random = [{Numbers(), Numbers()} || _ <- lists:seq(1, 150)],
    [lists:join($\t, [integer_to_list(N) || N <- [A, B, A + B, A - B, A * B, divide(A, B), remain(A, B), A band B, A bor B, A bxor B, bnot A,
                                                  A bsl shift(B), A bsr shift(B)]]) ++
         ["\t", integer_to_list(A, 16), "\t", integer_to_list(A, 36), "\t", io_lib:format("~w", [catch float(A)]), "\n"] || {A, B} <- Fixed ++ Random].

divide(_, 0) -> 0;
divide(A, B) -> A div B.
remain(_, 0) -> 0;
remain(A, B) -> A rem B.
shift(B) -> (abs(B) rem 261) - 130.
