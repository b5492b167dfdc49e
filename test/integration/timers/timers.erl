%% Starts timers on our node. This node and its peer have a module `timed` each.
-module(timers).
-export([main/0]).
-import(claims, [claim/2, equal/3, eventually/2]).

main() ->
    Ours = claims:node_of(ours),
    {Peer, Other} = controls:start([]),
    ok = filelib:ensure_path("other"),
    {ok, timed} = compile:file(filename:join(os:getenv("SCENARIO"), "timed"), [{outdir, "other"}, {d, 'VERSION', other}]),
    true = rpc:call(Other, code, add_patha, [filename:absname("other")]),

    once(Ours, Other),
    repeatedly(Ours, Other),
    in_turn(Ours),
    server_ends(Ours),
    peer:stop(Peer).

from(Ours, first, Function, Arguments) -> rpc:call(Ours, timed, Function, Arguments);
from(Ours, Node, Function, Arguments) -> rpc:call(Node, rpc, call, [Ours, timed, Function, Arguments]).

told() -> receive {Version, Leader} when is_pid(Leader) -> {Version, node(Leader)} after 5000 -> nothing end.

once(Ours, Other) ->
    {ok, {once, _}} = from(Ours, first, after_a_while, [self()]),
    equal("a timer calls the code of the node that started it, and prints there", {first, node()}, fun told/0),
    {ok, {once, _}} = from(Ours, Other, after_a_while, [self()]),
    equal("another node has other code of this name", {other, node()}, fun told/0).

%% rpc's processes end: the timers run for processes that stay.
repeatedly(Ours, Other) ->
    {Mine, {ok, {interval, _}}} = from(Ours, first, calls, [every_while, [10, self()]]),
    equal("so it is at intervals", [{first, node()}, {first, node()}], fun() -> [told(), told()] end),
    Mine ! stop,
    eventually("until the process ends for which they are", fun() -> quiet() end),
    {Its, {ok, {interval, _}}} = from(Ours, Other, calls, [every_while, [10, self()]]),
    equal("and with other code", [{other, node()}, {other, node()}], fun() -> [told(), told()] end),
    Its ! stop,
    eventually("until that process ends", fun() -> quiet() end).

quiet() -> receive {_, _} -> false after 100 -> true end.

in_turn(Ours) ->
    {Pid, {ok, Timer}} = from(Ours, first, calls, [in_turn, [self()]]),
    Next = fun() -> receive What when is_atom(What) -> What after 5000 -> nothing end end,
    equal("a call begins when the one before has ended", [begins, ends, begins, ends, begins, ends],
          fun() -> [Next() || _ <- lists:seq(1, 6)] end),
    equal("it can be cancelled", {ok, cancel}, fun() -> rpc:call(Ours, timer, cancel, [Timer]) end),
    eventually("then none begins", fun() -> receive begins -> false after 100 -> true end end),
    Pid ! stop.

server_ends(Ours) ->
    Server = rpc:call(Ours, erlang, whereis, [timer_server]),
    {ok, Timer} = rpc:call(Ours, timer, apply_after, [200, erlang, send, [self(), {sent, before}]]),
    Monitor = monitor(process, Server),
    exit(Server, kill),
    receive {'DOWN', Monitor, _, _, _} -> ok end,
    {ok, _} = rpc:call(Ours, timer, apply_after, [300, erlang, send, [self(), {sent, later}]]),
    equal("the timers of a server that was killed are gone, and there is another one", later,
          fun() -> receive {sent, Message} -> Message after 5000 -> nothing end end),
    claim("it is another process", fun() -> rpc:call(Ours, erlang, whereis, [timer_server]) =/= Server end),
    equal("which knows none of them", {ok, cancel}, fun() -> rpc:call(Ours, timer, cancel, [Timer]) end).
