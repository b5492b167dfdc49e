%% What processes on our node do with a C node. This real node has them evaluated on our node; with `-oracle`,
%% on another real node.
-module(c_node).
-export([main/0]).
-import(claims, [equal/3, claim/2, node_of/1]).
-import(other_nodes, [on/2]).

main() ->
    Ours = case init:get_argument(oracle) of {ok, _} -> element(2, other_nodes:start_peer(?MODULE, "oracle")); error -> node_of(ours) end,
    [equal(Text, Expected, fun() -> on(Ours, fun() -> Check(foreign()) end) end) || {Text, Expected, Check} <- rows()],
    equal("it is no neighbour of ours: no member of the mesh", [], fun() -> [N || N <- nodes(connected), N =:= foreign()] end),
    io:format("ok    all that is asked of a C node~n").

foreign() -> node_of(cnode).

%% Sends Term to the C node, which answers {Pid, Term} with its pid, and from then on reports signals to this
%% process.
ask(C, Term) -> {any, C} ! {self(), Term}, receive {P, Term} when is_pid(P) -> P after 5000 -> nothing end.
told() -> receive {exit, R} -> {exit, R}; {exit2, R} -> {exit2, R}; {What, P} when is_pid(P) -> What after 5000 -> nothing end.

rows() ->
    [{"net_adm:ping of a C node", pong, fun(C) -> net_adm:ping(C) end},
     {"a C node is hidden", {true, false}, fun(C) -> {lists:member(C, nodes(hidden)), lists:member(C, nodes())} end},
     {"a message by name, its answer by pid", true, fun(C) -> P = ask(C, {hello, 1.5, <<"b">>, #{a => [1]}}), node(P) =:= C end},
     {"a message by pid", again, fun(C) -> P = ask(C, x), P ! {self(), again}, receive {P, A} -> A after 5000 -> nothing end end},
     {"1,000 messages in order", true, fun(C) -> [{any, C} ! {self(), I} || I <- lists:seq(1, 1000)], lists:seq(1, 1000) =:= [receive {_, I} -> I after 5000 -> nothing end || _ <- lists:seq(1, 1000)] end},
     {"a message of 1 MiB", true, fun(C) -> is_pid(ask(C, binary:copy(<<"x">>, 1 bsl 20))) end},
     {"gen_server:call", {question, 1}, fun(C) -> gen_server:call({any, C}, {question, 1}) end},
     {"rex: a call by name", {call, lists, sum, [[1]], user}, fun(C) -> gen_server:call({rex, C}, {call, lists, sum, [[1]], user}) end},
     {"rpc:call, erpc:call: it takes no spawn requests", {{badrpc, notsup}, {erpc, notsup}}, fun(C) -> {rpc:call(C, erlang, node, []), try erpc:call(C, erlang, node, []) catch error:R -> R end} end},
     {"spawn: notsup", notsup, fun(C) -> process_flag(trap_exit, true), P = spawn_link(C, erlang, node, []), receive {'EXIT', P, R} -> R after 5000 -> nothing end end},
     {"a link is told, and unlink", {link, unlink}, fun(C) -> P = ask(C, x), link(P), A = told(), unlink(P), {A, told()} end},
     {"a linked process of ours ends: EXIT", {exit, because}, fun(C) ->
         P = ask(C, x), Me = self(), {A, M} = spawn_monitor(fun() -> link(P), receive go -> exit(because) end end), link = told(), A ! go,
         receive {'DOWN', M, _, _, _} -> ok end, true = Me =:= self(), told() end},
     {"exit/2", {exit2, pushed}, fun(C) -> exit(ask(C, x), pushed), told() end},
     {"it ends as one that is linked: EXIT, for who traps and for who does not", {"from c", "from c"}, fun(C) ->
         process_flag(trap_exit, true), P = ask(C, x), link(P), link = told(), {any, C} ! {self(), exit, self()},
         A = receive {'EXIT', P, R} -> R after 5000 -> nothing end,
         {B, M} = spawn_monitor(fun() -> link(P), receive never -> ok end end), link = told(), {any, C} ! {self(), exit, B},
         {A, receive {'DOWN', M, _, _, R2} -> R2 after 5000 -> nothing end} end},
     {"it links to one of ours, which ends", {exit, ended}, fun(C) ->
         ask(C, x), A = spawn(fun() -> receive go -> exit(ended) end end), {any, C} ! {self(), link, A}, true = is_pid(ask(C, y)), A ! go, told() end},
     {"monitors of a C node are told when the connection ends", {noconnection, noconnection, true}, fun(C) ->
         A = monitor(process, ask(C, x)), B = monitor(process, {any, C}), monitor_node(C, true), erlang:disconnect_node(C),
         D = fun(M) -> receive {'DOWN', M, _, _, R} -> R after 5000 -> nothing end end,
         {D(A), D(B), receive {nodedown, C} -> true after 5000 -> nothing end} end},
     {"a link gives noconnection then", noconnection, fun(C) ->
         process_flag(trap_exit, true), P = ask(C, x), link(P), link = told(), erlang:disconnect_node(C), receive {'EXIT', P, R} -> R after 5000 -> nothing end end},
     {"and it is reached again", true, fun(C) -> is_pid(ask(C, again)) end}].
