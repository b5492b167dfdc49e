%% What OTP's application kernel starts at once, and this node when it is needed; and what its processes have in common.
-module(kernel_services).
-export([supervise/3, init/1, answer_sys/3, started/1]).

%% Makes the supervisor kernel_safe_sup, unless it has been made since; `Native` had the name so far. The request that
%% arrived there goes to the supervisor.
supervise(Native, Request, {Target, Tag}) ->
    try supervisor:start_link(?MODULE, safe) of
        {ok, Pid} ->
            unlink(Pid),
            case whereis(kernel_safe_sup) of
                Native ->
                    unregister(kernel_safe_sup),
                    register(kernel_safe_sup, Pid);
                _ -> exit(Pid, kill)
            end,
            kernel_safe_sup ! Request
    catch
        error:undef -> Target ! {Tag, {error, notsup}}
    end.

%% Starts the process of a module that has one for the whole node: Module:initialise(Starter) registers it and answers
%% {self(), Process}, where Process is another one if that was faster.
started(Module) ->
    {Pid, Monitor} = spawn_monitor(Module, initialise, [self()]),
    receive
        {Pid, Process} ->
            demonitor(Monitor, [flush]),
            Process;
        {'DOWN', Monitor, _, _, Reason} -> exit(Reason)
    end.

%% Answers a question of module sys, as a gen_server does, with what State() returns.
answer_sys({Pid, Tag}, get_state, State) -> Pid ! {Tag, {ok, State()}};
answer_sys({Pid, Tag}, get_status, State) ->
    Misc = [{header, "Status for a process of the node"},
            {data, [{"Status", running}, {"Parent", self()}, {"Logged events", []}]},
            {data, [{"State", State()}]}],
    Pid ! {Tag, {status, self(), {module, gen_server}, [[], running, self(), [], Misc]}};
answer_sys({Pid, Tag}, Question, _) -> Pid ! {Tag, {error, {unknown_system_msg, Question}}}.

init(safe) -> {ok, {#{strategy => one_for_one, intensity => 4, period => 3600}, []}}.
