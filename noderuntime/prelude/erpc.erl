%% The called side of erpc and rpc. OTP's callers expect these exit reasons, and a stack that is cut at this
%% place. Source: docs/protocol/distribution.md, "rpc and erpc".
-module(erpc).
-export([execute_call/3, execute_call/4, execute_cast/3]).

execute_call(Ref, Module, Function, Arguments) ->
    exit(try {Ref, return, apply(Module, Function, Arguments)}
         catch
             throw:Thrown -> {Ref, throw, Thrown};
             exit:Reason -> {Ref, exit, Reason};
             error:Reason:Stack ->
                 case too_many(Reason, Arguments) of
                     true -> {Ref, error, {erpc, Reason}};
                     false -> {Ref, error, Reason, cut(Stack, Module, Function, Arguments)}
                 end
         end).

execute_call(Module, Function, Arguments) ->
    {return, apply(Module, Function, Arguments)}.

execute_cast(Module, Function, Arguments) ->
    try apply(Module, Function, Arguments)
    catch
        error:Reason:Stack ->
            case too_many(Reason, Arguments) of
                true -> error({erpc, Reason});
                false -> error({exception, {Reason, cut(Stack, Module, Function, Arguments)}})
            end
    end.

%% The call itself failed because it has more arguments than a function can have.
too_many(system_limit, Arguments) -> length(Arguments) > 255;
too_many(_, _) -> false.

%% The caller must not see the frames below our own frame. A trace that was cut off above our frame stays as it is;
%% a trace that starts with our frame names the call.
cut([Frame | Rest] = Stack, Module, Function, Arguments) ->
    case is_ours(Frame) of
        true when Module =:= erlang, Function =:= apply -> [{erlang, apply, length(Arguments), []}];
        true -> [{Module, Function, Arguments, []}];
        false ->
            case above(Rest, []) of
                whole -> Stack;
                [] when Module =:= erlang, Function =:= apply -> called([Frame], Module, Function, Arguments);
                [] -> [Frame];
                Frames -> called([Frame | Frames], Module, Function, Arguments)
            end
    end;
cut([], _, _, _) ->
    [].

above([], _) -> whole;
above([Frame | Rest], Above) ->
    case is_ours(Frame) of
        true -> lists:reverse(Above);
        false -> above(Rest, [Frame | Above])
    end.

%% The last frame is the called function, unless that function has made a tail call.
called(Frames, Module, Function, Arguments) ->
    Arity = length(Arguments),
    case lists:last(Frames) of
        {Module, Function, Arity, _} -> Frames;
        _ -> Frames ++ [{Module, Function, Arity, []}]
    end.

is_ours(Frame) ->
    element(1, Frame) =:= erpc andalso
        (element(2, Frame) =:= execute_call orelse element(2, Frame) =:= execute_cast).
