%% Calls the cases on our node and on this one, and compares what their tracers were told.
-module(tracing).
-export([main/0]).
-import(claims, [claim/2, equal/3]).

main() ->
    Node = claims:node_of(traced),
    pong = net_adm:ping(Node),
    Differ = [Case || Case <- wanted(), not is_same(Node, Case)],
    equal("all of them are the same", [], fun() -> Differ end).

wanted() ->
    case os:getenv("ONLY") of
        false -> cases:all();
        Text -> [list_to_atom(Text)]
    end.

is_same(Node, Case) ->
    Expected = cases:Case(),
    case catch erpc:call(Node, cases, Case, [], 20000) of
        Expected -> io:format("ok    ~ts~n", [Case]), true;
        Other -> io:format("      ~ts~n      expected ~p~n      got      ~p~n", [Case, Expected, Other]), false
    end.
