%% The master of a running application: the group leader of its processes. It starts the application, and ends all of it.
-module(application_master).
-export([start/4, get_child/1, stop/1]).
-export([initialise/5, run/5]).

%% Starts the application in the realm of the caller. Returns what application:start/1 returns.
start(Name, {Module, Arguments}, Phases, Type) ->
    Master = spawn(?MODULE, initialise, [self(), Name, Module, Arguments, Phases]),
    Answer = application_controller:request({start, Name, Type, Master}),
    Master ! {self(), ended},
    Answer.

%% The process that the application's start function returned, and its module.
get_child(Master) ->
    Reference = monitor(process, Master),
    Master ! {get_child, self(), Reference},
    receive
        {Reference, Child} ->
            demonitor(Reference, [flush]),
            Child;
        {'DOWN', Reference, _, _, _} -> none
    end.

stop(Master) ->
    Reference = monitor(process, Master),
    Master ! {stop, self()},
    receive {'DOWN', Reference, _, _, _} -> ok end.

initialise(Parent, Name, Module, Arguments, Phases) ->
    Monitor = monitor(process, Parent),
    receive
        {Controller, go} when is_pid(Controller) ->
            demonitor(Monitor, [flush]),
            Leader = group_leader(),
            process_flag(trap_exit, true),
            group_leader(self(), self()),
            Child = spawn_link(?MODULE, run, [self(), Name, Module, Arguments, Phases]),
            loop(#{leader => local(Leader), controller => Controller, name => Name, child => Child});
        {Parent, ended} -> ok;  % the controller refused
        {'DOWN', Monitor, _, _, _} -> ok
    end.

%% Output goes to this node's console: whoever starts an application may go before it ends.
local(Leader) when node(Leader) =:= node() -> Leader;
local(_) -> whereis(user).

loop(#{leader := Leader, child := Child} = State) ->
    receive
        {io_request, _, _, _} = Request ->
            Leader ! Request,
            loop(State);
        {Child, started, Top} ->
            maps:get(controller, State) ! {started, self(), maps:get(name, State)},
            loop(State#{top => Top});
        {get_child, From, Tag} ->
            From ! {Tag, maps:get(top, State, none)},
            loop(State);
        {stop, _} ->
            Child ! {self(), stop},
            loop(State);
        {'EXIT', Child, Reason} ->
            end_group(3),
            exit(Reason);
        {'EXIT', Controller, Reason} when Controller =:= map_get(controller, State) ->
            Child ! {self(), stop},
            receive {'EXIT', Child, _} -> ok after 5000 -> exit(Child, kill) end,
            end_group(3),
            exit(Reason);
        _ -> loop(State)
    end.

%% Kills what is left of the group. New processes may appear meanwhile.
end_group(0) -> ok;
end_group(Times) ->
    Self = self(),
    case [Pid || Pid <- processes(), Pid =/= Self, process_info(Pid, group_leader) =:= {group_leader, Self}] of
        [] -> ok;
        Left ->
            [exit(Pid, kill) || Pid <- Left],
            end_group(Times - 1)
    end.

%% The process that calls the functions of the application's module.
run(Master, Name, Module, Arguments, Phases) ->
    process_flag(trap_exit, true),
    case catch Module:start(normal, Arguments) of
        {ok, Top} when is_pid(Top) -> begin_phases(Master, Name, Module, Phases, Top, []);
        {ok, Top, State} when is_pid(Top) -> begin_phases(Master, Name, Module, Phases, Top, State);
        {error, Reason} -> exit({Reason, {Module, start, [normal, Arguments]}});
        Other -> exit({bad_return, {{Module, start, [normal, Arguments]}, Other}})
    end.

begin_phases(Master, Name, Module, Phases, Top, State) ->
    link(Top),
    case phases(Name, Module, Phases) of
        ok ->
            Master ! {self(), started, {Top, Module}},
            serve(Master, Module, Top, State);
        Error ->
            end_top(Top, shutdown),
            catch Module:stop(State),
            exit(Error)
    end.

phases(_, _, undefined) -> ok;
phases(_, _, []) -> ok;
phases(Name, Module, [{Phase, Arguments} | Rest]) ->
    case catch Module:start_phase(Phase, normal, Arguments) of
        ok -> phases(Name, Module, Rest);
        {error, Reason} -> {Reason, {Module, start_phase, [Phase, normal, Arguments]}};
        Other -> {bad_return_value, {{Module, start_phase, [Phase, normal, Arguments]}, Other}}
    end.

serve(Master, Module, Top, State) ->
    receive
        {Master, stop} ->
            Left = prepared(Module, State),
            end_top(Top, shutdown),
            catch Module:stop(Left),
            exit(normal);
        {'EXIT', Master, Reason} ->
            Left = prepared(Module, State),
            end_top(Top, Reason),
            catch Module:stop(Left),
            exit(Reason);
        {'EXIT', Top, Reason} ->
            catch Module:stop(prepared(Module, State)),
            exit(Reason);
        _ -> serve(Master, Module, Top, State)
    end.

%% The state for stop/1, which prep_stop/1 may change.
prepared(Module, State) ->
    try Module:prep_stop(State)
    catch
        throw:Thrown -> Thrown;
        _:Reason:Stack ->
            is_missing(Reason, Stack, Module) orelse
                error_logger:error_report([{?MODULE, shutdown_error}, {Module, {prep_stop, [State]}}, {error_info, {Reason, Stack}}]),
            State
    end.

is_missing(undef, [{Module, prep_stop, [_], _} | _], Module) -> true;
is_missing(_, _, _) -> false.

end_top(Top, normal) -> end_top(Top, shutdown);
end_top(Top, Reason) ->
    unlink(Top),
    Monitor = monitor(process, Top),
    exit(Top, Reason),
    receive {'DOWN', Monitor, _, _, _} -> ok end.
