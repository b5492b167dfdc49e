%% The functions of the module global, called on real nodes and on ours. With `-oracle` a node of OTP takes
%% our place.
-module(global_names).
-export([main/0, waits/0, init/1, handle_call/3, handle_cast/2]).
-import(claims, [equal/3, claim/2, eventually/2, node_of/1]).
-import(other_nodes, [start_peer/3, on/2]).

main() ->
    Options = ["-kernel", "prevent_overlapping_partitions", "false"],
    {_, Other} = start_peer(?MODULE, "other", Options),
    Ours = case init:get_argument(oracle) of {ok, _} -> element(2, start_peer(?MODULE, "ours", Options)); error -> node_of(ours) end,
    [pong = net_adm:ping(N) || N <- [Other, Ours]],
    eventually("all three are connected", fun() -> length(erpc:call(Ours, erlang, nodes, [])) =:= 2 end),
    equal("global:sync by rpc on our node", ok, fun() -> rpc:call(Ours, global, sync, []) end),
    All = [node(), Other, Ours],
    names(Ours, All),
    servers(Ours, All),
    locks(Ours, Other),
    ends(Ours, Other, All),
    conflicts(Ours, Options),
    io:format("ok    all of global~n").

waits() -> receive {ends, R} -> exit(R); {'EXIT', _, R} -> exit(R) end.
everywhere(All, Name) -> lists:usort([rpc:call(N, global, whereis_name, [Name]) || N <- All]).
known(Text, All, Name, Pid) -> eventually(Text, fun() -> everywhere(All, Name) =:= [Pid] end).

names(Ours, All) ->
    equal("a name that nobody has", undefined, fun() -> rpc:call(Ours, global, whereis_name, [nobody]) end),
    equal("registered_names", [], fun() -> rpc:call(Ours, global, registered_names, []) end),
    Mine = spawn(?MODULE, waits, []), Theirs = spawn(Ours, ?MODULE, waits, []),
    equal("our node registers a process of another", yes, fun() -> rpc:call(Ours, global, register_name, [mine, Mine]) end),
    known("all nodes know it", All, mine, Mine),
    equal("our node registers one of its own", yes, fun() -> rpc:call(Ours, global, register_name, [{theirs, 1}, Theirs]) end),
    known("all nodes know that too", All, {theirs, 1}, Theirs),
    equal("registered_names tells both", [mine, {theirs, 1}], fun() -> lists:sort(rpc:call(Ours, global, registered_names, [])) end),
    equal("a name that is taken", no, fun() -> rpc:call(Ours, global, register_name, [mine, Theirs]) end),
    equal("a process that has a name", no, fun() -> rpc:call(Ours, global, register_name, [second, Mine]) end),
    equal("what another node registers is known to ours", {yes, true}, fun() ->
        P = spawn(?MODULE, waits, []), {global:register_name("text", P), rpc:call(Ours, global, whereis_name, ["text"]) =:= P} end),
    equal("unregister_name, there and here", {ok, [undefined]}, fun() ->
        {rpc:call(Ours, global, unregister_name, ["text"]), everywhere(All, "text")} end),
    equal("re_register_name", yes, fun() -> rpc:call(Ours, global, re_register_name, [mine, Theirs]) end),
    known("all nodes know the new process", All, mine, Theirs),
    global:unregister_name(mine),
    known("what another node unregisters is gone on ours", All, mine, undefined),
    equal("send: the pid", Theirs, fun() -> rpc:call(Ours, global, send, [{theirs, 1}, ignored]) end),
    equal("send to nobody: badarg", {badrpc, {'EXIT', {badarg, {nobody, x}}}}, fun() -> rpc:call(Ours, global, send, [nobody, x]) end),
    equal("something that is no pid", function_clause, fun() -> {badrpc, {'EXIT', {R, _}}} = rpc:call(Ours, global, register_name, [a, b]), R end),
    Theirs ! {ends, normal},
    known("a process ends, and its name", All, {theirs, 1}, undefined),
    claim("twenty processes on each node want one name: one gets it", fun() ->
        Me = self(),
        _ = [spawn(N, fun() -> Me ! {said, global:register_name(wanted, self())}, waits() end) || N <- All, _ <- lists:seq(1, 20)],
        Said = [receive {said, S} -> S after 60000 -> nothing end || _ <- All, _ <- lists:seq(1, 20)],
        length([yes || yes <- Said]) =:= 1 andalso length(Said) =:= 60 andalso is_pid(hd(everywhere(All, wanted))) andalso length(everywhere(All, wanted)) =:= 1 end),
    exit(global:whereis_name(wanted), kill),
    known("it is free again", All, wanted, undefined).

init(Start) -> {ok, Start}.
handle_call(where, _, State) -> {reply, node(), State};
handle_call(stop, _, State) -> {stop, normal, stopped, State}.
handle_cast(_, State) -> {noreply, State}.

servers(Ours, All) ->
    equal("gen_server:start with a global name on our node", true, fun() ->
        {ok, P} = erpc:call(Ours, fun() -> gen_server:start({global, server}, ?MODULE, 0, []) end), node(P) =:= Ours end),
    equal("gen_server:call of it from every node", [Ours], fun() -> lists:usort([erpc:call(N, fun() -> gen_server:call({global, server}, where) end) || N <- All]) end),
    equal("a second one: already_started", true, fun() ->
        {error, {already_started, P}} = gen_server:start({global, server}, ?MODULE, 0, []), node(P) =:= Ours end),
    equal("it stops, and its name is free", stopped, fun() -> gen_server:call({global, server}, stop) end),
    known("everywhere", All, server, undefined),
    {ok, Mine} = gen_server:start({global, server}, ?MODULE, 0, []),
    equal("one of another node, called from ours", node(), fun() -> erpc:call(Ours, fun() -> gen_server:call({global, server}, where) end) end),
    gen_server:stop(Mine).

locks(Ours, Other) ->
    Id = {resource, self()},
    Hold = fun(N) -> Me = self(), P = spawn(N, fun() -> Me ! {got, global:set_lock({resource, self()})}, receive release -> Me ! {gone, global:del_lock({resource, self()})} end end), {got, true} = receive {got, G} -> {got, G} after 10000 -> nothing end, P end,
    P1 = Hold(Ours),
    equal("a lock of a process on our node keeps others out", {false, false}, fun() ->
        {global:set_lock(Id, [node() | nodes()], 0), erpc:call(Other, global, set_lock, [Id, [node() | nodes()], 0])} end),
    equal("trans with a lock that is held: aborted", aborted, fun() -> rpc:call(Ours, global, trans, [{resource, me}, fun() -> done end, [node() | nodes()], 0]) end),
    P1 ! release,
    equal("it is given back", true, fun() -> receive {gone, true} -> global:set_lock(Id, [node() | nodes()], 0) after 5000 -> nothing end end),
    equal("and taken by another node: our node is kept out", false, fun() -> rpc:call(Ours, global, set_lock, [{resource, me}, [node(), Ours], 0]) end),
    global:del_lock(Id),
    equal("trans", done, fun() -> rpc:call(Ours, global, trans, [{resource, me}, fun() -> done end]) end),
    P2 = Hold(Ours),
    exit(P2, kill),
    eventually("who dies gives back its lock", fun() -> global:set_lock(Id, [node() | nodes()], 0) end),
    global:del_lock(Id).

ends(Ours, Other, All) ->
    P = spawn(Other, ?MODULE, waits, []),
    yes = rpc:call(Ours, global, register_name, [distant, P]),
    known("a process of the third node, registered by ours", All, distant, P),
    erpc:call(Ours, erlang, disconnect_node, [Other]),
    eventually("the connection to its node is lost: our node forgets the name", fun() -> rpc:call(Ours, global, whereis_name, [distant]) =:= undefined end),
    erpc:call(Ours, net_adm, ping, [Other]),
    eventually("and learns it again when it is back", fun() -> rpc:call(Ours, global, whereis_name, [distant]) =:= P end),
    exit(P, kill),
    known("it ends, and its name", All, distant, undefined).

%% Another node has registered the same name for another process. Its node name is less than ours, then
%% greater.
conflicts(Ours, Options) ->
    [begin
        {Peer, _} = start_peer(?MODULE, Name, Options),
        A = spawn(Ours, ?MODULE, waits, []),
        yes = rpc:call(Ours, global, register_name, [both, A]),
        B = peer:call(Peer, erlang, spawn, [?MODULE, waits, []]),
        yes = peer:call(Peer, global, register_name, [both, B]),
        true = peer:call(Peer, net_kernel, connect_node, [Ours]),
        eventually("a name that two nodes have when they meet: they agree (" ++ Name ++ ")", fun() ->
            X = rpc:call(Ours, global, whereis_name, [both]),
            true = X =:= A orelse X =:= B,
            X =:= peer:call(Peer, global, whereis_name, [both]) andalso
                [erpc:call(Ours, erlang, is_process_alive, [A]), peer:call(Peer, erlang, is_process_alive, [B])] =:= [X =:= A, X =:= B] end),
        exit(A, kill), peer:call(Peer, erlang, exit, [B, kill]),
        eventually("and the other process is gone (" ++ Name ++ ")", fun() -> rpc:call(Ours, global, whereis_name, [both]) =:= undefined end),
        peer:stop(Peer)
     end || Name <- ["a_before", "z_behind"]].
