%% A node of OTP that does what our node does, so that the answers can be compared.
-module(controls).
-export([start/1, same/4, evaluate/1]).

%% A peer with the modules of the working directory.
start(Arguments) ->
    {ok, Peer, Node} = peer:start_link(#{name => control, wait_boot => 60000, args => ["-setcookie", atom_to_list(erlang:get_cookie()),
                                                             "-start_epmd", "false", "-pa", "." | Arguments]}),
    {Peer, Node}.

%% Each step is {Function, Arguments} of Module, or {OtherModule, Function, Arguments}. Both nodes take all steps in
%% their order; each answer is a claim.
same(Module, Steps, Real, Ours) ->
    pong = net_adm:ping(Ours),
    [compare(Number, whole(Module, Step), Real, Ours) || {Number, Step} <- lists:enumerate(Steps)].

whole(Module, {F, A}) -> {Module, F, A};
whole(_, Step) -> Step.

compare(Number, {M, F, A}, Real, Ours) ->
    Text = lists:flatten(io_lib:format("~w: ~w:~w ~0tp", [Number, M, F, A])),
    claims:equal(Text, plain(rpc:call(Real, M, F, A)), fun() -> plain(rpc:call(Ours, M, F, A)) end).

%% Without what differs between any two nodes: pids, references, stacks.
plain({'EXIT', {Reason, [_ | _]}}) -> {'EXIT', plain(Reason)};
plain(Pid) when is_pid(Pid) -> pid;
plain(Reference) when is_reference(Reference) -> reference;
plain([{M, F, _, Location} | _]) when is_atom(M), is_atom(F), is_list(Location) -> stack;
plain([H | T]) -> [plain(H) | plain(T)];
plain(Tuple) when is_tuple(Tuple) -> list_to_tuple(plain(tuple_to_list(Tuple)));
plain(Map) when is_map(Map) -> maps:map(fun(_, Value) -> plain(Value) end, Map);
plain(Other) -> Other.

%% The value of the expressions in a text, or the exception.
evaluate(Text) ->
    {ok, Tokens, _} = erl_scan:string(Text ++ "."),
    {ok, Expressions} = erl_parse:parse_exprs(Tokens),
    try
        {value, Value, _} = erl_eval:exprs(Expressions, []),
        Value
    catch
        Class:Reason -> {Class, Reason}
    end.
