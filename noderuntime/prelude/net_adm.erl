%% The functions of OTP's net_adm that a node answers for itself.
-module(net_adm).
-export([ping/1, names/0, names/1, localhost/0]).

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

names() -> names("localhost").
names(Host) when is_atom(Host) -> names(atom_to_list(Host));
names({A, B, C, D}) ->
    names(integer_to_list(A) ++ "." ++ integer_to_list(B) ++ "." ++ integer_to_list(C) ++ "." ++ integer_to_list(D));
names(Host) ->
    Tag = make_ref(),
    erlang:'$names'(Host, Tag),
    receive {Tag, Answer} -> Answer end.

localhost() -> tl(lists:dropwhile(fun(Character) -> Character =/= $@ end, atom_to_list(node()))).
