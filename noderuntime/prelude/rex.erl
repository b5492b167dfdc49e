%% Calls through the service rex (rpc without spawn): each runs in a process of its own, which answers.
-module(rex).
-export([call/5, cast/3, cnode_call/4, printing_call/4]).

%% The answer to a gen call: the result, or {badrpc, {'EXIT', Reason}}. A thrown term is a result.
call(To, Tag, Module, Function, Arguments) ->
    To ! {Tag, guarded(Module, Function, Arguments)}.

cast(Module, Function, Arguments) ->
    apply(Module, Function, Arguments).

%% Answers in the form that C nodes expect.
cnode_call(From, Module, Function, Arguments) ->
    From ! {rex, guarded(Module, Function, Arguments)}.

%% The same for `send_stdout_to_caller`: output of the call goes to the caller too, before the answer.
printing_call(From, Module, Function, Arguments) ->
    Key = make_ref(),
    Leader = self(),
    {_, Monitor} = spawn_monitor(fun() ->
        group_leader(Leader, self()),
        exit({Key, evaluate(Module, Function, Arguments)})
    end),
    lead(From, Key, Monitor).

lead(From, Key, Monitor) ->
    receive
        {io_request, Asker, As, Request} ->
            Asker ! {io_reply, As, printed(From, Request)},
            lead(From, Key, Monitor);
        {'DOWN', Monitor, process, _, {Key, Result}} -> From ! {rex, Result};
        {'DOWN', Monitor, process, _, Reason} -> From ! {rex, {badrpc, {'EXIT', Reason}}}
    end.

printed(From, Request) ->
    try user:simple(Request) of
        Simple -> shown(From, Simple)
    catch
        _:_ -> {error, put_chars}
    end.

shown(From, {requests, Requests}) -> shown_all(From, Requests, ok);
shown(From, {put_chars, unicode, Text}) ->
    From ! {rex_stdout, Text},
    ok;
shown(_, getopts) -> [{binary, false}, {encoding, unicode}];
shown(_, {setopts, _}) -> ok;
shown(_, {get_geometry, _}) -> {error, enotsup};
shown(_, {Reads, _, _}) when Reads =:= get_line; Reads =:= get_chars -> eof;
shown(_, _) -> {error, request}.

shown_all(_, _, {error, _} = Error) -> Error;
shown_all(_, [], Last) -> Last;
shown_all(From, [Request | Requests], _) -> shown_all(From, Requests, shown(From, Request)).

%% Survives the end of the process that computes, for any reason.
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
        error:Reason:Stack -> {badrpc, {'EXIT', {Reason, above(Stack, Module, Function, Arguments)}}}
    end.

%% The frames of what was called.
above(Stack, Module, Function, Arguments) ->
    case lists:takewhile(fun(Frame) -> element(1, Frame) =/= rex end, Stack) of
        [] -> [{Module, Function, Arguments, []}];
        Frames -> Frames
    end.
