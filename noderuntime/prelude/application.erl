%% Applications: loading, starting and stopping them, and their environment. See application_controller.
-module(application).
-export([load/1, load/2, unload/1, start/1, start/2, start_boot/1, start_boot/2, ensure_started/1, ensure_started/2,
         ensure_all_started/1, ensure_all_started/2, ensure_all_started/3, stop/1, permit/2, takeover/2, start_type/0,
         which_applications/0, which_applications/1, loaded_applications/0, info/0, get_supervisor/1,
         get_env/1, get_env/2, get_env/3, get_all_env/0, get_all_env/1, set_env/1, set_env/2, set_env/3, set_env/4,
         unset_env/2, unset_env/3, get_key/1, get_key/2, get_all_key/0, get_all_key/1, get_application/0,
         get_application/1, behaviour_info/1, is_of_the_node/1, '$start'/1, '$stop'/0]).

behaviour_info(callbacks) -> [{start, 2}, {stop, 1}];
behaviour_info(optional_callbacks) -> [];
behaviour_info(_) -> undefined.

%% What other applications need of these is always here.
is_of_the_node(Name) -> lists:member(Name, [kernel, stdlib, erts]).

%% --- loading

load(Application) -> load(Application, []).

load({application, Name, Keys}, _) when is_atom(Name), is_list(Keys) -> load_keys(Name, Keys);
load(Name, _) when is_atom(Name) ->
    case application_controller:loaded(Name) of
        {ok, _} -> {error, {already_loaded, Name}};
        undefined ->
            case resource(Name) of
                {ok, Named, Keys} -> load_keys(Named, Keys);
                Error -> Error
            end
    end;
load(Application, _) -> {error, {bad_application, Application}}.

load_keys(Name, Given) ->
    case complete(Given) of
        {ok, Keys} ->
            case application_controller:request({load, Name, Keys}) of
                ok ->
                    {included_applications, Included} = lists:keyfind(included_applications, 1, Keys),
                    load_all(Included);
                Error -> Error
            end;
        {bad, Key} -> {error, {bad_application, {application, Name, Given}, Key}}
    end.

load_all([]) -> ok;
load_all([Name | Rest]) ->
    case load(Name) of
        ok -> load_all(Rest);
        {error, {already_loaded, _}} -> load_all(Rest);
        Error -> Error
    end.

%% Every key of a resource file, with its default, if the given ones are well formed.
complete(Given) ->
    Defaults = [{description, ""}, {id, ""}, {vsn, ""}, {modules, []}, {maxP, infinity}, {maxT, infinity},
                {registered, []}, {included_applications, []}, {optional_applications, []}, {applications, []},
                {env, []}, {mod, []}, {start_phases, undefined}],
    Keys = [case lists:keyfind(Key, 1, Given) of
                {_, Value} -> {Key, Value};
                _ -> {Key, Default}
            end || {Key, Default} <- Defaults],
    case [Key || {Key, Value} <- Keys, not is_value(Key, Value)] of
        [] -> {ok, Keys};
        [Bad | _] -> {bad, Bad}
    end.

is_value(Key, Value) when Key =:= included_applications; Key =:= optional_applications; Key =:= applications ->
    is_list(Value) andalso lists:all(fun is_atom/1, Value);
is_value(env, Value) ->
    is_list(Value) andalso lists:all(fun({Key, _}) -> is_atom(Key); (_) -> false end, Value);
is_value(mod, Value) ->
    case Value of
        [] -> true;
        {Module, _} -> is_atom(Module);
        _ -> false
    end;
is_value(start_phases, Value) ->
    Value =:= undefined orelse
        (is_list(Value) andalso lists:all(fun({Phase, _}) -> is_atom(Phase); (_) -> false end, Value));
is_value(_, _) -> true.

%% The name and the keys in NAME.app on the code path, or as the peers have it whose modules the caller uses.
resource(Name) ->
    File = atom_to_list(Name) ++ ".app",
    case text(File) of
        {ok, Text} -> parse(File, Text);
        error -> {error, {"no such file or directory", File}}
    end.

text(File) ->
    case code:'$resource'(File) of
        {ok, _} = Found -> Found;
        _ -> ask(File, lenders())
    end.

lenders() ->
    Leader = node(group_leader()),
    [Node || Node <- [Leader | lists:delete(Leader, code:'$lenders'())], Node =/= node()].

ask(_, []) -> error;
ask(File, [Node | Others]) ->
    Read = try erpc:call(Node, code, where_is_file, [File], 5000) of
               Path when is_list(Path) -> erpc:call(Node, file, read_file, [Path], 5000);
               _ -> error
           catch _:_ -> error
           end,
    case Read of
        {ok, Text} when is_binary(Text) -> {ok, Text};
        _ -> ask(File, Others)
    end.

parse(File, Text) ->
    Characters = case unicode:characters_to_list(Text) of
                     List when is_list(List) -> List;
                     _ -> binary_to_list(Text)
                 end,
    case erl_scan:string(Characters) of
        {ok, Tokens, _} ->
            case erl_parse:parse_term(Tokens) of
                {ok, {application, Named, Keys}} when is_atom(Named), is_list(Keys) -> {ok, Named, Keys};
                {ok, Other} -> {error, {bad_application, Other}};
                {error, Why} -> {error, {file:format_error(Why), File}}
            end;
        {error, Why, _} -> {error, {file:format_error(Why), File}}
    end.

%% --- for the node itself: its option --application, and its end

'$start'([]) -> ok;
'$start'([Name | Rest]) ->
    try ensure_all_started(Name, permanent) of
        {ok, _} -> '$start'(Rest);
        {error, {Failed, Reason}} -> exit({cannot_start, Failed, Reason})
    catch error:undef:Stack ->
        [{Module, Function, Arguments, _} | _] = Stack,
        exit({cannot_start, Name, {undef, {Module, Function, length(Arguments)}}})
    end.

'$stop'() -> [stop(Name) || Name <- application_controller:running()].

unload(Name) when is_atom(Name) -> application_controller:request({unload, Name}).

%% --- starting and stopping

start(Application) -> start(Application, temporary).

start(Application, Type) ->
    Name = name(Application),
    case is_of_the_node(Name) of
        true -> {error, {already_started, Name}};
        false ->
            case load(Application) of
                ok -> start_loaded(Name, Type);
                {error, {already_loaded, Name}} -> start_loaded(Name, Type);
                Error -> Error
            end
    end.

start_boot(Application) -> start_boot(Application, temporary).
start_boot(Application, Type) -> start(Application, Type).

name({application, Name, _}) -> Name;
name({application, Name}) -> Name;
name(Name) -> Name.

start_loaded(_, Type) when Type =/= permanent, Type =/= transient, Type =/= temporary ->
    {error, {invalid_restart_type, Type}};
start_loaded(Name, Type) ->
    case application_controller:loaded(Name) of
        undefined -> {error, {not_loaded, Name}};
        {ok, Keys} ->
            {start_phases, Phases} = lists:keyfind(start_phases, 1, Keys),
            case lists:keyfind(mod, 1, Keys) of
                {mod, []} -> application_controller:request({run, Name, Type});
                {mod, Start} -> application_master:start(Name, Start, Phases, Type)
            end
    end.

ensure_started(Application) -> ensure_started(Application, temporary).
ensure_started(Application, Type) ->
    Name = name(Application),
    case start(Application, Type) of
        {error, {already_started, Name}} -> ok;
        Other -> Other
    end.

ensure_all_started(Application) -> ensure_all_started(Application, temporary, serial).
ensure_all_started(Application, Type) -> ensure_all_started(Application, Type, serial).
ensure_all_started(Name, Type, Mode) when is_atom(Name) -> ensure_all_started([Name], Type, Mode);
ensure_all_started(Names, Type, _) when is_list(Names) ->
    case start_each(Names, Type, []) of
        {ok, Started} -> {ok, lists:reverse(Started)};
        {error, What, Started} ->
            [stop(Name) || Name <- Started],
            {error, What}
    end.

start_each([], _, Started) -> {ok, Started};
start_each([Name | Rest], Type, Started) ->
    case start_with_needed(Name, Type, Started, []) of
        {ok, More} -> start_each(Rest, Type, More);
        Error -> Error
    end.

start_with_needed(Name, Type, Started, Asking) ->
    case application_controller:is_running(Name) orelse is_of_the_node(Name) orelse lists:member(Name, Asking) of
        true -> {ok, Started};
        false ->
            case load(Name) of
                {error, Reason} when element(1, Reason) =/= already_loaded -> {error, {Name, Reason}, Started};
                _ -> start_after_needed(Name, Type, Started, [Name | Asking])
            end
    end.

start_after_needed(Name, Type, Started, Asking) ->
    {ok, Needed} = get_key(Name, applications),
    {ok, Optional} = get_key(Name, optional_applications),
    case start_needed(Needed, Optional, Type, Started, Asking) of
        {ok, More} ->
            case start_loaded(Name, Type) of
                ok -> {ok, [Name | More]};
                {error, {already_started, Name}} -> {ok, More};
                {error, Reason} -> {error, {Name, Reason}, More}
            end;
        Error -> Error
    end.

start_needed([], _, _, Started, _) -> {ok, Started};
start_needed([Name | Rest], Optional, Type, Started, Asking) ->
    case start_with_needed(Name, Type, Started, Asking) of
        {ok, More} -> start_needed(Rest, Optional, Type, More, Asking);
        {error, {Name, {"no such file" ++ _, _}}, More} = Error ->
            case lists:member(Name, Optional) of
                true -> start_needed(Rest, Optional, Type, More, Asking);
                false -> Error
            end;
        Error -> Error
    end.

stop(Name) -> application_controller:request({stop, Name}).

%% Applications are not distributed here.
permit(Name, Bool) when is_atom(Name), is_boolean(Bool) ->
    case application_controller:loaded(Name) of
        {ok, _} -> ok;
        undefined -> {error, {not_loaded, Name}}
    end.
takeover(Name, _) -> {error, {not_distributed, Name}}.
start_type() ->
    case get_application() of
        {ok, _} -> local;
        undefined -> undefined
    end.

%% --- questions

which_applications() -> application_controller:which_applications().
which_applications(_) -> which_applications().
loaded_applications() -> application_controller:loaded_applications().
info() -> application_controller:info().

get_supervisor(Name) ->
    case application_controller:get_master(Name) of
        Master when is_pid(Master) ->
            case application_master:get_child(Master) of
                {Top, _} -> {ok, Top};
                none -> undefined
            end;
        undefined -> undefined
    end.

get_application() -> get_application(self()).
get_application(Pid) when is_pid(Pid) -> application_controller:get_application(Pid);
get_application(Module) when is_atom(Module) -> application_controller:get_application_module(Module).

get_key(Key) -> of_caller(fun(Name) -> get_key(Name, Key) end, undefined).
get_key(Name, Key) -> application_controller:get_key(Name, Key).
get_all_key() -> of_caller(fun get_all_key/1, []).
get_all_key(Name) -> application_controller:get_all_key(Name).

get_env(Key) -> of_caller(fun(Name) -> get_env(Name, Key) end, undefined).
get_env(Name, Key) -> application_controller:get_env(Name, Key).
get_env(Name, Key, Default) ->
    case get_env(Name, Key) of
        {ok, Value} -> Value;
        undefined -> Default
    end.
get_all_env() -> of_caller(fun get_all_env/1, []).
get_all_env(Name) -> application_controller:get_all_env(Name).

of_caller(Ask, Otherwise) ->
    case get_application() of
        {ok, Name} -> Ask(Name);
        undefined -> Otherwise
    end.

set_env(Config) when is_list(Config) -> set_env(Config, []).
set_env(Config, Options) when is_list(Config), is_list(Options) ->
    case wrong_config(Config) of
        none -> application_controller:request({set_env, Config, Options});
        Text -> erlang:error({badarg, Text}, [Config, Options])
    end.

%% OTP's texts.
wrong_config([]) -> none;
wrong_config([{Name, Environment} | Rest]) when is_atom(Name), is_list(Environment) ->
    case lists:keymember(Name, 1, Rest) of
        true -> "duplicate application config: " ++ atom_to_list(Name);
        false ->
            case wrong_environment(Name, Environment) of
                none -> wrong_config(Rest);
                What -> text("application: ~ts; ~ts", [Name, What])
            end
    end;
wrong_config([{Name, Environment} | _]) when is_list(Environment) ->
    text("application: ~tp; application name must be an atom", [Name]);
wrong_config([{Name, _} | _]) -> text("application: ~tp; parameters must be a list", [Name]);
wrong_config([Other | _]) -> text("invalid application config: ~tp", [Other]);
wrong_config(_) -> "configuration must be a list ended by <dot><whitespace>".

wrong_environment(_, []) -> none;
wrong_environment(Name, [{Key, Value} | Rest]) when is_atom(Key) ->
    case {lists:keymember(Key, 1, Rest), Name} of
        {true, _} -> text("duplicate parameter: ~ts", [Key]);
        {false, kernel} when Key =:= distributed ->
            case is_distributed(Value) of
                true -> wrong_environment(Name, Rest);
                false -> "erroneous parameter: distributed"
            end;
        {false, _} -> wrong_environment(Name, Rest)
    end;
wrong_environment(_, [{Key, _} | _]) -> text("invalid parameter name: ~tp", [Key]);
wrong_environment(_, [Other | _]) -> text("invalid parameter: ~tp", [Other]).

is_distributed(Value) ->
    is_list(Value) andalso lists:all(fun({Name, Nodes}) -> is_atom(Name) andalso is_list(Nodes);
                                        ({Name, Time, Nodes}) -> is_atom(Name) andalso is_list(Nodes) andalso
                                                                     (is_integer(Time) orelse Time =:= infinity);
                                        (_) -> false
                                     end, Value).

text(Format, Arguments) -> lists:flatten(io_lib:format(Format, Arguments)).
set_env(Name, Key, Value) -> set_env(Name, Key, Value, []).
set_env(Name, Key, Value, Options) when is_list(Options) -> application_controller:set_env(Name, Key, Value, Options);
set_env(Name, Key, Value, _) -> set_env(Name, Key, Value, []).
unset_env(Name, Key) -> unset_env(Name, Key, []).
unset_env(Name, Key, Options) -> application_controller:unset_env(Name, Key, Options).
