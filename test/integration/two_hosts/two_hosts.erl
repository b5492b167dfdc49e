%% What a real node on one host sees of our node on another host, when the link between them is cut and
%% restored.
-module(two_hosts).
-export([main/0, witness/1]).
-import(claims, [claim/2, equal/3, eventually/2]).

-define(N, 'repl2@h2.example.org').
-define(TICKTIME, 4000).

main() ->
    process_flag(trap_exit, true),
    equal("net_adm:ping", pong, fun() -> net_adm:ping(?N) end),
    claim("names of the other host", fun() -> {ok, [{"repl2", Port}]} = net_adm:names('h2.example.org'), is_integer(Port) end),
    equal("pong in the other direction", pong, fun() -> rpc:call(?N, net_adm, ping, [node()]) end),
    equal("rpc:call", math:pi(), fun() -> rpc:call(?N, math, pi, []) end),
    equal("rpc:multicall over both", {[math:pi(), math:pi()], []}, fun() -> rpc:multicall(math, pi, []) end),
    equal("rpc:parallel_eval", [3, 6], fun() -> rpc:parallel_eval([{lists, sum, [[1, 2]]}, {lists, sum, [[1, 2, 3]]}]) end),
    dialogue(),
    cut().

dialogue() ->
    Ack = fun A(0, N) -> N + 1; A(M, 0) -> A(M - 1, 1); A(M, N) -> A(M - 1, A(M, N - 1)) end,
    Loop = fun L() ->
                   receive
                       {Pid, terminate} -> Pid ! {ok, 'server-stopped'};
                       {Pid, M, N} -> Pid ! Ack(M, N), L()
                   end
           end,
    Self = self(),
    Server = spawn_link(?N, fun() -> register(acksvr, self()), Self ! registered, Loop() end),
    equal("the ack-server is a fun that was spawned there", registered, fun() -> answer() end),
    [equal("ackermann of " ++ lists:flatten(io_lib:format("~p", [{M, N}])), Expected,
           fun() -> {acksvr, ?N} ! {self(), M, N}, answer() end)
     || {M, N, Expected} <- [{0, 3, 4}, {3, 0, 5}, {3, 3, 61}]],
    equal("it stops when it is told to", {ok, 'server-stopped'}, fun() -> {acksvr, ?N} ! {self(), terminate}, answer() end),
    equal("and its exit arrives", {'EXIT', Server, normal}, fun() -> answer() end).

answer() -> receive Answer -> Answer after 5000 -> nothing end.

%% Runs on the other host. It links to Peer, and answers when and why the exit signal came.
witness(Peer) ->
    process_flag(trap_exit, true),
    register(witness, self()),
    link(Peer),
    Peer ! linked,
    receive {'EXIT', Peer, Why} -> Seen = {Why, erlang:system_time(millisecond)} end,
    receive {Asker, what} -> Asker ! Seen end.

cut() ->
    Witness = spawn(?N, ?MODULE, witness, [self()]),
    equal("a process there is linked to one here", linked, fun() -> answer() end),
    wire("down"),
    Cut = erlang:system_time(millisecond),
    equal("the wire is cut: the exit signal here is noconnection", {'EXIT', Witness, noconnection},
          fun() -> receive Message -> Message after 20000 -> nothing end end),
    in_time("and came within the tick time", erlang:system_time(millisecond) - Cut),
    equal("nodes() is empty", [], fun() -> nodes() end),
    timer:sleep(max(0, Cut + ?TICKTIME * 5 div 4 + 200 - erlang:system_time(millisecond))),  % theirs is due
    wire("up"),
    eventually("the wire is there again: pong", fun() -> net_adm:ping(?N) =:= pong end),
    {witness, ?N} ! {self(), what},
    {Why, When} = receive Seen when is_tuple(Seen) -> Seen after 5000 -> {nothing, 0} end,
    equal("the exit signal there was noconnection", noconnection, fun() -> Why end),
    in_time("and came within the tick time", When - Cut).

%% As on OTP: between 3/4 and 5/4 of the tick time after the last received byte, which may be a quarter old.
in_time(Text, After) ->
    claim(lists:flatten(io_lib:format("~s (~p ms)", [Text, After])),
          fun() -> After > ?TICKTIME div 2 andalso After =< ?TICKTIME * 5 div 4 + 500 end).

wire(State) -> [] = os:cmd("ip -n " ++ os:getenv("SPACE") ++ " link set wire " ++ State).
