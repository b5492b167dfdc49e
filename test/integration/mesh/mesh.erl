%% One of three real nodes that are in a mesh with our node.
-module(mesh).
-export([main/0]).
-import(claims, [claim/2, equal/3, eventually/2, node_of/1]).

main() ->
    [Ours, Second, Third] = [node_of(Name) || Name <- [ours, second, third]],
    eventually("real nodes see each other", fun() -> net_adm:ping(Second) =:= pong andalso net_adm:ping(Third) =:= pong end),
    ok = global:sync(),
    equal("one of them pings ours", pong, fun() -> net_adm:ping(Ours) end),
    equal("global:sync with ours in it", ok, fun() -> global:sync() end),
    eventually("ours is connected to all, as OTP's nodes would be", fun() ->
        lists:sort(rpc:call(Ours, erlang, nodes, [])) =:= lists:sort([node(), Second, Third])
    end),
    eventually("and all see it", fun() ->
        lists:all(fun(Node) -> lists:member(Ours, rpc:call(Node, erlang, nodes, [])) end, [node(), Second, Third])
    end),
    equal("a name registered by one", yes, fun() -> global:register_name(somebody, self()) end),
    equal("is found by another", self(), fun() -> rpc:call(Third, global, whereis_name, [somebody]) end),
    claim("a lock that one holds is refused to another", fun() ->
        true = global:set_lock({resource, self()}),
        false = rpc:call(Second, global, set_lock, [{resource, other}, nodes_and_self(), 0]),
        global:del_lock({resource, self()})
    end),

    rpc:call(Third, init, stop, []),
    eventually("a node that stops is gone everywhere", fun() ->
        lists:sort(nodes()) =:= lists:sort([Ours, Second])
            andalso lists:sort(rpc:call(Ours, erlang, nodes, [])) =:= lists:sort([node(), Second])
    end),
    equal("and global goes on", ok, fun() -> rpc:call(Second, global, sync, []) end),

    %% OTP's rule: when two members lose each other, the others leave one of them, or both.
    rpc:call(Second, erlang, disconnect_node, [Ours]),
    eventually("one connection of ours cut: it leaves the others too, no partitions overlap", fun() ->
        not lists:member(Ours, nodes())
    end),
    equal("global of the rest goes on", ok, fun() -> global:sync() end),
    eventually("and a ping brings ours back", fun() -> net_adm:ping(Ours) =:= pong end),
    equal("into global as well", ok, fun() -> global:sync() end).

nodes_and_self() -> [node() | nodes()].
