%% Functions of module erlang that wait for an answer or call funs.
-module(erlang).
-compile(no_auto_import).
-export([spawn/2, spawn/4, spawn_link/2, spawn_link/4, spawn_monitor/2, spawn_monitor/4, spawn_opt/3, spawn_opt/5]).

spawn(Node, Fun) -> spawn(Node, erlang, apply, [Fun, []]).
spawn(Node, Module, Function, Arguments) -> start(Node, Module, Function, Arguments, []).

spawn_link(Node, Fun) -> spawn_link(Node, erlang, apply, [Fun, []]).
spawn_link(Node, Module, Function, Arguments) -> start(Node, Module, Function, Arguments, [link]).

spawn_monitor(Node, Fun) -> spawn_monitor(Node, erlang, apply, [Fun, []]).
spawn_monitor(Node, Module, Function, Arguments) -> start(Node, Module, Function, Arguments, [monitor]).

spawn_opt(Node, Fun, Options) -> spawn_opt(Node, erlang, apply, [Fun, []], Options).
spawn_opt(Node, Module, Function, Arguments, Options) -> start(Node, Module, Function, Arguments, Options).

%% A node that cannot be reached gives a process that is gone: links and monitors then tell noconnection.
start(Node, Module, Function, Arguments, Options) ->
    Request = erlang:spawn_request(Node, Module, Function, Arguments, Options),
    receive
        {spawn_reply, Request, ok, Pid} -> with_monitor(Pid, Request, Options);
        {spawn_reply, Request, error, noconnection} ->
            erlang:spawn_opt(erlang, exit, [noconnection], Options);
        {spawn_reply, Request, error, Reason} -> erlang:error(Reason)
    end.

with_monitor(Pid, Reference, [monitor | _]) -> {Pid, Reference};
with_monitor(Pid, Reference, [{monitor, _} | _]) -> {Pid, Reference};
with_monitor(Pid, Reference, [_ | Options]) -> with_monitor(Pid, Reference, Options);
with_monitor(Pid, _, []) -> Pid.
