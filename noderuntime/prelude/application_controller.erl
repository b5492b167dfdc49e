%% Which applications are loaded and which run, and their environment. The process application_controller starts with the
%% first application, or the first value, and owns the table ac_tab; whoever only asks reads the table.
%%
%% An application runs in the realm of the process that starts it: that process reads the resource file and spawns the
%% application's master. The controller runs no code of applications.
-module(application_controller).
-export([lookup/1, loaded/1, loaded/0, get_loaded/1, running/0, request/1, set_env/3, set_env/4, unset_env/2, unset_env/3, get_env/2,
         get_master/1, get_application/1, get_application_module/1, get_all_env/1, get_all_key/1, get_key/2,
         which_applications/0, loaded_applications/0, info/0, is_running/1, format_log/1, format_log/2]).
-export([initialise/1]).

%% --- what is asked without the process

lookup(Key) ->
    try ets:lookup(ac_tab, Key) of
        [{_, Value}] -> {ok, Value};
        [] -> undefined
    catch error:badarg -> undefined
    end.

match(Pattern) ->
    try ets:match_object(ac_tab, Pattern)
    catch error:badarg -> []
    end.

%% The keys of a resource file, all of them, in the order of OTP's documents.
loaded(Name) -> lookup({loaded, Name}).
loaded() -> [{Name, Keys} || {{loaded, Name}, Keys} <- match({{loaded, '_'}, '_'})].
%% The last that was started is the first.
running() ->
    Rows = [{Order, Name} || {{running, Name}, {Order, _, _}} <- match({{running, '_'}, '_'})],
    [Name || {_, Name} <- lists:reverse(lists:sort(Rows))].
is_running(Name) -> lookup({running, Name}) =/= undefined.

get_env(Name, Key) -> lookup({env, Name, Key}).
get_all_env(Name) -> [{Key, Value} || {{env, _, Key}, Value} <- match({{env, Name, '_'}, '_'})].
get_key(Name, env) ->
    case loaded(Name) of
        {ok, _} -> {ok, get_all_env(Name)};
        undefined -> undefined
    end;
get_key(Name, Key) ->
    case loaded(Name) of
        {ok, Keys} ->
            case lists:keyfind(Key, 1, Keys) of
                {_, Value} -> {ok, Value};
                false -> undefined
            end;
        undefined -> undefined
    end.
get_all_key(Name) ->
    case loaded(Name) of
        {ok, Keys} -> {ok, lists:keyreplace(env, 1, Keys, {env, get_all_env(Name)})};
        undefined -> undefined
    end.

get_master(Name) ->
    case lookup({running, Name}) of
        {ok, {_, _, Master}} -> Master;
        undefined -> undefined
    end.

%% The application whose master leads the group of the process.
get_application(Pid) when is_pid(Pid), node(Pid) =:= node() ->
    case process_info(Pid, group_leader) of
        {group_leader, Leader} -> lookup({master, Leader});
        undefined -> undefined
    end;
get_application(_) -> undefined.

get_application_module(Module) ->
    case [Name || {Name, Keys} <- loaded(), {modules, Modules} <- Keys, is_list(Modules), lists:member(Module, Modules)] of
        [Name | _] -> {ok, Name};
        [] -> undefined
    end.

%% For applications of OTP that ask without the module application.
get_loaded(Name) ->
    case loaded(Name) of
        {ok, Keys} -> {true, described(Name, Keys)};
        _ -> false
    end.

loaded_applications() -> [described(Name, Keys) || {Name, Keys} <- loaded()].
which_applications() -> [described(Name, Keys) || Name <- running(), {ok, Keys} <- [loaded(Name)]].

described(Name, Keys) ->
    {description, Description} = lists:keyfind(description, 1, Keys),
    {vsn, Version} = lists:keyfind(vsn, 1, Keys),
    {Name, Description, Version}.

info() ->
    [{loaded, loaded_applications()}, {loading, []}, {started, running()}, {start_p_false, []},
     {running, [{Name, get_master(Name)} || Name <- running()]}, {starting, []}].

set_env(Name, Key, Value) -> set_env(Name, Key, Value, []).
set_env(Name, Key, Value, Options) -> request({set_env, [{Name, [{Key, Value}]}], Options}).
unset_env(Name, Key) -> unset_env(Name, Key, []).
unset_env(Name, Key, Options) -> request({unset_env, Name, Key, Options}).

%% --- the process

%% Asks the controller, which is started if need be.
request(Request) ->
    Controller = case whereis(application_controller) of
                     undefined -> kernel_services:started(?MODULE);
                     Running -> Running
                 end,
    Reference = monitor(process, Controller),
    Controller ! {'$gen_call', {self(), Reference}, Request},
    receive
        {Reference, Answer} ->
            demonitor(Reference, [flush]),
            Answer;
        {'DOWN', Reference, _, _, Reason} -> exit({Reason, {?MODULE, request, [Request]}})
    end.

initialise(Parent) ->
    group_leader(whereis(user), self()),
    try register(application_controller, self()) of
        true ->
            process_flag(trap_exit, true),
            ac_tab = ets:new(ac_tab, [named_table, protected, {read_concurrency, true}]),
            Parent ! {self(), self()},
            loop(#{starting => #{}, order => 0})
    catch error:badarg -> Parent ! {self(), whereis(application_controller)}  % another was faster
    end.

%% starting: Name => {Type, Master, the first that asked, the others}
loop(State) ->
    receive
        {'$gen_call', {From, Tag} = To, Request} when is_pid(From) ->
            case handle(Request, To, State) of
                {reply, Answer, Next} ->
                    From ! {Tag, Answer},
                    loop(Next);
                {noreply, Next} -> loop(Next)
            end;
        {'EXIT', Master, Reason} -> loop(ended(Master, Reason, State));
        {started, Master, Name} -> loop(started(Name, Master, State));
        {system, {Pid, _} = From, Question} when is_pid(Pid) ->
            kernel_services:answer_sys(From, Question, fun() -> State end),
            loop(State);
        _ -> loop(State)
    end.

handle({load, Name, Keys}, _, State) ->
    case loaded(Name) of
        {ok, _} -> {reply, {error, {already_loaded, Name}}, State};
        undefined ->
            {env, Environment} = lists:keyfind(env, 1, Keys),
            [ets:insert(ac_tab, {{env, Name, Key}, Value}) || {Key, Value} <- Environment,
                                                               lookup({persistent, Name, Key}) =:= undefined],
            ets:insert(ac_tab, {{loaded, Name}, Keys}),
            {reply, ok, State}
    end;
handle({unload, Name}, _, State) ->
    case {is_running(Name), loaded(Name)} of
        {true, _} -> {reply, {error, {running, Name}}, State};
        {false, undefined} -> {reply, {error, {not_loaded, Name}}, State};
        {false, _} ->
            ets:delete(ac_tab, {loaded, Name}),
            ets:match_delete(ac_tab, {{env, Name, '_'}, '_'}),
            ets:match_delete(ac_tab, {{persistent, Name, '_'}, '_'}),
            {reply, ok, State}
    end;
handle({set_env, Config, Options}, _, State) ->
    Persistent = lists:member({persistent, true}, Options),
    [set(Name, Key, Value, Persistent) || {Name, Environment} <- Config, {Key, Value} <- Environment],
    {reply, ok, State};
handle({unset_env, Name, Key, _}, _, State) ->
    ets:delete(ac_tab, {env, Name, Key}),
    ets:delete(ac_tab, {persistent, Name, Key}),
    {reply, ok, State};
%% An application without processes runs from now on.
handle({run, Name, Type}, _, State) ->
    case why_not(Name) of
        ok -> {reply, ok, add_running(Name, Type, undefined, State)};
        Error -> {reply, Error, State}
    end;
%% The master waits for the answer to the one that asked, and starts the application if it is `go`.
handle({start, Name, Type, Master}, To, #{starting := Starting} = State) ->
    case {why_not(Name), Starting} of
        {ok, #{Name := {AsType, First, FirstTo, Others}}} ->
            Next = State#{starting := Starting#{Name := {AsType, First, FirstTo, [To | Others]}}},
            {noreply, Next};
        {ok, _} ->
            link(Master),
            ets:insert(ac_tab, {{master, Master}, Name}),
            Master ! {self(), go},
            {noreply, State#{starting := Starting#{Name => {Type, Master, To, []}}}};
        {Error, _} -> {reply, Error, State}
    end;
handle({stop, Name}, {From, Tag}, State) ->
    case lookup({running, Name}) of
        {ok, {_, Type, undefined}} ->
            ets:delete(ac_tab, {running, Name}),
            report(Name, Type, stopped),
            {reply, ok, State};
        {ok, {_, _, Master}} ->
            Master ! {stop, self()},
            Stopping = maps:get(stopping, State, #{}),
            Waiting = maps:get(Master, Stopping, []),
            {noreply, State#{stopping => Stopping#{Master => [{From, Tag} | Waiting]}}};
        undefined -> {reply, {error, {not_started, Name}}, State}
    end;
handle(_, _, State) -> {reply, {error, badarg}, State}.

set(Name, Key, Value, Persistent) ->
    ets:insert(ac_tab, {{env, Name, Key}, Value}),
    Persistent andalso ets:insert(ac_tab, {{persistent, Name, Key}, true}).

why_not(Name) ->
    case {is_running(Name), loaded(Name)} of
        {true, _} -> {error, {already_started, Name}};
        {false, undefined} -> {error, {not_loaded, Name}};
        {false, {ok, Keys}} -> needs(Keys)
    end.

%% The first application that has to run before, and does not.
needs(Keys) ->
    {applications, Needed} = lists:keyfind(applications, 1, Keys),
    {optional_applications, Optional} = lists:keyfind(optional_applications, 1, Keys),
    Missing = [Name || Name <- Needed, not is_running(Name), not application:is_of_the_node(Name),
                       not (lists:member(Name, Optional) andalso loaded(Name) =:= undefined)],
    case Missing of
        [] -> ok;
        [First | _] -> {error, {not_started, First}}
    end.

add_running(Name, Type, Master, #{order := Order} = State) ->
    ets:insert(ac_tab, {{running, Name}, {Order, Type, Master}}),
    State#{order := Order + 1}.

started(Name, Master, #{starting := Starting} = State) ->
    case Starting of
        #{Name := {Type, Master, First, Others}} ->
            [From ! {Tag, ok} || {From, Tag} <- [First | Others]],
            report_to_log(info, progress, [{application, Name}, {started_at, node()}]),
            add_running(Name, Type, Master, State#{starting := maps:remove(Name, Starting)});
        #{} -> State
    end.

ended(Master, Reason, #{starting := Starting} = State) ->
    case lookup({master, Master}) of
        undefined -> State;
        {ok, Name} ->
            ets:delete(ac_tab, {master, Master}),
            case Starting of
                #{Name := {Type, Master, To, Others}} ->
                    [From ! {Tag, {error, Reason}} || {From, Tag} <- [To | Others]],
                    report(Name, Type, Reason),
                    State#{starting := maps:remove(Name, Starting)};
                #{} -> has_run(Name, Master, Reason, State)
            end
    end.

has_run(Name, Master, Reason, State) ->
    {ok, {_, Type, _}} = lookup({running, Name}),
    ets:delete(ac_tab, {running, Name}),
    case maps:take(Master, maps:get(stopping, State, #{})) of
        {Waiting, Stopping} ->
            [From ! {Tag, ok} || {From, Tag} <- Waiting],
            report(Name, Type, stopped),
            State#{stopping := Stopping};
        error ->
            report(Name, Type, Reason),
            ends_node(Type, Reason) andalso halt_for(Name, Reason),
            State
    end.

ends_node(permanent, _) -> true;
ends_node(transient, Reason) -> Reason =/= normal;
ends_node(temporary, _) -> false.

halt_for(Name, Reason) ->
    logger:error("the node ends, because the application ~ts has ended: ~0p", [Name, Reason]),
    erlang:'$stop'(1).

report(Name, Type, Reason) -> report_to_log(notice, exit, [{application, Name}, {exited, Reason}, {type, Type}]).

report_to_log(Level, What, Report) ->
    logger:log(Level, #{label => {application_controller, What}, report => Report},
               #{report_cb => fun application_controller:format_log/2, domain => [otp],
                 error_logger => #{tag => info_report, type => std_info,
                                   report_cb => fun application_controller:format_log/1}}).

%% The reports as text: for error_logger, and for handlers of logger.
format_log(#{report := Report}) ->
    case error_logger:get_format_depth() of
        unlimited -> lines(Report, #{});
        Depth -> lines([{Key, io_lib:limit_term(Value, Depth)} || {Key, Value} <- Report], #{depth => Depth})
    end.

format_log(#{report := Report}, Options) ->
    {Format, Arguments} = case Options of
                              #{single_line := true} -> sentences(Report, Options);
                              #{} -> lines(Report, Options)
                          end,
    case Options of
        #{chars_limit := Limit} when is_integer(Limit) -> io_lib:format(Format, Arguments, [{chars_limit, Limit}]);
        #{} -> io_lib:format(Format, Arguments)
    end.

lines(Report, Options) ->
    {lists:append(["    " ++ atom_to_list(Key) ++ ": ~" ++ directive(Options) ++ "~n" || {Key, _} <- Report]),
     arguments(Report, Options)}.

sentences(Report, Options) ->
    Parts = [title(atom_to_list(Key)) ++ ": ~0" ++ directive(Options) ++ "." || {Key, _} <- Report],
    {lists:append(lists:join(" ", Parts)), arguments(Report, Options)}.

title([First | Rest]) -> [First - $a + $A | [case C of $_ -> $\s; _ -> C end || C <- Rest]].

directive(#{encoding := latin1} = Options) -> directive_for(Options);
directive(Options) -> [$t | directive_for(Options)].
directive_for(#{depth := Depth}) when is_integer(Depth) -> "P";
directive_for(_) -> "p".

arguments(Report, #{depth := Depth}) when is_integer(Depth) -> lists:append([[Value, Depth] || {_, Value} <- Report]);
arguments(Report, _) -> [Value || {_, Value} <- Report].
