%% The node's own service of that name, as code on this node asks it.
-module(net_kernel).
-export([monitor_nodes/1, monitor_nodes/2, get_net_ticktime/0, connect_node/1, get_state/0]).

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

connect_node(Node) -> net_adm:ping(Node) =:= pong.
get_net_ticktime() -> 60.
get_state() -> #{started => static, name => node()}.
