%% Requests of OTP nodes to the services of a node, other than calls: net_kernel, the console, the end of the
%% node. A row is {Text, Expected, Check}. With `-oracle` a node of OTP is asked, which shows that the rows
%% are right.
-module(services).
-export([main/0, says/1]).
-import(claims, [equal/3, claim/2, node_of/1]).

main() ->
    process_flag(trap_exit, true),
    Ours = case init:get_argument(oracle) of
        {ok, _} -> element(2, other_nodes:start_peer(?MODULE, "third"));
        error -> node_of(ours)
    end,
    pong = net_adm:ping(Ours),
    [equal(Text, Expected, fun() -> Check(Ours) end) || {Text, Expected, Check} <- net_kernel() ++ init() ++ io() ++ console() ++ erpc() ++ rex()],
    io:format("ok    all services~n").

kernel(N, Request) -> gen_server:call({net_kernel, N}, Request, 5000).

net_kernel() ->
    [{"net_kernel: is_auth", yes, fun(N) -> kernel(N, {is_auth, node()}) end},
     {"net_kernel: connect to one that is connected, to itself, to nobody", {true, true, false}, fun(N) -> {kernel(N, {connect, normal, node()}), kernel(N, {connect, normal, N}), kernel(N, {connect, normal, node_of(nobody)})} end},
     {"net_kernel: disconnect of nobody", false, fun(N) -> kernel(N, {disconnect, node_of(nobody)}) end},
     {"net_kernel: longnames, nodename, ticktime", {false, true, 60000}, fun(N) -> {kernel(N, longnames), kernel(N, nodename) =:= N, kernel(N, ticktime)} end},
     {"net_kernel: spawn, the old form", {called, true}, fun(N) -> Me = self(), P = kernel(N, {spawn, erlang, send, [Me, {called, true}], group_leader()}), true = node(P) =:= N, receive {called, X} -> {called, X} after 5000 -> nothing end end},
     {"net_kernel: a question that it does not know is not answered", timeout, fun(N) -> try gen_server:call({net_kernel, N}, what_is_that, 100) catch exit:{R, _} -> R end end},
     {"net_kernel: what is no question does no harm", yes, fun(N) -> {net_kernel, N} ! nonsense, gen_server:cast({net_kernel, N}, nonsense), kernel(N, {is_auth, node()}) end},
     {"rpc net_kernel:get_net_ticktime", 60, fun(N) -> rpc:call(N, net_kernel, get_net_ticktime, []) end},
     {"rpc net_kernel:set_net_ticktime to what it is", unchanged, fun(N) -> rpc:call(N, net_kernel, set_net_ticktime, [60]) end},
     {"rpc net_kernel:connect_node", true, fun(N) -> rpc:call(N, net_kernel, connect_node, [node()]) end},
     {"rpc net_kernel:longnames, nodename", {false, true}, fun(N) -> {rpc:call(N, net_kernel, longnames, []), rpc:call(N, net_kernel, nodename, []) =:= N} end},
     {"rpc net_kernel:start: already", true, fun(N) -> {error, Why} = rpc:call(N, net_kernel, start, [[x, shortnames]]), {already_started, _} = element(1, case Why of {{_, _}, _} -> Why; _ -> {Why} end), true end},
     {"rpc net_adm:names", true, fun(N) -> {ok, Names} = rpc:call(N, net_adm, names, []), lists:sort([element(1, X) || X <- Names]) =:= lists:sort([element(1, X) || X <- element(2, net_adm:names())]) end},
     {"rpc net_adm:names of a host", true, fun(N) -> {ok, Names} = rpc:call(N, net_adm, names, [localhost]), is_list(Names) end},
     {"rpc net_adm:localhost, ping, host_file", {true, pong, pang}, fun(N) -> {is_list(rpc:call(N, net_adm, localhost, [])), rpc:call(N, net_adm, ping, [node()]), rpc:call(N, net_adm, ping, [node_of(nobody)])} end},
     {"rpc erlang:is_alive, node, nodes", {true, true, true}, fun(N) -> {rpc:call(N, erlang, is_alive, []), rpc:call(N, erlang, node, []) =:= N, lists:member(node(), rpc:call(N, erlang, nodes, []))} end}].

init() ->
    [{"rpc init:get_status", {started, started}, fun(N) -> rpc:call(N, init, get_status, []) end},
     {"rpc init:get_arguments: the name", true, fun(N) -> A = rpc:call(N, init, get_arguments, []), [Name] = proplists:get_value(sname, A), lists:prefix(Name, atom_to_list(N)) end},
     {"rpc init:get_argument: none", error, fun(N) -> rpc:call(N, init, get_argument, [no_such_flag]) end},
     {"rpc init:get_argument(progname)", true, fun(N) -> {ok, [[P]]} = rpc:call(N, init, get_argument, [progname]), is_list(P) end},
     {"rpc init:get_plain_arguments", [], fun(N) -> rpc:call(N, init, get_plain_arguments, []) end},
     {"rpc erlang:halt with a wrong status", true, fun(N) -> {badrpc, {'EXIT', {badarg, _}}} = rpc:call(N, erlang, halt, [-1]), true end}].

says(Text) -> io:put_chars(Text).

%% A group leader on this node that reports each request, and answers Answer.
leading(N, Answer, Do) ->
    group_leader(self(), self()),
    {_, M} = spawn_monitor(N, Do),
    Asked = serve(M, Answer, []),
    Asked.
serve(M, Answer, Asked) ->
    receive
        {io_request, From, As, Request} -> From ! {io_reply, As, Answer}, serve(M, Answer, [Request | Asked]);
        {'DOWN', M, _, _, Reason} -> {lists:reverse(Asked), Reason}
    after 5000 -> {lists:reverse(Asked), hangs}
    end.
in_process(Check) ->
    {_, M} = spawn_monitor(fun() -> exit({gave, Check()}) end),
    receive {'DOWN', M, _, _, {gave, Value}} -> Value; {'DOWN', M, _, _, R} -> {ended, R} end.

io() ->
    Led = fun(Answer, Do) -> fun(N) -> in_process(fun() -> leading(N, Answer, Do) end) end end,
    [{"a process there prints to its leader here", {[{put_chars, unicode, "hello"}], normal}, fun(N) ->
         {[{put_chars, E, C}], R} = (Led(ok, fun() -> io:put_chars("hello") end))(N), {[{put_chars, E, unicode:characters_to_list(C)}], R} end},
     {"io:format: the leader formats", {[{put_chars, unicode, io_lib, format, ["~p~n", [x]]}], normal}, Led(ok, fun() -> io:format("~p~n", [x]) end)},
     {"io:nl", 1, fun(N) -> {L, normal} = (Led(ok, fun() -> io:nl() end))(N), length(L) end},
     {"io:get_line: the leader's line", {[{get_line, unicode, "? "}], {read, "line\n"}}, Led("line\n", fun() -> exit({read, io:get_line("? ")}) end)},
     {"io:get_chars", {[{get_chars, unicode, "", 3}], {read, "abc"}}, Led("abc", fun() -> exit({read, io:get_chars("", 3)}) end)},
     {"io:getopts", {[getopts], {opts, [{binary, true}]}}, Led([{binary, true}], fun() -> exit({opts, io:getopts()}) end)},
     {"io:setopts", {[{setopts, [{encoding, unicode}]}], {set, ok}}, Led(ok, fun() -> exit({set, io:setopts([{encoding, unicode}])}) end)},
     {"io:columns, io:rows", {[{get_geometry, columns}, {get_geometry, rows}], {{ok, 80}, {ok, 80}}}, Led(80, fun() -> C = io:columns(), exit({C, io:rows()}) end)},
     {"io:read", 1, fun(N) -> {[R], {read, {ok, term}}} = (Led({ok, [{atom, 1, term}, {dot, 1}], 1}, fun() -> exit({read, io:read("> ")}) end))(N), get_until = element(1, R), 1 end},
     {"io:fread", true, fun(N) -> {[R], {read, {ok, [1]}}} = (Led({ok, [1]}, fun() -> exit({read, io:fread("> ", "~d")}) end))(N), get_until =:= element(1, R) end},
     {"an error of the leader is one of the caller", true, fun(N) -> {_, {R, _}} = (Led({error, enotsup}, fun() -> io:put_chars("x") end))(N), is_atom(R) end},
     {"a leader that is gone: terminated", true, fun(N) -> in_process(fun() ->
         {G, Gone} = spawn_monitor(fun() -> ok end), group_leader(self(), self()), receive {'DOWN', Gone, _, _, _} -> ok end,
         {_, M} = spawn_monitor(N, fun() -> group_leader(G, self()), exit({caught, catch io:put_chars("x")}) end),
         receive {'DOWN', M, _, _, {caught, {'EXIT', {R, _}}}} -> R =:= terminated after 5000 -> nothing end end) end}].

console() ->
    U = fun(N) -> rpc:call(N, erlang, whereis, [user]) end,
    Ask = fun(N, Request) -> P = U(N), M = monitor(process, P), P ! {io_request, self(), M, Request},
              receive {io_reply, M, R} -> demonitor(M, [flush]), R; {'DOWN', M, _, _, R} -> {down, R} after 5000 -> nothing end end,
    [{"user is registered", true, fun(N) -> is_pid(U(N)) end},
     {"user: put_chars of a binary, a list, with and without encoding", [ok, ok, ok, ok], fun(N) -> [Ask(N, R) || R <- [{put_chars, unicode, <<"console one\n"/utf8>>}, {put_chars, unicode, ["console", $\s, "two\n"]}, {put_chars, "console three\n"}, {put_chars, latin1, <<"console four\n">>}]] end},
     {"user: put_chars of a call", ok, fun(N) -> Ask(N, {put_chars, unicode, io_lib, format, ["console ~p~n", [five]]}) end},
     {"io:format(user, ...) there", ok, fun(N) -> erpc:call(N, fun() -> io:format(user, "console ~ts~n", ["six"]) end) end},
     {"io:format to user's pid from here", ok, fun(N) -> io:format(U(N), "console ~ts~n", [<<"sjö"/utf8>>]) end},
     {"user: requests", ok, fun(N) -> Ask(N, {requests, [{put_chars, unicode, "console "}, {put_chars, unicode, "seven\n"}]}) end},
     {"user: a call that fails is an error", error, fun(N) -> element(1, Ask(N, {put_chars, unicode, io_lib, format, ["~p", []]})) end},
     {"user: getopts is a list, setopts ok", {true, ok}, fun(N) -> {is_list(Ask(N, getopts)), Ask(N, {setopts, [{encoding, unicode}]})} end},
     {"user: what it does not know", {error, request}, fun(N) -> Ask(N, what_is_that) end},
     {"user: geometry, without a terminal", {error, enotsup}, fun(N) -> Ask(N, {get_geometry, columns}) end},
     {"user: reading gives eof", eof, fun(N) -> Ask(N, {get_line, unicode, "> "}) end},
     {"rex with `user` as leader prints on the console", ok, fun(N) -> gen_server:call({rex, N}, {call, ?MODULE, says, ["console eight\n"], user}, 5000) end},
     {"net_kernel's leader is user", true, fun(N) -> {group_leader, L} = rpc:call(N, erlang, process_info, [rpc:call(N, erlang, whereis, [rex]), group_leader]), is_pid(L) andalso node(L) =:= N end}].

erpc() ->
    Ends = fun(N, M, F, A) -> R = make_ref(), {_, Mon} = spawn_monitor(N, erpc, execute_call, [R, M, F, A]), receive {'DOWN', Mon, _, _, Reason} -> unref(Reason, R) after 5000 -> nothing end end,
    [{"erpc: the exit reason of a return", {ref, return, 1}, fun(N) -> Ends(N, erlang, abs, [-1]) end},
     {"of a throw", {ref, throw, t}, fun(N) -> Ends(N, erlang, throw, [t]) end},
     {"of an exit", {ref, exit, x}, fun(N) -> Ends(N, erlang, exit, [x]) end},
     {"of an error", {ref, error, e, [{erlang, error, [e], []}]}, fun(N) -> drop_info(Ends(N, erlang, error, [e])) end},
     {"of an undefined function", {ref, error, undef, [{no_mod, f, [1], []}]}, fun(N) -> Ends(N, no_mod, f, [1]) end},
     {"more arguments than any function has: undef", true, fun(N) ->
         A = lists:seq(1, 256), [{ref, error, undef, [{erlang, node, A, []}]}, undef, undef] =:= [Ends(N, erlang, node, A), ended(N, A), ended(N, lists:seq(1, 1000))] end},
     {"more than it can have at all: system_limit", {{ref, error, {erpc, system_limit}}, {erpc, system_limit}, system_limit}, fun(N) ->
         A = lists:seq(1, 1024), {Ends(N, erlang, node, A), try erpc:call(N, erlang, node, A) catch error:R -> R end, ended(N, A)} end},
     {"of a kill", killed, fun(N) -> Ends(N, erlang, apply, [fun() -> exit(self(), kill), timer:sleep(1000) end, []]) end},
     {"of a wrong arity of a fun", true, fun(N) -> {ref, error, {badarity, _}, _} = Ends(N, erlang, apply, [fun(X) -> X end, []]), true end},
     {"erpc:execute_cast: an error ends it with the reason", true, fun(N) -> {_, M} = spawn_monitor(N, erpc, execute_cast, [erlang, error, [e]]), receive {'DOWN', M, _, _, R} -> element(1, R) =:= {exception, {e, [{erlang, error, [e], []}]}} orelse R after 5000 -> nothing end end},
     {"erpc:call with a return of {'EXIT', x}", {'EXIT', x}, fun(N) -> erpc:call(N, erlang, hd, [[{'EXIT', x}]]) end},
     {"rpc:call with a return of {'EXIT', x}", {badrpc, {'EXIT', x}}, fun(N) -> rpc:call(N, erlang, hd, [[{'EXIT', x}]]) end}].

ended(N, Arguments) -> {_, M} = spawn_monitor(N, erlang, node, Arguments), receive {'DOWN', M, _, _, {R, _}} -> R; {'DOWN', M, _, _, R} -> R after 5000 -> nothing end.
unref(Tuple, R) when is_tuple(Tuple), element(1, Tuple) =:= R -> setelement(1, Tuple, ref);
unref(Other, _) -> Other.
drop_info({ref, error, R, Stack}) -> {ref, error, R, [case F of {M, Fn, A, _} -> {M, Fn, A, []} end || F <- Stack]};
drop_info(Other) -> Other.

rex() ->
    Call = fun(N, R) -> gen_server:call({rex, N}, R, 5000) end,
    Ask = fun(N, R) -> {rex, N} ! {self(), R}, receive {rex, X} -> X; {rex, X, Y} -> {X, Y}; {features_reply, X, Y} -> {features, X, Y} after 5000 -> nothing end end,
    [{"rex: call, block_call", {3, 3}, fun(N) -> {Call(N, {call, lists, sum, [[1, 2]], self()}), Call(N, {block_call, lists, sum, [[1, 2]], self()})} end},
     {"rex: throw, exit", {t, {badrpc, {'EXIT', x}}}, fun(N) -> {Call(N, {call, erlang, throw, [t], self()}), Call(N, {call, erlang, exit, [x], self()})} end},
     {"rex: error", true, fun(N) -> {badrpc, {'EXIT', {e, [_ | _]}}} = Call(N, {call, erlang, error, [e], self()}), true end},
     {"rex: cast", cast, fun(N) -> gen_server:cast({rex, N}, {cast, erlang, send, [self(), cast], self()}), receive cast -> cast after 5000 -> nothing end end},
     {"rex: the call of a C node", 3, fun(N) -> Ask(N, {call, lists, sum, [[1, 2]], user}) end},
     {"rex: send_stdout_to_caller", 3, fun(N) -> Ask(N, {call, lists, sum, [[1, 2]], send_stdout_to_caller}) end},
     {"rex: sbcast to a name, to nobody", {true, true}, fun(N) -> {Ask(N, {sbcast, net_kernel, x}) =:= {N, N}, Ask(N, {sbcast, nobody_there, x}) =:= {N, {nonexisting_name, nobody_there}}} end},
     {"rex: send to nobody", true, fun(N) -> Ask(N, {send, nobody_there, x}) =:= {N, {nonexisting_name, nobody_there}} end},
     {"rex: features_request", true, fun(N) -> Ask(N, features_request) =:= {features, N, [erpc]} end},
     {"rex: nonsense does no harm", 3, fun(N) -> {rex, N} ! nonsense, {rex, N} ! {self(), nonsense}, gen_server:cast({rex, N}, nonsense), Call(N, {call, lists, sum, [[1, 2]], self()}) end}].
