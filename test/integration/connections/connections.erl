%% How connections of our node begin and end, as processes on our node see it.
-module(connections).
-export([main/0, waits/0]).
-import(claims, [equal/3, claim/2, eventually/2, node_of/1]).
-import(other_nodes, [on/2]).

main() ->
    Ours = node_of(ours),
    pong = net_adm:ping(Ours),
    automatic(Ours),
    each_other(Ours),
    kinds(Ours),
    told(Ours),
    cookies(Ours),
    io:format("ok    all connections~n").

waits() -> receive after infinity -> ok end.

start_peer(Name, More) -> other_nodes:start_peer(?MODULE, Name, ["-kernel", "prevent_overlapping_partitions", "false" | More]).

sees(Ours, Node) -> lists:member(Node, erpc:call(Ours, erlang, nodes, [connected])).
sees_eventually(Ours, Node) -> eventually_true(fun() -> sees(Ours, Node) end, 100).
eventually_true(_, 0) -> false;
eventually_true(Check, Left) -> Check() orelse (timer:sleep(20) =:= ok andalso eventually_true(Check, Left - 1)).
part(Ours, Node) -> erpc:call(Ours, erlang, disconnect_node, [Node]), eventually_true(fun() -> not sees(Ours, Node) end, 100).

automatic(Ours) ->
    {Peer, Node} = start_peer("reached", ["-connect_all", "false", "-hidden"]),
    Sink = peer:call(Peer, erlang, spawn, [?MODULE, waits, []]),
    [equal("connects by itself: " ++ How, true, fun() ->
         part(Ours, Node),
         on(Ours, fun() -> Do(Node, Sink), receive after 0 -> ok end end),
         sees_eventually(Ours, Node) end)
     || {How, Do} <- [{"a message to a pid", fun(_, P) -> P ! x end},
                      {"a message to a name", fun(N, _) -> {nobody_there, N} ! x end},
                      {"link", fun(_, P) -> link(P), unlink(P) end},
                      {"monitor by pid", fun(_, P) -> monitor(process, P) end},
                      {"monitor by name", fun(N, _) -> monitor(process, {nobody_there, N}) end},
                      {"spawn", fun(N, _) -> spawn(N, ?MODULE, waits, []) end},
                      {"spawn_request", fun(N, _) -> spawn_request(N, ?MODULE, waits, []) end},
                      {"exit/2", fun(_, P) -> exit(P, normal) end},
                      {"monitor_node", fun(N, _) -> monitor_node(N, true) end},
                      {"net_adm:ping", fun(N, _) -> net_adm:ping(N) end},
                      {"net_kernel:connect_node", fun(N, _) -> net_kernel:connect_node(N) end}]],
    equal("and not: a message with noconnect", false, fun() -> part(Ours, Node), on(Ours, fun() -> erlang:send(Sink, x, [noconnect]) end), sees(Ours, Node) end),
    equal("net_kernel:connect_node: of a node, of none", {true, false}, fun() ->
        {on(Ours, fun() -> net_kernel:connect_node(Node) end), on(Ours, fun() -> net_kernel:connect_node(node_of(no_such_node)) end)} end),
    equal("erlang:disconnect_node: true, then false", {true, false}, fun() -> {on(Ours, fun() -> erlang:disconnect_node(Node) end), on(Ours, fun() -> erlang:disconnect_node(Node) end)} end),
    claim("the other side sees it go", fun() -> eventually_true(fun() -> not lists:member(Ours, peer:call(Peer, erlang, nodes, [connected])) end, 100) end),
    equal("fifty times parted and connected again: each time it answers", 50, fun() ->
        on(Ours, fun() -> length([x || _ <- lists:seq(1, 50), begin erlang:disconnect_node(Node), erpc:call(Node, erlang, node, []) =:= Node end]) end) end),
    equal("messages that wait for the connection keep their order", lists:seq(1, 500), fun() ->
        part(Ours, Node),
        Me = self(),
        Collector = peer:call(Peer, erlang, spawn, [erlang, apply, [fun() -> Me2 = Me, Got = [receive I -> I end || _ <- lists:seq(1, 500)], Me2 ! {got, Got}, waits() end, []]]),
        on(Ours, fun() -> [Collector ! I || I <- lists:seq(1, 500)], ok end),
        receive {got, Got} -> Got after 10000 -> nothing end end),
    peer:stop(Peer).

%% Both ends connect at the same moment. The other name is less than ours, then greater. The messages of both
%% arrive.
each_other(Ours) ->
    [begin
         {Peer, Node} = start_peer(Name, ["-connect_all", "false", "-hidden"]),
         equal("both connect at once, " ++ Which ++ ": both messages arrive, each time", lists:duplicate(30, {true, true}), fun() ->
             [begin
                  part(Ours, Node),
                  eventually_true(fun() -> not lists:member(Ours, peer:call(Peer, erlang, nodes, [connected])) end, 100),
                  Mark = make_ref(), Me = self(),
                  A = spawn(Ours, fun() -> receive {Mark, there} -> Me ! {Mark, one} end end),
                  B = peer:call(Peer, erlang, spawn, [erlang, apply, [fun() -> receive {Mark, here} -> Me ! {Mark, two} end end, []]]),
                  spawn(Ours, fun() -> B ! {Mark, here} end),
                  peer:cast(Peer, erlang, send, [A, {Mark, there}]),
                  {receive {Mark, one} -> true after 5000 -> false end, receive {Mark, two} -> true after 5000 -> false end}
              end || _ <- lists:seq(1, 30)] end),
         peer:stop(Peer)
     end || {Which, Name} <- [{"its name below ours", "aaa"}, {"its name above ours", "zzz"}]].

kinds(Ours) ->
    {Visible, V} = start_peer("visible", []),
    {Hidden, H} = start_peer("secret", ["-hidden"]),
    {true, true} = on(Ours, fun() -> {net_kernel:connect_node(V), net_kernel:connect_node(H)} end),
    equal("several peers at once: visible and hidden ones are told apart", {true, false, false, true}, fun() ->
        on(Ours, fun() -> {lists:member(V, nodes()), lists:member(H, nodes()), lists:member(V, nodes(hidden)), lists:member(H, nodes(hidden))} end) end),
    claim("all are connected", fun() -> on(Ours, fun() -> [V, H] -- nodes(connected) =:= [] end) end),
    eventually("a visible peer is told to the others, and they connect", fun() -> lists:member(V, nodes()) end),
    claim("a hidden one is not", fun() -> not lists:member(H, nodes(connected)) end),
    {Alone, L} = start_peer("alone", ["-connect_all", "false"]),
    peer:call(Alone, net_adm, ping, [Ours]),
    claim("a peer with -connect_all false is connected to ours alone", fun() ->
        [Ours] =:= peer:call(Alone, erlang, nodes, [connected]) andalso sees(Ours, L) end),
    [peer:stop(P) || P <- [Visible, Hidden, Alone]].

told(Ours) ->
    Me = self(),
    Watcher = spawn(Ours, fun() ->
        ok = net_kernel:monitor_nodes(true), ok = net_kernel:monitor_nodes(true, [{node_type, all}]),
        Me ! watching, tell(Me) end),
    receive watching -> ok end,
    {Peer, Node} = start_peer("guest", ["-hidden"]),
    on(Ours, fun() -> net_kernel:connect_node(Node) end),
    claim("net_kernel:monitor_nodes: a hidden node is told to who asked for all", fun() -> receive {told, {nodeup, Node, [{node_type, hidden}]}} -> true after 5000 -> nothing end end),
    on(Ours, fun() -> erlang:disconnect_node(Node) end),
    claim("and its end", fun() -> receive {told, {nodedown, Node, [{node_type, hidden}]}} -> true after 5000 -> nothing end end),
    peer:stop(Peer),
    {Peer2, Node2} = start_peer("guest2", []),
    on(Ours, fun() -> net_kernel:connect_node(Node2) end),
    claim("a visible node is told", fun() -> receive {told, {nodeup, Node2}} -> true after 5000 -> nothing end end),
    peer:stop(Peer2),
    claim("and its end is", fun() -> receive {told, {nodedown, Node2}} -> true after 5000 -> nothing end end),
    exit(Watcher, kill).
tell(To) -> receive Message -> To ! {told, Message}, tell(To) end.

%% Started by `run` with --peer-cookies: NAME stranger@HOST has the cookie `strange`.
cookies(Ours) ->
    Strange = fun(Name, Cookie) ->
        {ok, P, N} = peer:start_link(#{name => Name, wait_boot => 60000, connection => standard_io, args => ["-setcookie", Cookie, "-start_epmd", "false", "-hidden", "-connect_all", "false"]}),
        {P, N} end,
    {Stranger, S} = Strange("stranger", "strange"),
    equal("a peer with a cookie of its own, from a file: it calls us", pong, fun() -> peer:call(Stranger, net_adm, ping, [Ours]) end),
    equal("and we call it", {true, S}, fun() -> {on(Ours, fun() -> erlang:disconnect_node(S) end), on(Ours, fun() -> erpc:call(S, erlang, node, []) end)} end),
    {Other, O} = Strange("other" ++ erlang:system_info(otp_release), "another"), % no run before told its cookie
    equal("a peer with a wrong cookie is refused, both ways", {pang, false}, fun() -> {peer:call(Other, net_adm, ping, [Ours]), on(Ours, fun() -> net_kernel:connect_node(O) end)} end),
    equal("erlang:set_cookie(Node, Cookie) by rpc", {true, another}, fun() -> {erpc:call(Ours, erlang, set_cookie, [O, another]), erpc:call(Ours, erlang, get_cookie, [O])} end),
    equal("lets it in", pong, fun() -> peer:call(Other, net_adm, ping, [Ours]) end),
    equal("and lets us go there", true, fun() -> on(Ours, fun() -> erlang:disconnect_node(O), net_kernel:connect_node(O) end) end),
    equal("erlang:get_cookie/0 is the cookie of the others", erlang:get_cookie(), fun() -> erpc:call(Ours, erlang, get_cookie, []) end),
    equal("erlang:set_cookie/1: for the others, who stay connected", changed, fun() ->
        true = erpc:call(Ours, erlang, set_cookie, [changed]), X = erpc:call(Ours, erlang, get_cookie, []),
        true = erpc:call(Ours, erlang, set_cookie, [Ours, erlang:get_cookie()]), X end),
    peer:stop(Stranger), peer:stop(Other).
