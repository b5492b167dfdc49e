#!/usr/bin/env escript
%% Writes the golden file: what real Erlang gives for the functions of basic.erl.
%% Usage: erlc basic.erl && escript golden.escript > basic.golden
main(_) ->
    true = code:add_patha("."),
    logger:set_primary_config(level, none),
    [io:format("~ts~n~w~n", [Call, value(Call)]) || Call <- calls()].

value(Call) ->
    {ok, Tokens, _} = erl_scan:string(Call ++ "."),
    {ok, [{call, _, {remote, _, {atom, _, M}, {atom, _, F}}, Args}]} = erl_parse:parse_exprs(Tokens),
    Values = [begin {value, V, _} = erl_eval:expr(A, []), V end || A <- Args],
    {Pid, Monitor} = spawn_monitor(fun() -> exit({value, apply(M, F, Values)}) end),
    receive {'DOWN', Monitor, process, Pid, Reason} -> case Reason of {value, Value} -> Value; _ -> {crashed, Reason} end end.

calls() ->
    ["basic:fib(15)", "basic:ackermann(2,3)", "basic:length_of([a,b,c])", "basic:sum([1,2,3.5])", "basic:nrev(30)",
     "basic:tuples()", "basic:maps()", "basic:funs()", "basic:floats()", "basic:bignums()", "basic:binaries()",
     "basic:parse(<<1,0,2,65,66,2,255,224,4,128,3,63,240,0,0,0,0,0,0>>)", "basic:parse(<<\"end of it\">>)",
     "basic:parse(<<5,0,0,0,0,0,0,0,0,1,254,255,255,255,255,255,255,255,255,4,206,177>>)", "basic:parse(<<255,1>>)", "basic:parse(<<1,9,9>>)",
     "basic:exceptions()", "basic:stack(error)", "basic:stack(badarg)", "basic:stack(tail_badarg)",
     "basic:stack(undef)", "basic:stack(tail_undef)", "basic:stack(clause)", "basic:stack(badmatch)",
     "basic:stack(arith)", "basic:stack(throw)", "basic:stack(error_args)", "basic:stack(badfun)",
     "basic:stack(apply)", "basic:stack(native)", "basic:stack(maps)", "basic:receives()", "basic:selective()",
     "basic:timeouts()", "basic:comprehension()", "basic:comparisons()", "basic:select(a)", "basic:select(d)",
     "basic:select(3)", "basic:select(1000000)", "basic:select(1.5)", "basic:select(1267650600228229401496703205376)",
     "basic:select({1,2})", "basic:select({})", "basic:select(\"str\")", "basic:select([x])", "basic:select(99)",
     "basic:big_loop(300)", "basic:records()", "basic:dictionary()", "basic:processes()", "basic:links()",
     "basic:strings()", "basic:append(500)", "basic:after_all()", "basic:guards(8)", "basic:guards(-3)",
     "basic:guards([1,2,3])", "basic:guards(#{a=>1})", "basic:guards(<<1,2>>)", "basic:guards({a,b})",
     "basic:guards([1])", "basic:guards(x)", "basic:conversions()", "basic:utf()", "basic:arity_errors()",
     "basic:sorting()", "basic:named()", "basic:spread([1,2])", "basic:hibernating()", "basic:yields()", "basic:local_funs([1,2])",
     "basic:catches(3)", "basic:old_bits()", "basic:long_match(<<0,0,0,1,0,0,0,2,7>>)", "basic:large_binary()", "basic:tail_funs(10000)",
     "basic:widths(<<1,2,3,4,5,6,7,8,9>>)", "basic:widths(<<255,254,253,252,251,250,249,248,247,246>>)", "basic:widths(<<200,100>>)",
     "basic:widths(<<>>)", "basic:written(0)", "basic:written(1234567)", "basic:written(-2)", "basic:written(a)", "basic:written(576460752303423487)",
     "basic:grown()", "basic:words(zero)", "basic:words(ten)", "basic:words(eleven)", "basic:words([])", "basic:words(1000)", "basic:words(80720080)", "basic:words(6457680)", "basic:words(1010)", "basic:words(-1)",
     "basic:words(576460752303423487)", "basic:words(-576460752303423488)", "basic:words(1.0)", "basic:words({one})",
     "basic:frames([3,1,4,1,5,9,2,6])", "basic:frames([])", "basic:frames([0])", "basic:remainders()"].
