%% Functions of the module erlang that wait for an answer or call funs.
-module(erlang).
-compile(no_auto_import).
-export([open_port/2, port_command/2, port_command/3, port_close/1, port_connect/2, port_control/3, port_call/2,
         port_call/3, port_set_data/2, port_get_data/1, spawn/2, spawn/4, spawn_link/2, spawn_link/4, spawn_monitor/2, spawn_monitor/4, spawn_opt/3, spawn_opt/5,
         garbage_collect/1, garbage_collect/2, check_process_code/3, date/0, time/0, halt/0, halt/1, halt/2,
         dt_put_tag/1, dt_get_tag/0, dt_get_tag_data/0, dt_spread_tag/1, dt_restore_tag/1, dt_prepend_vm_tag_data/1,
         dt_append_vm_tag_data/1, display_string/1, display_string/2, display_nl/0, loaded/0, pre_loaded/0, load_module/2,
         delete_module/1, purge_module/1, system_profile/0, system_monitor/0]).

%% Code that runs here starts no programs and loads no drivers. So there are no ports to name.
open_port(Name, Options) when erlang:is_tuple(Name), erlang:is_list(Options) ->
    erlang:error(eacces, [Name, Options]);
open_port(Name, Options) -> erlang:error(badarg, [Name, Options]).
port_command(Port, Data) -> erlang:error(badarg, [Port, Data]).
port_command(Port, Data, Options) -> erlang:error(badarg, [Port, Data, Options]).
port_close(Port) -> erlang:error(badarg, [Port]).
port_connect(Port, Pid) -> erlang:error(badarg, [Port, Pid]).
port_control(Port, Operation, Data) -> erlang:error(badarg, [Port, Operation, Data]).
port_call(Port, Data) -> erlang:error(badarg, [Port, Data]).
port_call(Port, Operation, Data) -> erlang:error(badarg, [Port, Operation, Data]).
port_set_data(Port, Data) -> erlang:error(badarg, [Port, Data]).
port_get_data(Port) -> erlang:error(badarg, [Port]).

spawn(Node, Fun) -> spawn(Node, erlang, apply, [Fun, []]).
spawn(Node, Module, Function, Arguments) -> start(Node, Module, Function, Arguments, []).

spawn_link(Node, Fun) -> spawn_link(Node, erlang, apply, [Fun, []]).
spawn_link(Node, Module, Function, Arguments) -> start(Node, Module, Function, Arguments, [link]).

spawn_monitor(Node, Fun) -> spawn_monitor(Node, erlang, apply, [Fun, []]).
spawn_monitor(Node, Module, Function, Arguments) -> start(Node, Module, Function, Arguments, [monitor]).

spawn_opt(Node, Fun, Options) -> spawn_opt(Node, erlang, apply, [Fun, []], Options).
spawn_opt(Node, Module, Function, Arguments, Options) -> start(Node, Module, Function, Arguments, Options).

%% If the node cannot be reached, the result is a dead process: its links and monitors get noconnection.
start(Node, Module, Function, Arguments, Options) ->
    Request = erlang:spawn_request(Node, Module, Function, Arguments, Options),
    receive
        {spawn_reply, Request, ok, Pid} -> with_monitor(Pid, Request, Options);
        {spawn_reply, Request, error, Reason} when Reason =:= noconnection; Reason =:= notsup ->
            erlang:spawn_opt(erlang, exit, [Reason], Options);
        {spawn_reply, Request, error, badopt} -> erlang:error(badarg, [Node, Module, Function, Arguments, Options]);
        {spawn_reply, Request, error, Reason} -> erlang:error(Reason, [Node, Module, Function, Arguments, Options])
    end.

with_monitor(Pid, Reference, [monitor | _]) -> {Pid, Reference};
with_monitor(Pid, Reference, [{monitor, _} | _]) -> {Pid, Reference};
with_monitor(Pid, Reference, [_ | Options]) -> with_monitor(Pid, Reference, Options);
with_monitor(Pid, _, []) -> Pid.

garbage_collect(Pid) -> collect(Pid, [], [Pid]).
garbage_collect(Pid, Options) -> collect(Pid, Options, [Pid, Options]).

collect(Pid, Options, Arguments) when erlang:is_pid(Pid) ->
    answer(garbage_collect, Options, erlang:'$collect'(Pid, is_major(Options, true)), Arguments);
collect(_, _, Arguments) -> bad(garbage_collect, Arguments).

is_major([{type, Type} | Options], _) -> is_major(Options, Type =/= minor);
is_major([_ | Options], Major) -> is_major(Options, Major);
is_major(_, Major) -> Major.

check_process_code(Pid, Module, Options) when erlang:is_pid(Pid), erlang:is_atom(Module) ->
    answer(check_process_code, Options, false, [Pid, Module, Options]);
check_process_code(Pid, Module, Options) -> bad(check_process_code, [Pid, Module, Options]).

%% With {async, Id} the answer is a message. The other options have no effect.
answer(Function, Options, Answer, Arguments) -> answer(Function, Options, none, Answer, Arguments).

answer(Function, [{async, Id} | Options], _, Answer, Arguments) -> answer(Function, Options, {id, Id}, Answer, Arguments);
answer(garbage_collect, [{type, Type} | Options], Id, Answer, Arguments) when Type =:= major; Type =:= minor ->
    answer(garbage_collect, Options, Id, Answer, Arguments);
answer(check_process_code, [{allow_gc, Allow} | Options], Id, Answer, Arguments) when erlang:is_boolean(Allow) ->
    answer(check_process_code, Options, Id, Answer, Arguments);
answer(_, [], none, Answer, _) -> Answer;
answer(Function, [], {id, Id}, Answer, _) ->
    erlang:send(erlang:self(), {Function, Id, Answer}),
    async;
answer(Function, _, _, _, Arguments) -> bad(Function, Arguments).

bad(Function, Arguments) ->
    erlang:raise(error, badarg, [{erlang, Function, Arguments, [{error_info, #{module => erl_erts_errors}}]}]).

date() -> erlang:element(1, erlang:localtime()).
time() -> erlang:element(2, erlang:localtime()).

%% The node ends in order, and soon: this process does nothing more.
halt() -> halt(0, []).
halt(Status) -> halt(Status, []).
halt(Status, Options) when erlang:is_integer(Status), Status >= 0, erlang:is_list(Options) -> ends(Status);
halt(abort, Options) when erlang:is_list(Options) -> ends(1);
halt(Slogan, Options) when erlang:is_list(Slogan), erlang:is_list(Options) -> ends(1);
halt(Status, Options) -> erlang:error(badarg, [Status, Options]).

-spec ends(non_neg_integer()) -> no_return().
ends(Status) ->
    erlang:'$halt'(Status),
    receive after infinity -> ok end.

%% Tags for DTrace, which OTP without it does not have either.
dt_put_tag(_) -> undefined.
dt_get_tag() -> undefined.
dt_get_tag_data() -> undefined.
dt_spread_tag(_) -> true.
dt_restore_tag(_) -> true.
dt_prepend_vm_tag_data(Data) -> Data.
dt_append_vm_tag_data(Data) -> Data.

%% As erlang:display/1, the text goes to the log; it is more than one line of it if it has ends of lines.
display_string(Text) -> shows(Text, [Text]).
display_string(Device, Text) when Device =:= stdin; Device =:= stdout; Device =:= stderr -> shows(Text, [Device, Text]);
display_string(Device, Text) -> bad(display_string, [Device, Text]).
display_nl() -> true.

shows(Text, Arguments) ->
    try erlang:'$display'(if erlang:is_list(Text) -> unicode:characters_to_binary(Text); erlang:is_binary(Text) -> Text end)
    catch error:_ -> bad(display_string, Arguments)
    end.

%% Modules are loaded when they are called or pushed, and go when nothing uses them.
loaded() -> code:'$modules'().
pre_loaded() -> [Module || Module <- code:'$modules'(), code:'$file'(Module) =:= preloaded].
load_module(Module, Binary) when erlang:is_atom(Module), erlang:is_binary(Binary) ->
    case code:load_binary(Module, "", Binary) of
        {module, _} = Loaded -> Loaded;
        {error, _} -> {error, badfile}
    end;
load_module(Module, Binary) -> bad(load_module, [Module, Binary]).
delete_module(Module) when erlang:is_atom(Module) ->
    case code:'$file'(Module) of
        false -> undefined;
        preloaded -> bad(delete_module, [Module]);
        _ -> code:delete(Module)
    end;
delete_module(Module) -> bad(delete_module, [Module]).
%% Nothing has old code that could be named.
purge_module(Module) -> bad(purge_module, [Module]).

system_profile() -> undefined.
system_monitor() -> undefined.
