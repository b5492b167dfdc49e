%% Evaluates each expression of a file on this node and on ours; a difference is a false claim. For a call
%% M:F(...) this node evaluates the arguments and our node makes the call. Other expressions are evaluated by
%% erl_eval on our node.
-module(differences).
-export([main/0]).

main() ->
    {ok, [[File]]} = init:get_argument(expressions),
    {ok, Text} = file:read_file(File),
    Lines = [Expression || Line <- string:split(unicode:characters_to_list(Text), "\n", all), Line =/= "", hd(Line) =/= $%,
                           Expression <- of_this_release(Line)],
    Node = claims:node_of(ours),
    Different = [Line || Line <- Lines, not same(Node, Line)],
    claims:equal(io_lib:format("~b expressions have the same outcome on both nodes", [length(Lines)]), 0,
                 fun() -> length(Different) end).

%% "[..26] Expression" is skipped on releases after 26, which give another result than our node; "[26..] Expression" on
%% those before 26.
of_this_release("[.." ++ Line) ->
    {Last, "] " ++ Expression} = string:to_integer(Line),
    [Expression || list_to_integer(erlang:system_info(otp_release)) =< Last];
of_this_release([$[, A, B | "..] " ++ Expression]) ->
    [Expression || list_to_integer(erlang:system_info(otp_release)) >= list_to_integer([A, B])];
of_this_release(Line) -> [Line].

same(Node, Line) ->
    {Module, Function, Arguments} = call(parsed(Line)),
    Expected = outcome(fun() -> value_of(erpc:call(node(), Module, Function, Arguments, 5000)) end),
    Got = outcome(fun() -> value_of(erpc:call(Node, Module, Function, Arguments, 5000)) end),
    Expected =:= Got orelse
        begin
            io:format("FALSE ~ts~n      expected ~0tp~n      got      ~0tp~n", [Line, Expected, Got]),
            false
        end.

parsed(Line) ->
    {ok, Tokens, _} = erl_scan:string(Line ++ "."),
    case erl_parse:parse_exprs(Tokens) of
        {ok, Expressions} -> Expressions;
        {error, Why} -> error({Line, Why})
    end.

call([{call, _, {remote, _, {atom, _, Module}, {atom, _, Function}}, Arguments}]) ->
    {Module, Function, [element(2, erl_eval:expr(Argument, [])) || Argument <- Arguments]};
call(Expressions) ->
    {erl_eval, exprs, [Expressions, []]}.

value_of({value, Value, Bindings}) when is_list(Bindings) -> Value;
value_of(Value) -> Value.

%% The first stack frame is the function that failed, unless the evaluator itself raised the exception.
outcome(Fun) ->
    try {value, Fun()}
    catch
        error:{exception, Reason, [Frame | _]} -> {error, Reason, frame(Frame)};
        exit:{exception, Reason} -> {exit, Reason};
        Class:Reason -> {Class, Reason}
    end.

frame({erl_eval, _, _, _}) -> erl_eval;
frame({Module, Function, Arguments, Location}) when is_list(Arguments) ->
    {Module, Function, length(Arguments), explained_by(Location)};
frame({Module, Function, Arity, Location}) -> {Module, Function, Arity, explained_by(Location)}.

explained_by(Location) -> maps:get(module, proplists:get_value(error_info, Location, #{}), none).
