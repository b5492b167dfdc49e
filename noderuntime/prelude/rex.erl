%% Calls that the service rex (rpc without spawn) was asked for: each in a process of its own, which answers.
-module(rex).
-export([call/5, cast/3, cnode_call/4]).

%% The answer to a gen call: the result, or {badrpc, {'EXIT', Reason}}. A thrown term is a result.
call(To, Tag, Module, Function, Arguments) ->
    To ! {Tag, guarded(Module, Function, Arguments)}.

cast(Module, Function, Arguments) ->
    apply(Module, Function, Arguments).

%% The answer that C nodes expect.
cnode_call(From, Module, Function, Arguments) ->
    From ! {rex, guarded(Module, Function, Arguments)}.

%% Survives whatever ends the process that computes.
guarded(Module, Function, Arguments) ->
    Key = make_ref(),
    {_, Monitor} = spawn_monitor(fun() -> exit({Key, evaluate(Module, Function, Arguments)}) end),
    receive
        {'DOWN', Monitor, process, _, {Key, Result}} -> Result;
        {'DOWN', Monitor, process, _, Reason} -> {badrpc, {'EXIT', Reason}}
    end.

evaluate(Module, Function, Arguments) ->
    try apply(Module, Function, Arguments) of
        {'EXIT', _} = Exit -> {badrpc, Exit};
        Result -> Result
    catch
        throw:Thrown -> Thrown;
        exit:Reason -> {badrpc, {'EXIT', Reason}};
        error:Reason:Stack -> {badrpc, {'EXIT', {Reason, Stack}}}
    end.
