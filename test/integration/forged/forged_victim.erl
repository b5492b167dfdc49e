%% The processes of the scenario `forged`. They are a module of their own, compiled once, which every OTP
%% release loads.
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

%% Waits for the name, because the previous victim may not have ended yet.
register_victim() -> try register(victim, self()) catch error:badarg -> register_victim() end.

victim_loop() ->
    receive {ask, Node, Caller} ->
        Caller ! {asked, spawn_request(Node, erlang, self, [], [link, monitor])},
        victim_loop()
    end.
