%% Exists in two versions, which erlc -DVERSION=N makes; our node has neither.
-module(chaos_lent).
-export([tell/2]).

tell(To, Tag) -> To ! {Tag, ?VERSION}.
