%% Evaluates the expressions of the modules expressions_* on this node and on ours, and compares the results.
-module(native_families).
-export([main/0, compute/1]).

main() ->
    Node = claims:node_of(judged),
    pong = net_adm:ping(Node),
    lists:foreach(fun(Module) -> judge(Node, Module) end, [expressions_ets, expressions_state]).

judge(Node, Module) ->
    Expected = compute(Module),
    Got = erpc:call(Node, ?MODULE, compute, [Module]),
    lists:foreach(fun({{Name, E}, {Name, G}}) ->
                          claims:equal([atom_to_list(Module), ": ", Name], E, fun() -> G end)
                  end, [Pair || {{Name, _}, _} = Pair <- lists:zip(Expected, Got), is_of_this_release(Name)]).

%% False if this release is newer than the last one that evaluates the expression as our node does.
is_of_this_release(Name) ->
    Last = #{"ets : update_element ( some ( ) , 1 , { 7 , x } )" => 26,
             "ets : update_counter ( some ( ) , 8 , { 3 , 5 } , x )" => 28},
    list_to_integer(erlang:system_info(otp_release)) =< maps:get(Name, Last, infinity).

%% The results of all expressions of a module, without the parts that differ between nodes.
compute(Module) ->
    [{Name, plain(outcome(Expression))} || {Name, Expression} <- Module:all()].

outcome(Expression) ->
    {_, Monitor} = spawn_monitor(fun() -> exit({outcome, attempt(Expression)}) end),
    receive {'DOWN', Monitor, _, _, Reason} -> Reason after 20000 -> no_answer end.

attempt(Expression) ->
    try {value, Expression()}
    catch
        error:Reason:Stack ->
            {M, F, A, Info} = hd(Stack),
            {error, Reason, M, F, arity(A), cause(Info)};
        Class:Reason -> {Class, Reason}
    end.

arity(Arguments) when is_list(Arguments) -> length(Arguments);
arity(Arity) -> Arity.

cause(Info) -> case proplists:get_value(error_info, Info) of #{cause := Cause} -> Cause; _ -> none end.

plain(Pid) when is_pid(Pid) -> a_pid;
plain(Reference) when is_reference(Reference) -> a_reference;
plain(Node) when Node =:= node() -> a_node;
plain(Fun) when is_function(Fun) -> a_fun;
plain([Head | Tail]) -> [plain(Head) | plain(Tail)];
plain(Tuple) when is_tuple(Tuple) -> list_to_tuple(plain(tuple_to_list(Tuple)));
plain(Map) when is_map(Map) -> maps:from_list(plain(maps:to_list(Map)));
plain(Term) -> Term.
