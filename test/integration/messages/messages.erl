%% Messages and signals between a real node and the native processes of our node.
-module(messages).
-export([main/0]).
-import(claims, [claim/2, equal/3, node_of/1]).

main() ->
    N = node_of(repl2),
    equal("{Name, Node} ! Message reaches a native process, which answers to the pid", hello, fun() -> echo(N, hello) end),
    [equal("a term comes back as it went: " ++ Name, Term, fun() -> echo(N, Term) end) || {Name, Term} <- terms()],
    order(N),
    nobody(N),
    exits(N).

echo(N, Term) ->
    {echo, N} ! {self(), Term},
    receive Answer -> Answer after 5000 -> nothing end.

terms() ->
    [{"integers", [0, -1, 255, 256, 1 bsl 31, -(1 bsl 31) - 1, 1 bsl 59, 1 bsl 64, -(1 bsl 200)]},
     {"floats", [0.0, 1.5, -2.5e300]},
     {"atoms", ['', ok, 'with space', 'åäö', list_to_atom(lists:duplicate(255, $x))]},
     {"strings and lists", ["abc", [1, 2, 3 | 4], lists:seq(1, 70000)]},
     {"binaries", [<<>>, <<1, 2, 3>>, <<1:3>>, binary:copy(<<"x">>, 300000)]},
     {"tuples", [{}, {a}, list_to_tuple(lists:seq(1, 300))]},
     {"maps", [#{}, #{a => 1, "b" => [2]}, maps:from_list([{I, I} || I <- lists:seq(1, 1000)])]},
     {"funs", [fun lists:map/2, fun(X) -> X + 1 end]},
     {"identifiers", [self(), make_ref(), hd(erlang:ports())]}].

order(N) ->
    Count = 10000,
    [{echo, N} ! {self(), I} || I <- lists:seq(1, Count)],
    claim("ten thousand messages of one sender keep their order", fun() ->
        lists:seq(1, Count) =:= [receive I -> I after 5000 -> nothing end || _ <- lists:seq(1, Count)]
    end).

nobody(N) ->
    Name = monitor(process, {nobody, N}),
    equal("a monitor of a name that does not exist: noproc", {{nobody, N}, noproc}, fun() -> down(Name) end),
    Dead = dead_pid(N),
    equal("a monitor of a dead pid: noproc", {Dead, noproc}, fun() -> down(monitor(process, Dead)) end),
    process_flag(trap_exit, true),
    equal("a link to a dead pid: noproc", noproc, fun() ->
        link(Dead),
        receive {'EXIT', Dead, Reason} -> Reason after 5000 -> nothing end
    end),
    equal("gen_server:call of a name that does not exist", {'EXIT', noproc}, fun() ->
        {'EXIT', {Reason, _}} = (catch gen_server:call({nobody, N}, hello)),
        {'EXIT', Reason}
    end),
    equal("a send to a name that does not exist is dropped, the connection stays", still_here, fun() ->
        {nobody, N} ! hello,
        echo(N, still_here)
    end).

exits(N) ->
    Echo = monitor(process, {echo, N}),
    {echo, N} ! {exit, {some, "reason", binary:copy(<<"y">>, 200000)}},
    claim("a native process that ends: the monitor gets its reason, however large", fun() ->
        {{echo, N}, {some, "reason", Large}} = down(Echo),
        byte_size(Large) =:= 200000
    end).

down(Reference) ->
    receive {'DOWN', Reference, process, Who, Reason} -> {Who, Reason} after 5000 -> nothing end.

%% A pid that was never given out: our identifiers start low.
dead_pid(N) ->
    <<131, 88, Name/binary>> = term_to_binary(pid_there(N)),
    Prefix = byte_size(Name) - 12,
    <<Node:Prefix/binary, _Id:32, _Serial:32, Creation:32>> = Name,
    binary_to_term(<<131, 88, Node/binary, 200000:32, 7:32, Creation:32>>).

pid_there(N) ->
    Reference = monitor(process, {net_kernel, N}),
    {net_kernel, N} ! {'$gen_call', {self(), Reference}, {is_auth, node()}},
    receive {Reference, yes} -> ok end,
    demonitor(Reference),
    Request = erlang:spawn_request(N, erlang, node, [], []),
    receive {spawn_reply, Request, ok, Pid} -> Pid end.
