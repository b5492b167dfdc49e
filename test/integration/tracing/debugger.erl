%% dbg of this node's release, on our node and from here.
-module(debugger).
-export([main/0]).

main() ->
    Node = claims:node_of(traced),
    pong = net_adm:ping(Node),
    tracing:debugger(Node),
    tracing:debugger_from_here(Node).
