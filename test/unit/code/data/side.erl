%% See first.
-module(side).
-export([run/0]).

run() -> unused:run().
