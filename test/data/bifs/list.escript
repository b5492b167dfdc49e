#!/usr/bin/env escript
%% Writes the functions that are built into the running release, one Module:Function/Arity per line, sorted:
%% functions for which erlang:is_builtin/3 is true, loaded NIFs, stubs that call erlang:nif_error, and all exports of the
%% modules that no peer can lend (they speak for the node).
%%     escript list.escript > otp-RELEASE.txt
-mode(compile).

never_lent() -> [erlang, erts_internal, os, atomics, counters, persistent_term, prim_eval].

main(_) ->
    Modules = lists:usort(erlang:pre_loaded() ++ erlang:loaded() ++ library(kernel) ++ library(stdlib)),
    Ours = [Module || Module <- Modules, standard(Module)],
    Rows = lists:usort([Row || Module <- Ours, Row <- rows(Module)]),
    Lines = lists:sort([unicode:characters_to_binary(io_lib:format("~ts:~ts/~b~n", [M, F, A])) || {M, F, A} <- Rows]),
    ok = file:write(standard_io, Lines).

library(Application) ->
    [list_to_atom(filename:basename(File, ".beam")) || File <- filelib:wildcard(code:lib_dir(Application) ++ "/ebin/*.beam")].

%% Leaves out this script and the compiler that runs it.
standard(Module) ->
    case code:which(Module) of
        preloaded -> true;
        Path when is_list(Path) ->
            lists:any(fun(Application) -> lists:prefix(code:lib_dir(Application) ++ "/", Path) end, [kernel, stdlib]);
        _ -> false
    end.

rows(Module) ->
    _ = code:ensure_loaded(Module),
    Information = fun(Key) -> try Module:module_info(Key) catch error:_ -> [] end end,
    Exports = Information(exports),
    [{Module, F, A} || {F, A} <- Exports, {F, A} =/= {module_info, 0}, {F, A} =/= {module_info, 1},
                       erlang:is_builtin(Module, F, A) orelse lists:member(Module, never_lent())] ++
        [{Module, F, A} || {F, A} <- Information(nifs)] ++
        stubs(Module).

stubs(Module) ->
    case code:which(Module) of
        Path when is_list(Path) ->
            {beam_file, Module, _, _, _, Functions} = beam_disasm:file(Path),
            [{Module, F, A} || {function, F, A, _, Code} <- Functions, length(Code) < 16, lists:any(fun is_stub/1, Code)];
        _ -> []
    end.

is_stub({call_ext, _, {extfunc, erlang, nif_error, _}}) -> true;
is_stub({call_ext_only, _, {extfunc, erlang, nif_error, _}}) -> true;
is_stub({call_ext_last, _, {extfunc, erlang, nif_error, _}, _}) -> true;
is_stub(_) -> false.
