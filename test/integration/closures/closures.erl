%% Runs recorded funs of erl, iex and LFE shells on our node, and compares the results with those recorded.
-module(closures).
-export([main/0, run/4]).
-import(claims, [claim/2, equal/3]).

main() ->
    Node = claims:node_of(replaying),
    pong = net_adm:ping(Node),
    register(test_client, self()),
    {ok, All} = file:consult("closures.terms"),
    {Runs, Others} = lists:partition(fun is_of_our_library/1, All),
    [io:format("skipped: ~b runs of funs that other versions of OTP or of the library made~n", [length(Others)]) || Others =/= []],
    Wrong = lists:append([verdict(Node, Run) || Run <- Runs]),
    [io:format("      ~s: ~0tP~n", [Id, Why, 30]) || {Id, Why} <- Wrong],
    equal(io_lib:format("~b runs of recorded funs do there what was recorded", [length(Runs)]), [],
          fun() -> [Id || {Id, _} <- Wrong] end),
    back_and_forth(Node).

%% Whether this node has the version of the module (erl_eval, elixir, lfe_eval) that made the fun. A fun
%% belongs to one version of its module.
is_of_our_library({_, File, _}) ->
    {ok, Bytes} = file:read_file(File),
    Fun = binary_to_term(Bytes),
    {module, Module} = erlang:fun_info(Fun, module),
    {new_uniq, Version} = erlang:fun_info(Fun, new_uniq),
    code:ensure_loaded(Module) =:= {module, Module} andalso Module:module_info(md5) =:= Version.

back_and_forth(Node) ->
    Made = rpc:call(Node, erlang, apply, [fun(A) -> fun(B) -> {A, B, node()} end end, [1]]),
    equal("a fun made there is called here", {1, 2, node()}, fun() -> Made(2) end),
    equal("and there again", {1, 3, Node}, fun() -> rpc:call(Node, erlang, apply, [Made, [3]]) end),
    Copied = fun() -> Fun = fun() -> node() end, Fun =:= binary_to_term(term_to_binary(Fun)) end,
    equal("a fun without an environment equals its copy", true, fun() -> rpc:call(Node, erlang, apply, [Copied, []]) end),
    {value, Typed, _} = rpc:call(Node, erl_eval, exprs, [expressions("fun(X) -> {X, node()} end."), []]),
    equal("a fun of an evaluator that ran there is called here", {4, node()}, fun() -> Typed(4) end),
    equal("and there again", {5, Node}, fun() -> rpc:call(Node, erlang, apply, [Typed, [5]]) end).

expressions(Text) ->
    {ok, Tokens, _} = erl_scan:string(Text),
    {ok, Expressions} = erl_parse:parse_exprs(Tokens),
    Expressions.

%% Returns [] or [{Id, Why}], the difference to what was recorded.
verdict(Node, {Id, File, Run}) ->
    flush(),
    {ok, Bytes} = file:read_file(File),
    Leader = spawn_link(fun() -> collect([]) end),
    Why = try replay(Node, binary_to_term(Bytes), Run, Leader)
          catch Class:Reason:Stack -> {Class, Reason, Stack}
          end,
    unlink(Leader), exit(Leader, kill),
    [{Id, Why} || Why =/= ok].

replay(Node, Fun, {apply, Arguments, Pre, Class, Term, Exactly, Messages, Output}, Leader) ->
    {Pid, Monitor} = start(Node, Leader, ?MODULE, run, [self(), Fun, term(Arguments), [term(T) || T <- Pre]]),
    Pid ! {start, Node},
    Outcome = receive {'DOWN', Monitor, _, _, Reason} -> Reason after 60000 -> still_running end,
    case Outcome of
        {outcome, Class, Value} ->
            ok = check({value, Value}, not Exactly orelse fits(term(Term), Value)),
            [ok = next(term(Message), 2000) || Message <- Messages],
            check(output, printed(Leader) =:= Output);
        Other -> {wanted, Class, term(Term), got, Other}
    end;
replay(Node, Fun, {server, Arguments, Steps, Status, Reason, Leftover, Output}, Leader) ->
    {Pid, Monitor} = start(Node, Leader, erlang, apply, [Fun, [substituted(A, self(), none, Node) || A <- term(Arguments)]]),
    [ok = step(Step, Pid, Node) || Step <- Steps],
    Exit = receive {'DOWN', Monitor, _, _, Why} -> {exited, Why}
           after case Status of exited -> 5000; _ -> 200 end -> running
           end,
    exit(Pid, kill),
    ok = check({exit, Exit}, case Exit of
                                 {exited, Given} -> Status =:= exited andalso fits(term(Reason), Given);
                                 running -> Status =:= running
                             end),
    [ok = next(term(Message), 2000) || Message <- Leftover],
    check(output, printed(Leader) =:= Output).

%% Runs on our node: applies the fun in a process whose mailbox has the messages Pre.
run(Client, Fun, Arguments, Pre) ->
    Node = receive {start, Name} -> Name end,
    [self() ! substituted(Term, Client, self(), Node) || Term <- Pre],
    exit(try {outcome, value, apply(Fun, [substituted(A, Client, self(), Node) || A <- Arguments])}
         catch Class:Reason -> {outcome, Class, Reason}
         end).

step({sleep, _, _, Milliseconds}, _, _) -> timer:sleep(Milliseconds), ok;
step({send, _, Term, _}, Pid, Node) -> Pid ! substituted(term(Term), self(), Pid, Node), ok;
step({send_name, Name, Term, _}, Pid, Node) ->
    await_name(Node, list_to_atom(Name), 100),
    {list_to_atom(Name), Node} ! substituted(term(Term), self(), Pid, Node), ok;
step({recv, _, Term, Milliseconds}, _, _) -> next(term(Term), Milliseconds);
step({exit, _, Term, _}, Pid, _) -> exit(Pid, term(Term)), ok;
step({await_exit, _, _, _}, _, _) -> ok.

%% Waits until the name is registered, as the user of the shell did, because a message to an unregistered name
%% is lost.
await_name(Node, Name, Left) ->
    case rpc:call(Node, erlang, whereis, [Name]) of
        undefined when Left > 0 -> timer:sleep(50), await_name(Node, Name, Left - 1);
        _ -> ok
    end.

start(Node, Leader, Module, Function, Arguments) ->
    Own = group_leader(),
    group_leader(Leader, self()),
    Started = spawn_monitor(Node, Module, Function, Arguments),
    group_leader(Own, self()),
    Started.

term("") -> none;
term(Text) -> binary_to_term(base64:decode(Text)).

next(Wanted, Milliseconds) ->
    receive
        Message when not is_tuple(Message); element(1, Message) =/= 'DOWN' -> check({message, Message, Wanted}, fits(Wanted, Message))
    after Milliseconds -> {no_message, Wanted}
    end.

check(_, true) -> ok;
check(What, false) -> {wrong, What}.

flush() -> receive _ -> flush() after 0 -> ok end.

%% Replaces the placeholders in terms that are sent. In expected terms a placeholder matches any term of its
%% type.
substituted('$self', Client, _, _) -> Client;
substituted('$proc', _, Pid, _) -> Pid;
substituted('$node', _, _, Node) -> Node;
substituted([Head | Tail], C, P, N) -> [substituted(Head, C, P, N) | substituted(Tail, C, P, N)];
substituted(Tuple, C, P, N) when is_tuple(Tuple) -> list_to_tuple(substituted(tuple_to_list(Tuple), C, P, N));
substituted(Other, _, _, _) -> Other.

fits('$self', Seen) -> is_pid(Seen);
fits('$proc', Seen) -> is_pid(Seen);
fits('$pid', Seen) -> is_pid(Seen);
fits('$ref', Seen) -> is_reference(Seen);
fits('$fun', Seen) -> is_function(Seen);
fits('$node', Seen) -> is_atom(Seen);
fits('$stack', Seen) -> is_list(Seen);
fits([Wanted | Rest], [Seen | More]) -> fits(Wanted, Seen) andalso fits(Rest, More);
fits(Wanted, Seen) when is_tuple(Wanted), is_tuple(Seen) -> fits(tuple_to_list(Wanted), tuple_to_list(Seen));
fits(Wanted, Seen) when is_map(Wanted), is_map(Seen) ->
    fits(lists:sort(maps:to_list(Wanted)), lists:sort(maps:to_list(Seen)));
fits(Wanted, Seen) -> Wanted =:= Seen.

%% A group leader that keeps what is printed.
collect(Printed) ->
    receive
        {io_request, From, Id, {put_chars, _, Characters}} -> From ! {io_reply, Id, ok}, collect([Printed, Characters]);
        {io_request, From, Id, {put_chars, _, Module, Function, Arguments}} ->
            From ! {io_reply, Id, ok}, collect([Printed, apply(Module, Function, Arguments)]);
        {io_request, From, Id, _} -> From ! {io_reply, Id, {error, request}}, collect(Printed);
        {printed, From} -> From ! {printed, unicode:characters_to_list(Printed)}, collect(Printed)
    end.

printed(Leader) ->
    Leader ! {printed, self()},
    receive {printed, Text} -> Text after 2000 -> none end.
