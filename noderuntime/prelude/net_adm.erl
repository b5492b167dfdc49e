%% What of OTP's net_adm a node answers for itself.
-module(net_adm).
-export([ping/1]).

ping(Node) when is_atom(Node) ->
    Name = {net_kernel, Node},
    Monitor = erlang:monitor(process, Name, [{alias, reply_demonitor}]),
    Name ! {'$gen_call', {self(), [alias | Monitor]}, {is_auth, node()}},
    receive
        {[alias | Monitor], yes} -> pong;
        {[alias | Monitor], _} -> pang;
        {'DOWN', Monitor, process, _, _} -> pang
    end;
ping(_) ->
    pang.
