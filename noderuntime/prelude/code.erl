%% The code server, as far as borrowed code asks it: modules are loaded when they are called.
-module(code).
-export([ensure_loaded/1, ensure_modules_loaded/1, is_loaded/1, which/1, get_mode/0]).

ensure_loaded(Module) when is_atom(Module) ->
    try Module:module_info(module) of
        _ -> {module, Module}
    catch error:undef -> {error, nofile}
    end.

ensure_modules_loaded(Modules) ->
    case [{Module, nofile} || Module <- Modules, element(1, ensure_loaded(Module)) =:= error] of
        [] -> ok;
        Missing -> {error, Missing}
    end.

is_loaded(Module) ->
    case erlang:module_loaded(Module) of
        true -> {file, Module};
        false -> false
    end.

which(Module) ->
    case ensure_loaded(Module) of
        {module, _} -> preloaded;
        _ -> non_existing
    end.

get_mode() -> interactive.
