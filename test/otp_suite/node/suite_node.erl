%% A node under test: started by a shell command, ended with its port.
-module(suite_node).
-export([start/4, stop/1, is_up/1, name/1]).
-export_type([suite_node/0]).

-record(suite_node, {name :: node(), port :: port()}).
-opaque suite_node() :: #suite_node{}.

%% Starts Command with the environment variables AREA and NODE, a name that is not used again; its output goes to Log.
%% Returns when the node answers, within a minute.
-spec start(string(), string(), atom(), file:filename()) -> suite_node().
start(Prefix, Command, Area, Log) ->
    Name = Prefix ++ integer_to_list(erlang:unique_integer([positive])),
    %% The shell waits for the end of its input, which is that of the port.
    Port = open_port({spawn_executable, "/bin/sh"},
                     [{args, ["-c", Command ++ " </dev/null >>\"$LOG\" 2>&1 & node=$!; cat >/dev/null; kill -KILL $node"]},
                      {env, [{"AREA", atom_to_list(Area)}, {"NODE", Name}, {"LOG", Log}]}]),
    Node = claims:node_of(list_to_atom(Name)),
    until_up(Node, 600),
    #suite_node{name = Node, port = Port}.

-spec stop(suite_node()) -> ok.
stop(#suite_node{name = Node, port = Port}) ->
    erlang:monitor_node(Node, true),
    port_close(Port),
    receive {nodedown, Node} -> ok after 60_000 -> exit({does_not_end, Node}) end.

-spec is_up(suite_node()) -> boolean().
is_up(#suite_node{name = Node}) -> net_adm:ping(Node) =:= pong.

-spec name(suite_node()) -> node().
name(#suite_node{name = Node}) -> Node.

until_up(Node, 0) -> exit({does_not_start, Node});
until_up(Node, Left) ->
    case net_adm:ping(Node) of
        pong -> ok;
        pang -> timer:sleep(100), until_up(Node, Left - 1)
    end.
