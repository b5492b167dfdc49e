%% Starts other real nodes for a scenario, and evaluates functions on them.
-module(other_nodes).
-export([start_peer/2, start_peer/3, on/2]).

%% A node with this node's cookie and the code of Module; it ends with the process that started it.
start_peer(Module, Name) -> start_peer(Module, Name, []).
start_peer(Module, Name, More) ->
    {ok, Peer, Node} = peer:start_link(#{name => Name, wait_boot => 60000, connection => standard_io,
        args => ["-setcookie", atom_to_list(erlang:get_cookie()), "-start_epmd", "false", "-pa", filename:dirname(code:which(Module)) | More]}),
    {Peer, Node}.

%% The result of Check() in a process on Node.
on(Node, Check) ->
    {_, Monitor} = spawn_monitor(Node, fun() -> exit({gave, Check()}) end),
    receive
        {'DOWN', Monitor, process, _, {gave, Value}} -> Value;
        {'DOWN', Monitor, process, _, Reason} -> {ended, Reason}
    after 30000 -> hangs
    end.
