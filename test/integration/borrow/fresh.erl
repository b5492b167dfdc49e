%% A module that only the caller has.
-module(fresh).
-export([value/1]).

value(N) -> {fresh, N, node()}.
