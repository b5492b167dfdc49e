%% One long action, in a process of the node that is measured.
-module(pauses_action).
-export([run/3]).

%% Module:prepare(Row, Options) builds what the action needs and returns the action as a fun. The driver hears {self(), ready},
%% says go, and hears {self(), done, Microseconds, Outcome}; what the action worked on lives until it says stop. It hears
%% {self(), failed, Reason} if nothing could be prepared.
run(Driver, Module, {Row, Options}) ->
    try Module:prepare(Row, Options) of
        Action ->
            Driver ! {self(), ready},
            receive go -> ok end,
            Begin = erlang:monotonic_time(),
            Outcome = outcome(Action),
            Took = erlang:convert_time_unit(erlang:monotonic_time() - Begin, native, microsecond),
            Driver ! {self(), done, Took, Outcome},
            receive stop -> ok end,
            Action
    catch
        Class:Reason -> Driver ! {self(), failed, {Class, short(Reason)}}
    end.

outcome(Action) ->
    try Action() of
        _ -> ok
    catch
        Class:Reason -> {Class, short(Reason)}
    end.

%% What is sent to the driver must not be long.
short(Reason) when is_atom(Reason) -> Reason;
short(Reason) when is_tuple(Reason), tuple_size(Reason) > 0, is_atom(element(1, Reason)) -> element(1, Reason);
short(_) -> other.
