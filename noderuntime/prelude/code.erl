%% The functions of the code server for borrowed code and for callers from other nodes. Modules are loaded when they
%% are called. There are no directories, and old code goes by itself when nothing uses it.
-module(code).
-export([ensure_loaded/1, ensure_modules_loaded/1, is_loaded/1, which/1, get_mode/0, all_loaded/0, load_file/1,
         load_abs/1, purge/1, soft_purge/1, atomic_load/1, module_status/0, module_status/1, modified_modules/0,
         lib_dir/0, lib_dir/1, lib_dir/2, priv_dir/1, root_dir/0, get_path/0, set_path/1, set_path/2, add_path/1,
         add_path/2, add_patha/1, add_patha/2, add_pathz/1, add_pathz/2, add_paths/1, add_paths/2, add_pathsa/1,
         add_pathsa/2, add_pathsz/1, add_pathsz/2, del_path/1, del_paths/1, objfile_extension/0, where_is_file/1,
         is_module_native/1, stick_mod/1, unstick_mod/1, clash/0, get_doc/1, on_load/1]).

ensure_loaded(Module) when is_atom(Module) ->
    case code:'$file'(Module) of
        false -> borrow(Module);
        _ -> {module, Module}
    end.

%% The call itself borrows the module.
borrow(Module) ->
    try Module:module_info(module) of
        _ -> {module, Module}
    catch error:undef -> {error, nofile}
    end.

ensure_modules_loaded(Modules) ->
    case [{Module, nofile} || Module <- Modules, element(1, ensure_loaded(Module)) =:= error] of
        [] -> ok;
        Missing -> {error, Missing}
    end.

is_loaded(Module) when is_atom(Module) ->
    case code:'$file'(Module) of
        false -> false;
        File -> {file, File}
    end.

which(Module) when is_atom(Module) ->
    case ensure_loaded(Module) of
        {module, _} -> code:'$file'(Module);
        _ -> non_existing
    end.

all_loaded() -> [{Module, code:'$file'(Module)} || Module <- code:'$modules'()].

%% Requests the module again from its owner.
load_file(Module) when is_atom(Module) ->
    case code:is_sticky(Module) of
        true -> {error, sticky_directory};
        false ->
            code:delete(Module),
            borrow(Module)
    end.

atomic_load(Modules) ->
    Loaded = [{Module, load_one(Given)} || Given <- Modules, Module <- [name(Given)]],
    case [{Module, Why} || {Module, {error, Why}} <- Loaded] of
        [] -> ok;
        Failed -> {error, Failed}
    end.

name({Module, _, _}) -> Module;
name(Module) -> Module.

load_one({Module, File, Binary}) -> code:load_binary(Module, File, Binary);
load_one(Module) -> load_file(Module).

%% No process is killed because it runs old code.
purge(Module) when is_atom(Module) -> false.
soft_purge(Module) when is_atom(Module) -> true.

module_status() -> [{Module, module_status(Module)} || Module <- code:'$modules'()].
module_status(Module) when is_atom(Module) ->
    case code:'$file'(Module) of
        false -> not_loaded;
        _ -> loaded
    end.
modified_modules() -> [].

load_abs(_) -> {error, nofile}.
lib_dir() -> "".
lib_dir(_) -> {error, bad_name}.
lib_dir(_, _) -> {error, bad_name}.
priv_dir(_) -> {error, bad_name}.
root_dir() -> "".
get_path() -> [].
set_path(_) -> {error, bad_directory}.
set_path(_, _) -> {error, bad_directory}.
add_path(_) -> {error, bad_directory}.
add_path(_, _) -> {error, bad_directory}.
add_patha(_) -> {error, bad_directory}.
add_patha(_, _) -> {error, bad_directory}.
add_pathz(_) -> {error, bad_directory}.
add_pathz(_, _) -> {error, bad_directory}.
add_paths(_) -> ok.
add_paths(_, _) -> ok.
add_pathsa(_) -> ok.
add_pathsa(_, _) -> ok.
add_pathsz(_) -> ok.
add_pathsz(_, _) -> ok.
del_path(_) -> false.
del_paths(_) -> ok.
where_is_file(_) -> non_existing.
objfile_extension() -> ".beam".
is_module_native(Module) when is_atom(Module) ->
    case code:'$file'(Module) of
        false -> undefined;
        _ -> false
    end.
stick_mod(_) -> true.
unstick_mod(_) -> true.
clash() -> ok.
get_doc(_) -> {error, missing}.
get_mode() -> interactive.

%% The exit of the process that runs the -on_load function of a module.
on_load(Fun) ->
    exit(try {ok, Fun()} catch Class:Reason:Stack -> {Class, Reason, Stack} end).
