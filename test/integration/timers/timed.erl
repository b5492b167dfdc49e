%% What timers on our node call. Another node has a version of it that says `other`.
-module(timed).
-export([after_a_while/1, every_while/2, in_turn/1, calls/2, tell/1, begin_and_end/1]).

-ifndef(VERSION).
-define(VERSION, first).
-endif.

after_a_while(Pid) -> timer:apply_after(20, ?MODULE, tell, [Pid]).
every_while(Time, Pid) -> timer:apply_interval(Time, fun() -> tell(Pid) end).
in_turn(Pid) -> timer:apply_repeatedly(1, ?MODULE, begin_and_end, [Pid]).

tell(Pid) -> Pid ! {?VERSION, group_leader()}.
begin_and_end(Pid) ->
    Pid ! begins,
    timer:sleep(20),
    Pid ! ends.

%% The process for which a timer runs waits, and then ends.
calls(Function, Arguments) ->
    Caller = self(),
    Pid = spawn(fun() ->
                    Caller ! {self(), apply(?MODULE, Function, Arguments)},
                    receive stop -> ok end
                end),
    receive {Pid, Answer} -> {Pid, Answer} after 5000 -> nothing end.
