%% The functions of ets that call funs or other functions of ets.
-module(ets).
-export([foldl/3, foldr/3, init_table/2, match_spec_run/2, repair_continuation/2, select_delete/2, test_ms/2, '$page'/4]).

foldl(Fun, Value, Table) ->
    fixed(Table, fun() -> fold(Fun, Value, Table, ets:first_lookup(Table), fun(Key) -> ets:next_lookup(Table, Key) end) end).

foldr(Fun, Value, Table) ->
    fixed(Table, fun() -> fold(Fun, Value, Table, ets:last_lookup(Table), fun(Key) -> ets:prev_lookup(Table, Key) end) end).

fold(_, Value, _, '$end_of_table', _) -> Value;
fold(Fun, Value, Table, {Key, Objects}, Step) ->
    fold(Fun, lists:foldl(Fun, Value, Objects), Table, Step(Key), Step).

fixed(Table, Fun) ->
    ets:safe_fixtable(Table, true),
    try Fun()
    after ets:safe_fixtable(Table, false)
    end.

match_spec_run(List, Compiled) -> lists:reverse(ets:match_spec_run_r(List, Compiled, [])).

%% A continuation that was encoded has lost its compiled specification, its fourth part, or of an ordered_set its fifth.
repair_continuation('$end_of_table', _) -> '$end_of_table';
repair_continuation({_, _, _, Compiled, _, _} = Continuation, Specification) ->
    repaired(4, Compiled, Continuation, Specification);
repair_continuation({_, _, _, _, Compiled, _, _, _} = Continuation, Specification) ->
    repaired(5, Compiled, Continuation, Specification).

repaired(Place, Compiled, Continuation, Specification) ->
    case ets:is_compiled_ms(Compiled) of
        true -> Continuation;
        false -> setelement(Place, Continuation, ets:match_spec_compile(Specification))
    end.

%% The native function has the name that erl_stdlib_errors explains.
select_delete(Table, Specification) -> ets:internal_select_delete(Table, Specification).

%% A page of objects, for those who look at the node: {Page, Next}. Larger ones than Most bytes are their size only.
'$page'(Table, From, Rows, Most) ->
    All = [{'$1', [], ['$1']}],
    Found = case From of
                first -> ets:select(Table, All, Rows);
                _ -> ets:select(repair_continuation(From, All))
            end,
    case Found of
        '$end_of_table' -> {[], '$end_of_table'};
        {Objects, Next} -> {[of_size(Object, erlang:external_size(Object), Most) || Object <- Objects], Next}
    end.

of_size(_, Size, Most) when Size > Most -> Size;
of_size(Object, _, _) -> [Object].

init_table(Table, Fun) ->
    ets:delete_all_objects(Table),
    fill(Table, Fun).

fill(Table, Fun) ->
    case Fun(read) of
        end_of_input -> true;
        {Objects, Next} when is_list(Objects), is_function(Next) ->
            try ets:insert(Table, Objects)
            catch error:Reason:Stack ->
                catch Next(close),
                exit({Reason, Stack})
            end,
            fill(Table, Next);
        Wrong -> exit(Wrong)
    end.

test_ms(Tuple, Specification) ->
    try ets:match_spec_compile(Specification) of
        Compiled ->
            case ets:match_spec_run([Tuple], Compiled) of
                [Value] -> {ok, Value};
                [] -> {ok, false}
            end
    catch error:badarg -> {error, [{error, "the match specification is not one"}]}
    end.
