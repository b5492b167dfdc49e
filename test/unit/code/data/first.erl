%% Calls second, and perhaps side.
-module(first).
-export([run/1]).

run(0) -> side:run();
run(N) -> {first, second:run(N)}.
