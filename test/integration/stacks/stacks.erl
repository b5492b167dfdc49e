%% How processes and calls on our node fail, and the stacks that their callers get, beside a real node. Lines of sources and
%% what is different in each run are left out.
-module(stacks).
-export([main/0, fails/1, below/1]).

main() ->
    {Peer, Real} = controls:start(["-kernel", "logger_level", "none"]),
    Ours = claims:node_of(ours),
    pong = net_adm:ping(Ours),
    [claims:equal(Text, same(How(Real)), fun() -> same(How(Ours)) end) || {Text, How} <- ends() ++ calls()],
    peer:stop(Peer).

fails(N) -> 1 + below(N).
below(N) ->
    X = lists:nth(N + 5, [1, 2]),
    X.

typed(Text) ->
    {ok, Tokens, _} = erl_scan:string(Text),
    {ok, Expressions} = erl_parse:parse_exprs(Tokens),
    {value, Value, _} = erl_eval:exprs(Expressions, []),
    Value.

same(List) when is_list(List) -> [same(Each) || Each <- List];
same({file, _}) -> file;
same({line, _}) -> line;
same(Tuple) when is_tuple(Tuple) -> list_to_tuple(same(tuple_to_list(Tuple)));
same(Fun) when is_function(Fun) -> a_fun;
same(Pid) when is_pid(Pid) -> a_pid;
same(Reference) when is_reference(Reference) -> a_reference;
same(Other) -> Other.

ends(Module, Function, Arguments) ->
    {lists:flatten(io_lib:format("a process with ~w:~w/~w of ~0p", [Module, Function, length(Arguments), same(Arguments)])), fun(Node) ->
        {Pid, Monitor} = spawn_opt(Node, Module, Function, Arguments, [monitor]),
        receive {'DOWN', Monitor, process, Pid, Why} -> Why after 10_000 -> nothing end
    end}.
ends_typed(Text) ->
    {_, How} = ends(erlang, apply, [typed(Text), []]),
    {"a process with " ++ Text, How}.

ends() ->
    [ends(erlang, error, [boom]), ends(erlang, error, [boom, [1, 2]]), ends(erlang, exit, [boom]), ends(erlang, throw, [ball]),
     ends(erlang, raise, [error, x, []]), ends(erlang, apply, [notafun, []]), ends(erlang, hd, [a]), ends(erlang, binary_to_term, [<<1>>]),
     ends(erlang, apply, [fun lists:nosuch/1, [1]]), ends(nomod, f, [1]), ends(lists, map, [a, b]), ends(?MODULE, fails, [3]),
     ends(erlang, apply, [?MODULE, fails, [0]]), ends(gen_server, call, [nobody, x]),
     ends_typed("fun() -> erlang:error(x) end."), ends_typed("fun() -> throw(ball) end."), ends_typed("fun() -> 1 + a end."),
     ends_typed("fun(_) -> 1 end."), ends_typed("fun() -> (fun(X) -> X end)(1, 2) end."), ends_typed("fun() -> a:b() end."),
     ends_typed("fun() -> case 1 of 2 -> 3 end end.")].

call(Text, How) -> {Text, fun(Node) -> try {value, How(Node)} catch Class:Why -> {Class, Why} end end}.
rex(Call) -> fun(Node) -> gen_server:call({rex, Node}, Call) end.

calls() ->
    [call("rpc:call of erlang:error/1", fun(Node) -> rpc:call(Node, erlang, error, [boom]) end),
     call("rpc:call of erlang:throw/1", fun(Node) -> rpc:call(Node, erlang, throw, [x]) end),
     call("rpc:call of a function that fails below", fun(Node) -> rpc:call(Node, ?MODULE, fails, [2]) end),
     call("rpc:call of what is no fun", fun(Node) -> rpc:call(Node, erlang, apply, [notafun, []]) end),
     call("rpc:call of ets:insert/2 without a table", fun(Node) -> rpc:call(Node, ets, insert, [nosuch, {1}]) end),
     call("rpc:call of maps:get/2 without the key", fun(Node) -> rpc:call(Node, maps, get, [a, #{}]) end),
     call("rpc:block_call", fun(Node) -> rpc:block_call(Node, erlang, error, [boom]) end),
     call("erpc:call of erlang:error/1", fun(Node) -> erpc:call(Node, erlang, error, [boom]) end),
     call("erpc:call of a function that fails below", fun(Node) -> erpc:call(Node, ?MODULE, fails, [2]) end),
     call("erpc:call of lists:map/2", fun(Node) -> erpc:call(Node, lists, map, [a, b]) end),
     call("erpc:call of a fun of a shell that raises", fun(Node) -> erpc:call(Node, typed("fun() -> erlang:error(e) end.")) end),
     call("erpc:call of a fun of a shell that adds", fun(Node) -> erpc:call(Node, typed("fun() -> 1 + a end.")) end),
     call("erpc:call of a fun that applies no fun", fun(Node) -> erpc:call(Node, fun() -> erlang:apply(binary_to_atom(<<"notafun">>), []) end) end),
     call("rex, as C and Java call it", rex({call, erlang, error, [boom], group_leader()})),
     call("rex, a function that fails below", rex({call, ?MODULE, fails, [2], group_leader()}))].
