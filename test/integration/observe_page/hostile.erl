%% Processes, tables and events of the log whose names and contents would like to be markup.
-module(hostile).
-export([start/1, log/1, init/1, handle_call/3, handle_cast/2]).
-behaviour(gen_server).

-define(SCRIPT, "<script>window.hacked = 1</script>").
-define(IMAGE, "<img src=x onerror=\"window.hacked = 1\">").

%% File has the texts, each a binary. A process and a table for each, whose owner stays.
start(File) ->
    {ok, [Script | Texts] = All} = file:consult(File),
    {ok, Pid} = gen_server:start({local, binary_to_atom(Script)}, ?MODULE, [], []),
    sys:suspend(Pid), % the message stays in the queue
    Pid ! {list_to_atom(?IMAGE), ?IMAGE, list_to_binary(?SCRIPT)},
    [Pid ! Text || Text <- All],
    [register(binary_to_atom(Text), spawn(fun() -> receive never -> ok end end)) || Text <- Texts],
    spawn(fun() ->
        [ets:insert(ets:new(binary_to_atom(Text), [named_table, public]), {Text, [Text]}) || Text <- All],
        hostile_many = ets:new(hostile_many, [named_table, ordered_set, protected]),
        ets:insert(hostile_many, [{N, Text} || N <- lists:seq(1, 70), Text <- [lists:nth(1 + N rem length(All), All)]]),
        ets:insert(hostile_many, {large, lists:seq(1, 200000)}),
        hostile_private = ets:new(hostile_private, [named_table, private]),
        receive never -> ok end
    end).

%% Each text as the arguments of a format, as a report, and as the whole.
log(File) ->
    {ok, Texts} = file:consult(File),
    [begin logger:error("~ts", [Text]), logger:warning(#{Text => Text}), logger:notice(Text), timer:sleep(40) end || Text <- Texts],
    logger:error("a large one ~p", [lists:seq(1, 200000)]),
    spawn(fun() -> error(list_to_atom(?IMAGE)) end),
    ok.

init([]) ->
    put(list_to_atom(?IMAGE), ?SCRIPT),
    {ok, {?IMAGE, [?SCRIPT]}}.

handle_call(_, _, State) -> {reply, ok, State}.
handle_cast(_, State) -> {noreply, State}.
