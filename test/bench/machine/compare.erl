%% Runs the rows here and on the other node in turn, and prints the ratios: the other node's time to the time here.
-module(compare).
-export([main/1]).

main([Other, Rounds]) ->
    Node = list_to_atom(Other),
    Count = list_to_integer(Rounds),
    pong = net_adm:ping(Node),
    io:format("~-14s ~12s ~12s   ~s~n", ["", "OTP (us)", "ours (us)", "OTP / ours, median of pairs"]),
    Ratios = [row(Row, [pair(Node, Row) || _ <- lists:seq(1, Count)]) || Row <- programs:rows()],
    io:format("geometric mean: 1/~.2f, slowest: 1/~.2f~n", [1 / geometric_mean(Ratios), 1 / lists:min(Ratios)]),
    Shell = [row(Name, [shell_pair(Node, Fun, Arguments) || _ <- lists:seq(1, Count)]) || {Name, Fun, Arguments} <- shell_funs()],
    io:format("funs of the shell: 1/~.2f~n", [1 / geometric_mean(Shell)]),
    halt().

pair(Node, Row) ->
    {ok, Ours, Hash} = erpc:call(Node, programs, time, [Row, 3]),
    {ok, Otps, Hash} = programs:time(Row, 3),
    {Otps, Ours}.

row(Name, Pairs) ->
    {Otps, Ours} = lists:unzip(Pairs),
    Ratio = median([A / B || {A, B} <- Pairs]),
    io:format("~-14s ~12w ~12w   1/~.2f~n", [Name, median(Otps), median(Ours), 1 / Ratio]),
    Ratio.

shell_pair(Node, Fun, Arguments) ->
    {ok, Ours, Hash} = erpc:call(Node, programs, evaluate, [Fun, Arguments]),
    {ok, Otps, Hash} = programs:evaluate(Fun, Arguments),
    {Otps, Ours}.

shell_funs() ->
    [{shell_ackermann, typed("fun A(0, N) -> N + 1; A(M, 0) -> A(M - 1, 1); A(M, N) -> A(M - 1, A(M, N - 1)) end."), [2, 40]},
     {shell_sum, typed("fun(N) -> lists:sum([X * X || X <- lists:seq(1, N), X rem 3 =:= 0]) end."), [20000]}].

typed(Text) ->
    {ok, Tokens, _} = erl_scan:string(Text),
    {ok, Expressions} = erl_parse:parse_exprs(Tokens),
    {value, Fun, _} = erl_eval:exprs(Expressions, []),
    Fun.

median(Values) -> lists:nth((length(Values) + 1) div 2, lists:sort(Values)).
geometric_mean(Values) -> math:exp(lists:sum([math:log(V) || V <- Values]) / length(Values)).
