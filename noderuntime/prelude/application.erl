%% No applications are started here; nothing is configured.
-module(application).
-export([get_env/1, get_env/2, get_env/3, get_all_env/0, get_all_env/1, get_application/0, get_application/1, get_key/1,
         get_key/2, get_all_key/1, loaded_applications/0, which_applications/0, which_applications/1]).

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
