%% Long actions that are not one call of a native function.
-module(pauses_rows).
-export([rows/1, where/1, prepare/2, sink/0, answer/0, holder/3, survivor/3, start_arguments/2]).

%% {Name, Module, Row}, in the order in which they are measured.
rows(#{rows := Pattern}) ->
    [{Name, ?MODULE, Row} || {Name, _, Row} <- all(), re:run(Name, Pattern) =/= nomatch].

%% {Name, the node that the action's process lives on, Row}
all() ->
    [{"idle", target, idle},
     {"a loop in Erlang code", target, loop},
     %% heaps
     {"heap: lists:seq(1, 1M), 200 lists", target, seq},
     {"heap: a large live heap is collected", target, collect},
     {"heap: garbage beside a large live heap", target, garbage},
     {"heap: a list grows to 10M", target, grow},
     {"heap: a recursion 5M deep", target, recursion},
     {"heap: garbage beside 1M live binaries", target, binaries},
     {"heap: exit with a large heap", target, exit_heap},
     {"heap: exit with a term 5M deep", target, exit_deep},
     {"heap: exit with 1M binaries", target, exit_binaries},
     {"heap: exit with 1M dictionary entries", target, exit_dictionary},
     {"heap: freed memory is given back", target, give_back},
     %% signals
     {"signals: send 5M elements", target, send_large},
     {"signals: send a term 1M deep", target, send_deep},
     {"signals: send 1M messages", target, send_many},
     {"signals: selective receive from 1M messages", target, selective},
     {"signals: exit with 1M messages", target, exit_messages},
     {"signals: process_info(messages) of 1M", target, info_messages},
     {"signals: process_info(monitors) of 1M", target, info_monitors},
     {"signals: exit with 1M monitors", target, exit_monitors},
     {"signals: exit of a process with 1M monitors on it", target, exit_monitored},
     {"signals: exit with 1M aliases", target, exit_aliases},
     {"signals: exit with 1M timers", target, exit_timers},
     {"signals: 1M timers end", target, timers},
     {"signals: exit of a star of 100k links", target, star},
     {"signals: exit of one point of a star of 100k", target, star_point},
     {"signals: exit of a chain of 100k links", target, chain},
     {"signals: exit with a reason of 1M, 20 links", target, exit_reason},
     {"signals: link and unlink 1M times", target, links},
     {"signals: monitor and demonitor 1M times", target, monitors},
     {"signals: spawn with arguments of 5M", target, spawn_large},
     {"signals: spawn 200k processes", target, spawn_many},
     {"signals: processes() of 200k", target, processes},
     {"signals: 200k processes are killed", target, kill_many},
     {"signals: registered() of 100k names", target, registered}] ++
        tables(set) ++ tables(ordered_set) ++
    [{"tables: duplicate_bag: lookup of a key with 1M", target, {table, duplicate_bag, lookup}},
     {"tables: duplicate_bag: delete of a key with 1M", target, {table, duplicate_bag, delete_key}},
     {"tables: bag: insert 2000 of one key 5 times", target, bag},
     %% code
     {"code: load 10,000 functions", target, {load, pauses_large}},
     {"code: load a literal of 1M", target, {load, pauses_literal}},
     {"code: borrow 10,000 functions", target, {borrow, pauses_borrowed}},
     {"code: borrow a literal of 1M", target, {borrow, pauses_borrowed_literal}},
     %% external terms
     {"external: term_to_binary of 100 MB", target, encode},
     {"external: term_to_binary of 100 MB, compressed", target, compress},
     {"external: binary_to_term of 100 MB", target, decode},
     {"external: binary_to_term of 100 MB, compressed", target, decompress},
     %% peers
     {"peers: a message of 100 MB: a binary", driver, {receive_message, binary}},
     {"peers: a message of 100 MB: integers", driver, {receive_message, integers}},
     {"peers: a message of 100 MB: tuples", driver, {receive_message, tuples}},
     {"peers: a message of 100 MB: a map", driver, {receive_message, map}},
     {"peers: 1M messages", driver, receive_many},
     {"peers: spawn with 100 MB of arguments", driver, spawn_arguments},
     {"peers: an answer of 100 MB: a binary", driver, {reply, binary}},
     {"peers: an answer of 100 MB: integers", driver, {reply, integers}},
     {"peers: an answer of 100 MB: tuples", driver, {reply, tuples}},
     {"peers: lost, with 100k links", driver, {lost, links}},
     {"peers: lost, with 100k monitors", driver, {lost, monitors}},
     {"peers: lost, which had 100k monitors here", driver, {lost, monitored}},
     {"peers: exit with 100k monitors of a peer on it", driver, remote_downs},
     {"idle again", target, idle}].

%% Of a table of 1M objects.
tables(Type) ->
    [{lists:flatten(io_lib:format("tables: ~s: ~s", [Type, Name])), target, {table, Type, Action}}
     || {Name, Action} <- [{"insert 1M one by one", insert_each},
                           {"insert 1M", insert},
                           {"tab2list", tab2list},
                           {"select all", select},
                           {"select none", select_none},
                           {"match none", match_none},
                           {"select_count", select_count},
                           {"select_replace", select_replace},
                           {"select_delete", select_delete},
                           {"match_delete", match_delete},
                           {"delete_all_objects", delete_all_objects},
                           {"delete", delete},
                           {"rename", rename},
                           {"exit of its owner", exit},
                           {"foldl", foldl}]].

%% Where the process of the action lives.
where(Row) ->
    {_, Where, _} = lists:keyfind(Row, 3, all()),
    Where.

%% On that node: builds what the action works on, and returns the action. For rows of the driver: {Row, Node of the target}.
prepare(idle, _) -> fun() -> timer:sleep(300) end;
prepare(loop, _) -> fun() -> loop(10000000) end;
prepare(seq, _) -> fun() -> lists:seq(1, 1000000), [lists:seq(1, 20000) || _ <- lists:seq(1, 200)] end;

prepare(collect, Options) ->
    Live = live(Options),
    fun() -> erlang:garbage_collect(), hd(Live) end;
prepare(garbage, Options) ->
    Live = live(Options),
    fun() -> [lists:seq(1, 100) || _ <- lists:seq(1, 100000)], hd(Live) end;
prepare(grow, Options) ->
    Count = count(10000000, Options),
    fun() -> grow(Count, []) end;
prepare(recursion, Options) ->
    Count = count(5000000, Options),
    fun() -> recursion(Count) end;
prepare(binaries, Options) ->
    Live = some_binaries(Options),
    fun() -> [lists:seq(1, 100) || _ <- lists:seq(1, 100000)], hd(Live) end;
prepare(exit_heap, Options) -> ending(fun() -> live(Options) end);
prepare(exit_deep, Options) -> ending(fun() -> deep(count(5000000, Options), []) end);
prepare(exit_binaries, Options) -> ending(fun() -> some_binaries(Options) end);
prepare(exit_dictionary, Options) -> ending(fun() -> [put(N, N) || N <- lists:seq(1, count(1000000, Options))] end);
prepare(give_back, Options) ->
    End = ending(fun() -> [[N] || N <- live(Options)] end),
    fun() -> End(), timer:sleep(3000) end;

prepare(send_large, Options) ->
    Sink = spawn_link(fun sink/0),
    Message = lists:seq(1, count(5000000, Options)),
    fun() -> Sink ! Message, synchronized(Sink) end;
prepare(send_deep, Options) ->
    Sink = spawn_link(fun sink/0),
    Message = deep(count(1000000, Options), []),
    fun() -> Sink ! Message, synchronized(Sink) end;
prepare(send_many, Options) ->
    Count = count(1000000, Options),
    Waiting = waiting(),
    fun() -> send_many(Waiting, Count) end;
prepare(selective, Options) ->
    send_many(self(), count(1000000, Options)),
    fun() -> self() ! wanted, receive wanted -> ok end end;
prepare(exit_messages, Options) ->
    Waiting = waiting(),
    send_many(Waiting, count(1000000, Options)),
    fun() -> end_of(Waiting, kill) end;
prepare(info_messages, Options) ->
    Waiting = waiting(),
    send_many(Waiting, count(1000000, Options)),
    fun() -> process_info(Waiting, messages) end;
prepare(info_monitors, Options) ->
    Other = waiting(),
    [monitor(process, Other) || _ <- lists:seq(1, count(1000000, Options))],
    Self = self(),
    fun() -> process_info(Self, monitors) end;
prepare(exit_monitors, Options) ->
    Other = waiting(),
    ending(fun() -> [monitor(process, Other) || _ <- lists:seq(1, count(1000000, Options))] end);
prepare(exit_monitored, Options) ->
    Other = waiting(),
    Count = count(1000000, Options),
    [monitor(process, Other) || _ <- lists:seq(1, Count)],
    fun() -> exit(Other, kill), downs(Count) end;
prepare(exit_aliases, Options) -> ending(fun() -> [alias() || _ <- lists:seq(1, count(1000000, Options))] end);
prepare(exit_timers, Options) ->
    ending(fun() -> [erlang:send_after(600000, self(), N) || N <- lists:seq(1, count(1000000, Options))] end);
prepare(timers, Options) ->
    Count = count(1000000, Options),
    Until = erlang:monotonic_time(millisecond) + 5000,
    [erlang:send_after(Until, self(), ended, [{abs, true}]) || _ <- lists:seq(1, Count)],
    fun() -> [receive ended -> ok end || _ <- lists:seq(1, Count)] end;
prepare(star, Options) ->
    {Centre, Points} = star(Options),
    Last = lists:last(Points),
    fun() -> exit(Centre, over), [end_of(Pid, none) || Pid <- [Centre, hd(Points), Last]] end;
prepare(star_point, Options) ->
    {Centre, Points} = star(Options),
    Last = lists:last(Points),
    fun() -> exit(hd(Points), over), [end_of(Pid, none) || Pid <- [Centre, hd(Points), Last]] end;
prepare(chain, Options) ->
    First = chain(count(100000, Options), self()),
    Last = receive {last, Pid} -> Pid end,
    fun() -> exit(First, over), end_of(Last, none) end;
prepare(exit_reason, Options) ->
    Reason = lists:seq(1, count(1000000, Options)),
    process_flag(trap_exit, true),
    Linked = [spawn_link(fun() -> receive stop -> exit(Reason) end end) || _ <- lists:seq(1, 20)],
    fun() -> [Pid ! stop || Pid <- Linked], [receive {'EXIT', Pid, _} -> ok end || Pid <- Linked] end;
prepare(links, Options) ->
    Count = count(1000000, Options),
    Other = waiting(),
    fun() -> [begin link(Other), unlink(Other) end || _ <- lists:seq(1, Count)], synchronized_by_info(Other) end;
prepare(monitors, Options) ->
    Count = count(1000000, Options),
    Other = waiting(),
    fun() -> [demonitor(monitor(process, Other)) || _ <- lists:seq(1, Count)], synchronized_by_info(Other) end;
prepare(spawn_large, Options) ->
    Argument = lists:seq(1, count(5000000, Options)),
    fun() -> {Pid, _} = spawn_monitor(?MODULE, start_arguments, [self(), Argument]), end_of(Pid, none) end;
prepare(spawn_many, Options) ->
    Count = count(200000, Options),
    fun() -> [spawn_link(fun wait/0) || _ <- lists:seq(1, Count)] end;
prepare(processes, Options) ->
    [spawn_link(fun wait/0) || _ <- lists:seq(1, count(200000, Options))],
    fun() -> processes() end;
prepare(kill_many, Options) ->
    Pids = [waiting() || _ <- lists:seq(1, count(200000, Options))],
    fun() -> [exit(Pid, kill) || Pid <- Pids], end_of(lists:last(Pids), none) end;
prepare(registered, Options) ->
    [register(list_to_atom("pauses" ++ integer_to_list(N)), spawn_link(fun wait/0))
     || N <- lists:seq(1, count(100000, Options))],
    fun() -> registered() end;

prepare({table, Type, insert}, Options) ->
    Objects = objects(Options),
    fun() -> ets:insert(ets:new(pauses, [Type]), Objects) end;
prepare({table, Type, insert_each}, Options) ->
    Count = count(1000000, Options),
    fun() -> table(Type, Count) end;
prepare({table, duplicate_bag, Action}, Options) ->
    Table = ets:new(pauses, [duplicate_bag]),
    [ets:insert(Table, {1, N}) || N <- lists:seq(1, count(1000000, Options))],
    case Action of
        lookup -> fun() -> ets:lookup(Table, 1) end;
        delete_key -> fun() -> ets:delete(Table, 1) end
    end;
prepare({table, Type, exit}, Options) ->
    ending(fun() -> table(Type, count(1000000, Options)) end);
prepare({table, Type, Action}, Options) ->
    Table = table(Type, count(1000000, Options)),
    None = {'_', none},
    case Action of
        tab2list -> fun() -> ets:tab2list(Table) end;
        select -> fun() -> ets:select(Table, [{{'$1', '$2'}, [], [{{'$2', '$1'}}]}]) end;
        select_none -> fun() -> ets:select(Table, [{{'$1', '$2'}, [{'<', '$2', 0}], ['$_']}]) end;
        match_none -> fun() -> ets:match(Table, None) end;
        select_count -> fun() -> ets:select_count(Table, [{{'$1', '$2'}, [{'>', '$2', 0}], [true]}]) end;
        select_replace -> fun() -> ets:select_replace(Table, [{{'$1', '$2'}, [], [{{'$1', {'+', '$2', 1}}}]}]) end;
        select_delete -> fun() -> ets:select_delete(Table, [{{'$1', '$2'}, [{'>', '$2', 0}], [true]}]) end;
        match_delete -> fun() -> ets:match_delete(Table, {'_', '_'}) end;
        delete_all_objects -> fun() -> ets:delete_all_objects(Table) end;
        delete -> fun() -> ets:delete(Table) end;
        rename -> fun() -> ets:rename(Table, pauses_renamed) end;
        foldl -> fun() -> ets:foldl(fun(_, Sum) -> Sum + 1 end, 0, Table) end
    end;
prepare(bag, Options) ->
    Table = ets:new(pauses, [bag]),
    Count = count(2000, Options),
    fun() -> [ets:insert(Table, [{1, Part * Count + N} || N <- lists:seq(1, Count)]) || Part <- lists:seq(1, 5)] end;

prepare({load, Module}, _) ->
    Bytes = persistent_term:get(Module),
    fun() -> {module, Module} = code:load_binary(Module, "pauses.beam", Bytes) end;
prepare({borrow, Module}, _) ->
    code:purge(Module),
    code:delete(Module),
    code:purge(Module),
    fun() -> Module:last() end;

prepare(encode, Options) ->
    Term = term(tuples, Options),
    fun() -> term_to_binary(Term) end;
prepare(compress, Options) ->
    Term = term(tuples, Options),
    fun() -> term_to_binary(Term, [compressed]) end;
prepare(decode, Options) ->
    Bytes = term_to_binary(term(tuples, Options)),
    fun() -> binary_to_term(Bytes) end;
prepare(decompress, Options) ->
    Bytes = term_to_binary(term(tuples, Options), [{compressed, 1}]),
    fun() -> binary_to_term(Bytes) end;

prepare({{receive_message, Kind}, Node}, Options) ->
    Sink = spawn_link(Node, ?MODULE, sink, []),
    Message = term(Kind, Options),
    fun() -> Sink ! Message, synchronized(Sink) end;
prepare({receive_many, Node}, Options) ->
    Sink = spawn_link(Node, ?MODULE, sink, []),
    Count = count(1000000, Options),
    fun() -> send_many(Sink, Count), synchronized(Sink) end;
prepare({spawn_arguments, Node}, Options) ->
    Argument = term(tuples, Options),
    fun() -> end_of(spawn(Node, ?MODULE, start_arguments, [self(), Argument]), none) end;
prepare({{reply, Kind}, Node}, Options) ->
    Server = spawn_link(Node, ?MODULE, answer, []),
    Server ! {self(), prepare, Kind, Options},
    receive {Server, ready} -> ok end,
    fun() -> Server ! {self(), answer}, receive {answer, _} -> ok end end;
prepare({{lost, How}, Node}, Options) ->
    Peer = pauses_targets:ensure(peer),
    {Holder, Survivor} = survivor_of(Peer, Node, How, count(100000, Options)),
    fun() ->
        pauses_targets:kill(peer),
        Survivor ! {self(), all_told, Holder},
        receive {Survivor, all_told} -> ok end
    end;
prepare({remote_downs, Node}, Options) ->
    Pid = spawn_link(Node, ?MODULE, sink, []),
    unlink(Pid),
    Count = count(100000, Options),
    [monitor(process, Pid) || _ <- lists:seq(1, Count)],
    synchronized(Pid),
    fun() -> exit(Pid, kill), downs(Count) end.

%% --- what they are made of

count(Count, #{size := Factor}) -> max(1, round(Count * Factor)).

%% A list that fills the heap of --heap.
live(#{heap := Megabytes} = Options) -> lists:seq(1, count(Megabytes * 65536, Options)).

some_binaries(Options) -> [<<N:1024>> || N <- lists:seq(1, count(1000000, Options))].

%% About 100 MB in the external format.
term(binary, Options) -> binary:copy(<<"0123456789">>, count(10000000, Options));
term(integers, Options) -> lists:seq(1, count(20000000, Options));
term(tuples, Options) -> [{N, name, <<"some bytes">>} || N <- lists:seq(1, count(3400000, Options))];
term(map, Options) -> maps:from_list([{N, {N, <<"some bytes">>}} || N <- lists:seq(1, count(3000000, Options))]).

objects(Options) -> [{N, N} || N <- lists:seq(1, count(1000000, Options))].

table(Type, Count) ->
    Table = ets:new(pauses, [Type, public]),
    [ets:insert(Table, {N, N}) || N <- lists:seq(1, Count)],
    Table.

loop(0) -> ok;
loop(Count) -> loop(Count - 1).

grow(0, List) -> List;
grow(Count, List) -> grow(Count - 1, [Count | List]).

recursion(0) -> 0;
recursion(Count) -> 1 + recursion(Count - 1).

deep(0, Term) -> Term;
deep(Depth, Term) -> deep(Depth - 1, {Term}).

wait() -> receive stop -> ok end.
waiting() -> spawn(fun wait/0).

%% An action that ends a process that holds what Build has built.
ending(Build) ->
    Self = self(),
    Pid = spawn(fun() -> Held = Build(), Self ! {self(), built}, receive stop -> Held end end),
    Monitor = monitor(process, Pid),
    receive
        {Pid, built} -> ok;
        {'DOWN', Monitor, process, _, Reason} -> exit(Reason)
    end,
    fun() -> end_of(Pid, kill) end.

%% Waits for the end of a process, after a signal to it.
end_of(Pid, Signal) ->
    Monitor = monitor(process, Pid),
    Signal =:= none orelse exit(Pid, Signal),
    receive {'DOWN', Monitor, process, _, _} -> ok end.

downs(0) -> ok;
downs(Count) -> receive {'DOWN', _, process, _, _} -> downs(Count - 1) end.

send_many(_, 0) -> ok;
send_many(Pid, Count) -> Pid ! {message, Count}, send_many(Pid, Count - 1).

sink() ->
    receive
        {Pid, synchronize} -> Pid ! {self(), synchronized}, sink();
        stop -> ok;
        _ -> sink()
    end.

synchronized(Sink) -> Sink ! {self(), synchronize}, receive {Sink, synchronized} -> ok end.

%% Its signals before this request have arrived when it is answered.
synchronized_by_info(Pid) -> process_info(Pid, message_queue_len).

star(Options) ->
    Self = self(),
    Count = count(100000, Options),
    Centre = spawn(fun() -> Self ! {points, [spawn_link(fun wait/0) || _ <- lists:seq(1, Count)]}, wait() end),
    receive {points, Points} -> {Centre, Points} end.

chain(0, Told) -> Pid = waiting(), Told ! {last, Pid}, Pid;
chain(Count, Told) -> spawn(fun() -> link(chain(Count - 1, Told)), wait() end).

start_arguments(_, _) -> ok.

answer() ->
    receive {Pid, prepare, Kind, Options} -> ok end,
    Term = term(Kind, Options),
    Pid ! {self(), ready},
    receive {Asker, answer} -> Asker ! {answer, Term} end,
    receive stop -> ok end.

%% Two processes: Holder on the node that will be lost, and Survivor, which is told of the loss.
survivor_of(Peer, Node, How, Count) ->
    Self = self(),
    Survivor = spawn(Node, ?MODULE, survivor, [Self, How, Count]),
    Holder = spawn(Peer, ?MODULE, holder, [Survivor, How, Count]),
    receive {Survivor, ready} -> ok end,
    {Holder, Survivor}.

%% links: Count processes of Holder's node are linked to Survivor. monitors: Survivor monitors Holder. monitored: the other way.
holder(Survivor, links, Count) ->
    [spawn(fun() -> link(Survivor), wait() end) || _ <- lists:seq(1, Count)],
    Survivor ! {holder, self()},
    sink();
holder(Survivor, monitors, _) -> Survivor ! {holder, self()}, sink();
holder(Survivor, monitored, Count) ->
    [monitor(process, Survivor) || _ <- lists:seq(1, Count)],
    Survivor ! {holder, self()},
    sink().

survivor(Driver, How, Count) ->
    process_flag(trap_exit, true),
    receive {holder, Holder} -> ok end,
    Told = case How of
        links -> await_links(Count), Count;
        monitors -> [monitor(process, Holder) || _ <- lists:seq(1, Count)], Count;
        monitored -> monitor(process, Holder), 1
    end,
    synchronized(Holder),
    Driver ! {self(), ready},
    receive {Pid, all_told, _} -> ok end,
    [receive {'EXIT', _, noconnection} -> ok; {'DOWN', _, _, _, noconnection} -> ok end || _ <- lists:seq(1, Told)],
    Pid ! {self(), all_told}.

await_links(Count) ->
    {links, Links} = process_info(self(), links),
    case length(Links) >= Count of
        true -> ok;
        false -> timer:sleep(50), await_links(Count)
    end.
