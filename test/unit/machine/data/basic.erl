%% Small functions, one per instruction family. The golden file says what real Erlang gives.
-module(basic).
-compile(nowarn_unused_function).
-compile([nowarn_opportunistic]).
-export([fib/1, ackermann/2, length_of/1, sum/1, nrev/1, tuples/0, maps/0, funs/0, floats/0, bignums/0, binaries/0,
         parse/1, exceptions/0, stack/1, receives/0, selective/0, timeouts/0, comprehension/0, comparisons/0, select/1,
         big_loop/1, records/0, dictionary/0, processes/0, links/0, strings/0, append/1, after_all/0, guards/1,
         conversions/0, utf/0, arity_errors/0, sorting/0, named/0, spread/1, hibernating/0, woken/2, yields/0,
         local_funs/1, catches/1, old_bits/0, long_match/1, large_binary/0, tail_funs/1, widths/1, written/1, grown/0, words/1,
         frames/1, remainders/0]).

-record(point, {x = 0, y = 0, name}).

fib(N) when N < 2 -> N;
fib(N) -> fib(N - 1) + fib(N - 2).

ackermann(0, N) -> N + 1;
ackermann(M, 0) -> ackermann(M - 1, 1);
ackermann(M, N) -> ackermann(M - 1, ackermann(M, N - 1)).

length_of([]) -> 0;
length_of([_ | T]) -> 1 + length_of(T).

sum(List) -> sum(List, 0).
sum([H | T], S) -> sum(T, S + H);
sum([], S) -> S.

nrev(N) -> nrev_1(lists:seq(1, N)).
nrev_1([]) -> [];
nrev_1([H | T]) -> nrev_1(T) ++ [H].

tuples() ->
    T = {a, 1, "x"},
    [element(1, T), setelement(2, T, b), tuple_size(T), erlang:append_element(T, z), list_to_tuple([1, 2]),
     tuple_to_list(T), erlang:delete_element(1, T), erlang:insert_element(1, T, new), erlang:make_tuple(3, q)].

maps() ->
    M = #{a => 1, "k" => 2, 3.0 => c},
    #{a := A} = M,
    Big = maps:from_list([{N, N * N} || N <- lists:seq(1, 100)]),
    #{50 := Fifty} = Big,
    [A, M#{a := 2, new => 1}, maps:get("k", M), map_size(M), maps:is_key(b, M), Fifty, map_size(Big#{1 := x, 101 => y}),
     maps:to_list(M), maps:fold(fun(_, V, S) -> V + S end, 0, Big), maps:map(fun(_, V) -> {V} end, M),
     maps:filter(fun(K, _) -> is_atom(K) end, M), c(catch maps:get(zz, M)), maps:merge(M, #{a => 9}),
     lists:sum([V || {_, V} <- maps:to_list(Big)])].

funs() ->
    X = 10,
    Add = fun(Y) -> X + Y end,
    Fact = fun F(0) -> 1; F(N) -> N * F(N - 1) end,
    [Add(1), Fact(20), Fact(30), lists:map(Add, [1, 2, 3]), (fun lists:reverse/1)([1, 2]), apply(Add, [5]),
     apply(lists, reverse, [[1, 2]]), erlang:fun_info(Add, arity), is_function(Add), is_function(Add, 1),
     is_function(Add, 2), is_function(fun lists:map/2, 2), lists:foldl(fun(A, B) -> A - B end, 0, [1, 2, 3])].

floats() ->
    A = 1.5, B = fib(5),
    [A + B, A * 2, A / B, -A, A - 0.25, B / 2, trunc(A), round(2.5), round(-2.5), float(B), abs(-2.5),
     math:sqrt(2), math:pi(), c(catch 1 / fib(0)), A > 1, A == 1.5, 1 == 1.0, 1 =:= 1.0, floor(-1.5), ceil(1.2),
     polynomial(3.0)].
polynomial(X) when is_float(X) -> X * X * 2.0 + X * 3.0 - 1.0.

bignums() ->
    Big = fact(30),
    [Big, Big + 1, Big - Big, -Big, Big div fact(28), Big rem 1000007, Big * Big, 1 bsl 100, (1 bsl 100) bsr 98,
     Big band 16#FFFFFFFFFFFFFFFFFF, Big bor 1, Big bxor Big, bnot Big, Big > 1, Big == Big, Big =:= fact(30),
     576460752303423487 + fib(1), -576460752303423488 - fib(1), 576460752303423488 * 3, is_integer(Big),
     Big < 1.0e40, hash_like(Big)].
fact(0) -> 1;
fact(N) -> N * fact(N - 1).
hash_like(N) -> (N * 31 + 7) rem (1 bsl 61).

binaries() ->
    A = fib(10), S = 12, B = <<"hello">>,
    [<<A:16>>, <<A:S/little>>, <<B/binary, 0, B/binary>>, <<(-1):7, 1:1>>, <<1.5/float>>, <<1.5:32/float-little>>,
     <<"ab"/utf16>>, <<A/utf8>>, <<960/utf8, 128512/utf8, 128512/utf16, 65/utf32>>, byte_size(B), bit_size(<<1:3>>),
     <<<<(X + 1)>> || <<X>> <= B>>, <<<<X:4>> || X <- [1, 2, 3]>>, binary:part(B, 1, 3), <<(1 bsl 70):80>>,
     <<(1 bsl 70):80/little>>, c(catch <<B:8>>), c(catch <<A/binary>>)].

parse(Bin) ->
    case Bin of
        <<1, Size:16, Body:Size/binary, Rest/binary>> -> {body, Body, parse(Rest)};
        <<2, X:12/signed, Y:4/unsigned-little, Rest/bits>> -> {bits, X, Y, parse(Rest)};
        <<3, F:64/float, Rest/binary>> -> {float, F, parse(Rest)};
        <<4, C/utf8, Rest/binary>> -> {char, C, parse(Rest)};
        <<5, N:72, M:72/little-signed, Rest/binary>> -> {big, N, M, parse(Rest)};
        <<"end", Rest/binary>> -> {'end', Rest};
        <<X, _/bits>> when X > 200 -> {other, X};
        <<>> -> empty;
        _ -> unknown
    end.

exceptions() ->
    [try_it(fun() -> 1 end), try_it(fun() -> throw(t) end), try_it(fun() -> exit(e) end),
     try_it(fun() -> error(r) end), try_it(fun() -> fib(a) end), try_it(fun() -> hd([]) end),
     try_it(fun() -> element(5, {1}) end), try_it(fun() -> {ok, _} = fib(1) end),
     try_it(fun() -> case fib(1) of 2 -> x end end), try_it(fun() -> if length([]) > 1 -> x end end),
     try_it(fun() -> nosuch:function(1) end), try_it(fun() -> ?MODULE:nosuch() end),
     try_it(fun() -> (fib(1))(2) end), try_it(fun() -> (fun(X) -> X end)() end),
     try_it(fun() -> try throw(x) of _ -> no catch error:_ -> no end end),
     try_it(fun() -> erlang:raise(exit, raised, []) end), catch throw(caught), catch exit(caught),
     element(1, catch error(caught)), try_it(fun() -> binary_to_list(a) end), try_it(fun() -> 1 + a end),
     try_it(fun() -> #{} = fib(3) end), try_it(fun() -> (id(a))#{b => 1} end), try_it(fun() -> (id(#{}))#{b := 1} end),
     try_it(fun() -> apply(lists, reverse, [1 | 2]) end), try_it(fun() -> list_to_atom("x", y) end),
     try_it(fun() -> length([1 | 2]) end), try_it(fun() -> throw_in_after() end)].

id(X) -> X.
list_to_atom(A, B) -> error(badarg, [A, B]).

throw_in_after() ->
    try error(first) after put(after_ran, yes) end.

try_it(F) ->
    try F() of V -> {value, V}
    catch
        throw:T -> {thrown, T};
        exit:E -> {exited, E};
        error:R -> {raised, R}
    end.

stack(Kind) ->
    try deep(3, Kind)
    catch _:Reason:Stack -> {Reason, [frame(F) || F <- Stack, element(1, F) =/= erl_eval, element(1, F) =/= erpc]}
    end.
frame({?MODULE, F, A, L}) -> {F, A, lists:keyfind(line, 1, L), lists:keymember(file, 1, L)};
frame({M, F, A, L}) -> {M, F, A, lists:keymember(error_info, 1, L)}.

%% An exception without its stack.
c({'EXIT', {Reason, [_ | _]}}) -> {'EXIT', Reason};
c(Other) -> Other.

deep(0, Kind) -> fail(Kind);
deep(N, Kind) -> [deep(N - 1, Kind)].

fail(error) -> error(here);
fail(badarg) -> [atom_to_list(1)];
fail(tail_badarg) -> atom_to_list(1);
fail(undef) -> [nosuch:f(1)];
fail(tail_undef) -> nosuch:f(1);
fail(clause) -> [only(1)];
fail(badmatch) -> ok = id(other);
fail(arith) -> id(1) + id(a);
fail(throw) -> throw(thrown);
fail(error_args) -> error(here, [a, b]);
fail(badfun) -> [(id(3))(1)];
fail(apply) -> [apply(id(lists), reverse, [a])];
fail(native) -> [lists:keyfind(a, 0, [])];
fail(maps) -> [maps:get(a, b)].

only(a) -> b.

receives() ->
    Self = self(),
    Pid = spawn(fun() -> receive {From, X} -> From ! {self(), X * 2} end end),
    Pid ! {Self, 21},
    receive {Pid, Y} -> Y after 1000 -> timeout end.

selective() ->
    [self() ! N || N <- lists:seq(1, 10)],
    A = receive X when X > 5 -> X end,
    B = receive 10 -> ten end,
    C = receive 1 -> one end,
    Rest = drain(),
    [A, B, C, Rest].
drain() -> receive X -> [X | drain()] after 0 -> [] end.

timeouts() ->
    T0 = receive after 0 -> now end,
    T1 = receive never -> no after 20 -> late end,
    T2 = catch (receive never -> no after id(-1) -> late end),
    erlang:send_after(10, self(), sent),
    T3 = receive sent -> got after 5000 -> lost end,
    [T0, T1, element(1, element(2, T2)), T3].

comprehension() ->
    [[{X, Y} || X <- [1, 2, 3], Y <- [a, b], X > 1], [X || {ok, X} <- [{ok, 1}, no, {ok, 2}]],
     [X * X || <<X>> <= <<1, 2, 3>>], lists:seq(1, 10, 3)].

comparisons() ->
    L = [1, 1.0, a, b, {}, {1}, [], [1], <<>>, <<1>>, #{}, #{a => 1}, "abc", 1 bsl 70, -(1 bsl 70), 1.0e30],
    [lists:sort(L), [A < B || A <- L, B <- L], [A == B || A <- L, B <- L], max(1, a), min([], <<>>)].

select(X) ->
    case X of
        a -> 1; b -> 2; c -> 3; d -> 4;
        1 -> one; 2 -> two; 3 -> three; 4 -> four; 5 -> five; 1000000 -> million;
        1.5 -> float; 1267650600228229401496703205376 -> big;
        {_, _} -> pair; {_, _, _} -> triple; {} -> unit;
        "str" -> string; [_] -> single;
        _ -> other
    end.

big_loop(N) -> big_loop(N, []).
big_loop(0, L) -> length(L);
big_loop(N, L) when length(L) > 50 -> big_loop(N - 1, [N]);
big_loop(N, L) -> big_loop(N - 1, [{N, [N], <<N:64>>, #{N => N}} | L]).

records() ->
    P = #point{x = 1},
    Q = P#point{y = 2, name = "n"},
    [P, Q, Q#point.y, is_record(Q, point), #point.name, c(catch (id(3))#point.x)].

dictionary() ->
    [put(a, 1), put(a, 2), get(a), get(zz), erase(a), get(a), put(b, x), get_keys(x), erase(b), get()].

processes() ->
    process_flag(trap_exit, true),
    P1 = spawn_link(fun() -> exit(reason) end),
    R1 = receive {'EXIT', P1, E1} -> E1 end,
    {P2, M2} = spawn_monitor(fun() -> exit(other) end),
    R2 = receive {'DOWN', M2, process, P2, E2} -> E2 end,
    {P3, M3} = spawn_monitor(fun() -> receive stop -> ok end end),
    true = register(server, P3),
    P3 = whereis(server),
    server ! stop,
    R3 = receive {'DOWN', M3, process, P3, E3} -> E3 end,
    R4 = whereis(server),
    {P5, M5} = spawn_monitor(fun() -> receive after infinity -> ok end end),
    exit(P5, kill),
    R5 = receive {'DOWN', M5, process, P5, E5} -> E5 end,
    M6 = monitor(process, P5),
    R6 = receive {'DOWN', M6, process, P5, E6} -> E6 end,
    R7 = link(P5),
    [R1, R2, R3, R4, R5, R6, R7, is_process_alive(self()), is_process_alive(P5)].

links() ->
    process_flag(trap_exit, true),
    Parent = self(),
    P = spawn_link(fun() ->
                           C = spawn_link(fun() -> receive go -> error(crash) end end),
                           Parent ! {child, C},
                           receive after infinity -> ok end
                   end),
    receive {child, C} -> C ! go end,
    receive {'EXIT', P, {Reason, Stack}} -> {Reason, is_list(Stack)} end.

strings() ->
    [integer_to_list(255, 16), list_to_integer("-123"), atom_to_list(abc), list_to_atom("new_atom_x"),
     float_to_list(1.5, [{decimals, 2}]), list_to_float("1.5e3"), integer_to_binary(42), binary_to_integer(<<"77">>),
     iolist_to_binary(["a", <<"b">>, [99 | <<"d">>]]), c(catch list_to_integer("x")), "abc" ++ "def", "abcabc" -- "cb",
     float_to_binary(0.1, [short]), list_to_binary([1, 2, [3]]), split_binary(<<1, 2, 3>>, 1)].

append(N) -> append(N, <<>>).
append(0, B) -> {byte_size(B), erlang:crc32(B)};
append(N, B) -> append(N - 1, <<B/binary, N:32, "x">>).

after_all() ->
    A = try 1 of 1 -> two catch _:_ -> x after put(x, ran) end,
    B = (catch try throw(b) after put(y, ran) end),
    C = try try error(inner) catch error:inner -> throw(outer) end catch throw:outer -> ok end,
    [A, B, C, get(x), get(y)].

guards(X) ->
    if
        is_integer(X), X > 5, X rem 2 =:= 0 -> even_big;
        is_integer(X) andalso (X < 0 orelse X =:= 3) -> odd_case;
        is_list(X), length(X) > 2 -> long;
        is_map(X), map_size(X) =:= 1 -> small_map;
        is_binary(X), byte_size(X) =:= 2 -> two_bytes;
        is_tuple(X), element(1, X) =:= a -> tagged;
        hd(X) =:= 1 -> one_first;
        true -> none
    end.

conversions() ->
    T = {a, [1, 2.5, <<"b">>, #{k => "v"}], 1 bsl 80, "str", fun lists:map/2},
    [binary_to_term(term_to_binary(T)) =:= T, erlang:md5("abc"), erlang:crc32(<<"abc">>),
     list_to_tuple(tuple_to_list({1, 2})), bitstring_to_list(<<1, 2, 3:4>>), list_to_bitstring([1, <<2:4>>]),
     c(catch binary_to_term(<<1, 2>>)), erlang:convert_time_unit(1500, millisecond, second), is_pid(self()), node() =:= node(self())].

utf() ->
    [unicode:characters_to_binary([960, $a, <<"b">>]), unicode:characters_to_list(<<207, 128>>),
     unicode:characters_to_binary(<<255>>), unicode:characters_to_list([$a, <<"x">>], latin1),
     binary:split(<<"a,b,c">>, <<",">>, [global]), binary:match(<<"hello">>, [<<"l">>, <<"lo">>]),
     binary:matches(<<"aXbX">>, <<"X">>), binary:encode_unsigned(258), binary:decode_unsigned(<<1, 2>>)].

arity_errors() ->
    [catch_class(fun() -> apply(?MODULE, fib, []) end), catch_class(fun() -> apply(fun(X) -> X end, [1, 2]) end)].
catch_class(F) ->
    try F() catch C:R when is_atom(R) -> {C, R}; C:R -> {C, element(1, R)} end.

sorting() ->
    [lists:sort([3, 1, 2, 1.5]), lists:sort(fun(A, B) -> A >= B end, [3, 1, 2]), lists:usort([3, 1, 3, 2]),
     lists:keysort(2, [{a, 3}, {b, 1}, {c, 2}]), lists:reverse([1, 2, 3]), lists:nth(2, [a, b, c]),
     lists:keyfind(b, 1, [{a, 1}, {b, 2}]), lists:member(x, [y]), lists:flatten([1, [2, [3]], []]),
     lists:zip([1, 2], [a, b]), lists:partition(fun(X) -> X > 1 end, [1, 2, 3]), lists:last([1, 2]),
     lists:splitwith(fun(X) -> X < 2 end, [1, 2, 1]), lists:sublist([1, 2, 3, 4], 2, 2), lists:concat([a, 1, "x"])].

named() ->
    Even = fun E(0) -> true; E(N) when N > 0 -> E(N - 2); E(_) -> false end,
    [Even(10), Even(7)].

spread(List) -> apply(erlang, '+', List).

hibernating() ->
    Self = self(),
    Pid = spawn(fun() -> erlang:hibernate(?MODULE, woken, [Self, [kept]]) end),
    Pid ! message,
    receive {Pid, Value} -> Value after 1000 -> timeout end.

woken(To, Kept) ->
    receive Message -> To ! {self(), {Message, Kept}} end.

yields() ->
    [erlang:yield(), erlang:garbage_collect(), apply(erlang, yield, [])].

local_funs(List) -> lists:map(fun double/1, List).
double(X) -> 2 * X.

catches(0) -> catch error(deep);
catches(N) ->
    case catch catches(N - 1) of
        {'EXIT', {deep, _}} -> throw({N, deep});
        {1, deep} -> {caught, N};
        Other -> Other
    end.

old_bits() -> [<<X>> || <<X:4, _:4>> <= <<16#12, 16#34>>].

long_match(Bin) -> long_match(Bin, 0).
long_match(<<X:32, Rest/binary>>, Sum) -> long_match(Rest, Sum + X);
long_match(<<>>, Sum) -> Sum;
long_match(Rest, Sum) -> {Rest, Sum}.

large_binary() ->
    B = binary:copy(<<1, 2, 3, 4>>, 1000),
    <<_:100/binary, Part:200/binary, Rest/binary>> = B,
    [long_match(B), byte_size(Part), byte_size(Rest), long_match(<<B/binary, 9>>),
     iolist_size([Part, Rest]), byte_size(<<Part/binary, Rest/binary>>)].

%% Calls of funs at the end of a function need no stack: N frames would not fit.
tail_funs(N) ->
    Count = fun(_, 0) -> done; (Self, Left) -> again(Self, Left - 1) end,
    {_, Monitor} = spawn_opt(fun() -> Count(Count, N) end, [monitor, {max_heap_size, 2 * N}]),
    {receive {'DOWN', Monitor, _, _, Reason} -> Reason end, in_last(fun() -> error(last) end), in_last(1),
     in_last(fun(A) -> A end), in_last(fun lists:reverse/1)}.
again(Self, Left) -> c(Left), Self(Self, Left).
in_last(Fun) ->
    try kept(Fun, 1)
    catch _:Reason:Stack -> {shown(c(Reason)), [{F, A} || {basic, F, A, _} <- Stack, F =/= tail_funs]}
    end.
shown({badarity, {Fun, Arguments}}) -> {badarity, erlang:fun_info(Fun, type), Arguments};
shown(Reason) -> Reason.
kept(Fun, X) -> c(X), Fun().

%% Integers of constant sizes, at whole bytes and between them, at the end of the binary and before it.
widths(Bin) ->
    [c(catch width(N, Shift, Bin)) || N <- lists:seq(1, 14), Shift <- [0, 3]].
width(N, 0, Bin) -> width(N, Bin);
width(N, 3, Bin) -> <<_:3, Rest/bits>> = Bin, width(N, Rest).
width(1, <<A, _/bits>>) -> A;
width(2, <<A/signed, _/bits>>) -> A;
width(3, <<A:16, _/bits>>) -> A;
width(4, <<A:16/little, B:16/little-signed, _/bits>>) -> {A, B};
width(5, <<A:24/signed, _/bits>>) -> A;
width(6, <<A:32/little, _/bits>>) -> A;
width(7, <<A:56, _/bits>>) -> A;
width(8, <<A:56/little-signed, _/bits>>) -> A;
width(9, <<A:56/signed, _/bits>>) -> A;
width(10, <<A:57, _/bits>>) -> A;
width(11, <<A:64/little, _/bits>>) -> A;
width(12, <<A:1, B:5/signed, C:13/little, D:7/little-signed, _/bits>>) -> {A, B, C, D};
width(13, <<A:5/unit:8, B:2/binary, _/bits>>) -> {A, B};
width(14, <<A:60/signed, _/bits>>) -> A.

%% The same sizes, written: behind whole bytes and behind some bits, with and without more behind them.
written(N) -> c(catch written_1(N)).
written_1(N) ->
    [<<N>>, <<N:16>>, <<N:24/little>>, <<N:32>>, <<N:40/little>>, <<N:56>>, <<N:64>>, <<N:64/little>>, <<N:0>>, <<N:7>>,
     <<N:3, N:16>>, <<N:3, N:29/little, N:64>>, <<N, N:16, N:24, N:32, N:56/little, N:64/little>>, <<N:61>>, <<N:72>>,
     <<"abc", N:24, "def", N/float, N:32/float-little, (N band 1023)/utf8>>, <<N:8/unit:3, (<<N:13>>)/bits, N:3>>].

%% Binaries that grow in place, a copy of one that has grown elsewhere, and one that ends between bytes.
grown() ->
    Start = binary:copy(<<"0123456789">>, 10),
    A = <<Start/binary, 1:16>>, B = <<A/binary, 2:24>>, C = <<A/binary, 3:24, "abc">>, D = <<B/binary, 4:3>>, E = <<D/bits, 5:5>>,
    Long = lists:foldl(fun(N, Sofar) -> <<Sofar/binary, N:16, (N rem 7)>> end, Start, lists:seq(1, 3000)),
    [byte_size(A), erlang:crc32(B), erlang:crc32(C), bit_size(D), erlang:crc32(E), <<A/binary>> =:= A, byte_size(Long),
     erlang:crc32(Long), c(catch <<D/binary, 1>>), c(catch <<A/binary, (hd([x])):8>>)].

%% Choices between many atoms, and between numbers that lie far apart.
words(Word) -> {word(Word), far(Word), many(Word), [N || N <- lists:seq(0, 9), many(N * N * 1009 + N) =/= {N * N * 1009 + N}]}.
word(zero) -> 0; word(one) -> 1; word(two) -> 2; word(three) -> 3; word(four) -> 4; word(five) -> 5; word(six) -> 6;
word(seven) -> 7; word(eight) -> 8; word(nine) -> 9; word(ten) -> 10; word([]) -> none; word(_) -> other.
far(0) -> a; far(1000) -> b; far(-1) -> c; far(576460752303423487) -> d; far(-576460752303423488) -> e; far(77777) -> f;
far(_) -> g.

%% Too many to have a place each in a small table.
many(1010) -> v1; many(4038) -> v2; many(9084) -> v3; many(16148) -> v4; many(25230) -> v5; many(36330) -> v6;
many(49448) -> v7; many(64584) -> v8; many(81738) -> v9; many(100910) -> v10; many(122100) -> v11; many(145308) ->
v12; many(170534) -> v13; many(197778) -> v14; many(227040) -> v15; many(258320) -> v16; many(291618) -> v17;
many(326934) -> v18; many(364268) -> v19; many(403620) -> v20; many(444990) -> v21; many(488378) -> v22; many(533784)
-> v23; many(581208) -> v24; many(630650) -> v25; many(682110) -> v26; many(735588) -> v27; many(791084) -> v28;
many(848598) -> v29; many(908130) -> v30; many(969680) -> v31; many(1033248) -> v32; many(1098834) -> v33;
many(1166438) -> v34; many(1236060) -> v35; many(1307700) -> v36; many(1381358) -> v37; many(1457034) -> v38;
many(1534728) -> v39; many(1614440) -> v40; many(1696170) -> v41; many(1779918) -> v42; many(1865684) -> v43;
many(1953468) -> v44; many(2043270) -> v45; many(2135090) -> v46; many(2228928) -> v47; many(2324784) -> v48;
many(2422658) -> v49; many(2522550) -> v50; many(2624460) -> v51; many(2728388) -> v52; many(2834334) -> v53;
many(2942298) -> v54; many(3052280) -> v55; many(3164280) -> v56; many(3278298) -> v57; many(3394334) -> v58;
many(3512388) -> v59; many(3632460) -> v60; many(3754550) -> v61; many(3878658) -> v62; many(4004784) -> v63;
many(4132928) -> v64; many(4263090) -> v65; many(4395270) -> v66; many(4529468) -> v67; many(4665684) -> v68;
many(4803918) -> v69; many(4944170) -> v70; many(5086440) -> v71; many(5230728) -> v72; many(5377034) -> v73;
many(5525358) -> v74; many(5675700) -> v75; many(5828060) -> v76; many(5982438) -> v77; many(6138834) -> v78;
many(6297248) -> v79; many(6457680) -> v80;
many(N) -> {N}.

%% Frames of several sizes, with what is copied into them and out of them around calls.
frames(List) -> {doubled(List), twice(List, x), pairs(List, []), tail(List, 1, 2, 3), folded(List, 0), fields([{point, X, 2, 3} || X <- List])}.
doubled([H | T]) -> [2 * H | doubled(T)];
doubled([]) -> [].
twice([H | T], A) -> Rest = twice(T, H), {A, H, Rest};
twice([], A) -> id(A).
pairs([A, B | T], Done) -> Pair = {id(A), id(B)}, pairs(T, [Pair | Done]);
pairs(_, Done) -> id(Done), lists:reverse(Done).
tail([], A, B, C) -> {A, B, C};
tail([H | T], A, B, C) -> D = id(C), tail(T, D, A, id(B) + H).
folded([H | T], Sum) -> folded(T, id(H) + id(Sum));
folded([], Sum) -> Sum.
fields([{point, X, Y, Z} | T]) when X > Y -> [{Z, Y, X} | fields(T)];
fields([{point, _, _, _} = Point | T]) -> Rest = fields(T), [setelement(2, Point, Rest)];
fields([]) -> [].

remainders() ->
    [{A rem B, A div B} || A <- [0, 1, 7, 8, 255, 256, -1, -7, -8, 1 bsl 58, -(1 bsl 59), 1 bsl 70], B <- [1, 2, 8, 256, 7, -8, -1]].
