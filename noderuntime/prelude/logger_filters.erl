%% The filters that logger's documents promise.
-module(logger_filters).
-export([domain/2, level/2, progress/2, remote_gl/2]).

-define(IS_ACTION(Action), (Action =:= log orelse Action =:= stop)).

domain(#{meta := Metadata} = Event, {Action, Compare, Domain})
  when ?IS_ACTION(Action), is_list(Domain),
       (Compare =:= super orelse Compare =:= sub orelse Compare =:= equal orelse Compare =:= not_equal orelse
        Compare =:= undefined) ->
    decide(compare(Compare, maps:get(domain, Metadata, undefined), Domain), Action, Event);
domain(Event, Extra) -> error(badarg, [Event, Extra]).

compare(undefined, Own, _) -> Own =:= undefined;
compare(not_equal, Own, Domain) -> Own =/= Domain;
compare(sub, Own, Domain) -> is_list(Own) andalso lists:prefix(Domain, Own);
compare(super, Own, Domain) -> is_list(Own) andalso lists:prefix(Own, Domain);
compare(equal, Own, Domain) -> Own =:= Domain.

level(#{level := Level} = Event, {Action, Operator, Other} = Extra) when ?IS_ACTION(Action) ->
    logger:is_level(Other) andalso Other =/= all andalso Other =/= none orelse error(badarg, [Event, Extra]),
    Order = logger:compare_levels(Level, Other),
    Matches = case Operator of
                  neq -> Order =/= eq;
                  eq -> Order =:= eq;
                  lt -> Order =:= lt;
                  gt -> Order =:= gt;
                  lteq -> Order =/= gt;
                  gteq -> Order =/= lt;
                  _ -> error(badarg, [Event, Extra])
              end,
    decide(Matches, Action, Event);
level(Event, Extra) -> error(badarg, [Event, Extra]).

progress(#{msg := {report, #{label := {_, progress}}}} = Event, Action) when ?IS_ACTION(Action) -> decide(true, Action, Event);
progress(_, Action) when ?IS_ACTION(Action) -> ignore;
progress(Event, Action) -> error(badarg, [Event, Action]).

remote_gl(#{meta := #{gl := Leader}} = Event, Action) when ?IS_ACTION(Action), is_pid(Leader) ->
    decide(node(Leader) =/= node(), Action, Event);
remote_gl(_, Action) when ?IS_ACTION(Action) -> ignore;
remote_gl(Event, Action) -> error(badarg, [Event, Action]).

decide(true, log, Event) -> Event;
decide(true, stop, _) -> stop;
decide(false, _, _) -> ignore.
