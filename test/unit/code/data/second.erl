%% See first.
-module(second).
-export([run/1]).

run(N) -> {second, third:run(N)}.
