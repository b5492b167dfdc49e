#!/usr/bin/env escript
%% Writes what the named modules of the running release export, one Module:Function/Arity per line, sorted.
%%     escript list.escript MODULE... > otp-RELEASE.txt
main(Names) ->
    Rows = [io_lib:format("~ts:~ts/~b~n", [Module, Function, Arity])
            || Module <- [list_to_atom(Name) || Name <- Names],
               code:ensure_loaded(Module) =:= {module, Module},
               {Function, Arity} <- Module:module_info(exports),
               Function =/= module_info],
    ok = file:write(standard_io, lists:sort([unicode:characters_to_binary(Row) || Row <- Rows])).
