%% The module first imports this module, but does not always call it.
-module(side).
-export([run/0]).

run() -> unused:run().
