%% A stream of numbers from one process to another one. The receiver claims that they come in order, and without a gap
%% unless it was told of a lost connection.
-module(chaos_order).
-export([send/3, receive_all/1]).
-import(chaos_told, [is_false/2]).

-define(GIVES_UP, 20).  % connections lost in a row, without a number in between

%% Sends the numbers 1 to Count to the process that says it is the receiver, and ends when that has them all. A number comes
%% with a payload; Sizes has the sizes, which take turns.
send(Count, Pause, Sizes) ->
    receive {receiver, To} -> send(To, 1, Count, Pause, Sizes, erlang:monitor(process, To), 0) after 30_000 -> ok end.

send(To, N, Count, Pause, Sizes, Monitor, Lost) when N =< Count ->
    To ! {number, self(), N, binary:copy(<<N>>, element(N rem tuple_size(Sizes) + 1, Sizes))},
    receive
        {'DOWN', Monitor, process, _, noconnection} when Lost < ?GIVES_UP ->
            again(Monitor, fun(New) -> send(To, N + 1, Count, Pause, Sizes, New, Lost + 1) end, To);
        {'DOWN', Monitor, process, _, _} -> ok
    after Pause -> send(To, N + 1, Count, Pause, Sizes, Monitor, 0)
    end;
send(To, N, Count, Pause, Sizes, Monitor, Lost) ->
    To ! {last, self(), Count},
    receive
        {'DOWN', Monitor, process, _, noconnection} when Lost < ?GIVES_UP ->
            again(Monitor, fun(New) -> send(To, N, Count, Pause, Sizes, New, Lost + 1) end, To);
        {'DOWN', Monitor, process, _, _} -> ok
    end.

again(_, Go, To) ->
    receive after 200 -> ok end,
    Go(erlang:monitor(process, To)).

%% Receives the numbers of one sender until the last one, or until the sender has ended.
receive_all(Sender) ->
    Monitor = erlang:monitor(process, Sender),
    Sender ! {receiver, self()},
    take(Sender, Monitor, 0, none, 0).

%% Gap: `none`; `once`: numbers may be missing before the next one; Mark, a reference: they may be missing until this message
%% comes, because no monitor would have told of another lost connection.
take(Sender, Monitor, Before, Gap, Lost) ->
    receive
        {number, Sender, N, Payload} ->
            (N =:= Before + 1 orelse (Gap =/= none andalso N > Before)) orelse
                is_false('numbers come in order', {Sender, N, 'after', Before, Gap}),
            Payload =:= binary:copy(<<N>>, byte_size(Payload)) orelse is_false('a payload is what was sent', {Sender, N}),
            take(Sender, Monitor, N, case Gap of once -> none; _ -> Gap end, 0);
        {last, Sender, N} ->
            N =:= Before orelse Gap =/= none orelse is_false('the last number was there', {Sender, N, Before}),
            erlang:demonitor(Monitor, [flush]);
        Gap when is_reference(Gap) -> take(Sender, Monitor, Before, once, Lost);
        {'DOWN', Monitor, process, _, noconnection} when Lost < ?GIVES_UP ->
            receive after 200 -> ok end,
            New = erlang:monitor(process, Sender),
            Mark = make_ref(),
            self() ! Mark,
            take(Sender, New, Before, Mark, Lost + 1);
        {'DOWN', Monitor, process, _, _} -> ok;
        {'DOWN', _, process, _, _} = Other -> is_false('a monitor tells once', Other), take(Sender, Monitor, Before, Gap, Lost)
    after 120_000 -> is_false('the sender or its monitor says something', {Sender, Before})
    end.
