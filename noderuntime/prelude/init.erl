%% What borrowed code can ask about the start of the node, and the functions that end it.
-module(init).
-export([get_argument/1, get_arguments/0, get_plain_arguments/0, get_status/0, script_id/0, stop/0, stop/1]).

get_argument(Flag) ->
    case [Values || {Name, Values} <- get_arguments(), Name =:= Flag] of
        [] -> error;
        All -> {ok, All}
    end.

get_arguments() -> [{progname, ["noderuntime"]} | home(os:getenv("HOME"))] ++ name(atom_to_list(node())).

home(false) -> [];
home(Directory) -> [{home, [Directory]}].

name(Node) ->
    Host = lists:dropwhile(fun(Character) -> Character =/= $@ end, Node),
    case lists:member($., Host) of
        true -> [{name, [Node]}];
        false -> [{sname, [Node]}]
    end.

get_plain_arguments() -> [].
get_status() -> {started, started}.
script_id() -> {"noderuntime", ""}.

%% Ends the node as SIGTERM does: in order, at once.
stop() -> stop(0).
stop(Status) when is_integer(Status), Status >= 0 ->
    erlang:'$halt'(Status),
    ok;
stop(abort) -> stop(1);
stop(Slogan) when is_list(Slogan) -> stop(1).
