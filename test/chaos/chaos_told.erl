%% Lines for the director, which reads what all nodes print. Written by erlang:display/1, which needs no other module.
-module(chaos_told).
-export([is_false/2, waited/2]).

%% A claim that does not hold: its text, as an atom, and what was seen instead. The scenario fails.
is_false(Text, Term) -> erlang:display({chaos, false, Text, Term, node()}).

%% A caller has waited so many milliseconds.
waited(What, Milliseconds) -> erlang:display({chaos, waited, Milliseconds, What}).
