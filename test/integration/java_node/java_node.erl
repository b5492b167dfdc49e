%% What processes on our node do with a Java node. This real node has them evaluated on our node; with
%% `-oracle`, on another real node.
-module(java_node).
-export([main/0]).
-import(claims, [equal/3, node_of/1]).
-import(other_nodes, [on/2]).

main() ->
    Ours = case init:get_argument(oracle) of {ok, _} -> element(2, other_nodes:start_peer(?MODULE, "oracle")); error -> node_of(ours) end,
    [equal(Text, Expected, fun() -> on(Ours, fun() -> Check(foreign()) end) end) || {Text, Expected, Check} <- rows()],
    io:format("ok    all that is asked of a Java node~n").

foreign() -> node_of(jnode).

%% Sends Term to the Java node, which answers {Pid, Term} with its pid, and from then on reports exits to this
%% process.
ask(J, Term) -> {any, J} ! {self(), Term}, receive {P, Term} when is_pid(P) -> P after 5000 -> nothing end.
told() -> receive {exit, R} -> R after 5000 -> nothing end.

rows() ->
    [{"net_adm:ping of a Java node", pong, fun(J) -> net_adm:ping(J) end},
     {"a Java node is hidden", {true, false}, fun(J) -> {lists:member(J, nodes(hidden)), lists:member(J, nodes())} end},
     {"a message by name, its answer by pid", true, fun(J) -> node(ask(J, {hello, 1.5, <<"b">>, #{a => [1]}})) =:= J end},
     {"a message by pid", again, fun(J) -> P = ask(J, x), P ! {self(), again}, receive {P, A} -> A after 5000 -> nothing end end},
     {"1,000 messages in order", true, fun(J) -> [{any, J} ! {self(), I} || I <- lists:seq(1, 1000)], lists:seq(1, 1000) =:= [receive {_, I} -> I after 5000 -> nothing end || _ <- lists:seq(1, 1000)] end},
     {"a message of 1 MiB", true, fun(J) -> is_pid(ask(J, binary:copy(<<"x">>, 1 bsl 20))) end},
     {"gen_server:call", {question, 1}, fun(J) -> gen_server:call({any, J}, {question, 1}) end},
     {"rpc:call, erpc:call: it takes no spawn requests", {{badrpc, notsup}, {erpc, notsup}}, fun(J) -> {rpc:call(J, erlang, node, []), try erpc:call(J, erlang, node, []) catch error:R -> R end} end},
     {"a linked process of ours ends: its mailbox gets the exit", because, fun(J) ->
         P = ask(J, x), {A, _} = spawn_monitor(fun() -> link(P), receive go -> exit(because) end end), P = ask(J, y), A ! go, told() end},
     {"exit/2", pushed, fun(J) -> exit(ask(J, x), pushed), told() end},
     {"a mailbox exits that is linked: EXIT for who traps and for who does not", {{from, java}, {from, java}}, fun(J) ->
         process_flag(trap_exit, true), {any, J} ! {self(), exit, self()}, A = receive {'EXIT', P, R} when node(P) =:= J -> R after 5000 -> nothing end,
         {B, M} = spawn_monitor(fun() -> receive never -> ok end end), {any, J} ! {self(), exit, B}, {A, receive {'DOWN', M, _, _, R2} -> R2 after 5000 -> nothing end} end},
     {"it links to one of ours, which ends", ended, fun(J) -> ask(J, x), A = spawn(fun() -> receive go -> exit(ended) end end), {any, J} ! {self(), link, A}, true = is_pid(ask(J, y)), A ! go, told() end},
     {"monitors of a Java node are told when the connection ends", {noconnection, noconnection, true}, fun(J) ->
         A = monitor(process, ask(J, x)), B = monitor(process, {any, J}), monitor_node(J, true), erlang:disconnect_node(J),
         D = fun(M) -> receive {'DOWN', M, _, _, R} -> R after 5000 -> nothing end end,
         {D(A), D(B), receive {nodedown, J} -> true after 5000 -> nothing end} end},
     {"and it is reached again", true, fun(J) -> is_pid(ask(J, again)) end}].
