%% Processes whose names, messages, dictionaries and states would like to be markup.
-module(hostile).
-export([start/0, init/1, handle_call/3, handle_cast/2]).
-behaviour(gen_server).

-define(SCRIPT, "<script>window.hacked = 1</script>").
-define(IMAGE, "<img src=x onerror=\"window.hacked = 1\">").

start() ->
    {ok, Pid} = gen_server:start({local, list_to_atom(?SCRIPT)}, ?MODULE, [], []),
    sys:suspend(Pid), % the message stays in the queue
    Pid ! {list_to_atom(?IMAGE), ?IMAGE, list_to_binary(?SCRIPT)},
    Table = ets:new(list_to_atom(?IMAGE), [named_table, public]),
    ets:insert(Table, {?SCRIPT, ?IMAGE}).

init([]) ->
    put(list_to_atom(?IMAGE), ?SCRIPT),
    {ok, {?IMAGE, [?SCRIPT]}}.

handle_call(_, _, State) -> {reply, ok, State}.
handle_cast(_, State) -> {noreply, State}.
