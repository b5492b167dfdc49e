%% The node has no terminal.
-module(prim_tty).
-export([isatty/1]).

isatty(Device) when Device =:= stdin; Device =:= stdout; Device =:= stderr -> false.
