%% The handshake with our node in both roles, by hand (raw.erl) and by real nodes.
-module(handshake).
-export([main/0]).
-import(claims, [claim/2, equal/3, eventually/2, node_of/1]).

-define(COOKIE, "scenario").

main() ->
    acceptor(),
    initiator(),
    old_peers(),
    real_nodes(node_of(repl2)).

name(Name) -> atom_to_binary(node_of(Name)).

%% --- they call us -------------------------------------------------------------------------------------------------

acceptor() ->
    First = raw:handshake(repl2, name(raw1), ?COOKIE),
    claim("a complete handshake: both digests are right", fun() -> is_port(First) end),

    Second = raw:connect(repl2),
    raw:say_name(Second, name(raw1)),
    equal("a second call in the same name is told `alive`", <<"alive">>, fun() -> raw:status(Second) end),
    gen_tcp:send(Second, <<"sfalse">>),
    claim("alive, false: the new connection is closed", fun() -> raw:closed(Second, 3000) end),
    equal("and the old one stays", still_open, fun() -> raw:closed(First, 300) end),

    Third = raw:connect(repl2),
    raw:say_name(Third, name(raw1)),
    <<"alive">> = raw:status(Third),
    gen_tcp:send(Third, <<"strue">>),
    raw:reply(Third, ?COOKIE, raw:challenge(Third)),
    claim("alive, true: the new connection is taken over after the proof",
          fun() -> raw:acknowledged(Third) =:= raw:digest(?COOKIE, 99) end),
    claim("and the old one is closed", fun() -> raw:closed(First, 3000) end),
    gen_tcp:close(Third),

    Own = raw:connect(repl2),
    raw:say_name(Own, name(repl2)),
    equal("a call in our own name: nok", <<"nok">>, fun() -> raw:status(Own) end),

    Flags = raw:connect(repl2),
    raw:say_name(Flags, name(raw2), raw:flags() band bnot (16#20000 bor 16#4000000)),
    equal("missing flags: not_allowed", <<"not_allowed">>, fun() -> raw:status(Flags) end),
    claim("and closed", fun() -> raw:closed(Flags, 3000) end),

    Wrong = raw:connect(repl2),
    raw:say_name(Wrong, name(raw1)),
    <<"ok">> = raw:status(Wrong),
    raw:reply(Wrong, "guess", raw:challenge(Wrong)),
    claim("a wrong digest: closed without an acknowledgement", fun() -> raw:closed(Wrong, 3000) end),

    Nameless = raw:connect(repl2),
    [_, Host] = binary:split(name(raw1), <<"@">>),
    gen_tcp:send(Nameless, <<"N", (raw:flags() bor (1 bsl 33)):64, 0:32, (byte_size(Host)):16, Host/binary>>),
    claim("a peer without a name is given one", fun() ->
        <<"named:", Length:16, Given:Length/binary, Creation:32>> = raw:status(Nameless),
        [_, Host] = binary:split(Given, <<"@">>),
        Creation > 3
    end),

    Silent = raw:connect(repl2),
    {Time, true} = timer:tc(fun() -> raw:closed(Silent, 10000) end),
    claim("a caller that says nothing is closed after the time of a step", fun() -> Time > 1500000 andalso Time < 6000000 end),

    [begin
         Bad = raw:connect(repl2),
         gen_tcp:send(Bad, Bytes),
         claim("closed at once: " ++ What, fun() -> raw:closed(Bad, 1500) end)
     end || {What, Bytes} <- [{"a bad first byte", <<"xyz">>}, {"a name without @", <<"N", 0:64, 0:32, 3:16, "abc">>},
                              {"a message that is too short", <<"N", 1>>}]].

%% --- we call them -------------------------------------------------------------------------------------------------

initiator() ->
    {Listener, Epmd} = raw:listen(<<"fake">>),
    Case = fun(Text, Serve, Status, Output) ->
        Port = ping(),
        {ok, Socket} = gen_tcp:accept(Listener, 5000),
        {ok, <<"N", _/binary>>} = gen_tcp:recv(Socket, 0, 5000),
        Serve(Socket),
        {Exit, Said} = result(Port, ""),
        gen_tcp:close(Socket),
        claim(Text ++ ", exit status " ++ integer_to_list(Status), fun() ->
            Exit =:= Status andalso string:find(Said, Output) =/= nomatch orelse {Exit, Said} end)
    end,
    Say = fun(Text) -> fun(Socket) -> gen_tcp:send(Socket, Text) end end,
    Case("not_allowed is explained", Say(<<"snot_allowed">>), 77, "does not allow"),
    Case("a status that nobody knows is an error", Say(<<"swhat">>), 76, "fake@"),
    Case("a wrong answer of the peer to our challenge means that it lacks the cookie", fun(Socket) ->
        named(Socket),
        {proved, _} = raw:serve_challenge(Socket, name(fake), ?COOKIE),
        gen_tcp:send(Socket, <<"a", 0:128>>)
    end, 77, "cookie"),
    Case("a peer that closes instead of accepting our digest: most likely the cookie", fun(Socket) ->
        named(Socket),
        {proved, _} = raw:serve_challenge(Socket, name(fake), ?COOKIE),
        gen_tcp:close(Socket)
    end, 77, "cookie"),
    Case("another node than the expected one answers", fun(Socket) ->
        named(Socket),
        gen_tcp:send(Socket, <<"N", (raw:flags()):64, 1234:32, 4711:32, (byte_size(name(other))):16, (name(other))/binary>>)
    end, 76, "another node"),
    Case("a peer without needed capabilities", fun(Socket) ->
        named(Socket),
        gen_tcp:send(Socket, <<"N", 4:64, 1234:32, 4711:32, (byte_size(name(fake))):16, (name(fake))/binary>>)
    end, 76, "MAP_TAG"),
    gen_tcp:close(Epmd).

named(Socket) ->
    Name = name(guest),
    gen_tcp:send(Socket, <<"snamed:", (byte_size(Name)):16, Name/binary, 77:32>>).

ping() -> tool(["ping", "fake"]).

tool(Arguments) ->
    Program = filename:join(os:getenv("NODERUNTIME_BIN"), "noderuntime"),
    open_port({spawn_executable, Program},
              [{args, Arguments ++ ["--setcookie", ?COOKIE, "--timeout", "4"]}, exit_status, stderr_to_stdout, binary]).

result(Port, Said) ->
    receive
        {Port, {data, Data}} -> result(Port, Said ++ binary_to_list(Data));
        {Port, {exit_status, Status}} -> {Status, Said}
    after 10000 -> {no_exit, Said}
    end.

%% --- peers before OTP 24 ------------------------------------------------------------------------------------------

old_peers() ->
    {_, Before23} = raw:listen(<<"before23">>, 5),
    [claim(What ++ ": a node before OTP 23 is refused with the reason", fun() ->
         {76, Said} = result(tool([What, "before23"]), ""),
         string:find(Said, "OTP 23") =/= nomatch
     end) || What <- ["ping", "doctor"]],
    gen_tcp:close(Before23),

    {Listener, Epmd} = raw:listen(<<"fake">>),
    Port = ping(),
    {ok, Nameless} = gen_tcp:accept(Listener, 5000),
    {ok, <<"N", _:64, 0:32, _/binary>>} = gen_tcp:recv(Nameless, 0, 5000),
    gen_tcp:close(Nameless),
    {ok, Named} = gen_tcp:accept(Listener, 5000),
    {ok, <<"N", _:64, _:32, Length:16, Name:Length/binary>>} = gen_tcp:recv(Named, 0, 5000),
    claim("a peer that gives no names and closes is told one", fun() ->
        [<<"noderuntime-", _/binary>>, _] = binary:split(Name, <<"@">>),
        true
    end),
    ok = gen_tcp:send(Named, <<"sok">>),
    %% This peer has neither spawn requests nor fragments nor an atom cache.
    Flags = raw:flags() band bnot (1 bsl 32 bor 16#800000 bor 16#2000),
    Self = name(fake),
    gen_tcp:send(Named, <<"N", Flags:64, 1234:32, 4711:32, (byte_size(Self)):16, Self/binary>>),
    {ok, <<"r", Challenge:32, _/binary>>} = gen_tcp:recv(Named, 0, 5000),
    gen_tcp:send(Named, <<"a", (raw:digest(?COOKIE, Challenge))/binary>>),
    inet:setopts(Named, [{packet, 4}]),
    answer_ping(Named),
    claim("and pinged under that name, exit status 0", fun() ->
        {0, Said} = result(Port, ""),
        string:find(Said, "pong fake@") =/= nomatch
    end),
    gen_tcp:close(Epmd).

%% Answers the call is_auth of net_adm:ping/1. The caller sends a monitor of the server before the call.
answer_ping(Socket) ->
    {ok, <<112, Terms/binary>>} = raw:next(Socket),
    {Control, Used} = binary_to_term(Terms, [used]),
    case {element(1, Control), binary:part(Terms, Used, byte_size(Terms) - Used)} of
        {6, Message} ->
            {'$gen_call', {Pid, Tag}, {is_auth, _}} = binary_to_term(Message),
            raw:packet(Socket, <<112, (term_to_binary({2, '', Pid}))/binary, (term_to_binary({Tag, yes}))/binary>>);
        {19, <<>>} -> answer_ping(Socket)
    end.

%% --- real nodes ---------------------------------------------------------------------------------------------------

real_nodes(N) ->
    pong = net_adm:ping(N),
    Rounds = 30,
    claim("both connect at the same moment, again and again: one connection, nothing hangs", fun() ->
        lists:all(fun(Round) -> both_at_once(N, Round) end, lists:seq(1, Rounds))
    end).

%% A timer on the other node makes it connect at the moment when this node connects.
both_at_once(N, Round) ->
    erpc:call(N, erlang, send_after, [30, echo, {self(), {theirs, Round}}]),
    erlang:disconnect_node(N),
    timer:sleep(25 + Round rem 8),
    {echo, N} ! {self(), {ours, Round}},
    lists:all(fun(Message) -> receive Message -> true after 15000 -> false end end,
              [{theirs, Round}, {ours, Round}]).
