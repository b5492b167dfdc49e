%% Processes that keep code in use: by a stack frame, by a fun, by literals.
-module(keeper).
-export([wait/0, constants/0]).

wait() -> receive stop -> {stopped, [a, {literal, "text"}]} end.
constants() -> receive stop -> ok end, [a, {literal, "text"}].
