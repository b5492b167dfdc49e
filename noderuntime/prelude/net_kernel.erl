%% Calls of the node's own service net_kernel, by code on this node and by other nodes.
-module(net_kernel).
-export([monitor_nodes/1, monitor_nodes/2, get_net_ticktime/0, set_net_ticktime/1, set_net_ticktime/2, connect_node/1,
         hidden_connect_node/1, disconnect/1, get_state/0, longnames/0, nodename/0, allow/1, allowed/0, verbose/1,
         nodes_info/0, node_info/1, node_info/2, i/0, i/1, epmd_module/0, getopts/2, setopts/2, start/1, start/2, stop/0, dflag_unicode_io/1, answer/3]).

monitor_nodes(Flag) -> monitor_nodes(Flag, []).

monitor_nodes(Flag, Options) when is_boolean(Flag) ->
    Request = make_ref(),
    net_kernel ! {'$gen_call', {self(), Request}, {monitor_nodes, Flag, Options}},
    receive
        {Request, ok} -> ok;
        {Request, badarg} -> {error, {invalid_options, Options}}
    end;
monitor_nodes(Flag, Options) ->
    erlang:error(badarg, [Flag, Options]).

connect_node(Node) when is_atom(Node) -> Node =:= node() orelse net_adm:ping(Node) =:= pong.
hidden_connect_node(Node) -> connect_node(Node).
disconnect(Node) -> erlang:disconnect_node(Node).

%% The operator's setting stays.
get_net_ticktime() -> erlang:'$net_ticktime'().
set_net_ticktime(Seconds) -> set_net_ticktime(Seconds, 60).
set_net_ticktime(Seconds, Transition) when is_integer(Seconds), Seconds > 0, is_integer(Transition), Transition >= 0 ->
    case get_net_ticktime() of
        Seconds -> unchanged;
        Other -> {ongoing_change_to, Other}
    end.
allow(Nodes) ->
    true = lists:all(fun is_atom/1, Nodes),
    {error, notsup}.
allowed() -> {ok, []}.
epmd_module() -> erl_epmd.

nodes_info() ->
    Counts = maps:from_list(erlang:'$peers'()),
    {ok, [{Node, info_of(Node, Counts)} || Node <- nodes(connected)]}.
node_info(Node) ->
    case lists:member(Node, nodes(connected)) of
        true -> {ok, info_of(Node, maps:from_list(erlang:'$peers'()))};
        false -> {error, bad_node}
    end.
node_info(Node, Key) ->
    case node_info(Node) of
        {ok, Info} ->
            case lists:keyfind(Key, 1, Info) of
                {_, Value} -> {ok, Value};
                false -> {error, invalid_key}
            end;
        Error -> Error
    end.
%% The addresses of peers are not told. What OTP counts as packets are signals here. Behind OTP's keys stand more of ours.
info_of(Node, AllCounts) ->
    {In, Out, More} = maps:get(Node, AllCounts, {0, 0, []}),
    Type = case lists:member(Node, nodes(hidden)) of
               true -> hidden;
               false -> normal
           end,
    [{owner, whereis(net_kernel)}, {state, up}, {address, {net_address, undefined, undefined, tcp, inet}}, {type, Type},
     {in, In}, {out, Out} | More].
i() -> [i(Node) || Node <- nodes(connected)], ok.
i(Node) ->
    {ok, Info} = node_info(Node),
    io:format("~-20w ~p~n", [Node, Info]).
verbose(_) -> 0.
getopts(_, _) -> {error, enotsup}.
setopts(_, _) -> {error, enotsup}.
start(_) -> {error, {already_started, whereis(net_kernel)}}.
start(_, _) -> {error, {already_started, whereis(net_kernel)}}.
stop() -> {error, not_allowed}.

%% Every peer can read UTF-8.
dflag_unicode_io(Pid) when is_pid(Pid) -> true.

get_state() ->
    #{started => static, name => node(), name_type => static,
      name_domain => case longnames() of true -> longnames; false -> shortnames end}.
longnames() -> lists:member($., lists:dropwhile(fun(Character) -> Character =/= $@ end, atom_to_list(node()))).
nodename() -> node().

%% Requests of other nodes, or of old code, to the service: each runs in a process of its own, in the requester's realm.
answer(To, Tag, Request) ->
    case reply(Request) of
        {reply, Reply} -> To ! {Tag, Reply};
        noreply -> ok
    end.

reply({connect, _, Node}) -> {reply, connect_node(Node)};
reply({disconnect, Node}) -> {reply, disconnect(Node)};
reply({spawn, Module, Function, Arguments, Leader}) ->
    {reply, led(Leader, fun() -> spawn(Module, Function, Arguments) end)};
reply({spawn_opt, Module, Function, Arguments, Options, _, Leader}) ->
    {reply, led(Leader, fun() -> spawn_opt(Module, Function, Arguments, Options) end)};
reply(longnames) -> {reply, longnames()};
reply(nodename) -> {reply, node()};
reply(ticktime) -> {reply, get_net_ticktime() * 1000};
reply({new_ticktime, Milliseconds, _}) ->
    case get_net_ticktime() * 1000 of
        Milliseconds -> {reply, unchanged};
        Other -> {reply, {ongoing_change_to, Other}}
    end;
reply({verbose, _}) -> {reply, 0};
reply({allow, _}) -> {reply, {error, notsup}};
reply(allowed) -> {reply, allowed()};
reply({setopts, _, _}) -> {reply, {error, enotsup}};
reply({getopts, _, _}) -> {reply, {error, enotsup}};
reply(get_state) -> {reply, get_state()};
reply(_) -> noreply.

led(Leader, Spawn) ->
    group_leader(Leader, self()),
    Spawn().
