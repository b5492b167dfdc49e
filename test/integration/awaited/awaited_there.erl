%% The cases: functions of OTP's library that ask the virtual machine and then wait, for a message or by
%% asking again. This module runs on the node that is tested.
-module(awaited_there).
-export([names/0, try_case/1, ended_by/1]).

%% The result of a case: {value, V} or {Class, Reason}. V has only what can be compared between nodes.
try_case(Name) ->
    {_, Case} = lists:keyfind(Name, 1, cases()),
    try {value, Case()}
    catch Class:Reason -> {Class, Reason}
    end.

%% The class of a result: value, error, exit or throw.
ended_by({How, _}) -> How.

names() -> [Name || {Name, _} <- cases()].

cases() -> same() ++ any_end().

%% Cases whose value must be the same as on OTP.
same() ->
    [{"same: scheduler:sample/0", fun() -> {scheduler_wall_time, [_ | _]} = scheduler:sample(), ok end},
     {"same: scheduler:sample_all/0", fun() -> {scheduler_wall_time_all, [_ | _]} = scheduler:sample_all(), ok end},
     {"same: statistics(scheduler_wall_time) when nobody has asked for it", fun() -> erlang:statistics(scheduler_wall_time) end},
     {"same: scheduler:get_sample/0 when nobody has asked for it", fun() -> scheduler:get_sample() end},
     {"same: scheduler:utilization/1", fun() -> [{total, Total, _} | _] = scheduler:utilization(1), Total >= 0.0 andalso Total =< 1.0 end},
     {"same: scheduler:utilization/2 of all", fun() ->
          A = scheduler:sample_all(), timer:sleep(10), [{total, _, _}, {weighted, _, _} | Each] = scheduler:utilization(A, scheduler:sample_all()),
          lists:usort([Kind || {Kind, _, _, _} <- Each]) end},
     {"same: a scheduler with a process that never rests is busy", fun() ->
          Spinner = spawn(fun Spin() -> Spin() end),
          Use = scheduler:utilization(1),
          exit(Spinner, kill),
          lists:max([Part || {normal, _, Part, _} <- Use]) > 0.7 end},
     {"same: one with nothing to do is not", fun() -> lists:min([Part || {normal, _, Part, _} <- scheduler:utilization(1)]) < 0.6 end},
     {"same: a scheduler has no more busy time than time", fun() ->
          erlang:system_flag(scheduler_wall_time, true), timer:sleep(20),
          lists:all(fun({_, Busy, Total}) -> 0 =< Busy andalso Busy =< Total + Total div 10 end, erlang:statistics(scheduler_wall_time_all)) end},
     {"same: system_flag(scheduler_wall_time, _) counts for each process", fun() ->
          Flag = fun(On) -> erlang:system_flag(scheduler_wall_time, On) end,
          Values = [Flag(false), Flag(true), Flag(true), Flag(false), is_list(erlang:statistics(scheduler_wall_time)), Flag(false)],
          {Values, erlang:statistics(scheduler_wall_time)} end},
     {"same: system_flag(scheduler_wall_time, true) ends with its process", fun() ->
          {_, Ref} = spawn_monitor(fun() -> erlang:system_flag(scheduler_wall_time, true) end),
          receive {'DOWN', Ref, _, _, _} -> ok end,
          rests(500) end},
     {"same: system_flag(scheduler_wall_time, reset)", fun() -> erlang:system_flag(scheduler_wall_time, reset) end},
     {"same: erlang:garbage_collect/2 that answers later", fun() ->
          async = garbage_collect(self(), [{async, here}]), receive {garbage_collect, here, Done} -> Done end end},
     {"same: erlang:check_process_code/3 that answers later", fun() ->
          async = erlang:check_process_code(self(), lists, [{async, here}]), receive {check_process_code, here, Uses} -> Uses end end},
     {"same: cancel_timer/2 that answers later", fun() ->
          Timer = erlang:start_timer(100000, self(), x), ok = erlang:cancel_timer(Timer, [{async, true}]),
          receive {cancel_timer, Timer, Left} -> is_integer(Left) end end},
     {"same: read_timer/2 that answers later", fun() ->
          Timer = erlang:start_timer(100000, self(), x), ok = erlang:read_timer(Timer, [{async, true}]),
          receive {read_timer, Timer, Left} -> is_integer(Left) end end},
     {"same: spawn_request/5", fun() ->
          Request = spawn_request(node(), erlang, self, [], [{reply_tag, here}]), receive {here, Request, ok, Pid} -> is_pid(Pid) end end},
     {"same: memory/0 knows the kinds", fun() -> [K || {K, V} <- erlang:memory(), V < 0] end},
     {"same: pool's and c's run_queue", fun() -> is_integer(erlang:statistics(run_queue)) end},
     {"same: statistics(io)", fun() -> {{input, I}, {output, O}} = erlang:statistics(io), is_integer(I + O) end},
     {"same: statistics(garbage_collection)", fun() -> {A, B, 0} = erlang:statistics(garbage_collection), is_integer(A + B) end}].

%% Cases that must end, with a value or an error.
any_end() ->
    [{lists:flatten(io_lib:format("~p:~p(~s)", [M, F, lists:join(", ", [io_lib:format("~w", [A]) || A <- As])])), fun() -> apply(M, F, As) end}
     || {M, F, As} <- calls()] ++
    [{"erlang:trace_delivered/1 and its message", fun() ->
          Ref = erlang:trace_delivered(all), receive {trace_delivered, all, Ref} -> ok end end},
     {"erlang:suspend_process/2 that answers later, resume_process/1", fun() ->
          P = spawn(timer, sleep, [infinity]), erlang:suspend_process(P, [{asynchronous, here}]),
          receive {here, suspended} -> erlang:resume_process(P), ok end end},
     {"erlang:suspend_process/1", fun() -> P = spawn(timer, sleep, [infinity]), erlang:suspend_process(P), exit(P, kill) end},
     {"erlang:process_flag/3", fun() -> P = spawn(timer, sleep, [infinity]), erlang:process_flag(P, save_calls, 10) end},
     {"erlang:system_monitor/2", fun() -> erlang:system_monitor(self(), [busy_port]), erlang:system_monitor(undefined), ok end},
     {"erlang:system_profile/2", fun() -> erlang:system_profile(self(), [runnable_procs]), erlang:system_profile(undefined, []), ok end},
     {"erlang:process_display/2", fun() -> P = spawn(timer, sleep, [infinity]), erlang:process_display(P, backtrace) end},
     {"a monitor of the time offset", fun() -> is_reference(erlang:monitor(time_offset, clock_service)) end},
     {"msacc:start/1, stats/0", fun() -> msacc:start(10), msacc:stats() end},
     {"dbg:tracer/0, p/2, stop/0", fun() -> dbg:tracer(), dbg:p(self(), [c]), dbg:stop() end},
     {"eprof", fun() -> eprof:start(), eprof:profile(fun() -> lists:seq(1, 10) end), eprof:stop() end},
     {"fprof", fun() -> fprof:apply(lists, seq, [1, 10]) end},
     {"cover", fun() -> cover:start(), cover:modules() end},
     {"seq_trace", fun() -> seq_trace:set_token(label, 1), seq_trace:set_system_tracer(self()), seq_trace:reset_trace() end},
     {"et, the tracer of calls", fun() -> erlang:trace(self(), true, [call]), erlang:trace_pattern({lists, seq, 2}, true, [local]) end},
     {"erl_signal_handler, alarms", fun() -> {catch gen_event:which_handlers(erl_signal_server), catch alarm_handler:get_alarms()} end},
     {"a literal that is given back: persistent_term:erase/1", fun() -> persistent_term:put(key, [1]), persistent_term:erase(key) end}] ++
    [{"erlang:statistics(" ++ atom_to_list(What) ++ ")", fun() -> erlang:statistics(What) end} || What <- statistics()] ++
    [{lists:flatten(io_lib:format("erlang:system_info(~w)", [What])), fun() -> erlang:system_info(What), ok end} || What <- infos()] ++
    [{lists:flatten(io_lib:format("erlang:system_flag(~w, ~w)", [Flag, Value])), fun() -> erlang:system_flag(Flag, Value) end} || {Flag, Value} <- flags()].

calls() ->
    [{msacc, available, []}, {msacc, start, []}, {msacc, stop, []}, {msacc, reset, []}, {msacc, print, []},
     {instrument, allocations, []}, {instrument, carriers, []},
     {observer_backend, sys_info, []}, {observer_backend, vsn, []}, {observer_backend, get_port_list, []},
     {observer_backend, get_table_list, [ets, []]}, {observer_backend, procs_info, [self()]},
     {system_information, sanity_check, []}, {appmon_info, start_link, [node(), self(), []]},
     {c, memory, []}, {c, uptime, []}, {c, regs, []}, {c, lm, []}, {c, xm, [lists]},
     {erts_debug, get_internal_state, [memory]}, {erts_debug, set_internal_state, [available_internal_state, true]},
     {erts_debug, lcnt_collect, []}, {erts_debug, lc_graph, []}, {erts_debug, alloc_blocks_size, [ets_alloc]},
     {erts_alloc_config, state, []}, {lcnt, start, []},
     {erlang, alloc_info, [[ets_alloc]]}, {erlang, alloc_sizes, [[ets_alloc]]},
     {init, wait_until_started, []}, {init, notify_when_started, [self()]}, {init, get_status, []}, {init, script_id, []},
     {init, get_arguments, []}, {init, fetch_loaded, []}, {init, ensure_loaded, [lists]}, {init, run_on_load_handlers, []},
     {application, which_applications, []}, {application, loaded_applications, []}, {application, info, []},
     {application, start, [sasl]}, {application, ensure_all_started, [runtime_tools]}, {application, stop, [sasl]},
     {application_controller, info, []}, {kernel_refc, scheduler_wall_time, [true]},
     {supervisor, which_children, [kernel_sup]}, {logger, get_config, []}, {logger, get_handler_ids, []}, {logger_std_h, filesync, [default]},
     {error_logger, which_report_handlers, []}, {error_logger, tty, [false]}, {error_logger, logfile, [filename]},
     {global, sync, []}, {global, info, []}, {global_group, info, []}, {net_kernel, get_state, []}, {net_kernel, stop, []},
     {net_kernel, set_net_ticktime, [60]}, {net_kernel, nodes_info, []}, {net_kernel, epmd_module, []}, {erl_epmd, names, []},
     {auth, get_cookie, []}, {heart, get_cmd, []}, {heart, set_callback, [lists, seq]},
     {inet, gethostname, []}, {inet, i, []}, {inet_db, get_rc, []}, {inet, getifaddrs, []}, {gen_tcp, listen, [0, []]}, {gen_udp, open, [0]},
     {file, get_cwd, []}, {file, consult, ["x"]}, {filelib, is_file, ["x"]}, {prim_file, get_cwd, []}, {dets, all, []}, {disk_log, all, []},
     {os, cmd, ["true"]}, {erlang, open_port, [{spawn, "true"}, []]}, {erl_ddll, info, []}, {crypto, strong_rand_bytes, [1]},
     {code, get_path, []}, {code, get_mode, []}, {code, modified_modules, []}, {code, ensure_modules_loaded, [[lists]]},
     {code, get_doc, [lists]}, {code, where_is_file, ["lists.beam"]}, {code, clash, []},
     {user_drv, start, []}, {group_history, load, []}, {io, columns, [user]}, {io, getopts, [user]}, {io, get_line, [user, '']},
     {shell, whereis, []}, {edlin, init, []}, {pg, which_groups, []}, {pg, start_link, []},
     {timer, start, []}, {timer, get_status, []}, {timer, now_diff, [{0, 1, 0}, {0, 0, 0}]}, {slave, pseudo, [[]]},
     {release_handler, which_releases, []}, {rb, start, []}, {alarm_handler, get_alarms, []}, {wrap_log_reader, open, ["x"]},
     {ttb, start_trace, [[node()], [], {[], []}, []]}, {dyntrace, available, []}, {erl_tracer, on_load, []}] ++
    [{erts_internal, F, lists:duplicate(A, make_ref())}
     || {F, A} <- [{await_port_send_result, 3}, {await_result, 1}, {gather_io_bytes, 2}, {await_microstate_accounting_modifications, 3},
                   {gather_microstate_accounting_result, 2}, {await_sched_wall_time_modifications, 2}, {gather_sched_wall_time_result, 1},
                   {flush_monitor_messages, 3}, {await_exit, 0}, {system_check, 1}, {scheduler_wall_time, 1}, {gather_alloc_histograms, 1},
                   {gather_carrier_info, 1}, {no_aux_work_threads, 0}, {request_system_task, 3}, {request_system_task, 4},
                   {check_process_code, 3}, {wait_release_literal_area_switch, 1}, {dirty_process_handle_signals, 1},
                   {check_dirty_process_code, 2}, {is_system_process, 1}, {process_display, 2}, {process_flag, 3}, {suspend_process, 2},
                   {group_leader, 3}, {trace, 3}, {trace_pattern, 3}, {purge_module, 2}, {garbage_collect, 1}, {ets_raw_first, 1}]].

%% Waits until the virtual machine has seen the end of the process that asked; at most Left times.
rests(0) -> erlang:statistics(scheduler_wall_time);
rests(Left) ->
    case erlang:statistics(scheduler_wall_time) of
        undefined -> undefined;
        _ -> timer:sleep(10), rests(Left - 1)
    end.

statistics() ->
    [active_tasks, active_tasks_all, context_switches, exact_reductions, garbage_collection, io, microstate_accounting, reductions, run_queue,
     run_queue_lengths, run_queue_lengths_all, runtime, scheduler_wall_time, scheduler_wall_time_all, total_active_tasks,
     total_active_tasks_all, total_run_queue_lengths, total_run_queue_lengths_all, wall_clock].

infos() ->
    [allocated_areas, allocator, {allocator, ets_alloc}, {allocator_sizes, ets_alloc}, alloc_util_allocators, cpu_topology, {cpu_topology, used},
     dist, info, loaded, procs, lock_counters, microstate_accounting, schedulers_state, scheduler_bindings, multi_scheduling_blockers,
     system_logger, check_io, dirty_cpu_schedulers_online, os_monotonic_time_source, atom_limit, dist_buf_busy_limit, ets_limit].

flags() ->
    [{multi_scheduling, block}, {multi_scheduling, unblock}, {multi_scheduling, block_normal}, {multi_scheduling, unblock_normal},
     {schedulers_online, 1}, {dirty_cpu_schedulers_online, 1}, {scheduler_bind_type, unbound}, {cpu_topology, undefined},
     {microstate_accounting, true}, {microstate_accounting, reset}, {microstate_accounting, false}, {time_offset, finalize},
     {sequential_tracer, false}, {reset_seq_trace, true}, {erts_alloc, {ets_alloc, sbct, 100000}}, {backtrace_depth, 8},
     {system_logger, logger}, {trace_control_word, 0}, {internal_cpu_topology, undefined}].
