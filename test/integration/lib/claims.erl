%% Claims of a scenario; each prints a line, and a false one ends the scenario.
-module(claims).
-export([run/1, claim/2, equal/3, eventually/2, node_of/1, receives/2]).

%% Runs Module:main() and ends the node with the outcome.
run(Module) ->
    try Module:main() of
        _ -> halt(0)
    catch
        Class:Reason:Stack ->
            io:format("FALSE ~p:~p~n~p~n", [Class, Reason, Stack]),
            halt(1)
    end.

%% Holds if Check() is true.
claim(Text, Check) -> equal(Text, true, Check).

equal(Text, Expected, Check) ->
    case Check() of
        Expected -> io:format("ok    ~ts~n", [Text]);
        Other ->
            io:format("FALSE ~ts~n      expected ~p~n      got      ~p~n", [Text, Expected, Other]),
            halt(1)
    end.

%% Holds as soon as Check() is true, within half a minute.
eventually(Text, Check) -> eventually(Text, Check, 600).
eventually(Text, _, 0) -> equal(Text, true, fun() -> never_came_true end);
eventually(Text, Check, Left) ->
    case catch Check() of
        true -> claim(Text, fun() -> true end);
        _ -> timer:sleep(50), eventually(Text, Check, Left - 1)
    end.

%% The next message that Match accepts, or `nothing` after Milliseconds.
receives(Milliseconds, Match) ->
    receive Message -> case Match(Message) of true -> Message; false -> receives(Milliseconds, Match) end
    after Milliseconds -> nothing
    end.

%% NAME@HOST on this host.
node_of(Name) ->
    [_, Host] = string:split(atom_to_list(node()), "@"),
    list_to_atom(atom_to_list(Name) ++ "@" ++ Host).
