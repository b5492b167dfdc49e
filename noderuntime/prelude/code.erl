%% The functions of the code server for borrowed code and for callers from other nodes. Modules are loaded when they
%% are called, and old code goes by itself when nothing uses it.
-module(code).
-export([ensure_loaded/1, ensure_modules_loaded/1, is_loaded/1, which/1, get_mode/0, all_loaded/0, all_available/0, '$available'/0, load_file/1,
         load_abs/1, load_abs/2, purge/1, soft_purge/1, atomic_load/1, module_status/0, module_status/1, modified_modules/0,
         lib_dir/0, lib_dir/1, lib_dir/2, priv_dir/1, root_dir/0, get_path/0, set_path/1, set_path/2, add_path/1,
         add_path/2, add_patha/1, add_patha/2, add_pathz/1, add_pathz/2, add_paths/1, add_paths/2, add_pathsa/1,
         add_pathsa/2, add_pathsz/1, add_pathsz/2, del_path/1, del_paths/1, objfile_extension/0, where_is_file/1, where_is_file/2,
         is_module_native/1, stick_mod/1, unstick_mod/1, clash/0, get_doc/1, get_doc/2, on_load/1,
         module_md5/1, clear_cache/0, rehash/0, compiler_dir/0, replace_path/2, replace_path/3, stick_dir/1, unstick_dir/1,
         coverage_support/0, get_coverage_mode/0, get_coverage_mode/1, set_coverage_mode/1, get_coverage/2,
         reset_coverage/1]).

module_md5(Binary) when is_binary(Binary) ->
    case beam_lib:md5(Binary) of
        {ok, {_, Digest}} -> Digest;
        {error, beam_lib, _} -> undefined
    end;
module_md5(Binary) -> erlang:error(badarg, [Binary]).

ensure_loaded(Module) when is_atom(Module) ->
    case code:'$file'(Module) of
        false -> borrow(Module);
        _ -> {module, Module}
    end.

%% The call borrows the module. No error handler, which may have called this function, handles a call of that name.
borrow(Module) ->
    try Module:'$borrow'() catch error:undef -> ok end,
    case erlang:function_exported(Module, module_info, 1) of
        true -> {module, Module};
        false -> {error, nofile}
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

%% {Name, File, whether it is loaded} of all modules that a call would find: also those that a lender has.
all_available() ->
    Here = '$available'(),
    Names = maps:from_keys([Name || {Name, _, _} <- Here], true),
    Here ++ [{Name, File, false} || {Name, File, _} <- lent(code:'$lenders'()), not is_map_key(Name, Names)].

file_of(Module) ->
    case code:'$file'(Module) of
        false -> non_existing;
        File -> File
    end.

'$available'() -> [{atom_to_list(Module), file_of(Module), true} || Module <- code:'$modules'()].

%% What the first lender that answers has. A lender of our kind is not asked for what others lend it: it would ask us.
lent([]) -> [];
lent([Node | Others]) -> lent(Node, ['$available', all_available], Others).

lent(_, [], Others) -> lent(Others);
lent(Node, [Function | Functions], Others) ->
    try erpc:call(Node, code, Function, [], 5000)
    catch
        error:{exception, undef, _} -> lent(Node, Functions, Others);
        _:_ -> lent(Others)
    end.

%% From a directory of code's own, or again from its owner.
load_file(Module) when is_atom(Module) ->
    case code:is_sticky(Module) of
        true -> {error, sticky_directory};
        false ->
            case get_path() =/= [] andalso where_is_file(atom_to_list(Module) ++ ".beam") of
                File when is_list(File) -> load_from(File, Module);
                _ ->
                    code:delete(Module),
                    borrow(Module)
            end
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

load_abs(File) -> load_abs(File, list_to_atom(filename:basename(File))).
load_abs(File, Module) when is_atom(Module) -> load_from(filename:absname(lists:append(File, ".beam")), Module).

load_from(File, Module) ->
    case file:read_file(File) of
        {ok, Binary} -> code:load_binary(Module, File, Binary);
        {error, _} -> {error, nofile}
    end.

lib_dir() -> "".

%% Of an application whose directory is on the path.
lib_dir(Name) when is_atom(Name); is_list(Name) ->
    Wanted = text(Name),
    case [Directory || Directory <- [application_directory(Entry) || Entry <- get_path()], application_name(Directory) =:= Wanted] of
        [First | _] -> First;
        [] -> {error, bad_name}
    end.
lib_dir(Name, Below) when is_atom(Below) ->
    case lib_dir(Name) of
        {error, _} = Error -> Error;
        Directory -> filename:append(Directory, atom_to_list(Below))
    end.
priv_dir(Name) -> lib_dir(Name, priv).

application_directory(Entry) ->
    case filename:basename(Entry) of
        "ebin" -> filename:dirname(Entry);
        _ -> Entry
    end.

%% NAME or NAME-VERSION.
application_name(Directory) -> lists:takewhile(fun(C) -> C =/= $- end, filename:basename(Directory)).

root_dir() -> "".

%% Directories below the one that code has (file), which are searched before the code path of the node. As on OTP, "." is
%% the first; a peer is asked before all of them.
get_path() -> code:'$path'().
set_path(Path, _) -> set_path(Path).
set_path(Path) when is_list(Path) ->
    case lists:all(fun is_directory/1, Path) of
        true -> code:'$set_path'([text(Directory) || Directory <- Path]);
        false -> {error, bad_directory}
    end;
set_path(_) -> {error, bad_path}.
add_path(Directory) -> add_pathz(Directory).
add_path(Directory, _) -> add_pathz(Directory).
add_patha(Directory) -> add(Directory, fun(Name, Path) -> [Name | lists:delete(Name, Path)] end).
add_patha(Directory, _) -> add_patha(Directory).
add_pathz(Directory) ->
    add(Directory, fun(Name, Path) ->
        case lists:member(Name, Path) of
            true -> Path;
            false -> Path ++ [Name]
        end
    end).
add_pathz(Directory, _) -> add_pathz(Directory).
add_paths(Directories) -> add_pathsz(Directories).
add_paths(Directories, _) -> add_pathsz(Directories).
add_pathsa(Directories) -> lists:foreach(fun add_patha/1, Directories).
add_pathsa(Directories, _) -> add_pathsa(Directories).
add_pathsz(Directories) -> lists:foreach(fun add_pathz/1, Directories).
add_pathsz(Directories, _) -> add_pathsz(Directories).
del_path(Directory) ->
    Name = text(Directory),
    lists:member(Name, get_path()) andalso code:'$set_path'(lists:delete(Name, get_path())).
del_paths(Directories) -> lists:foreach(fun del_path/1, Directories).

%% The directory takes the place of the first one of the application, or is the last.
replace_path(Name, Directory) when is_atom(Name); is_list(Name) ->
    Wanted = text(Name),
    Has = fun(Entry) -> application_name(filename:basename(application_directory(Entry))) =:= Wanted end,
    case is_directory(Directory) andalso Has(text(Directory)) of
        true ->
            New = text(Directory),
            code:'$set_path'(case lists:splitwith(fun(Entry) -> not Has(Entry) end, get_path()) of
                                 {Before, [_ | After]} -> Before ++ [New | After];
                                 {Path, []} -> Path ++ [New]
                             end);
        false -> {error, bad_directory}
    end;
replace_path(_, _) -> {error, bad_name}.
replace_path(Name, Directory, _) -> replace_path(Name, Directory).
%% Directories are looked at again with each search.
clear_cache() -> ok.
rehash() -> ok.
compiler_dir() -> lib_dir(compiler).

add(Directory, Where) ->
    case is_directory(Directory) of
        true -> code:'$set_path'(Where(text(Directory), get_path()));
        false -> {error, bad_directory}
    end.

is_directory(Name) ->
    case prim_file:'$info'(Name, true) of
        {ok, Info} -> element(2, Info) =:= directory;
        _ -> false
    end.

text(Name) when is_atom(Name) -> atom_to_list(Name);
text(Name) when is_binary(Name) -> unicode:characters_to_list(Name);
text(Name) -> lists:flatten(Name).

where_is_file(Name) -> where_is_file(get_path(), Name).
where_is_file([], _) -> non_existing;
where_is_file([Directory | Rest], Name) ->
    File = filename:append(Directory, Name),
    case prim_file:'$info'(File, true) of
        {ok, _} -> File;
        _ -> where_is_file(Rest, Name)
    end.
objfile_extension() -> ".beam".
is_module_native(Module) when is_atom(Module) ->
    case code:'$file'(Module) of
        false -> undefined;
        _ -> false
    end.
stick_mod(_) -> true.
unstick_mod(_) -> true.
stick_dir(_) -> error.
unstick_dir(_) -> error.
clash() -> ok.

%% Lines are not counted natively; the tool cover does it in the code that it compiles.
coverage_support() -> false.
get_coverage_mode() -> erlang:error(notsup).
get_coverage_mode(Module) -> erlang:error(notsup, [Module]).
set_coverage_mode(Mode) -> erlang:error(notsup, [Mode]).
get_coverage(Level, Module) -> erlang:error(notsup, [Level, Module]).
reset_coverage(Module) -> erlang:error(notsup, [Module]).
%% Documents belong to the code, so whoever sits at the terminal has them.
get_doc(Module) when is_atom(Module) -> documents([Module]).
get_doc(Module, Options) when is_atom(Module), is_map(Options) -> documents([Module, Options]).

documents(Arguments) ->
    case node(group_leader()) of
        Node when Node =/= node() ->
            try erpc:call(Node, code, get_doc, Arguments, 5000)
            catch _:_ -> {error, missing}
            end;
        _ -> {error, missing}
    end.
get_mode() -> interactive.

%% The exit of the process that runs the -on_load function of a module.
on_load(Fun) ->
    exit(try {ok, Fun()} catch Class:Reason:Stack -> {Class, Reason, Stack} end).
