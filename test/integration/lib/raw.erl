%% The distribution handshake by hand, for messages that a real node would never send.
%% Source: erl_dist_protocol, "The Handshake in Detail".
-module(raw).
-export([port/1, connect/1, say_name/2, say_name/3, status/1, challenge/1, reply/3, acknowledged/1, closed/2,
         handshake/3, packet/2, next/1, flags/0, digest/2, listen/1, listen/2, serve_challenge/3]).

flags() -> 16#D07DF7FBD.

%% The port of a node of this host, from epmd.
port(Name) ->
    {port, Port, _} = erl_epmd:port_please(atom_to_list(Name), {127, 0, 0, 1}),
    Port.

connect(Name) ->
    {ok, Socket} = gen_tcp:connect({127, 0, 0, 1}, port(Name), [binary, {active, false}, {packet, 2}, {nodelay, true}]),
    Socket.

say_name(Socket, Name) -> say_name(Socket, Name, flags()).
say_name(Socket, Name, Flags) ->
    ok = gen_tcp:send(Socket, <<"N", Flags:64, 4711:32, (byte_size(Name)):16, Name/binary>>).

status(Socket) ->
    case gen_tcp:recv(Socket, 0, 5000) of
        {ok, <<"s", Status/binary>>} -> Status;
        Other -> Other
    end.

challenge(Socket) ->
    {ok, <<"N", _:64, Challenge:32, _:32, _/binary>>} = gen_tcp:recv(Socket, 0, 5000),
    Challenge.

digest(Cookie, Challenge) -> erlang:md5([Cookie, integer_to_list(Challenge)]).

reply(Socket, Cookie, Challenge) ->
    ok = gen_tcp:send(Socket, <<"r", 99:32, (digest(Cookie, Challenge))/binary>>).

acknowledged(Socket) ->
    case gen_tcp:recv(Socket, 0, 5000) of
        {ok, <<"a", Digest:16/binary>>} -> Digest;
        Other -> Other
    end.

%% Whether the peer closes within Milliseconds. Ticks that arrive before are ignored.
closed(Socket, Milliseconds) ->
    case gen_tcp:recv(Socket, 0, Milliseconds) of
        {error, closed} -> true;
        {error, timeout} -> still_open;
        {error, _} -> true;
        {ok, _} -> closed(Socket, Milliseconds)
    end.

%% Makes a whole handshake. Returns the socket, whose frames have lengths of 4 bytes.
handshake(To, As, Cookie) ->
    Socket = connect(To),
    say_name(Socket, As),
    <<"ok">> = status(Socket),
    reply(Socket, Cookie, challenge(Socket)),
    true = acknowledged(Socket) =:= digest(Cookie, 99),
    ok = inet:setopts(Socket, [{packet, 4}]),
    Socket.

packet(Socket, Bytes) -> gen_tcp:send(Socket, Bytes).

%% The next frame that is not a tick.
next(Socket) ->
    case gen_tcp:recv(Socket, 0, 5000) of
        {ok, <<>>} -> next(Socket);
        Other -> Other
    end.

%% Registers a name at epmd and listens, for the acceptor's role. Keep both sockets. Highest is the highest
%% protocol version.
listen(Name) -> listen(Name, 6).
listen(Name, Highest) ->
    {ok, Listener} = gen_tcp:listen(0, [binary, {active, false}, {packet, 2}]),
    {ok, Port} = inet:port(Listener),
    {ok, Epmd} = gen_tcp:connect({127, 0, 0, 1}, list_to_integer(os:getenv("ERL_EPMD_PORT")), [binary, {active, false}]),
    Request = <<$x, Port:16, 77, 0, Highest:16, 5:16, (byte_size(Name)):16, Name/binary, 0:16>>,
    ok = gen_tcp:send(Epmd, <<(byte_size(Request)):16, Request/binary>>),
    {ok, <<_, 0, _/binary>>} = gen_tcp:recv(Epmd, 0, 5000),
    {Listener, Epmd}.

%% Sends the acceptor's challenge. Returns whether the caller's answer proves the cookie, and the caller's
%% challenge.
serve_challenge(Socket, Name, Cookie) ->
    ok = gen_tcp:send(Socket, <<"N", (flags()):64, 1234:32, 4711:32, (byte_size(Name)):16, Name/binary>>),
    {ok, <<"r", Theirs:32, Digest:16/binary>>} = gen_tcp:recv(Socket, 0, 5000),
    case Digest =:= digest(Cookie, 1234) of
        true -> {proved, Theirs};
        false -> {wrong, Theirs}
    end.
