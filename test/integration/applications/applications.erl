%% Calls functions of `application` on our node and on a node of OTP, and compares the answers. This node has the code;
%% our node borrows it, with the resource files.
-module(applications).
-export([main/0, in_parallel/0, orphan_ends/0, master_is_killed/0, as_text/1, crash_till/0, start_again/0, children/0]).

main() ->
    {Peer, Real} = controls:start(["-pa", os:getenv("APPS"), "-kernel", "logger_level", "none"]),
    Ours = claims:node_of(ours),
    controls:same(application, script(), Real, Ours),
    claims:equal("the node of OTP and ours have the same applications left",
                 rpc:call(Ours, application, which_applications, []),
                 fun() -> users(rpc:call(Real, application, which_applications, [])) end),
    peer:stop(Peer).

users(Applications) -> [Row || {Name, _, _} = Row <- Applications, not lists:member(Name, [kernel, stdlib])].

script() ->
    [{get_env, [shop, till]},
     {load, [shop]},
     {load, [shop]},
     {get_env, [shop, till]},
     {get_env, [shop, none]},
     {get_env, [shop, none, default]},
     {get_all_env, [shop]},
     {get_all_env, [nobody]},
     {get_key, [shop, vsn]},
     {get_key, [shop, applications]},
     {get_key, [shop, modules]},
     {get_key, [shop, mod]},
     {get_key, [shop, start_phases]},
     {get_key, [shop, no_such_key]},
     {get_key, [nobody, vsn]},
     {get_all_key, [nobody]},
     {start, [shop]},
     {stop, [shop]},
     {set_env, [shop, till, 7]},
     {ensure_all_started, [shop]},
     {ensure_all_started, [shop]},
     {ensure_started, [shop]},
     {start, [shop]},
     {unload, [shop]},
     {gen_server, call, [shop_till, till]},
     {get_application, [shop]},
     {?MODULE, children, []},
     {?MODULE, orphan_ends, []},
     {?MODULE, in_parallel, []},
     {gen_server, call, [shop_till, till]},
     {?MODULE, crash_till, []},
     {gen_server, call, [shop_till, till]},
     {stop, [bank]},
     {start, [shop]},
     {stop, [shop]},
     {stop, [shop]},
     {ensure_all_started, [shop]},
     {stop, [shop]},
     {stop, [bank]},
     {unload, [shop]},
     {unload, [shop]},
     {unload, [bank]},
     {get_env, [shop, till]},
     %% functions of the application's module that fail
     {load, [shop]},
     {set_env, [shop, start, {returns, {error, no_goods}}]},
     {ensure_all_started, [shop]},
     {start, [bank]},
     {start, [shop]},
     {set_env, [shop, start, {returns, what}]},
     {start, [shop]},
     {set_env, [shop, start, {raises, fire}]},
     {start, [shop, temporary]},
     {unset_env, [shop, start]},
     {set_env, [shop, phase, {error, sold_out}]},
     {start, [shop]},
     {set_env, [shop, phase, what]},
     {?MODULE, start_again, []},
     {unset_env, [shop, phase]},
     {start, [shop, sometimes]},
     {?MODULE, start_again, []},
     {stop, [shop]},
     {unload, [shop]},
     %% resource files that are not as they should be
     {load, [nobody]},
     {start, [nobody]},
     {ensure_all_started, [nobody]},
     {load, [needs_nobody]},
     {ensure_all_started, [needs_nobody]},
     {start, [needs_nobody]},
     {unload, [needs_nobody]},
     {load, [half]},
     {load, [other_name]},
     {get_all_key, [another]},
     {get_all_key, [other_name]},
     {unload, [another]},
     {load, [no_term]},
     {load, ["shop"]},
     {load, [{application, inline, [{vsn, "3"}, {env, [{a, 1}]}]}]},
     {get_all_key, [inline]},
     {start, [inline]},
     {get_env, [inline, a]},
     {stop, [inline]},
     {unload, [inline]},
     {load, [{application, "bad", []}]},
     {set_env, [[{later, [{a, 1}, {b, 2}]}]]},
     {get_env, [later, b]},
     {set_env, [shop, till, 9, [{persistent, true}]]},
     {load, [shop]},
     {get_env, [shop, till]},
     {unload, [shop]},
     {ensure_all_started, [shop]},
     {?MODULE, master_is_killed, []},
     {start, [shop]},
     {stop, [shop]},
     {unload, [shop]},
     {unload, [bank]},
     %% what is wrong in an environment
     {set_env, [[{1, []}]]},
     {set_env, [[{foo, bar}]]},
     {set_env, [[{"foo", bar}]]},
     {set_env, [[foo_bar]]},
     {set_env, [[{foo, [{1, 2}]}]]},
     {set_env, [[{foo, [{ok, 1}, config]}]]},
     {set_env, [[{kernel, [{distributed, config}]}]]},
     {set_env, [[{kernel, [{distributed, [{a, 5000, [b]}, c]}]}]]},
     {set_env, [[{foo, []}, {bar, []}, {foo, []}]]},
     {set_env, [[{foo, [{bar, baz}, {x, y}, {bar, bat}]}]]},
     {set_env, [foo]},
     {set_env, [[{foo, [{bar, 1}]} | x]]},
     {get_env, [foo, bar]},
     {?MODULE, as_text, [#{label => {application_controller, exit}, report => [{application, a}, {exited, {shutdown, "why"}}, {type, temporary}]}]},
     {?MODULE, as_text, [#{label => {application_controller, progress}, report => [{application, a}, {started_at, lists:seq(1, 30)}]}]},
     {get_application, [no_process]},
     {get_application, []}].

%% --- what runs on the nodes

%% Of two that start it at the same time both get an answer, and it runs once.
in_parallel() ->
    application:stop(shop),
    application:set_env(shop, phase_time, 200),
    Self = self(),
    [spawn(fun() -> Self ! {answer, application:start(shop)} end) || _ <- [1, 2]],
    Answers = [receive {answer, Answer} -> Answer end || _ <- [1, 2]],
    application:unset_env(shop, phase_time),
    {lists:sort(Answers), length([shop || {shop, _, _} <- application:which_applications()])}.

%% A process that the application left behind ends with it.
orphan_ends() ->
    Orphan = gen_server:call(shop_till, orphan),
    Monitor = monitor(process, Orphan),
    ok = application:stop(shop),
    Reason = receive {'DOWN', Monitor, _, _, Why} -> Why after 5000 -> still_there end,
    ok = application:start(shop),
    Reason.

%% The module's stop function is called also then.
master_is_killed() ->
    register(stop_watch, self()),
    Monitor = monitor(process, shop),
    exit(application_controller:get_master(shop), kill),
    Stops = receive {stops, State} -> State after 5000 -> not_called end,
    Reason = receive {'DOWN', Monitor, _, _, Why} -> Why after 5000 -> still_there end,
    unregister(stop_watch),
    {Stops, Reason, wait_until_stopped(shop)}.
wait_until_stopped(Name) ->
    case lists:keymember(Name, 1, application:which_applications()) of
        true -> timer:sleep(5), wait_until_stopped(Name);
        false -> stopped
    end.

as_text(Report) ->
    Options = [#{}, #{depth => 5}, #{single_line => true}, #{single_line => true, depth => 5, encoding => latin1}, #{chars_limit => 40}],
    {application_controller:format_log(Report), [lists:flatten(application_controller:format_log(Report, O)) || O <- Options]}.

%% On OTP the processes of an application whose start phase has failed stay.
start_again() ->
    case whereis(shop) of
        undefined -> application:start(shop);
        Pid -> exit(Pid, kill), timer:sleep(5), start_again()
    end.

crash_till() ->
    Monitor = monitor(process, shop_till),
    gen_server:cast(shop_till, crash),
    receive {'DOWN', Monitor, _, _, Reason} -> wait_for_till(), Reason end.
wait_for_till() ->
    case whereis(shop_till) of
        undefined -> timer:sleep(5), wait_for_till();
        _ -> ok
    end.

children() -> {supervisor:count_children(shop), [{Id, Type, Modules} || {Id, _, Type, Modules} <- supervisor:which_children(shop)]}.

