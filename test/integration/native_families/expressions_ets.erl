%% Expressions of the module ets, for native_families.
-module(expressions_ets).
-export([all/0]).

-define(E(Expression), {??Expression, fun() -> Expression end}).

new(Type) -> ets:new(t, [Type]).
new(Type, Objects) -> T = new(Type), ets:insert(T, Objects), T.
some() -> new(set, [{1, a, #{k => v}}, {2, b, [1, 2 | 3]}]).
ordered() -> new(ordered_set, [{K, K * K} || K <- lists:seq(1, 10)]).
%% Inserts the objects one by one, because OTP inserts a list of objects into a bag from the end of the list.
bag() -> T = new(bag), [ets:insert(T, O) || O <- [{a, 1}, {b, 2}, {a, 3}, {a, 1}, {a, 2}]], T.
dead() -> {P, M} = spawn_monitor(fun() -> ok end), receive {'DOWN', M, _, _, _} -> P end.
many(Type) -> new(Type, [{K, K rem 7} || K <- lists:seq(1, 5000)]).
sorted(List) -> lists:sort(List).

all() -> lists:flatten([errors(), objects(), counters(), keys(), matches(), continuations(), tables(), owners(), funs()]).

errors() ->
    [?E(ets:lookup(nope, 1)), ?E(ets:insert(1, {1})), ?E(ets:lookup(self(), 1)), ?E(ets:delete(nope)),
     ?E(begin T = new(set), ets:delete(T), ets:lookup(T, 1) end),
     ?E(ets:insert(new(set), [{1}, x])), ?E(ets:insert(ets:new(z, [{keypos, 3}]), {1, 2})), ?E(ets:insert(new(set), {})),
     ?E(ets:insert(new(set), [{1} | {2}])),
     ?E(ets:lookup_element(some(), 9, 1)), ?E(ets:lookup_element(some(), 1, 9)), ?E(ets:lookup_element(some(), 1, 0)),
     ?E(ets:next(some(), nokey)), ?E(ets:prev(some(), nokey)), ?E(ets:next(ordered(), nokey)), ?E(ets:prev(ordered(), nokey)),
     ?E(ets:new(a, [foo])), ?E(ets:new("a", [])), ?E(ets:new(a, [{keypos, 0}])), ?E(ets:new(a, foo)),
     ?E(ets:new(a, [{keypos, 1} | x])), ?E(ets:new(a, [{heir, x, y}])), ?E(ets:new(a, [{read_concurrency, 1}])),
     ?E(begin ets:new(q, [named_table]), ets:new(q, [named_table]) end),
     ?E(ets:delete_object(some(), x)), ?E(ets:whereis(1)), ?E(ets:slot(some(), -1)), ?E(ets:slot(some(), 1000000)),
     ?E(ets:safe_fixtable(some(), x)), ?E(ets:rename(some(), 1)), ?E(ets:select(foo)), ?E(ets:match(foo)),
     ?E(other(protected, fun(T) -> ets:insert(T, {1}) end)), ?E(other(private, fun(T) -> ets:lookup(T, 1) end)),
     ?E(other(protected, fun(T) -> ets:lookup(T, 1) end)), ?E(other(public, fun(T) -> ets:insert(T, {1}) end)),
     ?E(other(private, fun(T) -> ets:info(T, size) end)), ?E(other(public, fun(T) -> ets:give_away(T, self(), 1) end)),
     ?E(other(protected, fun(T) -> ets:delete(T) end)), ?E(other(public, fun(T) -> ets:delete(T) end)),
     ?E(other(public, fun(T) -> ets:setopts(T, {heir, none}) end))].

%% What another process may do with a table of this process.
other(Protection, Fun) ->
    T = ets:new(t, [Protection]),
    {_, Monitor} = spawn_monitor(fun() ->
        exit(try Fun(T) catch error:R:Stack -> {M, F, A, I} = hd(Stack), {R, M, F, length(A), I} end) end),
    receive {'DOWN', Monitor, _, _, Reason} -> Reason end.

objects() ->
    [?E(ets:insert(new(set), [])), ?E(ets:insert_new(new(set), [])), ?E(ets:insert_new(new(set), [{x, 1}, {x, 2}])),
     ?E(begin T = new(set), ets:insert_new(T, [{x, 1}, {x, 2}]), ets:lookup(T, x) end),
     ?E(begin T = some(), {ets:insert_new(T, {1, z}), ets:insert_new(T, [{3, z}, {1, z}]), ets:lookup(T, 3)} end),
     ?E(begin T = new(set, [{1, a}]), ets:insert(T, {1.0, b}), {ets:lookup(T, 1), ets:lookup(T, 1.0), ets:info(T, size)} end),
     ?E(begin T = new(ordered_set, [{1, a}]), ets:insert(T, {1.0, b}), {ets:lookup(T, 1), ets:info(T, size)} end),
     ?E(ets:lookup(bag(), a)), ?E(ets:lookup(new(duplicate_bag, [{a, 1}, {a, 1}, {a, 0}]), a)),
     ?E(begin T = bag(), ets:delete_object(T, {a, 3}), {ets:lookup(T, a), ets:info(T, size)} end),
     ?E(begin T = new(duplicate_bag, [{a, 1}, {a, 2}, {a, 1}]), ets:delete_object(T, {a, 1}), {ets:lookup(T, a), ets:info(T, size)} end),
     ?E(begin T = some(), {ets:delete_object(T, {7}), ets:delete_object(T, {1, a, #{k => v}}), ets:info(T, size)} end),
     ?E(begin T = bag(), {ets:take(T, a), ets:take(T, a), ets:info(T, size)} end),
     ?E(begin T = bag(), {ets:delete(T, a), ets:delete(T, zz), ets:tab2list(T)} end),
     ?E(begin T = bag(), {ets:delete_all_objects(T), ets:tab2list(T), ets:info(T, size)} end),
     ?E(ets:lookup_element(bag(), a, 2)), ?E(ets:lookup_element(some(), 1, 3)), ?E({ets:member(some(), 1), ets:member(some(), z)}),
     ?E(sorted(ets:tab2list(many(set))) =:= [{K, K rem 7} || K <- lists:seq(1, 5000)]),
     ?E(ets:tab2list(many(ordered_set)) =:= [{K, K rem 7} || K <- lists:seq(1, 5000)]),
     ?E(begin B = binary:copy(<<"x">>, 1000), T = new(set, [{b, B}]), [{b, C}] = ets:lookup(T, b), C =:= B end),
     ?E(begin T = new(ordered_set, [{X} || X <- [{1, 2}, a, "l", <<1>>, 1 bsl 70, -1.5, #{}, []]]), ets:tab2list(T) end)].

counters() ->
    [?E(ets:update_counter(some(), 9, 1)), ?E(ets:update_counter(some(), 1, 1)), ?E(ets:update_counter(some(), 1, {9, 1})),
     ?E(ets:update_counter(bag(), a, {9, 1})), ?E(ets:update_counter(some(), 1, {1, 1})), ?E(ets:update_counter(some(), 1, [])),
     ?E(ets:update_counter(some(), 9, [])), ?E(ets:update_counter(some(), 1, x)), ?E(ets:update_counter(some(), 1, {2, x})),
     ?E(ets:update_counter(some(), 8, {3, 5}, {1, 2})), ?E(ets:update_counter(some(), 8, {3, 5}, x)),
     ?E(ets:update_counter(some(), 1, {0, 1})),
     ?E(begin T = some(), {ets:update_counter(T, 7, {3, 5}, {1, 2, 3}), ets:lookup(T, 7),
                           ets:update_counter(T, 7, [{2, 5, 6, 0}, {3, -20, 0, 99}, {2, 2}]), ets:lookup(T, 7)} end),
     ?E(begin T = new(set, [{c, 1 bsl 59 - 2, -(1 bsl 59)}]), {ets:update_counter(T, c, [{2, 1}, {2, 1}, {2, 1}, {3, -1}]), ets:lookup(T, c)} end),
     ?E(begin T = new(ordered_set, [{c, 1}]), {ets:update_counter(T, c, 5), ets:update_counter(T, c, -3), ets:lookup(T, c)} end),
     ?E(begin T = new(set, [{c, 1, x}]), {catch ets:update_counter(T, c, [{2, 1}, {3, 1}]), ets:lookup(T, c)} end),
     ?E(ets:update_element(some(), 9, {2, x})), ?E(ets:update_element(some(), 1, {1, x})), ?E(ets:update_element(some(), 1, {7, x})),
     ?E(ets:update_element(some(), 1, [])), ?E(ets:update_element(bag(), a, [])), ?E(ets:update_element(some(), 1, x)),
     ?E(begin T = some(), {ets:update_element(T, 1, [{2, {x}}, {3, "y"}, {2, z}]), ets:lookup(T, 1)} end)].

walk(T, Key, Step) -> case Key of '$end_of_table' -> []; _ -> [Key | walk(T, Step(T, Key), Step)] end.

keys() ->
    [?E(ets:first(new(set))), ?E(ets:last(new(ordered_set))), ?E(ets:first(ordered())), ?E(ets:last(ordered())),
     ?E(begin T = ordered(), walk(T, ets:first(T), fun ets:next/2) end), ?E(begin T = ordered(), walk(T, ets:last(T), fun ets:prev/2) end),
     ?E(begin T = many(set), sorted(walk(T, ets:first(T), fun ets:next/2)) =:= lists:seq(1, 5000) end),
     ?E(begin T = many(set), sorted(walk(T, ets:last(T), fun ets:prev/2)) =:= lists:seq(1, 5000) end),
     ?E(begin T = bag(), sorted(walk(T, ets:first(T), fun ets:next/2)) end),
     ?E(ets:next(ordered(), '$end_of_table')), ?E(ets:prev(ordered(), '$end_of_table')), ?E(ets:next(some(), '$end_of_table')),
     ?E({ets:next(ordered(), 3.5), ets:prev(ordered(), 3.5), ets:next(ordered(), 3.0), ets:next(ordered(), 10), ets:prev(ordered(), 1)}),
     ?E(begin T = many(set), ets:safe_fixtable(T, true),
              N = length(walk(T, ets:first(T), fun(_, K) -> ets:delete(T, K), ets:insert(T, {-K}), ets:delete(T, -K), ets:next(T, K) end)),
              {N, ets:info(T, size)} end),
     ?E({ets:slot(ordered(), 0), ets:slot(ordered(), 9), ets:slot(ordered(), 10), catch ets:slot(new(ordered_set), 1)})].

matches() ->
    [?E(ets:match(some(), a)), ?E(ets:match(some(), [a])), ?E(ets:select(some(), [{a, [], ['$_']}])), ?E(ets:select(some(), x)),
     ?E(ets:select(some(), [])), ?E(ets:select(some(), [{{'$1'}, [], ['$2']}])), ?E(ets:select(some(), [{{'$1'}, [], []}])),
     ?E(sorted(ets:select(some(), [{{'$1', '$2', '_'}, [], [{{{hd, '$2'}, '$1'}}]}]))), ?E(ets:select(some(), [{{'$1', '$2', '_'}, [], [{}]}])),
     ?E(sorted(ets:select(some(), [{{'$1', '$2', '_'}, [], [['$1' | '$2']]}]))),
     ?E(ets:select(some(), [{{'$1', '_', #{k => '$2'}}, [{'andalso', {is_atom, '$2'}, {'==', 1, '$1'}}], [#{'$1' => '$2'}]}])),
     ?E(ets:select(some(), [{{'$1', '_', #{'$3' => '$2'}}, [], ['$_']}])), ?E(ets:select(some(), [{{'$1', '_', '_'}, [{'and', true, 1}], ['$_']}])),
     ?E(ets:select(some(), [{{'$1', '_', '_'}, [{'and'}], ['$_']}])), ?E(ets:select(some(), [{{'$1', '_', '_'}, [], [{'andalso', true, 1}]}])),
     ?E(ets:select(some(), [{{'$1', '_', '_'}, [], [{'or', true, 1}]}])), ?E(ets:select(some(), [{{'$1', '_', '_'}, x, ['$_']}])),
     ?E(ets:select(some(), [{{1, '_', '_'}, [], [{{{self}, {node}}}]}])), ?E(ets:select(some(), [{{1, '_', '_'}, [{is_record, '$_', 1}], ['$_']}])),
     ?E(ets:select(some(), [{{1, '$1', '_'}, [], [{const, {a, '$1'}}]}])), ?E(ets:select(some(), [{{1, '$1', '_'}, [], ['$$']}])),
     ?E(ets:select(some(), [{{1, '$1', '_'}, [{nofunction, 1}], ['$$']}])), ?E(ets:select(some(), [{{1, '$1', '_'}, [{hd, '$1'}], ['$$']}])),
     ?E(ets:select(some(), [{'$1', [{'orelse', {'=:=', {element, 1, '$1'}, 2}, {hd, x}}], ['$1']}])),
     ?E(ets:select(some(), [{{1, '_', '_'}, [], [first]}, {{'_', '_', '_'}, [], [second]}]) -- [second]),
     ?E(ets:select(ordered(), [{{'$1', '$2'}, [{'>', '$2', 30}, {'<', {'+', '$1', 1}, 9}], [{{'$1', {'-', '$2', {'*', 2, '$1'}}}}]}])),
     ?E(ets:select(ordered(), [{{'$1', '_'}, [{'not', {'<', '$1', 9}}], ['$1']}])),
     ?E(ets:select(ordered(), [{{'$1', '_'}, [{'xor', {'<', '$1', 9}, {'>', '$1', 2}}], ['$1']}])),
     ?E(ets:select(ordered(), [{{'$1', '_'}, [{'=:=', {'rem', '$1', 3}, 0}], [{'div', '$1', 2}]}])),
     ?E(ets:select(ordered(), [{{1.0, '$1'}, [], ['$1']}])), ?E(ets:match(ordered(), {1.0, '$1'})),
     ?E(ets:select_reverse(ordered(), [{{'$1', '_'}, [{'<', '$1', 4}], ['$1']}])),
     ?E(ets:match(some(), {'$1', a, '$0'})), ?E(ets:match(some(), {'$1', '$1', '_'})), ?E(sorted(ets:match(some(), {'$7', '_', '_'}))),
     ?E(ets:match(new(set, [{x, x}, {x2, y}]), {'$1', '$1'})), ?E(ets:match_object(some(), {2, '_', '$1'})), ?E(ets:match(bag(), {a, '$1'})),
     ?E(ets:match(some(), '_') -- [[], []]), ?E(sorted(ets:match(some(), '$1'))), ?E(ets:match_object(some(), {'_', '_', [1 | '_']})),
     ?E(begin T = bag(), {ets:match_delete(T, {a, '_'}), ets:tab2list(T)} end),
     ?E(begin T = many(duplicate_bag), ets:insert(T, many_of(1)), {ets:select_delete(T, [{{'_', '$1'}, [{'<', '$1', 3}], [true]}]), ets:info(T, size)} end),
     ?E(begin T = many(set), {ets:select_count(T, [{{'_', 3}, [], [true]}]), ets:select_delete(T, [{{'_', 3}, [], [true]}]), ets:info(T, size)} end),
     ?E(ets:select_count(many(set), [{{'_', 3}, [], [yes]}])),
     ?E(ets:select_replace(some(), [{{'$1', '$2', '$3'}, [], [{{'$2', '$1', '$3'}}]}])),
     ?E(begin T = some(), {ets:select_replace(T, [{{'$1', '$2', '$3'}, [], [{{'$1', z, '$3'}}]}]), sorted(ets:tab2list(T))} end),
     ?E(ets:select_replace(bag(), [{{'$1', '$2'}, [], [{{'$1', z}}]}])),
     ?E(begin T = new(duplicate_bag, [{a, 1}, {a, 2}, {b, 1}, {a, 1}]),
              {ets:select_replace(T, [{{'$1', 1}, [], [{{'$1', z}}]}]), sorted(ets:tab2list(T)), ets:lookup(T, a)} end),
     ?E([replaced(Head, Body) || {Head, Body} <-
         [{{'$1', '$2', '_'}, '$_'}, {{'$1', '$2', '_'}, {{'$1'}}}, {{'$1', '$2', '_'}, {{}}}, {{'$1', '$2', '_'}, '$1'},
          {{'$1', '$2', '_'}, {{{element, 1, '$_'}, x}}}, {{'$1', '$2', '_'}, {{{element, 2, '$_'}, x}}},
          {{'$1', '$2', '_'}, {{{'+', '$1', 0}}}}, {{1, '$2', '_'}, {{1, y}}}, {{1, '$2', '_'}, {{1.0, y}}},
          {{1, '$2', '_'}, {const, {1, {y}}}}, {{1, '$2', '_'}, {const, {2, {y}}}}, {{'$1', b, '_'}, {const, {'$1', b}}},
          {{nokey, '$2', '_'}, {{else, y}}}, {'_', {{1, y}}}, {'$1', '$_'}, {{1, '$2', '_'}, {{{const, 1}, y}}}]]),
     ?E(ets:select_delete(some(), x)), ?E(ets:select_delete(some(), [{{1, '_', '_'}, [], [true]}])), ?E(ets:select_delete(nope, [])),
     [?E([F(T, P) || F <- [fun ets:match_object/2, fun ets:match/2, fun(Tab, Pattern) -> ets:select_reverse(Tab, [{Pattern, [], ['$_']}]) end]])
      || T <- [partly()], P <- [{{3, '_'}, '_'}, {{3, '_', '_'}, '_'}, {[4 | '_'], '$1'}, {[4, '$2' | '_'], '$1'}, {{'_', 2}, '_'}, {{9, '_'}, '_'},
                               {{3.0, '_'}, '_'}, {{{3, '_'}, '_'}, '_'}, {{#{a => 1}, '_'}, '_'}, {#{a => 1}, '_'}, {#{a => '_'}, '_'}, {{3, '$1'}, '$1'}]],
     ?E(begin T = partly(), Ms = [{{{3, '$1'}, '_'}, [], ['$_']}, {{[4 | '_'], '_'}, [], ['$_']}, {{17, '_'}, [], ['$_']}],
              {ets:select(T, Ms), all_of(ets:select(T, Ms, 2), fun ets:select/1), all_of(ets:select_reverse(T, Ms, 3), fun ets:select/1),
               ets:select_count(T, [{H, [], [true]} || {H, _, _} <- Ms]), ets:select_delete(T, [{H, [], [true]} || {H, _, _} <- Ms]),
               length(ets:tab2list(T))} end),
     ?E(begin C = ets:match_spec_compile([{{'$1'}, [], ['$1']}]), {C, ets:is_compiled_ms(C), ets:is_compiled_ms(x), ets:match_spec_run([{a}, {b}, c, {d, e}], C)} end),
     ?E(ets:match_spec_compile(foo)), ?E(ets:match_spec_run([{1} | x], ets:match_spec_compile([{'_', [], ['$_']}]))),
     ?E(ets:test_ms({1, 2}, [{{'$1', '$2'}, [], ['$2']}])), ?E(ets:test_ms({1, 2}, [{{'$1'}, [], ['$1']}]))].

%% Keys of which parts are known: tuples, lists and others.
partly() ->
    new(ordered_set, [{K, X} || X <- lists:seq(1, 5), Y <- lists:seq(1, 4), K <- [{X, Y}, {X, Y, z}, [X, Y, z], [X], X * 10 + Y]]
                     ++ [{{{3, x}, y}, 1}, {#{a => 1, b => 2}, 1}, {#{a => 1}, 2}, {{#{a => 1, b => 2}, 1}, 1}, {{3, '_'}, 7}, {{3, '$1'}, '$1'}]).

replaced(Head, Body) ->
    T = some(),
    {try ets:select_replace(T, [{Head, [], [Body]}]) catch error:R -> R end, sorted(ets:tab2list(T))}.

many_of(Key) -> [{Key, N rem 7} || N <- lists:seq(1, 3000)].

all_of({Matches, Continuation}, Next) -> [length(Matches) | all_of(Next(Continuation), Next)];
all_of('$end_of_table', _) -> [].

continuations() ->
    [?E(ets:select(some(), [{'_', [], ['$_']}], 0)), ?E(ets:select(new(ordered_set), [{'_', [], ['$_']}], 1)), ?E(ets:select('$end_of_table')),
     ?E(begin {L, '$end_of_table'} = ets:select(some(), [{'_', [], ['$_']}], 20), sorted(L) end),
     ?E(lists:sum(all_of(ets:select(many(set), [{'_', [], ['$_']}], 700), fun ets:select/1))),
     ?E(lists:sum(all_of(ets:match(many(ordered_set), {'$1', 3}, 33), fun ets:match/1))),
     ?E(lists:sum(all_of(ets:match_object(many(bag), '_', 4000), fun ets:match_object/1))),
     ?E(begin {L, C} = ets:select(ordered(), [{{'$1', '_'}, [], ['$1']}], 3), {M, _} = ets:select(C), {L, M} end),
     ?E(begin {L, C} = ets:select_reverse(ordered(), [{{'$1', '_'}, [], ['$1']}], 3), {M, _} = ets:select_reverse(C), {L, M} end),
     ?E(begin T = ordered(), {L, C} = ets:select(T, [{{'$1', '_'}, [], ['$1']}], 3), ets:delete(T, 3), ets:delete(T, 4), {M, _} = ets:select(C), {L, M} end),
     [?E(begin {_, C} = ets:select(many(Type), [{'_', [], [true]}], 5), B = setelement(Place, C, <<>>), R = ets:repair_continuation(B, [{'_', [], [true]}]),
               {tuple_size(C), element(1, element(2, catch ets:select(B))), element(1, ets:select(R)), element(1, ets:select(C))} end)
      || {Type, Place} <- [{set, 4}, {bag, 4}, {duplicate_bag, 4}, {ordered_set, 5}]],
     ?E(begin T = ets:new(n1, [named_table]), ets:insert(T, [{1}, {2}, {3}]), {L, C} = ets:select(T, [{{'$1'}, [], ['$1']}], 2),
              ets:rename(T, n2), {M, '$end_of_table'} = ets:select(C), ets:delete(n2), ets:new(n1, [named_table]), {sorted(L ++ M), element(1, element(2, catch ets:select(C)))} end),
     ?E(ets:select({a, b})), ?E(ets:select({some(), 1, 2, 3, [], 4})), ?E(ets:select({ordered(), 1, [], 2, 3, [], 0, 4})),
     ?E(begin S = [{{'$1', '_'}, [], ['$1']}], {_, C} = ets:select(ordered(), S, 3), {M, _} = ets:select(ets:repair_continuation(binary_to_term(term_to_binary(C)), S)), M end)].

tables() ->
    [?E(ets:info(nope)), ?E(ets:info(nope, size)), ?E(ets:info(some(), foo)), ?E(ets:info(nope, foo)), ?E(ets:info(1)),
     ?E(ets:info(make_ref())), ?E(ets:info(make_ref(), size)), ?E(ets:info(nope, stats)),
     ?E(lists:keydelete(memory, 1, ets:info(some()))),
     ?E(lists:keydelete(memory, 1, ets:info(ets:new(named, [named_table, public, bag, {keypos, 2}, compressed, {read_concurrency, true}])))),
     ?E([ets:info(ets:new(t, [{write_concurrency, W}, private]), write_concurrency) || W <- [true, false, auto]]),
     ?E([begin T = new(Type, [{1, <<1:(8 * 200)>>}]), B = <<2:(8 * 300)>>, ets:insert(T, [{2, small, <<"x">>}, {3, [B | B]}]),
               R = sorted([{S, N} || {_, S, N} <- ets:info(T, binary)]), ets:delete(T, 3), {length(R), [S || {S, _} <- R], [S || {_, S, _} <- ets:info(T, binary)], byte_size(B)} end
         || Type <- [set, ordered_set, bag, duplicate_bag]]),
     ?E(begin T = many(set), ets:insert(T, [{{b, N}, <<N:(8 * 100)>>} || N <- lists:seq(1, 3000)]), length(ets:info(T, binary)) end),
     ?E(ets:info(new(ordered_set), stats)), ?E(tuple_size(ets:info(some(), stats))),
     ?E(begin T = many(set), {Buckets, Average, _, _, Least, Most, 0, 1} = ets:info(T, stats), {round(Buckets * Average), Least =< Average, Average =< Most} end),
     ?E(begin T = some(), {ets:info(T, fixed), ets:info(T, safe_fixed), ets:info(T, safe_fixed_monotonic_time)} end),
     ?E(begin T = some(), ets:safe_fixtable(T, true), ets:safe_fixtable(T, true), {_, L} = ets:info(T, safe_fixed_monotonic_time), {L, ets:info(T, fixed)} end),
     ?E(begin T = some(), ets:safe_fixtable(T, true), ets:safe_fixtable(T, false), ets:info(T, fixed) end),
     ?E(begin T = some(), T =:= ets:rename(T, x) end), ?E(begin T = ets:new(n1, [named_table]), {T, ets:rename(T, n2), ets:whereis(n1), ets:whereis(n2), ets:info(n2, name)} end),
     ?E(begin ets:new(n1, [named_table]), ets:new(n2, [named_table]), ets:rename(n1, n2) end),
     ?E(begin T = ets:new(n1, [named_table]), lists:member(T, ets:all()) end), ?E(begin T = some(), lists:member(T, ets:all()) end),
     ?E(begin T = ets:new(n1, [named_table]), W = ets:whereis(T), ets:insert(W, {1}), ets:lookup(T, 1) end),
     ?E(begin T = new(set), {ets:delete(T), ets:info(T)} end), ?E(begin T = some(), node(T) =:= node() end)].

owner(Options, Fun) ->
    Self = self(),
    {Pid, Monitor} = spawn_monitor(fun() -> T = ets:new(t, [{heir, Self, data} | Options]), ets:insert(T, {1, one}), Fun(T, Self) end),
    receive {'DOWN', Monitor, _, _, _} -> Pid end.

owners() ->
    [?E(begin P = owner([], fun(_, S) -> S ! done end), receive {'ETS-TRANSFER', T, P, D} -> {D, ets:lookup(T, 1), ets:info(T, owner) =:= self(), ets:info(T, heir)} after 1000 -> none end end),
     ?E(begin owner([{heir, none}], fun(T, S) -> S ! {table, T} end), receive {table, T} -> ets:info(T) end end),
     ?E(begin P = owner([named_table], fun(T, S) -> ets:give_away(T, S, gift), S ! ok end), receive {'ETS-TRANSFER', t, P, D} -> {D, ets:info(t, owner) =:= self()} after 1000 -> none end end),
     ?E(ets:give_away(some(), self(), x)), ?E(ets:give_away(some(), x, x)), ?E(ets:give_away(some(), dead(), x)),
     ?E(begin T = some(), {ets:setopts(T, {heir, self(), 1}), ets:info(T, heir) =:= self(), ets:setopts(T, [{heir, none}, {protection, private}]), ets:info(T, protection), ets:info(T, heir)} end),
     ?E(ets:setopts(some(), [{heir, none}, {heir, none}])), ?E(ets:setopts(some(), foo)), ?E(ets:setopts(some(), {keypos, 1}))].

funs() ->
    [?E(ets:foldl(fun({K, _}, A) -> [K | A] end, [], ordered())), ?E(ets:foldr(fun({K, _}, A) -> [K | A] end, [], ordered())),
     ?E(ets:foldl(fun({_, V}, A) -> V + A end, 0, many(set))), ?E(ets:foldl(fun({_, V}, A) -> V + A end, 0, bag())),
     ?E(begin T = new(set), ets:init_table(T, feeder([[{1}, {2}], [{3}]])), sorted(ets:tab2list(T)) end),
     ?E(begin T = new(set), ets:init_table(T, fun(read) -> end_of_input; (close) -> exit(closed) end) end),
     ?E(ets:init_table(new(set), fun(read) -> {error, x} end)),
     ?E(begin T = new(set), Self = self(), Last = fun(close) -> Self ! closed, exit(closed) end,
              R = (catch ets:init_table(T, fun(read) -> {[{1}, two], Last} end)), {element(1, R), element(1, element(2, R)), receive closed -> closed after 0 -> open end} end),
     ?E([ets:foldl(fun() -> x end, [], new(set)), ets:foldr(fun() -> x end, [], new(set))]), ?E(ets:foldl(fun() -> x end, [], some())),
     ?E(begin Q = ets:table(ordered(), [{traverse, {select, [{{'$1', '_'}, [], ['$1']}]}}, {n_objects, 3}]), qlc:e(Q) end),
     ?E(begin G = digraph:new(), A = digraph:add_vertex(G), B = digraph:add_vertex(G), digraph:add_edge(G, A, B), length(digraph:out_neighbours(G, A)) end)].

feeder(Lists) ->
    fun(read) -> case Lists of [L | Rest] -> {L, feeder(Rest)}; [] -> end_of_input end;
       (close) -> ok
    end.
