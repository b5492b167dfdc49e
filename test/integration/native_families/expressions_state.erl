%% Expressions of the other modules with state, for native_families.
-module(expressions_state).
-export([all/0]).

-define(E(Expression), {??Expression, fun() -> Expression end}).

all() -> atomics() ++ counters() ++ persistent() ++ environment() ++ zone() ++ of_processes() ++ of_the_node().

new(Options) -> atomics:new(2, Options).
largest() -> 16#FFFFFFFFFFFFFFFF.

atomics() ->
    [?E(new([])), ?E(atomics:new(0, [])), ?E(atomics:new(x, [])), ?E(atomics:new(1, [x])), ?E(atomics:new(1, [{signed, 1}])),
     ?E(begin R = new([]), {atomics:put(R, 1, -5), atomics:get(R, 1), atomics:get(R, 2), atomics:add(R, 1, 2), atomics:add_get(R, 1, 2),
                            atomics:sub(R, 1, 1), atomics:sub_get(R, 1, 10), atomics:exchange(R, 1, 7), atomics:get(R, 1)} end),
     ?E(begin R = new([]), {atomics:compare_exchange(R, 1, 0, 5), atomics:compare_exchange(R, 1, 0, 6), atomics:get(R, 1)} end),
     ?E(begin R = new([]), atomics:put(R, 1, 1 bsl 63 - 1), {atomics:add_get(R, 1, 1), atomics:sub_get(R, 1, 1)} end),
     ?E(begin R = new([{signed, false}]), atomics:put(R, 1, largest()), {atomics:get(R, 1), atomics:add_get(R, 1, 1), atomics:add_get(R, 1, -1)} end),
     ?E(atomics:put(new([]), 1, 1 bsl 63)), ?E(atomics:put(new([{signed, false}]), 1, -1)), ?E(atomics:put(new([]), 1, x)),
     ?E(atomics:get(new([]), 3)), ?E(atomics:get(new([]), 0)), ?E(atomics:get(make_ref(), 1)), ?E(atomics:get(x, 1)),
     ?E(atomics:add(new([]), 1, 1 bsl 64)), ?E(atomics:add(new([]), 1, 1.0)), ?E(begin R = new([]), atomics:add(R, 1, largest()), atomics:get(R, 1) end),
     ?E(maps:remove(memory, atomics:info(new([])))), ?E(maps:remove(memory, atomics:info(new([{signed, false}])))), ?E(atomics:info(x)),
     ?E(begin R = new([]), S = self(), spawn(fun() -> atomics:add(R, 1, 3), S ! R end), receive Q -> {Q =:= R, atomics:get(Q, 1), #{R => 1} =:= #{Q => 1}} end end),
     ?E(begin R = new([]), Q = binary_to_term(term_to_binary(R)), atomics:add(Q, 1, 3), {R =:= Q, atomics:get(R, 1)} end),
     ?E(begin R = new([]), T = ets:new(t, []), ets:insert(T, {r, R}), erlang:garbage_collect(), [{r, Q}] = ets:lookup(T, r), atomics:add(Q, 2, 9), atomics:get(R, 2) end)].

counters() ->
    [?E(counters:new(2, [])), ?E(counters:new(2, [write_concurrency])), ?E(counters:new(0, [])), ?E(counters:new(1, [x])),
     ?E(begin C = counters:new(2, []), {counters:add(C, 1, 5), counters:sub(C, 1, 2), counters:get(C, 1), counters:put(C, 2, -1), counters:get(C, 2)} end),
     ?E(begin C = counters:new(2, [write_concurrency]), {counters:add(C, 1, 5), counters:put(C, 1, 9), counters:get(C, 1)} end),
     ?E(maps:remove(memory, counters:info(counters:new(3, []))))].

put_new() -> persistent_term:put({here, self()}, {a, <<1:1000>>}).

persistent() ->
    [?E(persistent_term:get({nothing, self()})), ?E(persistent_term:get({nothing, self()}, default)), ?E(put_new()),
     ?E(begin put_new(), V = persistent_term:get({here, self()}), put_new(), {V, persistent_term:erase({here, self()}), persistent_term:erase({here, self()}), V} end),
     ?E(begin put_new(), V = persistent_term:get({here, self()}), persistent_term:put({here, self()}, [other]), erlang:garbage_collect(),
              {V, persistent_term:get({here, self()})} end),
     ?E(begin put_new(), lists:keyfind({here, self()}, 1, persistent_term:get()) end),
     ?E(begin Before = maps:get(count, persistent_term:info()), put_new(), maps:get(count, persistent_term:info()) - Before end),
     ?E(begin put_new(), Self = self(), {P, M} = spawn_monitor(fun() -> V = persistent_term:get({here, Self}), Self ! got, receive go -> exit(V) end end),
              receive got -> persistent_term:erase({here, Self}), P ! go end, receive {'DOWN', M, _, _, R} -> R end end),
     ?E([begin persistent_term:put({loop, self()}, lists:seq(1, N)), persistent_term:get({loop, self()}) end || N <- lists:seq(1, 20)]),
     ?E(persistent_term:erase({loop, nobody}))].

environment() ->
    [?E(os:getenv("")), ?E(os:getenv(a)), ?E(os:putenv("a=b", "c")), ?E(os:putenv("", "c")), ?E(os:putenv("ab", c)), ?E(os:unsetenv("x=y")),
     ?E({os:putenv("ab", "c=d"), os:getenv("ab"), os:unsetenv("ab"), os:getenv("ab"), os:getenv("ab", "z")}), ?E(os:getenv([0])),
     ?E({os:putenv("ü", "λ"), os:getenv("ü"), os:unsetenv("ü")}), ?E(begin os:putenv("zz", "1"), {lists:member({"zz", "1"}, os:env()), lists:member("zz=1", os:getenv())} end),
     ?E(os:getenv("HOME") =/= false), ?E(os:type()), ?E(os:version()), ?E(is_integer(list_to_integer(os:getpid()))), ?E(is_integer(os:perf_counter(millisecond))),
     ?E(os:system_time(second) div 1000), ?E(tuple_size(os:timestamp()))].

zone() ->
    [?E(erlang:universaltime_to_localtime({{2024, 2, 30}, {1, 1, 1}})), ?E(erlang:universaltime_to_localtime({{2024, 2, 29}, {1, 1, 1}})),
     ?E(erlang:localtime_to_universaltime({{2024, 7, 1}, {1, 1, 1}})), ?E(erlang:localtime_to_universaltime({{2024, 7, 1}, {1, 1, 1}}, undefined)),
     ?E(erlang:localtime_to_universaltime({{2024, 1, 1}, {1, 1, 1}}, false)), ?E(erlang:localtime_to_universaltime(x)),
     ?E(erlang:universaltime_to_localtime({{1950, 2, 1}, {24, 1, 1}})), ?E(erlang:universaltime_to_localtime({{1950, 2, 1}, {23, 1, 1}})),
     ?E(erlang:localtime_to_universaltime({{2024, 7, 1}, {1, 1, 1}}, x)), ?E(element(1, erlang:localtime()))].

idle(Fun) -> S = self(), {P, _} = spawn_monitor(fun() -> Fun(), S ! {ready, self()}, receive stop -> ok end end), receive {ready, P} -> waits(P) end.
waits(P) -> case process_info(P, status) of {status, waiting} -> P; _ -> timer:sleep(1), waits(P) end.
keys(List) -> [K || {K, _} <- List].

of_processes() ->
    [?E(keys(process_info(self()))), ?E(process_info(self(), foo)), ?E(process_info(x, status)), ?E(process_info(x)), ?E(process_info(self(), [status | x])),
     ?E(process_info(self(), registered_name)), ?E(process_info(self(), [registered_name, trap_exit])), ?E(process_info(self(), [])),
     ?E(begin register(some_name, self()), process_info(self(), registered_name) end),
     ?E(begin put(k, v), {process_info(self(), dictionary), keys(process_info(self(), [dictionary, messages]))} end),
     ?E(begin P = idle(fun() -> put(k, <<"v">>), process_flag(trap_exit, true) end),
              process_info(P, [dictionary, trap_exit, status, message_queue_len, monitored_by, links, priority, parent, error_handler, initial_call]) end),
     ?E(begin self() ! a, self() ! {b, 1}, process_info(self(), [messages, message_queue_len]) end),
     ?E(begin P = idle(fun() -> ok end), exit(P, kill), receive {'DOWN', _, _, P, _} -> {process_info(P), process_info(P, status), process_info(P, [status])} end end),
     ?E(begin P = idle(fun() -> ok end), link(P), {element(2, process_info(self(), links)) =:= [P], process_info(P, links), element(2, process_info(self(), monitors)) =:= [{process, P}]} end),
     ?E(begin P = idle(fun() -> register(watched, self()) end), monitor(process, watched), lists:sort(element(2, process_info(self(), monitors))) =:= [{process, P}, {process, {watched, node()}}] end),
     ?E(deep(10000)),
     ?E([is_integer(element(2, process_info(self(), I))) || I <- [memory, heap_size, total_heap_size, stack_size, reductions, min_heap_size, min_bin_vheap_size, catchlevel, trace]]),
     ?E([process_info(self(), I) || I <- [suspending, last_calls, sequential_trace_token, message_queue_data]]),
     ?E(begin {M, F, A, [{file, _}, {line, L}]} = element(2, process_info(self(), current_location)), {M, is_atom(F), A, is_integer(L)} end),
     ?E(begin {current_stacktrace, [{M, _, _, _} | _]} = process_info(self(), current_stacktrace), M end),
     ?E(element(1, element(2, process_info(self(), current_function)))), ?E(keys(element(2, process_info(self(), garbage_collection)))),
     ?E(lists:sort(keys(element(2, process_info(self(), garbage_collection_info))))), ?E(lists:member(self(), processes())),
     ?E(erlang:process_display(self(), foo))].

of_the_node() ->
    [?E([is_integer(erlang:system_info(I)) || I <- [process_count, process_limit, atom_count, atom_limit, ets_count, ets_limit, schedulers, schedulers_online, wordsize, port_count, creation, thread_pool_size]]),
     ?E([erlang:system_info(I) || I <- [wordsize, {wordsize, internal}, {wordsize, external}, machine, endian, heap_type, modified_timing_level, build_type, debug_compiled, taints, min_heap_size, trace_control_word]]),
     ?E(erlang:system_info(foo)), ?E(erlang:system_info(1)), ?E(is_list(erlang:system_info(system_architecture))),
     ?E([tuple_size(erlang:statistics(I)) || I <- [context_switches, exact_reductions, garbage_collection, io, reductions, runtime, wall_clock]]),
     ?E([is_list(erlang:statistics(I)) || I <- [active_tasks, run_queue_lengths]]), ?E([is_integer(erlang:statistics(I)) || I <- [run_queue, total_active_tasks, total_run_queue_lengths]]),
     ?E(erlang:statistics(scheduler_wall_time)), ?E(erlang:statistics(foo)),
     ?E(begin {_, _} = erlang:statistics(reductions), _ = [X * X || X <- lists:seq(1, 10000)], {A, B} = erlang:statistics(reductions), A >= B end),
     ?E(keys(erlang:memory())), ?E(keys(erlang:memory([total, ets]))), ?E(erlang:memory([])), ?E(is_integer(erlang:memory(total))),
     ?E([catch erlang:system_flag(F, V) || {F, V} <- [{backtrace_depth, 8}, {fullsweep_after, 65535}, {scheduler_wall_time, false}, {min_heap_size, 233}, {trace_control_word, 0}]]),
     ?E(erlang:system_flag(foo, 1)), ?E(erlang:system_flag(backtrace_depth, x)), ?E(is_list(erlang:ports())), ?E(erlang:port_info(x)), ?E(erlang:port_info(1))].

%% Whether process_info/2 reports a large stack while N calls are active.
deep(0) ->
    [{_, Stack}, {_, Heap}, {_, Memory}] = process_info(self(), [stack_size, total_heap_size, memory]),
    Stack >= 10000 andalso Heap >= Stack andalso Memory >= 8 * Heap;
deep(N) -> [deep(N - 1)] =:= [true].
