%% What OTP's application kernel starts at once, and this node when it is needed.
-module(kernel_services).
-export([supervise/3, init/1]).

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

init(safe) -> {ok, {#{strategy => one_for_one, intensity => 4, period => 3600}, []}}.
