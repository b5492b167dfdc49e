%% Each case traces something on the node that it runs on, and returns what the tracer was told. The same on a real node.
-module(cases).
-compile([export_all, nowarn_export_all]).

all() -> [C || {C, 0} <- ?MODULE:module_info(exports), lists:prefix("t_", atom_to_list(C))].

%% --- how a case runs

%% Calls F in a process that Flags trace, after Patterns were set.
traced(Flags, Patterns, F) -> traced(Flags, Patterns, F, fun(_) -> ok end).
traced(Flags, Patterns, F, Before) ->
    code:ensure_loaded(work), work:add(1, 1),
    Tracer = spawn_link(fun() -> collect([]) end),
    Worker = spawn(fun work:loop/0),
    Worker ! {run, self(), fun() -> ready end}, receive {done, ready} -> ok end,
    Set = [erlang:trace_pattern(MFA, Spec, F1) || {MFA, Spec, F1} <- [with_tracer(P, Tracer) || P <- Patterns]],
    Before(Worker),
    1 = erlang:trace(Worker, true, [{tracer, Tracer} | Flags]),
    Worker ! {run, self(), fun() -> catch_all(F) end},
    Result = receive {done, R} -> R after 5000 -> no_answer end,
    Left = case erlang:trace_info(Worker, flags) of {flags, Fs} -> lists:sort(Fs); Other -> Other end,
    case is_process_alive(Worker) of
        true -> erlang:trace(Worker, false, [all]);
        false -> ok
    end,
    Ref = erlang:trace_delivered(Worker),
    receive {trace_delivered, Worker, Ref} -> ok end,
    [erlang:trace_pattern(MFA, false, case F1 of [{meta, _} | _] -> [meta]; _ -> F1 end) || {MFA, _, F1} <- Patterns],
    Tracer ! {give, self()},
    Traces = receive {traces, L} -> L after 5000 -> nothing end,
    exit(Worker, kill),
    {Set, plain(Result, Worker), [plain(T, Worker) || T <- Traces], Left}.
with_tracer({MFA, Spec, [{meta, tracer}]}, Tracer) -> {MFA, Spec, [{meta, Tracer}]};
with_tracer(P, _) -> P.
catch_all(F) -> try F() catch C:R -> {C, R} end.
collect(L) -> receive {give, P} -> P ! {traces, lists:reverse(L)}; T -> collect([T | L]) end.

%% Pids, references and funs of a node have other names elsewhere; times are other times.
plain(P, W) when P =:= W -> worker;
plain(P, _) when is_pid(P) -> pid;
plain(R, _) when is_reference(R) -> reference;
plain(F, _) when is_function(F) -> function;
plain(T, W) when is_tuple(T), element(1, T) =:= trace_ts -> list_to_tuple([plain(X, W) || X <- lists:droplast(tuple_to_list(T))] ++ [time]);
plain(T, W) when is_tuple(T) -> list_to_tuple([plain(X, W) || X <- tuple_to_list(T)]);
plain([X | Y], W) -> [plain(X, W) | plain(Y, W)];
plain(X, _) -> X.

%% A tracer that reads when it is told to.
sleeps() ->
    receive
        {count, From} -> From ! {counted, count(0)}, sleeps();
        {rest, From} -> From ! {rest, rest()}, sleeps()
    end.
calls_changing(0) -> ok;
calls_changing(N) -> V = changing:f(), true = is_integer(V), calls_changing(N - 1).
count(N) -> receive {trace, _, _, _, _} -> count(N + 1) after 0 -> N end.
rest() -> receive M -> [M | rest()] after 0 -> [] end.

%% --- calls

t_local() -> traced([call], [{{work, add, 2}, true, [local]}], fun() -> work:outer(3) end).
t_local_module() -> traced([call], [{{work, '_', '_'}, true, [local]}], fun() -> work:outer(3) end).
t_local_name() -> traced([call], [{{work, inner, '_'}, true, [local]}], fun() -> work:outer(3) end).
t_global() -> traced([call], [{{work, '_', '_'}, true, [global]}], fun() -> work:outer(3), work:external(5) end).
t_global_default() -> traced([call], [{{work, add, 2}, [], []}], fun() -> work:outer(3), work:add(1, 2) end).
t_global_of_local_function() -> traced([call], [{{work, inner, 1}, true, []}], fun() -> work:outer(3) end).
t_arity() -> traced([call, arity], [{{work, add, 2}, true, [local]}], fun() -> work:outer(3) end).
t_timestamp() -> traced([call, timestamp], [{{work, add, 2}, true, [local]}], fun() -> work:outer(3) end).
t_monotonic() -> traced([call, monotonic_timestamp], [{{work, add, 2}, true, [local]}], fun() -> work:outer(3) end).
t_strict() -> traced([call, strict_monotonic_timestamp], [{{work, add, 2}, true, [local]}], fun() -> work:outer(3) end).
t_nothing() -> traced([call], [{{work, nothing, 2}, true, [local]}], fun() -> work:outer(3) end).
t_no_call_flag() -> traced([send], [{{work, add, 2}, true, [local]}], fun() -> work:outer(3) end).
t_silent() -> traced([call, silent], [{{work, add, 2}, true, [local]}], fun() -> work:outer(3) end).
t_return_trace() -> traced([call], [{{work, '_', '_'}, [{'_', [], [{return_trace}]}], [local]}], fun() -> work:outer(3) end).
t_return_trace_tail() -> traced([call], [{{work, '_', '_'}, [{'_', [], [{return_trace}]}], [local]}], fun() -> work:tail(3) end).
t_return_trace_recursive() -> traced([call], [{{work, sum, 1}, [{'_', [], [{return_trace}]}], [local]}], fun() -> work:sum([1, 2, 3]) end).
t_return_trace_global() -> traced([call], [{{work, '_', '_'}, [{'_', [], [{return_trace}]}], []}], fun() -> work:outer(3), work:external(1) end).
t_exception_trace() -> traced([call], [{{work, '_', '_'}, [{'_', [], [{exception_trace}]}], [local]}], fun() -> work:caught() end).
t_exception_leaves() -> traced([call], [{{work, '_', '_'}, [{'_', [], [{exception_trace}]}], [local]}], fun() -> work:raises(7) end).
t_return_of_exception() -> traced([call], [{{work, '_', '_'}, [{'_', [], [{return_trace}]}], [local]}], fun() -> work:caught() end).
t_return_to() -> traced([call, return_to], [{{work, '_', '_'}, true, [local]}], fun() -> work:outer(3), ok end).
t_return_to_some() -> traced([call, return_to], [{{work, add, 2}, true, [local]}], fun() -> work:outer(3), ok end).
t_return_to_tail() -> traced([call, return_to], [{{work, '_', '_'}, true, [local]}], fun() -> work:tail(3), ok end).
t_return_to_and_from() -> traced([call, return_to], [{{work, '_', '_'}, [{'_', [], [{return_trace}]}], [local]}], fun() -> work:outer(3), ok end).
t_return_to_caught() -> traced([call, return_to], [{{work, '_', '_'}, true, [local]}], fun() -> work:caught(), ok end).
t_caller() -> traced([call], [{{work, '_', '_'}, [{'_', [], [{message, {caller}}]}], [local]}], fun() -> work:outer(3), ok end).
t_caller_with_return() -> traced([call], [{{work, '_', '_'}, [{'_', [], [{message, {caller}}, {return_trace}]}], [local]}], fun() -> work:tail(3), ok end).
t_head() -> traced([call], [{{work, add, 2}, [{['$1', '$1'], [], [{message, {{same, '$1'}}}]}], [local]}], fun() -> work:outer(3) end).
t_guard() -> traced([call], [{{work, add, 2}, [{['$1', '_'], [{'>', '$1', 3}], []}], [local]}], fun() -> work:outer(3) end).
t_message_false() -> traced([call], [{{work, add, 2}, [{'_', [], [{message, false}, {return_trace}]}], [local]}], fun() -> work:outer(3) end).
t_message_true() -> traced([call], [{{work, add, 2}, [{'_', [], [{message, true}]}], [local]}], fun() -> work:outer(3) end).
t_silent_in_body() -> traced([call], [{{work, add, 2}, [{[3, 3], [], [{silent, true}]}, {'_', [], []}], [local]}], fun() -> work:outer(3), work:outer(3) end).
t_disable_in_body() -> traced([call], [{{work, add, 2}, [{[3, 3], [], [{disable_trace, call}]}, {'_', [], []}], [local]}], fun() -> work:outer(3) end).
t_trace_in_body() -> traced([call], [{{work, add, 2}, [{[3, 3], [], [{trace, [], [arity]}]}, {'_', [], []}], [local]}], fun() -> work:outer(3) end).
t_binaries() -> traced([call], [{{work, binary, 1}, true, [local]}], fun() -> work:binary(<<"abc">>) end).
t_binaries_matched() -> traced([call], [{{work, binary, 1}, [{['$1'], [{'==', {byte_size, '$1'}, 1}], []}], [local]}], fun() -> work:binary(<<"abc">>) end).
t_deep() -> {S, R, T, _} = traced([call], [{{work, deep, 1}, [{'_', [], [{return_trace}]}], [local]}], fun() -> work:deep(3000) end), {S, R, length(T), lists:last(T)}.
t_tail_recursive() -> {S, R, T, _} = traced([call], [{{work, counted, 1}, true, [local]}], fun() -> work:counted(2000) end), {S, R, length(T), lists:last(T)}.
t_funs() -> traced([call], [{{work, '_', '_'}, true, [local]}], fun() -> work:through_fun(3) end).
t_loop() -> traced([call], [{{work, loop, 0}, true, [local]}], fun() -> self() ! {ignored, 1}, ok end).
t_native_local() -> traced([call], [{{lists, reverse, 2}, true, [local]}], fun() -> lists:reverse([1, 2], [3]), ok end).
t_native_return() -> traced([call], [{{lists, reverse, 2}, [{'_', [], [{return_trace}, {message, {caller}}]}], [local]}], fun() -> lists:reverse([1, 2], [3]), ok end).
t_native_global() -> traced([call], [{{erlang, atom_to_list, 1}, true, [global]}], fun() -> {atom_to_list(abc)} end).
t_native_apply() -> traced([call], [{{erlang, atom_to_list, 1}, true, [global]}], fun() -> {apply(erlang, list_to_atom("atom_to_list"), [abc])} end).
t_native_fun() -> traced([call], [{{erlang, atom_to_list, 1}, true, [global]}], fun() -> lists:map(fun erlang:atom_to_list/1, [a, b]) end).
t_native_fails() -> traced([call], [{{erlang, list_to_integer, 1}, [{'_', [], [{exception_trace}]}], []}], fun() -> list_to_integer(lists:reverse("x")) end).
t_native_return_to() -> traced([call, return_to], [{{erlang, atom_to_list, 1}, true, [local]}], fun() -> X = atom_to_list(abc), {X} end).
t_native_in_guard() -> traced([call], [{{erlang, length, 1}, true, [local]}], fun() -> L = lists:reverse([1, 2]), if length(L) > 1 -> long; true -> short end end).
t_exit_native() -> traced([call], [{{erlang, exit, 1}, [{'_', [], [{exception_trace}]}], []}], fun() -> exit(why) end).

t_undefined() -> [traced([call], [{{work, '_', '_'}, [{'_', [], [{exception_trace}]}], [local]}, {{erlang, error, 1}, [{'_', [], [{exception_trace}]}], [local]}], fun() -> F() end)
    || F <- [fun work:undefined/0, fun work:undefined_last/0, fun work:undefined_only/0, fun() -> apply(work, nothing, [1]) end, fun() -> nothing:at_all() end]].
t_undefined_return_to() -> traced([call, return_to], [{{work, '_', '_'}, true, [local]}, {{erlang, error, 1}, true, [local]}], fun work:undefined/0).
t_native_fails_return_to() -> [traced([call, return_to], [{{work, '_', '_'}, true, [local]}, {{erlang, list_to_integer, 1}, true, [local]}], fun() -> work:fails(How) end)
    || How <- [body, last, only, applied, applied_last, caught, caught_deep]].
t_undefined_meta() -> traced([], [{{erlang, error, 1}, [{'_', [], [{exception_trace}]}], [{meta, tracer}]}], fun work:undefined/0).
t_undefined_handler() -> [traced([call], [{{error_handler, undefined_function, 3}, true, [How]}], fun work:undefined/0) || How <- [local, global]].
t_undefined_handled() -> {module, handles} = code:ensure_loaded(handles), traced([call], [{{handles, '_', '_'}, true, [local]}, {{erlang, error, 1}, true, [local]}], fun() -> handles:anything(1) end).
t_undefined_stack() ->
    Fs = [fun work:undefined/0, fun work:undefined_last/0, fun work:undefined_only/0, fun() -> {apply(work, nothing, [1])} end],
    Stack = fun(F) -> try F() catch error:undef:S -> [{M, N, A} || {M, N, A, _} <- S, {M, N} =/= {work, loop}, lists:member(M, [work, error_handler])] end end,
    Untraced = [Stack(F) || F <- Fs],
    {_, Traced, _, _} = traced([call], [{{erlang, error, 1}, true, [local]}], fun() -> [Stack(F) || F <- Fs] end),
    {Untraced, Traced =:= Untraced orelse Traced}.

%% --- meta, counts

t_meta() -> traced([], [{{work, add, 2}, true, [{meta, tracer}]}], fun() -> work:outer(3) end).
t_meta_return() -> traced([], [{{work, add, 2}, [{'_', [], [{return_trace}]}], [{meta, tracer}]}], fun() -> work:outer(3) end).
t_meta_message() -> traced([], [{{work, add, 2}, [{'_', [], [{message, {{x, {caller}}}}]}], [{meta, tracer}]}], fun() -> work:outer(3) end).
t_meta_and_local() -> traced([call], [{{work, add, 2}, true, [local]}, {{work, add, 2}, [{'_', [], [{return_trace}]}], [{meta, tracer}]}], fun() -> work:outer(3) end).
t_meta_native() -> traced([], [{{erlang, atom_to_list, 1}, [{'_', [], [{return_trace}]}], [{meta, tracer}]}], fun() -> {atom_to_list(abc)} end).
t_meta_enables() -> traced([], [{{work, inner, 1}, [{'_', [], [{enable_trace, call}]}], [{meta, tracer}]}, {{work, add, 2}, true, [local]}], fun() -> work:outer(3) end).
t_time() ->
    Tracer = spawn(fun() -> collect([]) end), W = spawn(fun work:loop/0),
    W ! {run, self(), fun() -> ready end}, receive {done, ready} -> ok end,
    1 = erlang:trace(W, true, [call, {tracer, Tracer}]),
    2 = erlang:trace_pattern({work, add, 2}, true, [call_time]) + erlang:trace_pattern({work, counted, 1}, true, [call_time]),
    W ! {run, self(), fun() -> work:counted(1000) end}, receive {done, ok} -> ok end,
    Rows = [[{P =:= W, N, is_integer(S) andalso is_integer(U)} || {P, N, S, U} <- element(2, erlang:trace_info(F, call_time))]
            || F <- [{work, add, 2}, {work, counted, 1}]],
    1 = erlang:trace_pattern({work, add, 2}, pause, [call_time]),
    W ! {run, self(), fun() -> work:add(1, 1) end}, receive {done, 2} -> ok end,
    {call_time, [{_, Paused, _, _}]} = erlang:trace_info({work, add, 2}, call_time),
    1 = erlang:trace_pattern({work, add, 2}, restart, [call_time]),
    Restarted = erlang:trace_info({work, add, 2}, call_time),
    [erlang:trace_pattern({work, F, '_'}, false, [call_time]) || F <- [add, counted]],
    exit(W, kill), exit(Tracer, kill),
    {Rows, Paused, Restarted, erlang:trace_info({work, add, 2}, call_time)}.
t_count() ->
    work:add(1, 1),
    1 = erlang:trace_pattern({work, add, 2}, true, [call_count]),
    work:counted(10), A = erlang:trace_info({work, add, 2}, call_count),
    1 = erlang:trace_pattern({work, add, 2}, pause, [call_count]),
    work:counted(10), B = erlang:trace_info({work, add, 2}, call_count),
    1 = erlang:trace_pattern({work, add, 2}, restart, [call_count]),
    work:counted(3), C = erlang:trace_info({work, add, 2}, call_count),
    D = erlang:trace_info({work, add, 2}, all),
    1 = erlang:trace_pattern({work, add, 2}, false, [call_count]),
    {A, B, C, D, erlang:trace_info({work, add, 2}, call_count)}.

%% --- messages and processes

t_send() -> traced([send], [], fun() -> self() ! hello, catch (nobody_is_here ! x), ok end).
t_send_dead() ->
    P = spawn(fun() -> ok end), M = monitor(process, P), receive {'DOWN', M, _, _, _} -> ok end,
    traced([send], [], fun() -> P ! hello, ok end).
t_receive() -> traced(['receive'], [], fun() -> self() ! hello, receive hello -> ok end end).
t_procs() -> traced([procs], [], fun() -> work:spawns() end).
t_exit() -> {S, R, T, L} = traced([procs], [], fun() -> exit(self(), kill), receive never -> ok after 100 -> ok end end), {S, is_atom(R), T, L}.
t_set_on_spawn() -> traced([procs, set_on_spawn], [], fun() -> work:spawns() end).
t_set_on_first_spawn() -> traced([procs, set_on_first_spawn], [], fun() -> work:spawns(), work:spawns() end).
t_set_on_link() -> traced([procs, set_on_link], [], fun() -> work:spawns() end).
t_spawn_function() -> traced([procs], [], fun() -> {_, M} = spawn_monitor(work, add, [1, 2]), receive {'DOWN', M, _, _, W} -> W end end).
t_send_pattern() ->
    1 = erlang:trace_pattern(send, [{['_', {a, '$1'}], [], [{message, '$1'}]}], []),
    R = traced([send], [], fun() -> self() ! {a, 1}, self() ! {b, 1}, ok end),
    I = erlang:trace_info(send, match_spec),
    1 = erlang:trace_pattern(send, true, []),
    {R, I, erlang:trace_info(send, match_spec)}.
t_receive_pattern() ->
    1 = erlang:trace_pattern('receive', [{['$1', '_', {a, '_'}], [{'==', '$1', {node}}], []}], []),
    R = traced(['receive'], [], fun() -> self() ! {a, 1}, self() ! {b, 1}, ok end),
    1 = erlang:trace_pattern('receive', false, []),
    R2 = traced(['receive'], [], fun() -> self() ! {a, 1}, self() ! {b, 1}, ok end),
    1 = erlang:trace_pattern('receive', true, []),
    {R, R2}.
t_running() -> {S, R, T, _} = traced([running], [], fun() -> receive never -> ok after 10 -> ok end, ok end), {S, R, lists:usort([{element(3, X), element(1, element(4, X))} || X <- T, is_tuple(element(4, X))])}.
t_collections() -> {S, R, T, _} = traced([garbage_collection], [], fun() -> erlang:garbage_collect(), ok end),
    {S, R, [E || E <- [gc_major_start, gc_major_end], lists:keymember(E, 3, T)], [lists:sort([K || {K, _} <- I]) || {trace, _, gc_major_start, I} <- lists:sublist(T, 1)]}.
t_collection_at_once() -> collections(fun() -> erlang:garbage_collect() end).
t_collection_of_generations() -> [collections(fun() -> garbage_collect(self(), [{type, Type}]) end) || Type <- [minor, major]].
t_collection_by_other() ->
    [collections(fun() ->
        Self = self(), {_, M} = spawn_monitor(fun() -> true = garbage_collect(Self, Options) end),
        receive {'DOWN', M, _, _, Why} -> Why end end) || Options <- [[], [{type, major}], [{type, minor}]]].
%% What is told while F runs, of a process that has just been collected.
collections(F) ->
    {_, R, T, _} = traced([garbage_collection], [], fun() -> X = F(), erlang:trace(self(), false, [garbage_collection]), X end, fun garbage_collect/1),
    {R, lists:sublist([E || {trace, _, E, _} <- T], 2)}. % more may follow on OTP
t_cpu_timestamp() ->
    W = spawn(fun work:loop/0),
    1 = erlang:trace(W, true, [send, timestamp]),
    IsEarly = fun() ->
        W ! {run, self(), fun() -> x end}, receive {done, x} -> ok end,
        receive {trace_ts, W, send, {done, x}, _, Time} -> timer:now_diff(Time, {0, 0, 0}) < 4 * 3600 * 1000000 end end,
    A = IsEarly(),
    erlang:trace(all, true, [cpu_timestamp]), B = IsEarly(),
    erlang:trace(all, false, [cpu_timestamp]), C = IsEarly(),
    exit(W, kill),
    {A, B, C, bad(fun() -> erlang:trace(self(), true, [cpu_timestamp]) end)}.

%% --- errors and information

bad(F) -> try F() catch C:R -> {C, R} end.
t_bad() ->
    Dead = spawn(fun() -> ok end), M = monitor(process, Dead), receive {'DOWN', M, _, _, _} -> ok end,
    [bad(F) || F <- [
        fun() -> erlang:trace(self(), true, [no_such_flag]) end,
        fun() -> erlang:trace(self(), 'maybe', [call]) end,
        fun() -> erlang:trace(Dead, true, [call]) end,
        fun() -> erlang:trace(nobody, true, [call]) end,
        fun() -> erlang:trace(self(), true, [{tracer, not_a_pid}]) end,
        fun() -> erlang:trace(self(), true, [call | call]) end,
        fun() -> erlang:trace_pattern({work, add}, true, []) end,
        fun() -> erlang:trace_pattern({'_', add, 2}, true, []) end,
        fun() -> erlang:trace_pattern({work, '_', 2}, true, []) end,
        fun() -> erlang:trace_pattern({work, add, 2}, true, [local, global]) end,
        fun() -> erlang:trace_pattern({work, add, 2}, true, [nothing]) end,
        fun() -> erlang:trace_pattern({work, add, 2}, what, [local]) end,
        fun() -> erlang:trace_pattern({work, add, 2}, [{x, [], []}], [local]) end,
        fun() -> erlang:trace_pattern({work, add, 2}, [{'_', [{return_trace}], []}], [local]) end,
        fun() -> erlang:trace_pattern({work, add, 2}, [{'_', [], [{no_such}]}], [local]) end,
        fun() -> erlang:trace_pattern({work, add, 2}, [{'_', [], []}], [call_count]) end,
        fun() -> erlang:trace_pattern(send, true, [local]) end,
        fun() -> erlang:trace_pattern(nothing, true, []) end,
        fun() -> erlang:trace_info(self(), nothing) end,
        fun() -> erlang:trace_info(Dead, flags) end,
        fun() -> erlang:trace_info({work, add, 2}, nothing) end,
        fun() -> erlang:trace_info({work, add}, traced) end,
        fun() -> erlang:trace_delivered(nobody) end,
        fun() -> erlang:trace(existing_ports, true, [ports]) >= 0 end]].
t_info() ->
    work:add(1, 1),
    Keys = [traced, match_spec, meta, meta_match_spec, call_count, all],
    Info = fun() -> [erlang:trace_info({work, add, 2}, K) || K <- Keys] end,
    A = Info(),
    erlang:trace_pattern({work, add, 2}, [{'_', [], [{return_trace}]}], [local]), B = Info(),
    erlang:trace_pattern({work, add, 2}, true, [call_count]), C = Info(),
    erlang:trace_pattern({work, add, 2}, true, [global]), D = Info(),
    erlang:trace_pattern({work, add, 2}, true, [local]), E = Info(),
    erlang:trace_pattern({work, add, 2}, false, [local]), F = Info(),
    {A, B, C, D, E, F, erlang:trace_info({work, nothing, 2}, traced), erlang:trace_info({nothing, nothing, 2}, traced),
     erlang:trace_info(self(), flags), erlang:trace_info(self(), tracer), erlang:trace_info(new, flags)}.
t_two_tracers() ->
    T1 = spawn(fun() -> collect([]) end), T2 = spawn(fun() -> collect([]) end), W = spawn(fun() -> receive stop -> ok end end),
    A = bad(fun() -> erlang:trace(W, true, [call, {tracer, T1}]) end),
    B = bad(fun() -> erlang:trace(W, true, [call, {tracer, T2}]) end),
    exit(T1, kill), wait(T1),
    C = bad(fun() -> erlang:trace(W, true, [call, {tracer, T2}]) end),
    exit(T2, kill), wait(T2),
    D = erlang:trace_info(W, flags), E = erlang:trace_info(W, tracer),
    exit(W, kill),
    {A, B, C, D, E}.
wait(P) -> M = monitor(process, P), receive {'DOWN', M, _, _, _} -> ok end.
t_new() ->
    T = spawn(fun() -> collect([]) end),
    0 = erlang:trace(new, true, [procs, {tracer, T}]),
    P = spawn(fun() -> receive stop -> ok end end),
    F = erlang:trace_info(P, flags), N = erlang:trace_info(new, flags),
    0 = erlang:trace(new, false, [procs]),
    exit(P, kill), exit(T, kill),
    {F, N, erlang:trace_info(new, flags), erlang:trace_info(new, tracer)}.
t_match_spec_test() ->
    [erlang:match_spec_test(A, S, T) || {A, S, T} <- [
        {[1, 2], [{['$1', '$2'], [], [{message, {{'$2', '$1'}}}]}], trace},
        {[1, 2], [{['$1', '$1'], [], []}], trace},
        {[1, 1], [{['$1', '$1'], [], [{return_trace}]}], trace},
        {[], [{'_', [], []}], trace},
        {{1, 2}, [{{'$1', '_'}, [], ['$1']}], table},
        {{1, 2}, [{{'$1', '$1'}, [], ['$1']}], table}]]
    ++ [element(1, erlang:match_spec_test(A, S, T)) || {A, S, T} <- [
        {[1], [{['$1'], [{return_trace}], []}], trace},
        {[1], [{['$1'], [], [{nothing}]}], trace},
        {{1}, [{{'$1'}, [], [{return_trace}]}], table}]].
t_control_word() ->
    A = erlang:system_info(trace_control_word),
    B = erlang:system_flag(trace_control_word, 5),
    R = traced([call], [{{work, add, 2}, [{'_', [{'==', {get_tcw}, 5}], [{set_tcw, 6}]}], [local]}], fun() -> work:outer(3), work:add(2, 1) end),
    {A, B, R, erlang:system_flag(trace_control_word, 0)}.
