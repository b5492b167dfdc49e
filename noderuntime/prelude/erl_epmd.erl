%% Questions to epmd. The node registers itself; code that runs here does not.
-module(erl_epmd).
-export([names/0, names/1, port_please/2, port_please/3, address_please/3, listen_port_please/2, start/0, start_link/0,
         stop/0, open/0, open/1, open/2, register_node/2, register_node/3]).

names() -> net_adm:names().
names(Host) -> net_adm:names(Host).

%% {port, Port, Version}, as of nodes since OTP 25; noport.
port_please(Name, Host) -> port_please(Name, Host, infinity).
port_please(Name, Host, _Timeout) ->
    case net_adm:names(Host) of
        {ok, Names} ->
            case lists:keyfind(text(Name), 1, Names) of
                {_, Port} -> {port, Port, 6};
                false -> noport
            end;
        {error, _} -> noport
    end.

text(Name) when is_atom(Name) -> atom_to_list(Name);
text(Name) -> Name.

address_please(_, Host, Family) -> inet:getaddr(Host, Family).
listen_port_please(_, _) -> {ok, 0}.
start() -> ignore.
start_link() -> ignore.
stop() -> ok.
open() -> {error, eacces}.
open(_) -> {error, eacces}.
open(_, _) -> {error, eacces}.
register_node(_, _) -> {error, already_registered}.
register_node(_, _, _) -> {error, already_registered}.
