%% What borrowed code can ask about the start of the node, and the functions that end it.
-module(init).
-export([get_argument/1, get_arguments/0, get_plain_arguments/0, get_status/0, script_id/0, script_name/0, stop/0,
         stop/1, restart/0, restart/1, reboot/0, notify_when_started/1, wait_until_started/0, code_path_choice/0,
         objfile_extension/0, archive_extension/0, ensure_loaded/1, fetch_loaded/0, make_permanent/2]).

get_argument(Flag) ->
    case [Values || {Name, Values} <- get_arguments(), Name =:= Flag] of
        [] -> error;
        All -> {ok, All}
    end.

%% noshell: the node itself has no terminal. Banners are then not printed.
get_arguments() ->
    [{progname, ["noderuntime"]} | home(os:getenv("HOME"))] ++
        [{noshell, []}, {noinput, []} | name(atom_to_list(node()))].

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
script_name() -> "noderuntime".
%% A node has started before code runs on it.
notify_when_started(Pid) when is_pid(Pid) -> started.
wait_until_started() -> ok.
code_path_choice() -> relaxed.
objfile_extension() -> ".beam".
archive_extension() -> ".ez".
ensure_loaded(_) -> not_allowed.
fetch_loaded() -> [].
make_permanent(_, _) -> {error, eacces}.

%% Whoever started the node starts it again, or does not.
restart() -> stop(0).
restart(Options) when is_list(Options) -> stop(0).
reboot() -> stop(0).

%% Ends the node as SIGTERM does: applications stop first.
stop() -> stop(0).
stop(Status) when is_integer(Status), Status >= 0 ->
    erlang:'$stop'(Status),
    ok;
stop(abort) -> stop(1);
stop(Slogan) when is_list(Slogan) -> stop(1).
