%% The module first calls this module.
-module(second).
-export([run/1]).

run(N) -> {second, third:run(N)}.
