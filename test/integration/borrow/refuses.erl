%% A module that does not load, and that calls itself.
-module(refuses).
-export([f/0, name/0]).
-on_load(start/0).

start() -> {error, 'of course'}.
f() -> refuses:name().
name() -> ?MODULE.
