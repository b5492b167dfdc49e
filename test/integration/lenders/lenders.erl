%% The director. It starts the peers and talks to them through their standard input and output. It is
%% connected to no node, so that it lends nothing.
-module(lenders).
-export([main/0]).
-import(claims, [claim/2, equal/3, eventually/2]).

main() ->
    lender_ends_and_somebody_has_its_name(),
    lender_comes_back_and_hangs(),
    another_program_takes_the_name(),
    same_version(),
    another_version(),
    two_lenders(),
    nobody_is_left(),
    connection_flaps(),
    deploy_script(),
    names_like_ours().

keeper() -> claims:node_of(keeper).

%% A peer with the code in Directory, connected to the keeper.
start(Name, Directory) ->
    {ok, Peer, _} = peer:start(#{name => Name, connection => standard_io, wait_boot => 60000,
        args => ["-setcookie", atom_to_list(erlang:get_cookie()), "-start_epmd", "false", "-pa", Directory]}),
    eventually(Name ++ " is connected", fun() -> on(Peer, net_kernel, connect_node, [keeper()]) end),
    Peer.
start_service(Peer) ->
    {ok, Pid} = there(Peer, service, start, []),
    Pid.
stop(Peers) -> [stop_one(Peer) || Peer <- Peers].
stop_one(Peer) ->
    Node = on(Peer, erlang, node, []),
    catch peer:stop(Peer),
    eventually(atom_to_list(Node) ++ " is gone", fun() -> not is_registered(Node) end).
is_registered(Node) ->
    [Name, _] = string:split(atom_to_list(Node), "@"),
    {ok, Names} = erl_epmd:names(),
    lists:keymember(Name, 1, Names).

on(Peer, M, F, A) -> peer:call(Peer, M, F, A, 60000).
evaluate(Peer, Text) ->
    {ok, Tokens, _} = erl_scan:string(Text),
    {ok, Expressions} = erl_parse:parse_exprs(Tokens),
    {value, Value, _} = on(Peer, erl_eval, exprs, [Expressions, [{'Keeper', keeper()}]]),
    Value.
%% Peer calls the function on the keeper by rpc.
there(Peer, M, F, A) -> on(Peer, rpc, call, [keeper(), M, F, A]).
call(Peer, Pid, Request) -> on(Peer, gen_server, call, [Pid, Request, 5000 * slowness()]).
service_applies(Peer, Pid, M, F, A) -> call(Peer, Pid, {apply, M, F, A}).
%% The factor by which time limits are longer for a build with sanitizers.
slowness() -> list_to_integer(os:getenv("SLOWNESS")).
within(Milliseconds, Fun) ->
    {Time, Value} = timer:tc(Fun),
    case Time < Milliseconds * 1000 * slowness() of true -> Value; false -> {took, Time div 1000, Value} end.
stop_service(Peer, Pid) -> on(Peer, erlang, exit, [Pid, kill]).

%% a) The code of a peer that has ended stays.
lender_ends_and_somebody_has_its_name() ->
    A = start("a", "1"), B = start("b", "none"),
    Pid = start_service(A),
    stop([A]),
    Namesake = start("a", "none"),
    ok = on(Namesake, gen_server, cast, [Pid, {note, hello}]),
    eventually("a server whose lender has ended takes a cast of a namesake", fun() -> call(B, Pid, notes) =:= [hello] end),
    equal("and fully qualified calls reach its code", {1, 1}, fun() -> call(B, Pid, version) end),
    stop([Namesake]),
    equal("what it needs and nobody has lent yet comes from another peer", [1, 2], fun() ->
        service_applies(B, Pid, ordsets, from_list, [[2, 1]]) end),
    equal("the module itself is not borrowed again for a process of another peer", undef, fun() ->
        {badrpc, {'EXIT', {Why, _}}} = there(B, service, no_such_function, []), Why end),
    stop_service(B, Pid),
    stop([B]).

%% b) The node does not wait for a peer that hangs if other peers have the code.
lender_comes_back_and_hangs() ->
    A = start("a", "1"), B = start("b", "none"),
    Pid = start_service(A),
    Stops = on(A, os, getpid, []),
    true = on(A, erlang, disconnect_node, [keeper()]),
    eventually("the lender is connected again", fun() -> on(A, net_kernel, connect_node, [keeper()]) end),
    "" = os:cmd("kill -STOP " ++ Stops),
    equal("a server whose lender came back and hangs answers at once", {1, 1}, fun() ->
        within(1000, fun() -> call(B, Pid, version) end) end),
    equal("what it needs comes from another peer before a call of gen_server has timed out", 1, fun() ->
        within(4500, fun() -> service_applies(B, Pid, dict, size, [on(B, dict, from_list, [[{a, b}]])]) end) end),
    equal("and the next module at once: a lender that hangs is not asked first", [1, 2], fun() ->
        within(1500, fun() -> service_applies(B, Pid, gb_sets, to_list, [on(B, gb_sets, from_list, [[2, 1]])]) end) end),
    equal("a module that nobody has is undef in time", {'EXIT', undef}, fun() ->
        within(4500, fun() ->
            try service_applies(B, Pid, no_such_module, f, []) catch exit:{{undef, _}, _} -> {'EXIT', undef} end end) end),
    "" = os:cmd("kill -CONT " ++ Stops),
    equal("the lender goes on", pong, fun() -> on(A, net_adm, ping, [keeper()]) end),
    stop([A, B]).

%% c) Another program takes the name of a peer that has ended.
another_program_takes_the_name() ->
    A = start("a", "1"), B = start("b", "none"),
    Pid = start_service(A),
    stop([A]),
    Other = start("a", "none"),
    equal("a server goes on when another program has its lender's name", {1, 1}, fun() -> call(Other, Pid, version) end),
    equal("what that program starts finds the code that is here", {1, 1}, fun() ->
        {there(Other, service, version, []), call(B, Pid, {apply, service, version, []})} end),
    equal("and what it lacks the server gets elsewhere", {own, code_lock}, fun() ->
        C = start("c", "own"),
        Value = service_applies(C, Pid, code_lock, name, []),
        stop([C]),
        Value end),
    stop_service(B, Pid),
    stop([Other, B]).

same_version() ->
    A = start("a", "1"), B = start("b", "none"),
    Pid = start_service(A),
    Fun = call(A, Pid, a_fun),
    %% Without the files: that of a module of ours appears when one of its other functions is borrowed.
    Loaded = fun(Peer) -> [Module || {Module, _} <- there(Peer, code, all_loaded, [])] end,
    Before = Loaded(A),
    stop([A]),
    Again = start("a", "1"),
    equal("a lender that comes back with the same version: the server goes on", {1, 1}, fun() -> call(B, Pid, version) end),
    equal("and so does a fun of the server", 1, fun() -> there(Again, erlang, apply, [Fun, []]) end),
    equal("what was loaded still is", [], fun() -> Before -- Loaded(Again) end),
    stop_service(B, Pid),
    stop([Again, B]).

%% A lender comes back with another version. Both versions then exist, as two versions of a module do on OTP.
another_version() ->
    A = start("a", "1"), B = start("b", "none"),
    Pid = start_service(A),
    Fun = call(A, Pid, a_fun),
    stop([A]),
    equal("while the lender is away its version is the only one", {1, 1}, fun() -> call(B, Pid, version) end),
    Newer = start("a", "2"),
    eventually("fully qualified calls reach the version that the lender came back with", fun() -> {1, 2} =:= call(B, Pid, version) orelse {2, 2} =:= call(B, Pid, version) end),
    equal("a fun of the old version still works", 1, fun() -> there(B, erlang, apply, [Fun, []]) end),
    stop_service(B, Pid),
    {ok, Second} = there(Newer, service, start, []),
    equal("and a server that is started now has it", {2, 2}, fun() -> call(B, Second, version) end),
    stop_service(B, Second),
    stop([Newer, B]).

two_lenders() ->
    A = start("a", "1"), C = start("c", "2"), B = start("b", "none"),
    Pid = start_service(A),
    equal("another lender has another version of the same module", {1, 2}, fun() ->
        {there(A, service, version, []), there(C, service, version, [])} end),
    stop([A]),
    equal("the server keeps that of its lender, which is gone", {1, 1}, fun() -> call(B, Pid, version) end),
    equal("and the other lender its own", 2, fun() -> there(C, service, version, []) end),
    stop_service(B, Pid),
    stop([C, B]).

nobody_is_left() ->
    A = start("a", "1"),
    Pid = start_service(A),
    stop([A]),
    B = start("b", "none"),
    equal("a peer that comes when everybody has left finds the server", {1, 1}, fun() -> call(B, Pid, version) end),
    equal("and lends it what it needs", 3, fun() -> service_applies(B, Pid, calendar, day_of_the_week, [{2024, 2, 28}]) end),
    stop_service(B, Pid),
    stop([B]).

%% d) pg gets every nodeup and every discover message, although its lender's connection comes and goes.
connection_flaps() ->
    A = start("a", "none"), B = start("b", "none"),
    {ok, Pid} = there(A, pg, start, [lent]),
    Members = [begin
        {ok, _} = on(Peer, pg, start, [lent]),
        Member = on(Peer, erlang, spawn, [timer, sleep, [infinity]]),
        ok = on(Peer, pg, join, [lent, group, Member]),
        Member end || Peer <- [A, B]],
    Sees = fun() -> lists:sort(Members) =:= lists:sort(there(B, pg, get_members, [lent, group])) end,
    eventually("pg here has the members of both peers", Sees),
    lists:foreach(fun(Round) ->
        %% The peer leaves before it can lend anything again.
        true = evaluate(A, "erlang:disconnect_node(Keeper), true = net_kernel:connect_node(Keeper), erlang:disconnect_node(Keeper)."),
        true = on(B, erlang, disconnect_node, [keeper()]),
        true = on(B, net_kernel, connect_node, [keeper()]),
        eventually("pg hears of another peer when its lender has come and gone, " ++ integer_to_list(Round), fun() ->
lists:member(lists:nth(2, Members), there(B, pg, get_members, [lent, group])) end),
        true = on(A, net_kernel, connect_node, [keeper()]),
        eventually("and of its lender when that is back", Sees)
    end, lists:seq(1, 6)),
    claim("it is still the same process", fun() -> there(B, erlang, is_process_alive, [Pid]) end),
    stop([A, B]),
    C = start("c", "none"),
    {ok, _} = on(C, pg, start, [lent]),
    Last = on(C, erlang, spawn, [timer, sleep, [infinity]]),
    ok = on(C, pg, join, [lent, group, Last]),
    eventually("and of a peer that comes when its lender has ended", fun() -> [Last] =:= there(C, pg, get_members, [lent, group]) end),
    stop_service(C, Pid),
    stop([C]).

%% e) What a deploy script has pushed works after the script has ended.
deploy_script() ->
    Script = start("script", "pushed"),
    {deployed, Binary, File} = on(Script, code, get_object_code, [deployed]),
    {module, deployed} = there(Script, code, load_binary, [deployed, File, Binary]),
    stop([Script]),
    C = start("c", "none"),
    equal("what a script has pushed before it left finds what it calls at the caller", [a, b], fun() ->
        there(C, deployed, queued, [[a, b]]) end),
    equal("other modules too", 1, fun() -> there(C, deployed, counted, [[{a, b}]]) end),
    {ok, Pid} = there(C, deployed, start, []),
    equal("and its gen_server runs", {answer, 7}, fun() -> there(C, deployed, ask, [Pid, 7]) end),
    stop([C]),
    B = start("b", "none"),
    equal("which answers when that caller has left, too", {answer, 8}, fun() -> there(B, deployed, ask, [Pid, 8]) end),
    equal("what was pushed is still there for others", [c], fun() -> there(B, deployed, queued, [[c]]) end),
    stop_service(B, Pid),
    stop([B]).

%% f) Modules of users are lent and pushed although their names look like those of the node's own modules.
names_like_ours() ->
    A = start("a", "own"), B = start("b", "none"),
    Names = [code_lock, net_stats, logger_json, application_x, inetutil, prim_math, erts_foo],
    [equal("a user's module " ++ atom_to_list(Name) ++ " is lent", {own, Name}, fun() -> there(A, Name, name, []) end) || Name <- Names],
    [equal("and pushed", {module, Name}, fun() ->
        {Name, Binary, File} = on(A, code, get_object_code, [Name]),
        there(B, code, load_binary, [Name, File, Binary]) end) || Name <- Names],
    [equal("and called by whoever likes", pushed, fun() -> there(B, Name, note, []) end) || Name <- Names],
    equal("OTP's own are still ours", {error, sticky_directory}, fun() ->
        {_, Binary, File} = on(B, code, get_object_code, [net_kernel]),
        there(B, code, load_binary, [net_kernel, File, Binary]) end),
    stop([A, B]).
