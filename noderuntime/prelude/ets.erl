%% The functions of ets that call funs or other functions of ets.
-module(ets).
-export([foldl/3, foldr/3, init_table/2, match_spec_run/2, repair_continuation/2, test_ms/2, '$page'/4]).

foldl(Fun, Value, Table) when is_function(Fun, 2) ->
    fixed(Table, fun() -> fold(Fun, Value, Table, ets:first_lookup(Table), fun(Key) -> ets:next_lookup(Table, Key) end) end).

foldr(Fun, Value, Table) when is_function(Fun, 2) ->
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

%% A continuation that was encoded has lost its compiled specification.
repair_continuation({_, Compiled, _, _, _, _} = Continuation, Specification) ->
    case ets:is_compiled_ms(Compiled) of
        true -> Continuation;
        false -> setelement(2, Continuation, ets:match_spec_compile(Specification))
    end;
repair_continuation('$end_of_table', _) -> '$end_of_table'.

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
        {Objects, Next} when is_list(Objects), is_function(Next) ->
            ets:insert(Table, Objects),
            fill(Table, Next);
        end_of_input ->
            Fun(close),
            true
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
