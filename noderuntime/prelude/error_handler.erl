%% What the error handlers of processes call, and the default one.
-module(error_handler).
-export([undefined_function/3, undefined_lambda/3, raise_undef_exception/3, breakpoint/3]).

undefined_function(Module, Function, Arguments) when is_atom(Module), is_atom(Function), is_list(Arguments) ->
    _ = code:ensure_loaded(Module),
    Arity = length(Arguments),
    case exports(Module, Function, Arity) of
        true -> apply(Module, Function, Arguments);
        false ->
            case erlang:function_exported(Module, '$handle_undefined_function', 2) of
                true -> Module:'$handle_undefined_function'(Function, Arguments);
                false -> raise_undef_exception(Module, Function, Arguments)
            end
    end.

exports(Module, Function, Arity) ->
    erlang:function_exported(Module, Function, Arity) orelse erlang:is_builtin(Module, Function, Arity).

undefined_lambda(Module, Fun, Arguments) when is_function(Fun) ->
    _ = code:ensure_loaded(Module),
    apply(Fun, Arguments).

breakpoint(Module, Function, Arguments) when is_atom(Module), is_atom(Function), is_list(Arguments) ->
    apply(Module, Function, Arguments).

%% As if the caller had called a function that does not exist.
raise_undef_exception(Module, Function, Arguments) when is_atom(Module), is_atom(Function), is_list(Arguments) ->
    crash({Module, Function, Arguments, []});
raise_undef_exception(Module, Function, Arguments) -> erlang:error({badarg, {Module, Function, Arguments}}).

%% Raised by erlang:error/1, which tracing tells of. This function is not in the trace of the exception.
crash(First) ->
    try erlang:error(undef)
    catch error:undef:Trace -> erlang:raise(error, undef, [First | tl(Trace)])
    end.
