%% Programs of the host: code that runs here starts none.
-module(os).
-export([cmd/1, cmd/2, find_executable/1, find_executable/2]).

%% The output of a shell that may run nothing: tools that look at output go on.
cmd(Command) -> cmd(Command, #{}).
cmd(Command, Options) when is_list(Command) orelse is_atom(Command), is_map(Options) -> "sh: permission denied\n";
cmd(Command, Options) -> erlang:error(badarg, [Command, Options]).

find_executable(Name) when is_list(Name) -> false.
find_executable(Name, Path) when is_list(Name), is_list(Path) -> false.
