%% The filters that logger's documents promise.
-module(logger_filters).
-export([domain/2, level/2, progress/2, remote_gl/2]).

domain(#{meta := Metadata} = Event, {Action, Compare, Domain}) when Action =:= log; Action =:= stop ->
    decide(compare(Compare, maps:get(domain, Metadata, undefined), Domain), Action, Event).

compare(undefined, Own, _) -> Own =:= undefined;
compare(not_equal, Own, Domain) -> Own =/= Domain;
compare(_, undefined, _) -> false;
compare(sub, Own, Domain) -> lists:prefix(Domain, Own);
compare(super, Own, Domain) -> lists:prefix(Own, Domain);
compare(equal, Own, Domain) -> Own =:= Domain.

level(#{level := Level} = Event, {Action, Operator, Other}) when Action =:= log; Action =:= stop ->
    Order = logger:compare_levels(Level, Other),
    Matches = case Operator of
                  neq -> Order =/= eq;
                  eq -> Order =:= eq;
                  lt -> Order =:= lt;
                  gt -> Order =:= gt;
                  lteq -> Order =/= gt;
                  gteq -> Order =/= lt
              end,
    decide(Matches, Action, Event).

progress(#{msg := {report, #{label := {_, progress}}}} = Event, Action) -> decide(true, Action, Event);
progress(_, _) -> ignore.

remote_gl(#{meta := #{gl := Leader}} = Event, Action) -> decide(node(Leader) =/= node(), Action, Event);
remote_gl(_, _) -> ignore.

decide(true, log, Event) -> Event;
decide(true, stop, _) -> stop;
decide(false, _, _) -> ignore.
