%% The functions of OTP's net_adm that a node answers for itself.
-module(net_adm).
-export([ping/1, ping_list/1, names/0, names/1, localhost/0, dns_hostname/1, host_file/0, world/0, world/1, world_list/1,
         world_list/2]).

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

ping_list(Nodes) -> [Node || Node <- Nodes, ping(Node) =:= pong].

%% The file .hosts.erlang is the host's.
host_file() -> {error, eacces}.
world() -> world(silent).
world(_) -> {error, eacces}.
world_list(Hosts) -> world_list(Hosts, silent).
world_list(Hosts, _) when is_list(Hosts) -> lists:append([world_of(Host) || Host <- Hosts, is_atom(Host)]).

world_of(Host) ->
    case names(Host) of
        {ok, Names} -> ping_list([list_to_atom(Name ++ "@" ++ atom_to_list(Host)) || {Name, _} <- Names]);
        {error, _} -> []
    end.

dns_hostname(Host) -> {error, Host}.

localhost() -> tl(lists:dropwhile(fun(Character) -> Character =/= $@ end, atom_to_list(node()))).
