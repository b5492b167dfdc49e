%% A peer that was accepted before the storm: how long its questions wait for an answer.
-module(storms).
-export([latency/2]).

%% The half, 99 % and all of the answers came within so many microseconds; and their number.
latency(Node, Milliseconds) ->
    End = erlang:monotonic_time(millisecond) + Milliseconds,
    Times = lists:sort(times(Node, End, [])),
    Count = length(Times),
    {lists:nth(Count div 2 + 1, Times), lists:nth(Count * 99 div 100 + 1, Times), lists:last(Times), Count}.

times(Node, End, Times) ->
    case erlang:monotonic_time(millisecond) < End of
        false -> Times;
        true ->
            Begin = erlang:monotonic_time(microsecond),
            {echo, Node} ! {self(), Begin},
            receive Begin -> ok after 10000 -> exit(no_answer) end,
            Took = erlang:monotonic_time(microsecond) - Begin,
            timer:sleep(1),
            times(Node, End, [Took | Times])
    end.
