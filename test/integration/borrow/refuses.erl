%% A module whose -on_load function fails. Its function f/0 calls the module by name.
-module(refuses).
-export([f/0, name/0]).
-on_load(start/0).

start() -> {error, 'of course'}.
f() -> refuses:name().
name() -> ?MODULE.
