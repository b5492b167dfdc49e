%% Runs one case of a suite in the calling process, which exits with the result.
-module(suite_case).
-export([run/4]).

-spec run(module(), [atom()], atom(), [tuple()]) -> no_return().
run(Suite, Groups, Case, Config) ->
    group_leader(suite_output:start(group_leader()), self()),
    ok = file:set_cwd(proplists:get_value(priv_dir, Config)),
    exit({how_it_went, try within(Suite, Groups, Case, Config)
                       catch
                           throw:{skip, Reason} -> {skipped, Reason};
                           throw:{skipped, Reason} -> {skipped, Reason};
                           Class:Reason:Stack -> {failed, {Class, Reason, Stack}}
                       end}).

%% Each case is prepared separately, with the init functions of its suite and of all its groups. What was prepared is
%% tidied up whatever happens.
within(Suite, Groups, Case, Config) ->
    prepared(Suite, init_per_suite, end_per_suite, [], Config, fun(Now) -> groups(Suite, Groups, Case, Now) end).

groups(Suite, [Group | Inner], Case, Config) ->
    prepared(Suite, init_per_group, end_per_group, [Group], Config, fun(Now) -> groups(Suite, Inner, Case, Now) end);
groups(Suite, [], Case, Config) ->
    prepared(Suite, init_per_testcase, end_per_testcase, [Case], [{tc_name, Case} | Config],
             fun(Now) -> outcome(Suite:Case(Now)) end).

prepared(Suite, Init, End, Arguments, Config, Do) ->
    Now = prepare(Suite, Init, Arguments, Config),
    try Do(Now) of
        Outcome -> case tidy(Suite, End, Arguments ++ [Now]) of {fail, Reason} -> {failed, Reason}; _ -> Outcome end
    catch
        Class:Reason:Stack -> catch tidy(Suite, End, Arguments ++ [Now]), erlang:raise(Class, Reason, Stack)
    end.

prepare(Suite, Function, Arguments, Config) ->
    case exported(Suite, Function, length(Arguments) + 1) andalso apply(Suite, Function, Arguments ++ [Config]) of
        false -> Config;
        {ok, New} -> New;
        {Skip, Reason} when Skip =:= skip; Skip =:= skipped -> throw({skip, Reason});
        New when is_list(New) -> New
    end.

tidy(Suite, Function, Arguments) ->
    exported(Suite, Function, length(Arguments)) andalso apply(Suite, Function, Arguments).

exported(Suite, Function, Arity) -> lists:member({Function, Arity}, Suite:module_info(exports)).

outcome({Skip, Reason}) when Skip =:= skip; Skip =:= skipped -> {skipped, Reason};
outcome({failed, Reason}) -> {failed, {returned, Reason}};
outcome(_) -> passed.
