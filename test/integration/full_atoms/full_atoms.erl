%% Our node `ours` has a small table of atoms. PART says whether this program fills the table, or connects as
%% a new node.
-module(full_atoms).
-export([main/0]).
-import(claims, [claim/2, equal/3, eventually/2]).

main() -> part(list_to_atom(os:getenv("PART"))).

node_of() -> claims:node_of(ours).

%% Makes new atoms on the node, one call each, until the table is full. Returns the number of the first that
%% failed.
fill(N, I) ->
    try erpc:call(N, erlang, binary_to_atom, [<<"filler_", (integer_to_binary(I))/binary>>]) of
        _ -> fill(N, I + 1)
    catch
        error:{exception, system_limit, _} -> I
    end.

%% The functions that are called when the table is full. Their names are atoms, so they must exist before.
used_later() ->
    [{erlang, system_info, [atom_limit]}, {erlang, system_info, [atom_count]}, {erlang, nodes, []}, {erlang, node, []},
     {lists, sum, [[1, 2, 3]]}].

known(N) -> lists:member(node(), erpc:call(N, erlang, nodes, [])).

part(filling) ->
    N = node_of(),
    [erpc:call(N, M, F, As) || {M, F, As} <- used_later()],
    claim("binary_to_atom fills the table until it is system_limit", fun() -> fill(N, 0) > 1_000 end),
    equal("the limit is the one that was configured", 12_000, fun() -> erpc:call(N, erlang, system_info, [atom_limit]) end),
    claim("and reached", fun() -> erpc:call(N, erlang, system_info, [atom_count]) >= 12_000 end),
    monitor_node(N, true),
    {somebody, N} ! {list_to_atom("an_atom_of_a_peer")},
    equal("a new atom of a peer ends its connection", down, fun() -> receive {nodedown, N} -> down after 5_000 -> nothing end end),
    equal("it can come back", pong, fun() -> net_adm:ping(N) end),
    claim("is seen", fun() -> known(N) end);
part(new) ->
    N = node_of(),
    equal("a node with a new name connects and pings", pong, fun() -> net_adm:ping(N) end),
    claim("it is seen in nodes()", fun() -> known(N) end),
    equal("calls are answered", 6, fun() -> erpc:call(N, lists, sum, [[1, 2, 3]]) end),
    equal("no atom is free for others", system_limit,
          fun() -> try erpc:call(N, erlang, binary_to_atom, [<<"one more">>]) catch error:{exception, Why, _} -> Why end end),
    monitor_node(N, true),
    [N = erpc:call(N, erlang, node, []) || _ <- lists:seq(1, 100)],
    claim("the connection lasts", fun() -> known(N) andalso receive {nodedown, N} -> false after 0 -> true end end);
part(gone) ->
    N = node_of(),
    equal("another one", pong, fun() -> net_adm:ping(N) end),
    eventually("the first one is no longer seen", fun() -> [] =:= [X || X <- erpc:call(N, erlang, nodes, []), X =/= node()] end);
part(many) ->
    N = node_of(),
    Came = use_up(0),
    equal("4,096 names have room: newcomer, second, and these", 4_094, fun() -> Came end),
    equal("then a node with a new name is told that it may not", <<"not_allowed">>, fun() -> knock(<<"one_too_many@host">>) end),
    equal("one with a known name may", <<"ok">>, fun() -> knock(name(1)) end),
    equal("and nodes that were here before go on", N, fun() -> erpc:call(N, erlang, node, []) end).

name(I) -> <<"many", (integer_to_binary(I))/binary, "@host">>.

%% Connects new nodes, one after the other. Returns how many could connect.
use_up(I) ->
    Socket = raw:connect(ours),
    raw:say_name(Socket, name(I), hidden()),
    case raw:status(Socket) of
        <<"ok">> ->
            raw:reply(Socket, atom_to_list(erlang:get_cookie()), raw:challenge(Socket)),
            16 = byte_size(raw:acknowledged(Socket)),
            gen_tcp:close(Socket),
            use_up(I + 1);
        <<"not_allowed">> -> gen_tcp:close(Socket), I
    end.

hidden() -> raw:flags() band bnot 1.

knock(Name) ->
    Socket = raw:connect(ours),
    raw:say_name(Socket, Name, hidden()),
    Status = raw:status(Socket),
    gen_tcp:close(Socket),
    Status.
