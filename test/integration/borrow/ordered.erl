%% A module for many callers at once.
-module(ordered).
-export([value/1]).

value(N) -> {ordered, N}.
