%% The programs that the driver starts: what is measured, the node that asks, and nodes that rows need. None outlives the driver.
-module(pauses_targets).
-export([init/1, ensure/1, kill/1, node_of/1, echo_of/1, quiet/1, died/2]).

-define(up, 20000).  % ms until a program must serve
-define(ends, 5000). % ms in which a program ends whose connection has broken
-define(look, 100).  % ms between two looks at its memory
-define(kept, 80).   % MB of freed memory that our node may keep
-define(gives_back, 2600). % ms after which it has given back the rest

%% Options: #{memory := MB of the largest target, ours := MB of --max-memory}.
init(Options) ->
    ets:new(?MODULE, [named_table, public]),
    ets:insert(?MODULE, {options, Options}),
    ok.

%% Starts the program of this kind unless it runs and answers. Returns its node.
ensure(Kind) ->
    case ets:lookup(?MODULE, Kind) of
        [{_, Target}] ->
            case is_process_alive(maps:get(owner, Target)) andalso net_kernel:connect_node(maps:get(node, Target)) of
                true -> maps:get(node, Target);
                _ -> kill(Kind), start(Kind)
            end;
        [] -> start(Kind)
    end.

node_of(Kind) -> maps:get(node, target(Kind)).
echo_of(Kind) -> maps:get(echo, target(Kind)).

%% Waits until our node has given back what the last action left: that is a pause of its own, some 2 seconds later.
quiet(ours) ->
    #{os_pid := Pid, rests_at := Rest} = Target = target(ours),
    quiet(Pid, Rest, ?gives_back div ?look) orelse ets:insert(?MODULE, {ours, Target#{rests_at := resident(Pid)}});
quiet(_) -> true.

quiet(_, _, 0) -> false;
quiet(Pid, Rest, Left) ->
    case resident(Pid) > Rest + ?kept of
        true -> timer:sleep(?look), quiet(Pid, Rest, Left - 1);
        false -> true
    end.

%% Why the program has ended: what it said last, or what it was ended for; false if it runs. If its node seems lost, it waits
%% for the end.
died(Kind, Lost) ->
    Monitor = monitor(process, maps:get(owner, target(Kind))),
    receive {'DOWN', Monitor, process, _, _} -> ets:lookup_element(?MODULE, {died, Kind}, 2)
    after case Lost of true -> ?ends; false -> 0 end -> demonitor(Monitor, [flush]), false
    end.

kill(Kind) ->
    case ets:take(?MODULE, Kind) of
        [{_, #{owner := Owner, node := Node}}] ->
            monitor_node(Node, true),
            Monitor = monitor(process, Owner),
            Owner ! kill,
            receive {'DOWN', Monitor, process, _, _} -> ok end,
            receive {nodedown, Node} -> ok after ?up -> ok end;
        [] -> ok
    end.

target(Kind) -> ets:lookup_element(?MODULE, Kind, 2).

start(Kind) ->
    [_, Host] = string:split(atom_to_list(node()), "@"),
    Node = list_to_atom(atom_to_list(Kind) ++ "@" ++ Host),
    Driver = self(),
    Owner = spawn(fun() -> own(Driver, Kind) end),
    Monitor = monitor(process, Owner),
    Pid = receive
        {Owner, Started} -> Started;
        {'DOWN', Monitor, process, _, Why} -> exit({Kind, does_not_start, Why})
    end,
    connect(Node, Kind, erlang:monotonic_time(millisecond) + ?up),
    demonitor(Monitor, [flush]),
    [erpc:call(Node, persistent_term, put, [Module, file(Module)])
     || Module <- [pauses_large, pauses_literal], Kind =/= probe, Kind =/= peer],
    Echo = spawn(Node, pauses_probe, echo, []),
    ets:insert(?MODULE, {Kind, #{owner => Owner, node => Node, os_pid => Pid, echo => Echo, rests_at => resident(Pid)}}),
    Node.

%% Our node has no files.
file(Module) ->
    {ok, Bytes} = file:read_file(atom_to_list(Module) ++ ".beam"),
    Bytes.

connect(Node, Kind, Until) ->
    case net_kernel:connect_node(Node) of
        true -> ok;
        _ ->
            erlang:monotonic_time(millisecond) < Until orelse exit({Kind, does_not_serve}),
            timer:sleep(50),
            connect(Node, Kind, Until)
    end.

%% Owns the port; ends when the program ends, or ends it.
own(Driver, Kind) ->
    Port = open_port({spawn_executable, os:getenv("PAUSES_GUARDED")},
                     [{args, string:lexemes(first(Kind), " ") ++ command(Kind)}, {line, 400}, exit_status, stderr_to_stdout, hide]),
    Pid = receive {Port, {data, {eol, Line}}} -> list_to_integer(Line) end,
    Driver ! {self(), Pid},
    owned(Port, Kind, Pid, maps:get(memory, ets:lookup_element(?MODULE, options, 2)), "").

owned(Port, Kind, Pid, Most, Last) ->
    receive
        kill -> port_close(Port), ended(Kind, killed);
        {Port, {data, {_, Line}}} -> owned(Port, Kind, Pid, Most, Line);
        {Port, {exit_status, Status}} -> ended(Kind, {status, Status, Last})
    after ?look ->
        case resident(Pid) > Most of
            true -> port_close(Port), ended(Kind, {memory_above_mb, Most});
            false -> owned(Port, Kind, Pid, Most, Last)
        end
    end.

ended(Kind, Why) -> ets:insert(?MODULE, {{died, Kind}, Why}).

%% MB; 0 if it has ended.
resident(Pid) ->
    case file:read_file("/proc/" ++ integer_to_list(Pid) ++ "/statm") of
        {ok, Text} ->
            [_, Pages | _] = binary:split(Text, <<" ">>, [global]),
            binary_to_integer(Pages) * 4 div 1024;
        _ -> 0
    end.

command(ours) ->
    #{ours := Most} = ets:lookup_element(?MODULE, options, 2),
    [filename:join(os:getenv("NODERUNTIME_BIN"), "noderuntime"), "start", "--sname", "ours", "--setcookie", cookie(),
     "--code-path", os:getenv("PAUSES_DIRECTORY"), "--max-processes", "2000000",
     "--max-memory", integer_to_list(Most) ++ "MB"];
command(otp_one) -> erl("otp_one", ["+S", "1:1", "+P", "2000000"]);
command(otp_all) -> erl("otp_all", ["+P", "2000000"]);
command(probe) -> erl("probe", ["+S", "1:1", "+sbwt", "none"]);
command(Name) -> erl(atom_to_list(Name), []).

%% The probe must run at once when it is time to; the others only go first.
first(probe) -> os:getenv("PAUSES_FIRST_OF_ALL");
first(_) -> os:getenv("PAUSES_FIRST").

erl(Name, More) ->
    [os:find_executable("erl"), "-noshell", "-noinput", "-start_epmd", "false", "-sname", Name, "-setcookie", cookie(),
     "-pa", os:getenv("PAUSES_DIRECTORY"), "-connect_all", "false" | More].

cookie() -> os:getenv("PAUSES_COOKIE").
