%% What was said on the command line: nothing, to borrowed code.
-module(init).
-export([get_argument/1, get_arguments/0, get_plain_arguments/0, get_status/0]).

get_argument(_) -> error.
get_arguments() -> [].
get_plain_arguments() -> [].
get_status() -> {started, started}.
