%% There are no applications on this node, and nothing is configured.
-module(application).
-export([get_env/1, get_env/2, get_env/3, get_all_env/0, get_all_env/1, get_application/0, get_application/1, get_key/1,
         get_key/2, get_all_key/1, loaded_applications/0, which_applications/0, which_applications/1,
         start/1, start/2, ensure_started/1, ensure_started/2, ensure_all_started/1, ensure_all_started/2, load/1,
         stop/1, unload/1]).

get_env(_) -> undefined.
get_env(_, _) -> undefined.
get_env(_, _, Default) -> Default.
get_all_env() -> [].
get_all_env(_) -> [].
get_application() -> undefined.
get_application(_) -> undefined.
get_key(_) -> undefined.
get_key(_, _) -> undefined.
get_all_key(_) -> undefined.
loaded_applications() -> [].
which_applications() -> [].
which_applications(_) -> [].

start(Application) -> load(Application).
start(Application, _) -> load(Application).
ensure_started(Application) -> load(Application).
ensure_started(Application, _) -> load(Application).
ensure_all_started(Application) ->
    {error, Reason} = load(Application),
    {error, {Application, Reason}}.
ensure_all_started(Application, _) -> ensure_all_started(Application).
load(Application) -> {error, {"no such file or directory", atom_to_list(Application) ++ ".app"}}.
stop(Application) -> {error, {not_started, Application}}.
unload(Application) -> {error, {not_loaded, Application}}.
