%% Registered processes and failing functions that the cases use, on the real node and on ours.
-module(served).
-behaviour(gen_server).
-export([start/0, init/1, handle_call/3, handle_cast/2, echo/0, say/1, fail/1, slow/0, once/0]).

start() ->
    {ok, _} = gen_server:start({local, counter}, ?MODULE, 0, []),
    register(echo, spawn(?MODULE, echo, [])),
    ok.

init(Count) -> {ok, Count}.

handle_call(count, _From, Count) -> {reply, {ok, Count}, Count};
handle_call(crash, _From, _Count) -> error(asked_to);
handle_call(Other, _From, Count) -> {reply, {unknown, Other}, Count}.

handle_cast({add, N}, Count) -> {noreply, Count + N};
handle_cast(reset, _Count) -> {noreply, 0}.

echo() ->
    receive
        {Pid, Message} when is_pid(Pid) -> Pid ! {echo, Message}, echo();
        stop -> ok
    end.

say(Text) -> io:format("~ts~n", [Text]), said.

fail(throw) -> throw(ball);
fail(exit) -> exit(going);
fail(error) -> error({bad, <<"thing">>}).

slow() -> timer:sleep(60000).

once() ->
    register(once, spawn(fun() -> receive _ -> ok end end)).
