%% Handles calls of its own functions that do not exist, and, as the error handler of a process, those of all modules.
-module(undefined).
-export(['$handle_undefined_function'/2, undefined_function/3, calls/2]).

'$handle_undefined_function'(Function, Arguments) -> {own, Function, Arguments}.
undefined_function(Module, Function, Arguments) -> {handled, Module, Function, Arguments}.

%% Calls of all kinds, with the error handler.
calls(Module, Handler) ->
    Before = process_flag(error_handler, Handler),
    All = [Module:ext(1, 2), apply(Module, applied, [1]), (fun Module:export/0)(), ext(), last(3), only(4)],
    Handler = process_flag(error_handler, Before),
    All.
ext() -> {ext, undefined:gone(), nobody_has_this:gone()}.
last(N) ->
    M = id(N),
    id(M),
    undefined:gone(M, N).
only(N) -> undefined:gone(N).
id(Term) -> Term.
