%% Uses our node from a real node with `-proto_dist inet6_tcp`.
-module(ipv6).
-export([main/0]).
-import(claims, [equal/3]).

main() ->
    N = 'ours@::1', Second = 'second@::1',
    Family = fun(Node) -> {ok, {Address, _}} = inet:peername(proplists:get_value(Node, erlang:system_info(dist_ctrl))), tuple_size(Address) end,
    equal("net_adm:ping of our node by IPv6", pong, fun() -> net_adm:ping(N) end),
    equal("over a socket of IPv6", 8, fun() -> Family(N) end),
    equal("rpc", N, fun() -> rpc:call(N, erlang, node, []) end),
    equal("a fun", 4, fun() -> erpc:call(N, fun() -> 2 + 2 end) end),
    equal("links and monitors", {r, r}, fun() ->
        process_flag(trap_exit, true), {P, M} = spawn_opt(N, fun() -> receive go -> exit(r) end end, [link, monitor]), P ! go,
        {receive {'EXIT', P, A} -> A after 5000 -> nothing end, receive {'DOWN', M, _, _, B} -> B after 5000 -> nothing end} end),
    equal("two of ours over IPv6", pong, fun() -> rpc:call(N, net_adm, ping, [Second]) end),
    equal("a node of ours calls us", {[N], pong, 8}, fun() -> {nodes(connected), erpc:call(N, erpc, call, [Second, net_adm, ping, [node()]]), Family(Second)} end),
    equal("rpc net_adm:names of an IPv6 host", true, fun() -> {ok, L} = rpc:call(Second, net_adm, names, ["::1"]), lists:keymember("real", 1, L) end),
    equal("global:sync of two of ours", ok, fun() -> rpc:call(N, global, sync, []) end),
    equal("a global name of one is known to the other", true, fun() ->
        P = spawn(N, timer, sleep, [infinity]), {rpc:call(Second, global, register_name, [named, P]), rpc:call(N, global, whereis_name, [named])} =:= {yes, P} end).
