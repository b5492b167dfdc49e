%% Processes on our node call other nodes with OTP's libraries, which they borrow from this node. Each row is
%% evaluated on our node, with two real nodes as the others. With `-oracle` it is evaluated on a real node
%% instead of ours.
-module(calling_out).
-export([main/0, init/1, handle_call/3, handle_cast/2, handle_info/2, thrown/1, exits/1, fails/1, one_by_one/2]).
-import(claims, [equal/3, node_of/1]).
-import(other_nodes, [start_peer/2, on/2]).

main() ->
    {_, A} = start_peer(?MODULE, "callee_a"),
    {_, B} = start_peer(?MODULE, "callee_b"),
    Ours = case init:get_argument(oracle) of {ok, _} -> element(2, start_peer(?MODULE, "oracle")); error -> node_of(ours) end,
    [{ok, _} = erpc:call(N, fun() -> gen_server:start({local, counter}, ?MODULE, 0, []) end) || N <- [A, B]],
    {ok, _} = gen_server:start({local, counter}, ?MODULE, 0, []),
    [equal(Text, Expected, fun() -> on(Ours, fun() -> Check(A, B) end) end) || {Text, Expected, Check} <- rows()],
    io:format("ok    all calls~n").

%% A gen_server that counts. It never answers the call `stays_silent`.
init(Start) -> {ok, Start}.
handle_call({add, N}, _, Count) -> {reply, Count + N, Count + N};
handle_call(where, _, Count) -> {reply, node(), Count};
handle_call(stays_silent, _, Count) -> {noreply, Count};
handle_call({stops, Reason}, _, Count) -> {stop, Reason, Count}.
handle_cast({tell, To, What}, Count) -> To ! {What, node()}, {noreply, Count}.
handle_info(_, Count) -> {noreply, Count}.

thrown(T) -> throw(T).
exits(R) -> exit(R).
fails(R) -> error(R).

%% The class, the reason, and whether the exception has the stack trace of the remote process.
caught(Call) ->
    try {returned, Call()}
    catch
        throw:T -> {throw, T};
        exit:R -> {exit, R};
        error:{exception, R, [_ | _]} -> {error, {exception, R}};
        error:R -> {error, R}
    end.

bare({badrpc, {'EXIT', {R, [_ | _]}}}) -> {badrpc, {'EXIT', R}};
bare(Other) -> Other.

no_node() -> list_to_atom("no_such_node@" ++ lists:last(string:split(atom_to_list(node()), "@"))).

one_by_one(X, Y) -> {X, Y}.

rows() ->
    [{"net_adm:ping", {pong, pang}, fun(A, _) -> {net_adm:ping(A), net_adm:ping(no_node())} end},
     {"rpc:call", 3, fun(A, _) -> rpc:call(A, lists, sum, [[1, 2]]) end},
     {"rpc:call runs there", true, fun(A, _) -> rpc:call(A, erlang, node, []) =:= A end},
     {"rpc:call: thrown, exit, error, undef", {t, {badrpc, {'EXIT', x}}, {badrpc, {'EXIT', e}}, {badrpc, {'EXIT', undef}}}, fun(A, _) ->
         {rpc:call(A, ?MODULE, thrown, [t]), bare(rpc:call(A, ?MODULE, exits, [x])), bare(rpc:call(A, ?MODULE, fails, [e])), bare(rpc:call(A, no_module, f, []))} end},
     {"rpc:call with a time-out", {badrpc, timeout}, fun(A, _) -> rpc:call(A, timer, sleep, [2000], 50) end},
     {"rpc:call to nobody", {badrpc, nodedown}, fun(_, _) -> rpc:call(no_node(), erlang, node, []) end},
     {"rpc:block_call", 3, fun(A, _) -> rpc:block_call(A, lists, sum, [[1, 2]]) end},
     {"rpc:cast", {cast, true}, fun(A, _) -> true = rpc:cast(A, erlang, send, [self(), {cast, true}]), receive M -> M after 5000 -> nothing end end},
     {"rpc:async_call and yield", 6, fun(A, _) -> rpc:yield(rpc:async_call(A, lists, sum, [[1, 2, 3]])) end},
     {"rpc:nb_yield", {timeout, {value, ok}}, fun(A, _) -> K = rpc:async_call(A, timer, sleep, [200]), X = rpc:nb_yield(K), {X, rpc:nb_yield(K, 5000)} end},
     {"rpc:multicall", true, fun(A, B) -> N = no_node(), rpc:multicall([A, N, B], erlang, node, []) =:= {[A, B], [N]} end},
     {"rpc:eval_everywhere", 2, fun(A, B) -> rpc:eval_everywhere([A, B], erlang, send, [self(), x]), length([receive x -> x after 5000 -> exit(no) end || _ <- [1, 2]]) end},
     {"rpc:parallel_eval", [3, 7], fun(_, _) -> rpc:parallel_eval([{lists, sum, [[1, 2]]}, {lists, sum, [[3, 4]]}]) end},
     {"rpc:pmap", [{1, y}, {2, y}], fun(_, _) -> rpc:pmap({?MODULE, one_by_one}, [y], [1, 2]) end},
     {"rpc:server_call", {error, nodedown}, fun(_, _) -> rpc:server_call(no_node(), counter, reply, x) end},
     {"rpc:multi_server_call", true, fun(A, B) -> {[], Bad} = rpc:multi_server_call([no_node()], nobody_there, x), Bad =:= [no_node()] andalso A =/= B end},
     {"rpc:sbcast", true, fun(A, B) -> {Good, Bad} = rpc:sbcast([A, B], counter, hello), {lists:sort(Good), Bad} =:= {lists:sort([A, B]), []} end},
     {"rpc:abcast", abcast, fun(A, B) -> rpc:abcast([A, B], counter, hello) end},
     {"erpc:call", 3, fun(A, _) -> erpc:call(A, lists, sum, [[1, 2]]) end},
     {"erpc:call of a fun", true, fun(A, _) -> erpc:call(A, fun() -> node() end) =:= A end},
     {"erpc:call: thrown, exit, error", [{throw, t}, {exit, {exception, x}}, {error, {exception, e}}], fun(A, _) ->
         [caught(fun() -> erpc:call(A, ?MODULE, thrown, [t]) end), caught(fun() -> erpc:call(A, ?MODULE, exits, [x]) end), caught(fun() -> erpc:call(A, ?MODULE, fails, [e]) end)] end},
     {"erpc:call: undef", {error, {exception, undef}}, fun(A, _) -> caught(fun() -> erpc:call(A, no_module, f, []) end) end},
     {"erpc:call: time-out, nobody, bad arguments", [{error, {erpc, timeout}}, {error, {erpc, noconnection}}, {error, {erpc, badarg}}], fun(A, _) ->
         [caught(fun() -> erpc:call(A, timer, sleep, [2000], 50) end), caught(fun() -> erpc:call(no_node(), erlang, node, []) end), caught(fun() -> erpc:call(A, not_a_fun) end)] end},
     {"erpc:call: killed there", {exit, {signal, killed}}, fun(A, _) -> caught(fun() -> erpc:call(A, fun() -> exit(self(), kill), timer:sleep(1000) end) end) end},
     {"erpc:cast", {cast, there}, fun(A, _) -> Me = self(), ok = erpc:cast(A, fun() -> Me ! {cast, there} end), receive M -> M after 5000 -> nothing end end},
     {"erpc:multicall", true, fun(A, B) -> erpc:multicall([A, no_node(), B], erlang, node, []) =:= [{ok, A}, {error, {erpc, noconnection}}, {ok, B}] end},
     {"erpc:multicast", 2, fun(A, B) -> Me = self(), ok = erpc:multicast([A, B], fun() -> Me ! x end), length([receive x -> x after 5000 -> exit(no) end || _ <- [1, 2]]) end},
     {"erpc:send_request and receive_response", 3, fun(A, _) -> erpc:receive_response(erpc:send_request(A, lists, sum, [[1, 2]])) end},
     {"erpc:wait_response", {no_response, {response, ok}}, fun(A, _) -> R = erpc:send_request(A, timer, sleep, [200]), X = erpc:wait_response(R, 0), {X, erpc:wait_response(R, 5000)} end},
     {"erpc:check_response", {{response, 3}, no_response}, fun(A, _) -> R = erpc:send_request(A, lists, sum, [[1, 2]]), {receive M -> erpc:check_response(M, R) after 5000 -> nothing end, erpc:check_response(other, R)} end},
     {"erpc: a collection of requests", [{{response, 1}, a}, {{response, 2}, b}], fun(A, B) ->
         C0 = erpc:reqids_new(), C1 = erpc:send_request(A, erlang, abs, [-1], a, C0), C2 = erpc:send_request(B, erlang, abs, [-2], b, C1),
         {R1, L1, C3} = erpc:wait_response(C2, 5000, true), {R2, L2, _} = erpc:wait_response(C3, 5000, true), lists:sort([{R1, L1}, {R2, L2}]) end},
     {"a thousand erpc calls at once", 1000, fun(A, _) -> Rs = [erpc:send_request(A, erlang, abs, [-I]) || I <- lists:seq(1, 1000)], length([x || {I, R} <- lists:zip(lists:seq(1, 1000), Rs), erpc:receive_response(R) =:= I]) end},
     {"gen_server:call by name and by pid", {5, true}, fun(A, _) -> P = erpc:call(A, erlang, whereis, [counter]), {gen_server:call({counter, A}, {add, 5}), gen_server:call(P, where) =:= A} end},
     {"gen_server:call: time-out, then nothing late", {timeout, nothing}, fun(A, _) ->
         X = try gen_server:call({counter, A}, stays_silent, 50) catch exit:{R, _} -> R end, {X, receive M -> M after 50 -> nothing end} end},
     {"gen_server:call: no such name, no such node", {noproc, true}, fun(A, _) ->
         X = try gen_server:call({nobody_there, A}, x) catch exit:{R, _} -> R end, N = no_node(), Y = try gen_server:call({counter, N}, x) catch exit:{R2, _} -> R2 end, {X, Y =:= {nodedown, N}} end},
     {"gen_server:call: the server ends meanwhile", {over, noproc}, fun(A, _) ->
         {ok, P} = erpc:call(A, fun() -> gen_server:start(?MODULE, 0, []) end),
         Again = fun() -> try gen_server:call(P, {stops, over}) catch exit:{R, _} -> R end end, {Again(), Again()} end},
     {"gen_server:cast", true, fun(A, _) -> ok = gen_server:cast({counter, A}, {tell, self(), hello}), receive {hello, N} -> N =:= A after 5000 -> nothing end end},
     {"gen_server:abcast", true, fun(A, B) -> abcast = gen_server:abcast([A, B], counter, {tell, self(), hello}), lists:sort([receive {hello, N} -> N after 5000 -> nothing end || _ <- [1, 2]]) =:= lists:sort([A, B]) end},
     {"gen_server:multi_call", true, fun(A, B) -> N = no_node(), {Good, Bad} = gen_server:multi_call([A, B, N], counter, where), {lists:sort(Good), Bad} =:= {lists:sort([{A, A}, {B, B}]), [N]} end},
     {"gen_server:multi_call with a time-out", true, fun(A, B) -> {Good, Bad} = gen_server:multi_call([A, B], counter, stays_silent, 100), {Good, lists:sort(Bad)} =:= {[], lists:sort([A, B])} end},
     {"gen_server:send_request and receive_response", {reply, true}, fun(A, _) -> {reply, N} = gen_server:receive_response(gen_server:send_request({counter, A}, where), 5000), {reply, N =:= A} end},
     {"gen_server:wait_response of nobody", {error, noproc}, fun(A, _) -> {error, {R, _}} = gen_server:wait_response(gen_server:send_request({nobody_there, A}, x), 5000), {error, R} end},
     {"gen:call with a monitor and an alias by hand", {ok, true}, fun(A, _) -> {ok, N} = gen:call({counter, A}, '$gen_call', where, 5000), {ok, N =:= A} end},
     {"a gen_server of ours, called from there", true, fun(A, _) -> {ok, P} = gen_server:start(?MODULE, 0, []), erpc:call(A, gen_server, call, [P, where]) =:= node() end},
     {"gen_server:start on a node by spawn_link, stopped from here", {ok, normal}, fun(A, _) -> {ok, P} = erpc:call(A, fun() -> gen_server:start(?MODULE, 0, []) end), M = monitor(process, P), S = gen_server:stop(P), {S, receive {'DOWN', M, _, _, R} -> R after 5000 -> nothing end} end},
     {"sys:get_state", 0, fun(A, _) -> {ok, P} = erpc:call(A, fun() -> gen_server:start(?MODULE, 0, []) end), sys:get_state(P) end},
     {"send by name", true, fun(A, _) -> {counter, A} ! ignored, is_integer(gen_server:call({counter, A}, {add, 0})) end},
     {"proc_lib:spawn on a node", true, fun(A, _) -> Me = self(), proc_lib:spawn(A, fun() -> Me ! {at, node()} end), receive {at, N} -> N =:= A after 5000 -> nothing end end}].
