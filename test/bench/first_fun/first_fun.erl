%% Prints the milliseconds until a node is connected, and until it has run the first and the second fun.
-module(first_fun).
-export([main/1]).

main(Name) ->
    Node = list_to_atom(Name),
    {ok, Tokens, _} = erl_scan:string("rpc:call('" ++ Name ++ "', erlang, apply, [fun(X) -> X * 2 end, [21]])."),
    {ok, Expressions} = erl_parse:parse_exprs(Tokens),
    {Connect, pong} = timer:tc(net_adm, ping, [Node]),
    [First, Second] = [element(1, {_, {value, 42, _}} = timer:tc(erl_eval, exprs, [Expressions, []])) || _ <- [1, 2]],
    io:format("connected ~6.1f fun ~6.1f again ~6.1f~n", [Time / 1000 || Time <- [Connect, First, Second]]),
    halt().
