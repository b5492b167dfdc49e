%% Handles calls of its functions that do not exist.
-module(handles).
-export(['$handle_undefined_function'/2]).

'$handle_undefined_function'(Function, Arguments) -> {handled, Function, Arguments}.
