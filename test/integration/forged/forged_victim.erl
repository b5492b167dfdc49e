%% The processes of the scenario `forged`, apart: every release loads this module, whichever compiled it.
-module(forged_victim).
-export([third/0, start/1]).

third() ->
    spawn(fun Loop() -> receive {watch, Pid, Caller} -> Caller ! {watching, monitor(process, Pid)}, Loop() end end).

start(Third) ->
    Caller = self(),
    Pid = spawn(fun() ->
                    process_flag(trap_exit, true),
                    link(Third),
                    Monitor = monitor(process, Third),
                    register_victim(),
                    Caller ! {self(), Monitor, alias()},
                    victim_loop()
                end),
    receive {Pid, _, _} = Ready -> Ready end.

%% The victim before may not be quite dead.
register_victim() -> try register(victim, self()) catch error:badarg -> register_victim() end.

victim_loop() ->
    receive {ask, Node, Caller} ->
        Caller ! {asked, spawn_request(Node, erlang, self, [], [link, monitor])},
        victim_loop()
    end.
