%% Names and locks of all nodes, for code on this node. The node's service (services/global_name_server.h) has the names. The
%% service takes no part in OTP's locker, but these functions lock and inform the other members as OTP's registrar does.
-module(global).
-export([whereis_name/1, registered_names/0, register_name/2, register_name/3, re_register_name/2, re_register_name/3,
         unregister_name/1, register_name_external/2, register_name_external/3, unregister_name_external/1, send/2,
         set_lock/1, set_lock/2, set_lock/3, del_lock/1, del_lock/2, trans/2, trans/3, trans/4, sync/0, sync/1, disconnect/0,
         random_exit_name/3, random_notify_name/3, notify_all_name/3, resolve_it/4, resolve/5]).

%% --- names

whereis_name(Name) -> ask({whereis, Name}).
registered_names() -> ask(registered_names).

send(Name, Message) ->
    case whereis_name(Name) of
        undefined -> exit({badarg, {Name, Message}});
        Pid -> Pid ! Message, Pid
    end.

register_name(Name, Pid) when is_pid(Pid) -> register_name(Name, Pid, fun global:random_exit_name/3).
register_name(Name, Pid, Resolve) when is_pid(Pid) ->
    Method = method(Resolve),
    locked(fun(Nodes) ->
        case whereis_name(Name) =:= undefined andalso single(Name, Pid) of
            true -> told(Nodes, {register, Name, Pid, Method});
            false -> no
        end
    end).

re_register_name(Name, Pid) when is_pid(Pid) -> re_register_name(Name, Pid, fun global:random_exit_name/3).
re_register_name(Name, Pid, Resolve) when is_pid(Pid) ->
    Method = method(Resolve),
    locked(fun(Nodes) -> told(Nodes, {register, Name, Pid, Method}) end).

register_name_external(Name, Pid) when is_pid(Pid) -> register_name_external(Name, Pid, fun global:random_exit_name/3).
register_name_external(Name, Pid, Resolve) when is_pid(Pid) ->
    Method = method(Resolve),
    locked(fun(Nodes) ->
        case whereis_name(Name) of
            undefined -> told(Nodes, {register_ext, Name, Pid, Method, node()});
            _ -> no
        end
    end).

unregister_name(Name) ->
    case whereis_name(Name) of
        undefined -> ok;
        _ -> locked(fun(Nodes) -> told(Nodes, {unregister, Name}), ok end)
    end.
unregister_name_external(Name) -> unregister_name(Name).

told(Nodes, Request) ->
    _ = ask_all(Nodes, Request),
    yes.

%% A process can have only one name.
single(Name, Pid) ->
    case ask({names_of, Pid}) of
        [] -> true;
        Others ->
            logger:log(error, "global: ~w registered under several names: ~tw\n", [Pid, [Name | Others]]),
            false
    end.

method({Module, Function}) -> fun Module:Function/3;
method(Fun) when is_function(Fun, 3) -> Fun.

%% Calls Do(Nodes) while the names are locked at all members, in a process of its own, so that no lock stays. Like all nodes it
%% locks the greatest node first, so that two nodes never wait for each other.
locked(Do) ->
    {_, Monitor} = spawn_monitor(fun() -> exit({did, with_lock(Do, 1)}) end),
    receive
        {'DOWN', Monitor, process, _, {did, Result}} -> Result;
        {'DOWN', Monitor, process, _, Reason} -> exit(Reason)
    end.

with_lock(Do, Times) ->
    Id = {global, self()},
    Nodes = [node() | ask(get_known)],
    Boss = lists:max(Nodes),
    case lock_all(Id, [Boss]) andalso (lock_all(Id, lists:delete(Boss, Nodes)) orelse not del_lock(Id, [Boss])) of
        true ->
            try Do(Nodes) after del_lock(Id, Nodes) end;
        false ->
            pause(Times),
            with_lock(Do, Times + 1)
    end.

%% --- locks

set_lock(Id) -> set_lock(Id, [node() | nodes()]).
set_lock(Id, Nodes) -> set_lock(Id, Nodes, infinity).
set_lock({_, _} = Id, Nodes, Retries) when is_integer(Retries), Retries >= 0; Retries =:= infinity ->
    set_lock(Id, Nodes, Retries, 1).

set_lock(Id, Nodes, Retries, Times) ->
    case lock_all(Id, Nodes) of
        true -> true;
        false when Retries =:= 0 -> false;
        false ->
            pause(Times),
            set_lock(Id, Nodes, case Retries of infinity -> infinity; _ -> Retries - 1 end, Times + 1)
    end.

lock_all(Id, Nodes) ->
    Replies = ask_all(Nodes, {set_lock, Id}),
    case [Node || {Node, false} <- Replies] of
        [] -> true;
        _ ->
            del_lock(Id, [Node || {Node, true} <- Replies]),
            false
    end.

del_lock(Id) -> del_lock(Id, [node() | nodes()]).
del_lock({_, _} = Id, Nodes) ->
    _ = ask_all(Nodes, {del_lock, Id}),
    true.

trans(Id, Do) -> trans(Id, Do, [node() | nodes()]).
trans(Id, Do, Nodes) -> trans(Id, Do, Nodes, infinity).
trans(Id, Do, Nodes, Retries) ->
    case set_lock(Id, Nodes, Retries) of
        true ->
            try
                case Do of
                    {Module, Function} -> Module:Function();
                    _ -> Do()
                end
            after
                del_lock(Id, Nodes)
            end;
        false -> aborted
    end.

%% A random pause before the next try, longer after more tries. The number of tries has no limit.
pause(Times) ->
    Longest = case Times > 5 of true -> 8000; false -> (1 bsl Times) * 1000 div 8 end,
    receive after erlang:phash2({self(), make_ref()}, Longest) -> ok end.

%% --- members

%% Waits until names have been exchanged with all nodes.
sync() -> sync(nodes()).
sync(Nodes) when is_list(Nodes) ->
    case Nodes -- [node() | ask(get_synced)] of
        [] -> ok;
        _ ->
            receive after 20 -> ok end,
            sync([Node || Node <- Nodes, lists:member(Node, nodes())])
    end.

disconnect() ->
    Known = ask(get_known),
    _ = [erlang:disconnect_node(Node) || Node <- Known],
    Known.

%% --- a name that two nodes have

random_exit_name(Name, A, B) ->
    {Stays, Goes} = by_node(A, B),
    logger:log(info, "global: Name conflict terminating ~tw\n", [{Name, Goes}]),
    exit(Goes, kill),
    Stays.

random_notify_name(Name, A, B) ->
    {Stays, Goes} = by_node(A, B),
    Goes ! {global_name_conflict, Name},
    Stays.

notify_all_name(Name, A, B) ->
    A ! {global_name_conflict, Name, B},
    B ! {global_name_conflict, Name, A},
    none.

by_node(A, B) when node(A) < node(B) -> {A, B};
by_node(A, B) -> {B, A}.

resolve_it(Method, Name, A, B) -> catch Method(Name, A, B).

%% Conflicts: {their row, our row}. The node of our process resolves the conflict for our row.
resolve(Node, Conflicts, Known, Externals, Tag) ->
    Operations = [resolved(Theirs, Ours) || {Theirs, Ours} <- Conflicts],
    ok = ask({apply, Operations}),
    {global_name_server, Node} ! {'$gen_cast', {resolved, node(), Operations, Known, unused, Externals, Tag}}.

resolved({Name, Theirs, _} = Row, {Name, Ours, Method} = Own) ->
    Stays = try erpc:call(node(Ours), global, resolve_it, [Method, Name, Theirs, Ours])
            catch _:_ -> Theirs
            end,
    case Stays of
        Theirs -> {insert, Row};
        Ours -> {insert, Own};
        _ -> {delete, Name}
    end.

%% --- the services

ask(Request) ->
    [{_, Reply}] = ask_all([node()], Request),
    Reply.

%% {Node, Reply} for each node that answers.
ask_all(Nodes, Request) ->
    Asked = [{Node, monitor(process, {global_name_server, Node})} || Node <- Nodes],
    _ = [{global_name_server, Node} ! {'$gen_call', {self(), Monitor}, Request} || {Node, Monitor} <- Asked],
    lists:append([answer(Node, Monitor) || {Node, Monitor} <- Asked]).

answer(Node, Monitor) ->
    receive
        {Monitor, Reply} ->
            demonitor(Monitor, [flush]),
            [{Node, Reply}];
        {'DOWN', Monitor, process, _, _} -> []
    end.
