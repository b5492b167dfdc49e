%% Every signal between a real node and ours. A process on one node evaluates each row with the other node T,
%% in both directions. The results must be those between two nodes of OTP, which `-oracle` evaluates.
-module(signals).
-export([main/0, waits/0, dies/1, answers/1, tells/2]).
-import(claims, [equal/3, claim/2, node_of/1]).
-import(other_nodes, [on/2]).

main() ->
    process_flag(trap_exit, true),
    {Peer, Other} = start_peer(list_to_atom("other_" ++ hd(string:split(atom_to_list(node()), "@")))),
    Ours = case init:get_argument(oracle) of {ok, _} -> element(2, start_peer(third)); error -> node_of(ours) end,
    net_adm:ping(Ours),
    erpc:call(Ours, net_adm, ping, [Other]),
    [both(node(), Ours, Row) || Row <- rows()],
    [both(Ours, Other, Row) || Row <- rows()],
    [equal(Text, Expected, fun() -> on(node(), fun() -> seq_trace:set_token(label, {a, trace}), Check(Ours) end) end) || {Text, Expected, Check} <- traced()],
    [begin both(node(), Ours, Row), both(Ours, Other, Row) end || Row <- newer()],
    incarnations(Ours, Peer, Other),
    io:format("ok    all signals~n").

both(Origin, Target, {Text, Expected, Check}) ->
    equal(Text ++ direction(Origin), Expected, fun() -> on(Origin, fun() -> Check(Target) end) end).

direction(Node) when Node =:= node() -> "";
direction(_) -> " (from ours)".

start_peer(Name) -> other_nodes:start_peer(?MODULE, Name, ["-kernel", "prevent_overlapping_partitions", "false"]).

rows() -> links() ++ exits() ++ monitors() ++ spawns() ++ requests() ++ aliases() ++ leaders() ++ large() ++ sends() ++ losses().

%% Rows for signals that only newer releases have.
newer() -> case list_to_integer(erlang:system_info(otp_release)) >= 28 of true -> priorities:rows(); false -> [] end.

%% --- processes on T

waits() -> receive {ends, Reason} -> exit(Reason) end.
dies(Reason) -> exit(Reason).
answers(To) -> To ! {self(), node()}.

%% Traps exits, and reports all messages to the process To.
tells(To, Mark) ->
    process_flag(trap_exit, true),
    To ! {Mark, self()},
    tell(To, Mark).
tell(To, Mark) ->
    receive
        {links, Pid} -> link(Pid), To ! {Mark, linked};
        {'EXIT', Pid, Reason} when node(Pid) =:= node(To); node(Pid) =:= node() -> To ! {Mark, {'EXIT', Pid, Reason}};
        {ends, Reason} -> exit(Reason);
        Message -> To ! {Mark, Message}
    end,
    tell(To, Mark).

there(T) -> spawn(T, ?MODULE, waits, []).
teller(T) ->
    Mark = make_ref(),
    Pid = spawn(T, ?MODULE, tells, [self(), Mark]),
    {Mark, Pid} = got(Mark),
    {Pid, Mark}.
got(Mark) -> receive {Mark, What} -> {Mark, What} after 5000 -> {Mark, nothing} end.
told(Mark) -> element(2, got(Mark)).

trap() -> process_flag(trap_exit, true).
%% The signals of links and monitors that arrived, without pids and references.
exited(Pid) -> receive {'EXIT', Pid, Reason} -> Reason after 5000 -> nothing end.
down(Reference) -> receive {'DOWN', Reference, process, _, Reason} -> Reason after 5000 -> nothing end.
down_full(Reference) -> receive {Tag, Reference, process, Who, Reason} -> {Tag, Who, Reason} after 5000 -> nothing end.
%% Whether no more messages come from T: none arrives with the answer that a process on T sends now.
quiet(T) ->
    spawn(T, ?MODULE, answers, [self()]),
    receive {_, T} -> receive Any -> Any after 50 -> quiet end after 5000 -> hangs end.
alive(Pid) -> erpc:call(node(Pid), erlang, is_process_alive, [Pid]).
eventually(Check) -> eventually(Check, 500).
eventually(_, 0) -> false;
eventually(Check, Left) -> Check() orelse (receive after 20 -> eventually(Check, Left - 1) end).

%% How a process on this node that does not trap exits ends, when it is linked to a process on T that ends
%% with Reason. It has survived if it gets an answer of T after the end of the other process.
linked_end(T, Reason) ->
    {_, Monitor} = spawn_monitor(fun() ->
        P = there(T), M = monitor(process, P), link(P), P ! {ends, Reason},
        down(M), erpc:call(T, erlang, node, []), exit(survived) end),
    down(Monitor).

%% A pid that was alive and is dead.
dead(T) ->
    {P, M} = spawn_monitor(T, ?MODULE, dies, [normal]),
    normal = down(M),
    P.

links() ->
    [{"a link: who does not trap exits dies with the reason", {some, reason}, fun(T) -> linked_end(T, {some, reason}) end},
     {"a link: normal does not kill", survived, fun(T) -> linked_end(T, normal) end},
     {"a link: the reason kill is an ordinary one", kill, fun(T) -> linked_end(T, kill) end},
     {"a link: who traps gets {'EXIT', Pid, Reason}", {r, 1}, fun(T) -> trap(), P = there(T), link(P), P ! {ends, {r, 1}}, exited(P) end},
     {"a link: who traps gets normal too", normal, fun(T) -> trap(), P = there(T), link(P), P ! {ends, normal}, exited(P) end},
     {"a link: who traps gets kill", kill, fun(T) -> trap(), P = there(T), link(P), P ! {ends, kill}, exited(P) end},
     {"a link to the dead: noproc", noproc, fun(T) -> trap(), P = dead(T), link(P), exited(P) end},
     {"a link to the dead kills who does not trap", noproc, fun(T) ->
         {_, M} = spawn_monitor(fun() -> link(dead(T)), receive after 5000 -> survived end end), down(M) end},
     {"a link made twice gives one EXIT", {r, quiet}, fun(T) -> trap(), P = there(T), link(P), link(P), P ! {ends, r}, {exited(P), quiet(T)} end},
     {"unlink: nothing comes", quiet, fun(T) -> trap(), P = there(T), link(P), unlink(P), P ! {ends, r}, quiet(T) end},
     {"unlink and link again: EXIT comes", again, fun(T) -> trap(), P = there(T), link(P), unlink(P), link(P), P ! {ends, again}, exited(P) end},
     {"a thousand links and unlinks at once from both sides end in one that holds", {last, true}, fun(T) ->
         trap(),
         {P, _} = teller(T),
         Me = self(),
         spawn_link(T, fun() -> [begin link(Me), unlink(Me) end || _ <- lists:seq(1, 1000)] end),
         [begin link(P), unlink(P) end || _ <- lists:seq(1, 1000)],
         receive {'EXIT', _, normal} -> ok after 10000 -> no end,
         link(P), P ! {ends, last}, {exited(P), true} end},
     {"unlink at both ends while both die", ok, fun(T) ->
         trap(), [begin P = there(T), link(P), P ! {ends, r}, unlink(P) end || _ <- lists:seq(1, 200)],
         receive {'EXIT', _, Why} when Why =/= r -> Why after 100 -> ok end end},
     {"the linked process there gets EXIT of ours", {'EXIT', mine, {why, x}}, fun(T) ->
         {P, Mark} = teller(T),
         A = spawn(fun() -> receive go -> exit({why, x}) end end),
         P ! {links, A}, linked = told(Mark), A ! go,
         {'EXIT', A, R} = told(Mark), {'EXIT', mine, R} end},
     {"spawn_link: EXIT of ours", ended, fun(T) ->
         {P, Mark} = teller(T), Me = self(),
         A = spawn(fun() -> process_flag(trap_exit, true), link(P), Me ! ready, receive go -> exit(ended) end end),
         receive ready -> ok end, A ! go,
         {'EXIT', A, R} = told(Mark), R end},
     {"links are told by process_info", true, fun(T) -> P = there(T), link(P), {links, L} = process_info(self(), links), lists:member(P, L) end},
     {"and over there", true, fun(T) -> P = there(T), link(P), Me = self(),
         eventually(fun() -> {links, L} = erpc:call(T, erlang, process_info, [P, links]), lists:member(Me, L) end) end}].

exits() ->
    [{"exit/2: who does not trap dies with the reason", {why, 2}, fun(T) -> P = there(T), M = monitor(process, P), exit(P, {why, 2}), down(M) end},
     {"exit/2: who traps gets the message", {'EXIT', {why, 3}}, fun(T) -> {P, Mark} = teller(T), exit(P, {why, 3}), Me = self(), {'EXIT', Me, R} = told(Mark), {'EXIT', R} end},
     {"exit/2 with normal does nothing", {true, quiet}, fun(T) -> P = there(T), M = monitor(process, P), exit(P, normal), A = alive(P), Q = quiet(T), demonitor(M), {A, Q} end},
     {"exit/2 with normal is told to who traps", {'EXIT', normal}, fun(T) -> {P, Mark} = teller(T), exit(P, normal), {'EXIT', _, R} = told(Mark), {'EXIT', R} end},
     {"exit/2 with kill cannot be trapped: killed", killed, fun(T) -> {P, _} = teller(T), M = monitor(process, P), exit(P, kill), down(M) end},
     {"exit/2 with kill: links see killed", killed, fun(T) -> trap(), P = there(T), link(P), exit(P, kill), exited(P) end},
     {"exit/2 with killed can be trapped", {'EXIT', killed}, fun(T) -> {P, Mark} = teller(T), exit(P, killed), {'EXIT', _, R} = told(Mark), {'EXIT', R} end},
     {"exit/2 to the dead is true", {true, quiet}, fun(T) -> R = exit(dead(T), x), {R, quiet(T)} end},
     {"a process killed through a link chain over both nodes", broken, fun(T) ->
         {A, M} = spawn_monitor(fun() -> B = spawn_link(T, ?MODULE, waits, []), C = there(T), link(C), B ! {ends, broken}, receive nothing -> ok end end),
         true = is_pid(A), down(M) end}].

monitors() ->
    [{"monitor by pid: DOWN with the reason", true, fun(T) -> P = there(T), M = monitor(process, P), P ! {ends, {r, 4}}, down_full(M) =:= {'DOWN', P, {r, 4}} end},
     {"monitor by name: DOWN names it as it was asked", true, fun(T) ->
         {P, Mark} = named(T, watched), M = monitor(process, {watched, T}), P ! {ends, r}, nothing = told_soon(Mark), down_full(M) =:= {'DOWN', {watched, T}, r} end},
     {"monitor of nobody's name: noproc", true, fun(T) -> M = monitor(process, {nobody_there, T}), down_full(M) =:= {'DOWN', {nobody_there, T}, noproc} end},
     {"monitor of the dead: noproc", noproc, fun(T) -> down(monitor(process, dead(T))) end},
     {"demonitor: nothing comes", quiet, fun(T) -> P = there(T), M = monitor(process, P), demonitor(M), P ! {ends, r}, quiet(T) end},
     {"demonitor with flush takes the DOWN away, with info tells", {false, quiet}, fun(T) ->
         P = there(T), M = monitor(process, P), N = monitor(process, P), P ! {ends, r}, r = down(N),
         true = eventually(fun() -> process_info(self(), message_queue_len) =:= {message_queue_len, 1} end), R = demonitor(M, [flush, info]), {R, quiet(T)} end},
     {"demonitor with info of one that stands", true, fun(T) -> demonitor(monitor(process, there(T)), [info]) end},
     {"monitors of one process are independent", [r, r, r], fun(T) -> P = there(T), Ms = [monitor(process, P) || _ <- [1, 2, 3]], P ! {ends, r}, [down(M) || M <- Ms] end},
     {"a monitor with a tag of its own", {{my, tag}, r}, fun(T) -> P = there(T), M = monitor(process, P, [{tag, {my, tag}}]), P ! {ends, r}, {Tag, P, R} = down_full(M), {Tag, R} end},
     {"the watched process tells monitored_by, until the watcher dies", {true, true}, fun(T) ->
         P = there(T), Me = self(),
         W = spawn(fun() -> monitor(process, P), Me ! on, receive stop -> ok end end),
         receive on -> ok end,
         By = fun() -> element(2, erpc:call(T, erlang, process_info, [P, monitored_by])) end,
         A = eventually(fun() -> lists:member(W, By()) end), W ! stop, {A, eventually(fun() -> not lists:member(W, By()) end)} end},
     {"the watcher tells its monitors", true, fun(T) -> P = there(T), monitor(process, P), monitor(process, {some_name, T}),
         {monitors, L} = process_info(self(), monitors), lists:member({process, P}, L) end},
     {"a thousand monitors and demonitors", 1000, fun(T) -> P = there(T), length([x || _ <- lists:seq(1, 1000), demonitor(monitor(process, P), [info])]) end}].

named(T, Name) ->
    {P, Mark} = teller(T),
    Me = self(),
    spawn(T, fun() -> Me ! {registered, catch register(Name, P)} end),
    receive {registered, true} -> ok end,
    {P, Mark}.
told_soon(Mark) -> receive {Mark, What} -> What after 20 -> nothing end.

spawns() ->
    F = fun(Me) -> fun() -> Me ! {self(), node()} end end,
    Came = fun(P, T) -> receive {P, N} -> N =:= T andalso node(P) =:= T after 5000 -> nothing end end,
    [{"spawn/2", true, fun(T) -> Came(spawn(T, F(self())), T) end},
     {"spawn/4", true, fun(T) -> Came(spawn(T, ?MODULE, answers, [self()]), T) end},
     {"spawn_link/2: links", {true, normal}, fun(T) -> trap(), P = spawn_link(T, F(self())), {Came(P, T), exited(P)} end},
     {"spawn_link/4: links", {true, normal}, fun(T) -> trap(), P = spawn_link(T, ?MODULE, answers, [self()]), {Came(P, T), exited(P)} end},
     {"spawn_link: a child that dies at once", {r, quiet}, fun(T) -> trap(), P = spawn_link(T, ?MODULE, dies, [r]), {exited(P), quiet(T)} end},
     {"spawn_monitor/2", {true, normal}, fun(T) -> {P, M} = spawn_monitor(T, F(self())), {Came(P, T), down(M)} end},
     {"spawn_monitor/4", {true, normal}, fun(T) -> {P, M} = spawn_monitor(T, ?MODULE, answers, [self()]), {Came(P, T), down(M)} end},
     {"spawn_opt/3 with link and monitor", {r, r}, fun(T) -> trap(), {P, M} = spawn_opt(T, fun() -> exit(r) end, [link, monitor]), {exited(P), down(M)} end},
     {"spawn_opt/5 with what tunes", true, fun(T) ->
         P = spawn_opt(T, ?MODULE, answers, [self()], [{priority, low}, {fullsweep_after, 10}, {min_heap_size, 500}, {min_bin_vheap_size, 500},
            {max_heap_size, 1000000}, {message_queue_data, off_heap}]), Came(P, T) end},
     {"spawn_opt with a monitor that has a tag", {mine, r}, fun(T) ->
         {P, M} = spawn_opt(T, ?MODULE, dies, [r], [{monitor, [{tag, mine}]}]), {Tag, P, R} = down_full(M), {Tag, R} end},
     {"spawn_opt with an unknown option: badarg", badarg, fun(T) -> try spawn_opt(T, ?MODULE, waits, [], [{no, such}]) catch error:R -> R end end},
     {"spawn of an undefined function: undef there", undef, fun(T) -> {_, M} = spawn_monitor(T, ?MODULE, no_such_function, [1]), {R, [{?MODULE, no_such_function, [1], _} | _]} = down(M), R end},
     {"an error there: DOWN has the reason and the stack", {badarith, true}, fun(T) -> {_, M} = spawn_monitor(T, fun() -> 1 / (ets:info(no) =:= 1) end), {R, S} = down(M), {R, is_list(S)} end},
     {"a throw there: nocatch", true, fun(T) -> {_, M} = spawn_monitor(T, fun() -> throw(ball) end), {{nocatch, ball}, S} = down(M), is_list(S) end},
     {"five hundred spawns at once are all answered", 500, fun(T) ->
         Rs = [spawn_request(T, ?MODULE, answers, [self()], []) || _ <- lists:seq(1, 500)],
         length([R || R <- Rs, receive {spawn_reply, R, ok, P} -> Came(P, T) after 10000 -> false end]) end},
     {"spawn on a node that does not exist: a pid", true, fun(_) -> is_pid(spawn(no_node(), ?MODULE, waits, [])) end},
     {"spawn_monitor on a node that does not exist: noconnection", noconnection, fun(_) -> {_, M} = spawn_monitor(no_node(), ?MODULE, waits, []), down(M) end},
     {"spawn_link on a node that does not exist: noconnection", noconnection, fun(_) -> trap(), exited(spawn_link(no_node(), ?MODULE, waits, [])) end}].

no_node() -> list_to_atom("no_such_node@" ++ lists:last(string:split(atom_to_list(node()), "@"))).

requests() ->
    Reply = fun(R) -> receive {spawn_reply, R, ok, P} -> {ok, is_pid(P)}; {spawn_reply, R, error, Why} -> {error, Why} after 5000 -> nothing end end,
    [{"spawn_request: {spawn_reply, R, ok, Pid}", {ok, true}, fun(T) -> Reply(spawn_request(T, ?MODULE, waits, [])) end},
     {"spawn_request/3 of a fun", {ok, true}, fun(T) -> Reply(spawn_request(T, fun() -> ok end, [])) end},
     {"spawn_request: a reply tag", true, fun(T) -> R = spawn_request(T, ?MODULE, waits, [], [{reply_tag, {my, tag}}]), receive {{my, tag}, R, ok, P} -> node(P) =:= T after 5000 -> nothing end end},
     {"spawn_request: {reply, no}", quiet, fun(T) -> spawn_request(T, ?MODULE, waits, [], [{reply, no}]), quiet(T) end},
     {"spawn_request: {reply, error_only}", quiet, fun(T) -> spawn_request(T, ?MODULE, waits, [], [{reply, error_only}]), quiet(T) end},
     {"spawn_request: {reply, success_only}", {ok, true}, fun(T) -> Reply(spawn_request(T, ?MODULE, waits, [], [{reply, success_only}])) end},
     {"spawn_request with monitor: DOWN with the request", {{ok, true}, r}, fun(T) -> R = spawn_request(T, ?MODULE, dies, [r], [monitor]), {Reply(R), down(R)} end},
     {"spawn_request with monitor and {reply, no}", r, fun(T) -> down(spawn_request(T, ?MODULE, dies, [r], [monitor, {reply, no}])) end},
     {"spawn_request with link", {true, r}, fun(T) -> trap(), R = spawn_request(T, ?MODULE, dies, [r], [link]), receive {spawn_reply, R, ok, P} -> {true, exited(P)} after 5000 -> nothing end end},
     {"spawn_request with an alias of the monitor", {mail, r}, fun(T) ->
         R = spawn_request(T, fun() -> receive {A, M} -> A ! M, exit(r) end end, [{monitor, [{alias, explicit_unalias}]}]),
         receive {spawn_reply, R, ok, P} -> P ! {R, mail} end, A = receive mail -> mail after 5000 -> nothing end, {A, down(R)} end},
     {"spawn_request: badopt", {error, badopt}, fun(T) -> Reply(spawn_request(T, ?MODULE, waits, [], [no_such_option])) end},
     {"spawn_request: noconnection", {error, noconnection}, fun(_) -> Reply(spawn_request(no_node(), ?MODULE, waits, [], [])) end},
     {"spawn_request: noconnection with monitor is the reply alone", {{error, noconnection}, nothing_more}, fun(_) ->
         R = spawn_request(no_node(), ?MODULE, waits, [], [monitor]), {Reply(R), receive X -> X after 50 -> nothing_more end} end},
     {"spawn_request: noconnection with {reply, success_only}", nothing, fun(_) ->
         spawn_request(no_node(), ?MODULE, waits, [], [{reply, success_only}]), receive X -> X after 200 -> nothing end end},
     {"spawn_request_abandon: before the answer true and nothing comes; after it false", {true, quiet, false}, fun(T) ->
         R = spawn_request(T, ?MODULE, waits, [], []), A = spawn_request_abandon(R), Q = quiet(T),
         S = spawn_request(T, ?MODULE, waits, [], []), {ok, true} = Reply(S), {A, Q, spawn_request_abandon(S)} end},
     {"spawn_request_abandon: a linked child is ended", true, fun(T) ->
         trap(), Me = self(), R = spawn_request(T, fun() -> Me ! {child, self()}, receive after infinity -> ok end end, [link]), spawn_request_abandon(R),
         receive {child, P} -> eventually(fun() -> not alive(P) end) after 5000 -> nothing end end}].

aliases() ->
    Send = fun(T, Alias, Message) -> Me = self(), Mark = make_ref(), spawn(T, fun() -> Alias ! Message, Me ! Mark end), receive Mark -> ok end end,
    Soon = fun() -> receive {m, N} -> N after 50 -> nothing end end,
    [{"an alias takes messages until unalias", {1, true, nothing, false}, fun(T) -> A = alias(), Send(T, A, {m, 1}), X = Soon(), U = unalias(A), Send(T, A, {m, 2}), {X, U, Soon(), unalias(A)} end},
     {"an alias for one reply", {1, nothing}, fun(T) -> A = alias([reply]), Send(T, A, {m, 1}), X = Soon(), Send(T, A, {m, 2}), {X, Soon()} end},
     {"the alias of a monitor ends with demonitor", {1, nothing}, fun(T) -> A = monitor(process, there(T), [{alias, demonitor}]), Send(T, A, {m, 1}), X = Soon(), demonitor(A), Send(T, A, {m, 2}), {X, Soon()} end},
     {"the alias of a monitor stays with explicit_unalias", {1, 2}, fun(T) -> A = monitor(process, there(T), [{alias, explicit_unalias}]), Send(T, A, {m, 1}), X = Soon(), demonitor(A), Send(T, A, {m, 2}), {X, Soon()} end},
     {"reply_demonitor: the reply ends monitor and alias", {1, nothing, false}, fun(T) -> A = monitor(process, there(T), [{alias, reply_demonitor}]), Send(T, A, {m, 1}), X = Soon(), Send(T, A, {m, 2}), {X, Soon(), demonitor(A, [info])} end},
     {"the alias of a monitor ends with DOWN", {r, nothing}, fun(T) -> P = there(T), A = monitor(process, P, [{alias, reply_demonitor}]), P ! {ends, r}, X = down(A), Send(T, A, {m, 2}), {X, Soon()} end},
     {"an alias of a dead process: nothing happens", quiet, fun(T) -> Me = self(), spawn(fun() -> Me ! {m, alias()} end), A = receive {m, X} -> X end, Send(T, A, {m, 1}), quiet(T) end},
     {"gen_server:call of nobody: noproc", noproc, fun(T) -> try gen_server:call({nobody_there, T}, hello) catch exit:{R, _} -> R end end},
     {"gen_server:call that times out, and its late answer is lost", {timeout, nothing}, fun(T) ->
         P = spawn(T, fun() -> receive {'$gen_call', From, _} -> receive after 150 -> gen:reply(From, {m, late}) end end end),
         X = try gen_server:call(P, hello, 50) catch exit:{R, _} -> R end, {X, receive Y -> Y after 250 -> nothing end} end}].

leaders() ->
    [{"a child has its parent's group leader", true, fun(T) -> Me = self(), spawn(T, fun() -> Me ! {leader, group_leader()} end), receive {leader, L} -> L =:= group_leader() after 5000 -> nothing end end},
     {"group_leader/2 there", true, fun(T) -> P = there(T), G = spawn(fun() -> receive after infinity -> ok end end), group_leader(G, P), {group_leader, L} = erpc:call(T, erlang, process_info, [P, group_leader]), L =:= G end},
     {"what a child prints comes to its group leader", {put_chars, "hello"}, fun(T) ->
         group_leader(self(), self()), spawn(T, fun() -> io:put_chars("hello") end),
         receive {io_request, F, A, {put_chars, _, C}} -> F ! {io_reply, A, ok}, {put_chars, unicode:characters_to_list(C)} after 5000 -> nothing end end}].

large() ->
    Big = fun() -> {big, binary:copy(<<"x">>, 300000), lists:seq(1, 20000)} end,
    [{"a large reason through a link", true, fun(T) -> trap(), P = spawn_link(T, fun() -> exit(Big()) end), exited(P) =:= Big() end},
     {"a large reason of a monitor", true, fun(T) -> {_, M} = spawn_monitor(T, fun() -> exit(Big()) end), down(M) =:= Big() end},
     {"a large reason of exit/2", true, fun(T) -> P = there(T), M = monitor(process, P), exit(P, Big()), down(M) =:= Big() end},
     {"a large reason of our end, there", true, fun(T) -> {P, Mark} = teller(T), A = spawn(fun() -> receive go -> exit(Big()) end end),
         P ! {links, A}, linked = told(Mark), A ! go, {'EXIT', A, R} = told(Mark), R =:= Big() end},
     {"large arguments of spawn", true, fun(T) -> B = Big(), {_, M} = spawn_monitor(T, ?MODULE, dies, [B]), down(M) =:= B end},
     {"ten large messages interleaved with small ones keep their order", true, fun(T) ->
         {P, Mark} = teller(T), Large = binary:copy(<<"y">>, 500000),
         [begin P ! {large, I, Large}, P ! {small, I} end || I <- lists:seq(1, 10)],
         lists:append([[{large, I}, {small, I}] || I <- lists:seq(1, 10)]) =:=
             [case told(Mark) of {large, I, _} -> {large, I}; X -> X end || _ <- lists:seq(1, 20)] end}].

sends() ->
    [{"to a name that nobody has: dropped", quiet, fun(T) -> {nobody_there, T} ! x, quiet(T) end},
     {"to a dead pid: dropped", quiet, fun(T) -> dead(T) ! x, quiet(T) end},
     {"erlang:send/3 with noconnect to a connected node: ok", ok, fun(T) -> erlang:send({nobody_there, T}, x, [noconnect]) end},
     {"erlang:send/3 with noconnect to another: noconnect", noconnect, fun(_) -> erlang:send({nobody_there, no_node()}, x, [noconnect]) end},
     {"erlang:send_nosuspend", true, fun(T) -> erlang:send_nosuspend({nobody_there, T}, x) end},
     {"erlang:send_nosuspend with noconnect to a node that is not connected", false, fun(_) -> erlang:send_nosuspend({nobody_there, no_node()}, x, [noconnect]) end},
     {"erlang:send_after to a process there", {timed, out}, fun(T) -> {P, Mark} = teller(T), Me = self(), spawn(T, fun() -> erlang:send_after(10, P, {timed, out}), Me ! ok end), told(Mark) end},
     {"messages, exits and monitors of one process keep their order", [1, {'EXIT', two}, 3], fun(T) ->
         {P, Mark} = teller(T), P ! 1, exit(P, two), P ! 3, [case told(Mark) of {'EXIT', _, R} -> {'EXIT', R}; X -> X end || _ <- [1, 2, 3]] end},
     {"ten thousand messages keep their order", true, fun(T) ->
         {P, Mark} = teller(T), [P ! I || I <- lists:seq(1, 10000)], lists:seq(1, 10000) =:= [told(Mark) || _ <- lists:seq(1, 10000)] end}].

%% All messages have a sequential trace token, so that the signals with a token are sent.
traced() ->
    [{"traced: a message by pid, by name, and back", {m, n, quiet}, fun(T) ->
         {P, Mark} = teller(T), P ! m, m = told(Mark), {m, {nobody_there, T} ! n, quiet(T)} end},
     {"traced: spawn, rpc, gen_server:call of nobody", {true, 3, noproc}, fun(T) ->
         {is_pid(there(T)), rpc:call(T, lists, sum, [[1, 2]]), try gen_server:call({nobody_there, T}, x) catch exit:{R, _} -> R end} end},
     {"traced: a link and its exit", why, fun(T) -> trap(), P = there(T), link(P), P ! {ends, why}, exited(P) end},
     {"traced: our end, there", {'EXIT', why}, fun(T) ->
         {P, Mark} = teller(T), A = spawn(fun() -> receive go -> seq_trace:set_token(label, 1), exit(why) end end),
         P ! {links, A}, linked = told(Mark), A ! go, {'EXIT', A, R} = told(Mark), {'EXIT', R} end},
     {"traced: exit/2", {pushed, pushed}, fun(T) -> P = there(T), M = monitor(process, P), exit(P, pushed), {Q, Mark} = teller(T), exit(Q, pushed), {'EXIT', _, R} = told(Mark), {down(M), R} end},
     {"traced: an alias", {m, 1}, fun(T) -> A = alias(), spawn(T, fun() -> A ! {m, 1} end), receive X -> X after 5000 -> nothing end end},
     {"traced: ten thousand messages in order", true, fun(T) -> {P, Mark} = teller(T), [P ! I || I <- lists:seq(1, 10000)], lists:seq(1, 10000) =:= [told(Mark) || _ <- lists:seq(1, 10000)] end}].

%% This node ends the connection to T.
losses() ->
    Cut = fun(T) -> erlang:disconnect_node(T) end,
    %% A process on this node ends the connection when the call has arrived on T, which evaluates Arrived().
    Cutter = fun(T) -> spawn(fun() -> receive arrived -> Cut(T) end end) end,
    Arrived = fun(C) -> fun() -> C ! arrived, receive never -> ok end end end,
    [{"monitor_node: {nodedown, Node}", true, fun(T) -> net_adm:ping(T), monitor_node(T, true), Cut(T), receive {nodedown, T} -> true after 5000 -> nothing end end},
     {"monitor_node twice: two messages; one taken back: one", {true, true, nothing}, fun(T) ->
         net_adm:ping(T), [monitor_node(T, true) || _ <- [1, 2, 3]], monitor_node(T, false), Cut(T),
         Next = fun(Limit) -> receive {nodedown, T} -> true after Limit -> nothing end end, {Next(5000), Next(5000), Next(200)} end},
     {"monitor_node of a node that does not exist", true, fun(_) -> N = no_node(), monitor_node(N, true), receive {nodedown, N} -> true after 5000 -> nothing end end},
     {"loss: a link gives noconnection", noconnection, fun(T) -> trap(), P = there(T), link(P), Cut(T), exited(P) end},
     {"loss: who does not trap dies of it", noconnection, fun(T) -> {_, M} = spawn_monitor(fun() -> link(there(T)), Cut(T), receive after 5000 -> survived end end), down(M) end},
     {"loss: monitors give noconnection", {noconnection, noconnection}, fun(T) -> M = monitor(process, there(T)), N = monitor(process, {net_kernel, T}), Cut(T), {down(M), down(N)} end},
     {"loss: gen_server:call", {nodedown, true}, fun(T) ->
         C = Cutter(T), P = spawn(T, fun() -> receive {'$gen_call', _, _} -> (Arrived(C))() end end),
         try gen_server:call(P, x) catch exit:{{R, N}, _} -> {R, N =:= T} end end},
     {"loss: erpc:call", {erpc, noconnection}, fun(T) -> try erpc:call(T, Arrived(Cutter(T))) catch error:R -> R end end},
     {"loss: rpc:call", {badrpc, nodedown}, fun(T) -> rpc:call(T, erlang, apply, [Arrived(Cutter(T)), []]) end},
     {"loss, seen there: links and monitors give noconnection", {noconnection, noconnection}, fun(T) ->
         Me = self(),
         Keeper = spawn(T, fun() -> process_flag(trap_exit, true), link(Me), M = monitor(process, Me), Me ! ready,
             X = receive {'EXIT', Me, R} -> R end, Y = receive {'DOWN', M, _, _, R2} -> R2 end, receive {ask, F} -> F ! {X, Y} end end),
         trap(), receive ready -> ok end, Cut(T), noconnection = exited(Keeper),
         Keeper ! {ask, self()}, receive {A, B} -> {A, B} after 5000 -> nothing end end},
     {"after the loss the process is reached again, old monitors are gone", {back, quiet}, fun(T) ->
         {P, _} = teller(T), L = monitor(process, P), Cut(T), noconnection = down(L), M = monitor(process, P), P ! {ends, back}, {down(M), quiet(T)} end}].

%% --- incarnations: our node is started from the directory of programs, the OTP node by the module peer

incarnations(Ours, Peer, Other) ->
    Hold = fun(Node, Victim) ->
        Old = spawn(Victim, ?MODULE, waits, []),
        {Old, fun() -> on(Node, fun() ->
            process_flag(trap_exit, true),
            net_adm:ping(Victim),
            Old ! x, exit(Old, kill),
            link(Old),
            Link = receive {'EXIT', Old, R} -> R after 5000 -> nothing end,
            M = monitor(process, Old),
            {Link, down(M), quiet(Victim)} end) end}
    end,
    {_, AtOurs} = Hold(Ours, Other),
    on(Ours, fun() -> net_adm:ping(Other) end),
    peer:stop(Peer),
    {_, Other} = start_peer(list_to_atom(hd(string:split(atom_to_list(Other), "@")))),
    equal("pids of an earlier node of that name are dead (from ours)", {noproc, noproc, quiet}, AtOurs),
    case os:getenv("NODERUNTIME_BIN") of
        false -> ok;
        Bin ->
            First = start_ours(Bin),
            Victim = node_of(mortal),
            {_, AtReal} = Hold(node(), Victim),
            monitor_node(Victim, true),
            [] = os:cmd("kill -9 " ++ integer_to_list(First)),
            claim("a node that is killed: nodedown", fun() -> receive {nodedown, Victim} -> true after 30000 -> nothing end end),
            not_registered("mortal", 600),  % the system may close that connection later
            Second = start_ours(Bin),
            equal("pids of an earlier node of that name are dead", {noproc, noproc, quiet}, AtReal),
            os:cmd("kill " ++ integer_to_list(Second))
    end.

not_registered(Name, Left) when Left > 0 ->
    {ok, Names} = erl_epmd:names(),
    lists:keymember(Name, 1, Names) andalso begin timer:sleep(50), not_registered(Name, Left - 1) end.

start_ours(Bin) ->
    Port = open_port({spawn_executable, Bin ++ "/noderuntime"},
        [{args, ["start", "--sname", "mortal", "--setcookie", atom_to_list(erlang:get_cookie())]}, stderr_to_stdout, {line, 200}]),
    {os_pid, Pid} = erlang:port_info(Port, os_pid),
    up(Port),
    Pid.
up(Port) ->
    receive {Port, {data, {_, Line}}} -> case string:find(Line, "is up on port") of nomatch -> up(Port); _ -> ok end
    after 30000 -> exit(not_up)
    end.
