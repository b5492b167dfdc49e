%% Calls the module second and, depending on the argument, the module side.
-module(first).
-export([run/1]).

run(0) -> side:run();
run(N) -> {first, second:run(N)}.
