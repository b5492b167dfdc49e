%% The files below the directory of code (file), as the code server of OTP reads them.
-module(erl_prim_loader).
-export([start/0, get_path/0, set_path/1, get_file/1, read_file/1, list_dir/1, read_file_info/1, read_link_info/1,
         get_cwd/0, get_cwd/1, get_modules/2, get_modules/3, is_basename/1, purge_archive_cache/0,
         set_primary_archive/4]).

start() -> {error, already_started}.
get_path() -> {ok, []}.
set_path(Path) when is_list(Path) -> ok.
get_file(Name) ->
    case read_file(Name) of
        {ok, Bytes} -> {ok, Bytes, Name};
        error -> error
    end.
read_file(Name) -> known(file:read_file(Name)).
list_dir(Name) -> known(file:list_dir(Name)).
read_file_info(Name) -> known(file:read_file_info(Name)).
read_link_info(Name) -> known(file:read_link_info(Name)).
known({error, _}) -> error;
known(Known) -> Known.
get_cwd() -> file:get_cwd().
get_cwd(_) -> error.
get_modules(Modules, Fun) -> get_modules(Modules, Fun, []).
get_modules(Modules, Fun, Path) when is_list(Modules), is_function(Fun, 3), is_list(Path) ->
    {ok, {[], [{Module, enoent} || Module <- Modules]}}.
is_basename(Name) -> not lists:member($/, Name).
purge_archive_cache() -> ok.
set_primary_archive(_, _, _, _) -> {error, eacces}.
