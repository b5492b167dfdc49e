%% A module that many processes call at the same time.
-module(ordered).
-export([value/1]).

value(N) -> {ordered, N}.
