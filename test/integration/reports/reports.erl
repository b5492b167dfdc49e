%% Log events about processes on another node whose group leader is on this node. Each row is evaluated on
%% another real node and on ours, and the events that the logger of this node gets must be the same.
-module(reports).
-export([main/0, log/2, init/1, handle_call/3, handle_cast/2]).
-import(claims, [equal/3, claim/2, node_of/1]).

main() ->
    {_, Other} = other_nodes:start_peer(?MODULE, "other", ["-kernel", "prevent_overlapping_partitions", "false"]),
    Ours = case init:get_argument(oracle) of {ok, _} -> element(2, other_nodes:start_peer(?MODULE, "ours")); error -> node_of(ours) end,
    register(collector, self()),
    ok = logger:add_handler(collecting, ?MODULE, #{}),
    ok = logger:remove_handler(default),
    [begin
        Expected = events(Other, Count, Do),
        claim(Text ++ " (" ++ integer_to_list(Count) ++ ")", fun() -> length(Expected) =:= Count orelse Expected end),
        equal(Text ++ ": the same on ours", Expected, fun() -> events(Ours, Count, Do) end)
     end || {Text, Count, Do} <- rows()],
    sink(Ours, Other),
    io:format("ok    all reports~n").

log(Event, _) -> collector ! {event, Event}.

%% The events that Do(Node) makes this node log: Count events, and those that follow soon.
events(Node, Count, Do) ->
    _ = Do(Node),
    gather(Node, Count).
gather(_, 0) -> receive {event, E} -> [{too_many, E}] after 100 -> [] end;
gather(Node, Left) -> receive {event, E} -> [plain(Node, E) | gather(Node, Left - 1)] after 5000 -> [missing] end.

%% An event without what differs between runs. Events of error_logger become their printed text.
plain(_, #{level := Level, meta := #{error_logger := Tag}} = Event) when not is_map_key(emulator, Tag), not is_map_key(domain, map_get(meta, Event)) ->
    {Level, Tag, unicode:characters_to_list(logger_formatter:format(Event, #{legacy_header => false, template => [msg]}))};
plain(Node, #{level := Level, msg := Message, meta := Meta}) ->
    {Level, generic(Node, Message), generic(Node, maps:without([time, pid, gl, file], Meta))}.
generic(Node, Node) -> 'THE NODE';
generic(_, P) when is_pid(P) -> pid;
generic(_, R) when is_reference(R) -> reference;
generic(N, {Size, I}) when is_integer(I), Size =:= heap_size; Size =:= stack_size; Size =:= reductions; Size =:= message_queue_len -> {Size, generic(N, size)};
generic(_, [{file, File}, {line, _}]) -> [{file, filename:basename(File)}, line];
generic(N, [H | T]) -> [generic(N, H) | generic(N, T)];
generic(N, T) when is_tuple(T) -> list_to_tuple(generic(N, tuple_to_list(T)));
generic(N, M) when is_map(M) -> maps:map(fun(_, V) -> generic(N, V) end, M);
generic(_, F) when is_function(F) -> case erlang:fun_info(F, type) of {_, external} -> F; _ -> 'fun' end;
generic(_, Other) -> Other.

rows() ->
    Wait = fun(P) -> M = monitor(process, P), receive {'DOWN', M, _, _, _} -> ok after 5000 -> hangs end end,
    [{"an error in a process", 1, fun(N) -> Wait(spawn(N, fun() -> error(boom) end)) end},
     {"an error with a stack", 1, fun(N) -> Wait(spawn(N, fun() -> length(element(2, {a, self()})) end)) end},
     {"a throw", 1, fun(N) -> Wait(spawn(N, fun() -> throw(ball) end)) end},
     {"a linked process", 1, fun(N) -> process_flag(trap_exit, true), P = spawn_link(N, fun() -> error({linked, "text"}) end), receive {'EXIT', P, _} -> ok end end},
     {"an undefined function", 1, fun(N) -> Wait(spawn(N, no_module, no_function, [1])) end},
     {"an exit", 0, fun(N) -> Wait(spawn(N, fun() -> exit(reason) end)) end},
     {"a kill", 0, fun(N) -> Wait(spawn(N, fun() -> exit(self(), kill), receive never -> ok end end)) end},
     {"an error in an rpc", 0, fun(N) -> rpc:call(N, erlang, error, [e]) end},
     {"an error in an erpc:cast", 1, fun(N) -> erpc:cast(N, erlang, error, [e]) end},
     {"an error in a process of proc_lib", 1, fun(N) -> Wait(proc_lib:spawn(N, fun() -> error(boom) end)) end},
     {"an exit in one", 1, fun(N) -> Wait(proc_lib:spawn(N, fun() -> exit(because) end)) end},
     {"a gen_server that crashes", 2, fun(N) ->
         {ok, P} = erpc:call(N, fun() -> gen_server:start(?MODULE, 0, []) end), catch gen_server:call(P, crash), Wait(P) end},
     {"one that stops with a reason", 2, fun(N) -> {ok, P} = erpc:call(N, fun() -> gen_server:start(?MODULE, 0, []) end), catch gen_server:call(P, {stop, why}), Wait(P) end},
     {"logger:error with a format", 1, fun(N) -> Wait(spawn(N, fun() -> logger:error("some ~p", [text]) end)) end},
     {"logger:warning with a string", 1, fun(N) -> Wait(spawn(N, fun() -> logger:warning("string") end)) end},
     {"logger:notice with a report and metadata", 1, fun(N) -> Wait(spawn(N, fun() -> logger:notice(#{a => 1, b => "c"}, #{mine => true}) end)) end},
     {"logger:info: below the level", 0, fun(N) -> Wait(spawn(N, fun() -> logger:info("low") end)) end},
     {"metadata of the process", 1, fun(N) -> Wait(spawn(N, fun() -> logger:set_process_metadata(#{of_process => 1}), logger:error("x") end)) end},
     {"error_logger:error_msg", 1, fun(N) -> Wait(spawn(N, fun() -> error_logger:error_msg("old ~p", [x]) end)) end},
     {"error_logger:error_report", 1, fun(N) -> Wait(spawn(N, fun() -> error_logger:error_report([{a, 1}, {b, 2}]) end)) end},
     {"error_logger:error_report of a map", 1, fun(N) -> Wait(spawn(N, fun() -> error_logger:error_report(#{a => 1}) end)) end},
     {"error_logger:info_report of a string", 1, fun(N) -> Wait(spawn(N, fun() -> error_logger:info_report("string") end)) end},
     {"error_logger:warning_report with a type", 1, fun(N) -> Wait(spawn(N, fun() -> error_logger:warning_report(std_warning, [x]) end)) end},
     {"error_logger:warning_msg", 1, fun(N) -> Wait(spawn(N, fun() -> error_logger:warning_msg("old ~p", [x]) end)) end},
     {"error_logger:info_msg", 1, fun(N) -> Wait(spawn(N, fun() -> error_logger:info_msg("old ~p", [x]) end)) end}].

init(Start) -> {ok, Start}.
handle_call(crash, _, State) -> {reply, 1 / State, State};
handle_call({stop, Reason}, _, State) -> {stop, Reason, State}.
handle_cast(_, State) -> {noreply, State}.

%% Processes on the other node whose group leader is ours: `run` looks for the marks in our node's log.
sink(Ours, Other) ->
    Led = fun(Do) ->
        {_, M} = spawn_monitor(fun() ->
            group_leader(rpc:call(Ours, erlang, whereis, [user]), self()),
            {_, M2} = spawn_monitor(Other, Do),
            receive {'DOWN', M2, _, _, _} -> ok end
        end),
        receive {'DOWN', M, _, _, _} -> ok end
    end,
    Led(fun() -> error(sink_error) end),
    Led(fun() -> logger:error("sink ~ts ~p", ["format", {tuple, 1}]) end),
    Led(fun() -> logger:warning(#{sink => report}) end),
    Led(fun() -> logger:notice("sink string") end),
    Led(fun() -> proc_lib:init_p(self(), [], fun() -> error(sink_proc_lib) end) end),
    equal("our node's logger took them", pong, fun() -> net_adm:ping(Ours) end).
