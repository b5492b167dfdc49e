%% Starts the processes of served:start() on our node.
-module(starter).
-export([main/0]).

main() ->
    N = claims:node_of(native),
    Self = self(),
    spawn(N, fun() -> served:start(), Self ! started, receive never -> ok end end),
    claims:equal("our node has what the cases talk to", true, fun() -> receive started -> true after 10000 -> false end end).
