%% Makes random calls of pure functions here and on our node, and compares the outcomes.
%%
%% The arguments are random terms. Of each function it keeps arguments that gave a value, and changes them a little for
%% half of its calls, so that most calls get past the first test of their arguments.
-module(random_calls).
-export([main/3]).

-record(state, {ours, known = #{}, expected, functions, outcomes = #{value => 0, error => 0, skipped => 0}, found = #{}}).

-define(batch, 500).  % calls that our node makes for one question

main(Calls, Seed, Expected) ->
    rand:seed(exsss, Seed),
    [_, Host] = string:split(atom_to_list(node()), "@"),
    Ours = list_to_atom("ours@" ++ Host),
    pong = net_adm:ping(Ours),
    {ok, Rows} = file:consult(Expected),
    Functions = list_to_tuple(pure_functions:all()),
    io:format("~w functions~n", [tuple_size(Functions)]),
    halt(finish(batches(Calls, #state{ours = Ours, expected = Rows, functions = Functions}))).

batches(Left, State) when Left =< 0 -> State;
batches(Left, State) ->
    {Calls, Next} = lists:mapfoldl(fun(_, S) -> one_here(S) end, State, lists:seq(1, min(Left, ?batch))),
    Here = [Row || {_, {Kind, _}} = Row <- Calls, Kind =/= skipped],
    There = erpc:call(State#state.ours, outcome, of_all, [[Call || {Call, _} <- Here], 20000], 300000),
    batches(Left - ?batch, lists:foldl(fun compare/2, Next, lists:zip(Here, There))).

%% One call, made on this node.
one_here(#state{functions = Functions, known = Known, outcomes = Outcomes} = State) ->
    {M, F, A} = Function = element(rand:uniform(tuple_size(Functions)), Functions),
    %% The keys of maps with more than 32 of them have no order, which what prints or folds them shows.
    put(largest_map, if M =:= maps; M =:= erlang -> 40; true -> 20 end),
    Arguments = case Known of
        #{Function := Kept} when Kept =/= [] ->
            case rand:uniform(2) of
                1 -> random_terms:changed(lists:nth(rand:uniform(length(Kept)), Kept));
                2 -> random_terms:list(A)
            end;
        _ -> random_terms:list(A)
    end,
    {Kind, _} = Outcome = outcome:of_call({M, F, Arguments}, 2000),
    Learned = case Kind of
        value -> Known#{Function => lists:sublist([Arguments | maps:get(Function, Known, [])], 8)};
        _ -> Known
    end,
    {{{M, F, Arguments}, Outcome}, State#state{known = Learned, outcomes = maps:update_with(Kind, fun(N) -> N + 1 end, Outcomes)}}.

compare({{_, Same}, Same}, State) -> State;
compare({{{M, F, Arguments} = Call, Here}, There}, #state{expected = Expected, found = Found} = State) ->
    Function = {M, F, length(Arguments)},
    case [Row || {Who, Case, _} = Row <- Expected, is_of(Who, Function), is_case(Case, Arguments, Here, There)] of
        [_ | _] -> State;
        [] -> State#state{found = maps:update_with(Function, fun(L) -> [{Call, Here, There} | L] end, [{Call, Here, There}], Found)}
    end.

is_of(Function, Function) -> true;
is_of({M, '_', '_'}, {M, _, _}) -> true;
is_of({M, F, '_'}, {M, F, _}) -> true;
is_of(_, _) -> false.

is_case(value, _, _, _) -> true;
is_case(error, _, {error, _}, {error, _}) -> true;
is_case(big_number, Arguments, _, _) -> contains(Arguments, fun(Part) -> is_integer(Part) andalso Part bsr 59 =/= 0 andalso Part bsr 59 =/= -1 end);
is_case(zero_byte, Arguments, _, _) ->
    contains(Arguments, fun(Part) -> Part =:= 0 orelse is_binary(Part) andalso binary:match(Part, <<0>>) =/= nomatch end);
is_case(backslash, Arguments, _, _) ->
    contains(Arguments, fun(Part) -> Part =:= $\\ orelse is_binary(Part) andalso binary:match(Part, <<"\\">>) =/= nomatch end);
is_case(behind_an_error, _, {value, {error, _, _}}, {error, {error, badarg}}) -> true;
is_case(_, _, _, _) -> false.

%% Whether a list or a part of it has the property.
contains([Head | Tail], Has) -> contains(Head, Has) orelse contains(Tail, Has);
contains(Part, Has) -> Has(Part).

finish(#state{outcomes = Outcomes, found = Found, known = Known, functions = Functions}) ->
    io:format("~w calls gave a value, ~w an error, ~w were not compared; ~w functions gave a value at least once~n",
              [maps:get(value, Outcomes), maps:get(error, Outcomes), maps:get(skipped, Outcomes), map_size(Known)]),
    [io:format("FALSE ~w:~w/~w: ~w calls differ~n~ts", [M, F, A, length(Rows), [shown(Row) || Row <- lists:sublist(Rows, 3)]])
        || {{M, F, A}, Rows} <- lists:sort(maps:to_list(Found))],
    case map_size(Found) of
        0 when map_size(Known) * 2 < tuple_size(Functions) -> io:format("FALSE most functions gave no value~n"), 1;
        0 -> io:format("ok    our node does what OTP does~n"), 0;
        N -> io:format("~w functions differ~n", [N]), 1
    end.

shown({{M, F, Arguments}, Here, There}) ->
    io_lib:format("      ~w:~w~ts~n      OTP  ~ts~n      ours ~ts~n",
                  [M, F, text(Arguments), text(Here), text(There)]).
text(Term) -> string:slice(io_lib:format("~0tp", [Term]), 0, 300).
