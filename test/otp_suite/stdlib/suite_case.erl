%% Runs one case of a suite in the calling process, which exits with the result.
-module(suite_case).
-export([run/4]).

-spec run(module(), [atom()], atom(), [tuple()]) -> no_return().
run(Suite, Groups, Case, Config) ->
    exit({how_it_went, try within(Suite, Groups, Case, Config)
                       catch
                           throw:{skip, Reason} -> {skipped, Reason};
                           Class:Reason:Stack -> {failed, {Class, Reason, Stack}}
                       end}).

%% Each case is prepared separately, with the init functions of its suite and of all its groups.
within(Suite, Groups, Case, Config0) ->
    Config1 = prepare(Suite, init_per_suite, [], Config0),
    Config2 = lists:foldl(fun(Group, Config) -> prepare(Suite, init_per_group, [Group], Config) end, Config1, Groups),
    Config3 = prepare(Suite, init_per_testcase, [Case], [{tc_name, Case} | Config2]),
    Result = Suite:Case(Config3),
    tidy(Suite, end_per_testcase, [Case, Config3]),
    [tidy(Suite, end_per_group, [Group, Config2]) || Group <- lists:reverse(Groups)],
    tidy(Suite, end_per_suite, [Config2]),
    outcome(Result).

prepare(Suite, Function, Arguments, Config) ->
    case exported(Suite, Function, length(Arguments) + 1) andalso apply(Suite, Function, Arguments ++ [Config]) of
        false -> Config;
        {skip, Reason} -> throw({skip, Reason});
        {ok, New} -> New;
        New when is_list(New) -> New
    end.

tidy(Suite, Function, Arguments) ->
    exported(Suite, Function, length(Arguments)) andalso apply(Suite, Function, Arguments).

exported(Suite, Function, Arity) -> lists:member({Function, Arity}, Suite:module_info(exports)).

outcome({skip, Reason}) -> {skipped, Reason};
outcome({skipped, Reason}) -> {skipped, Reason};
outcome({failed, Reason}) -> {failed, {returned, Reason}};
outcome(_) -> passed.
