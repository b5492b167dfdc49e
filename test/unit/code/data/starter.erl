%% Compiled twice: with an -on_load function that says ok, and with one that does not.
-module(starter).
-export([value/0]).
-on_load(start/0).

start() -> prepared = prepare(), ?RESULT.
prepare() -> prepared.
value() -> 42.
