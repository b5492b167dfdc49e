%% Connections to our node that send anything: before the handshake, and after it with the right cookie.
-module(hostile_input).
-export([main/0]).
-import(claims, [claim/2, equal/3, node_of/1]).

main() ->
    N = node_of(repl2),
    pong = net_adm:ping(N),
    Seed = rand:seed_s(exsss, {1, 2, 3}),
    Epmd = list_to_integer(os:getenv("ERL_EPMD_PORT")),
    Node = raw:port(repl2),
    [claim("after the proof: " ++ What, fun() -> breaks(Index, Frame) end)
     || {Index, {What, Frame}} <- lists:enumerate(frames())],
    claim("a thousand connections of random bytes to both ports", fun() ->
        lists:foldl(fun(_, State) ->
            {Bytes, Next} = rand:bytes_s(200, State),
            throw_at(Epmd, Bytes), throw_at(Node, Bytes),
            Next
        end, Seed, lists:seq(1, 500)),
        true
    end),
    equal("the connection of a well-behaved node was never lost", [N], fun() -> nodes() end),
    equal("and it is still served", hello, fun() ->
        {echo, N} ! {self(), hello},
        receive Answer -> Answer after 5000 -> nothing end
    end).

throw_at(Port, Bytes) ->
    {ok, Socket} = gen_tcp:connect({127, 0, 0, 1}, Port, [binary, {active, false}]),
    gen_tcp:send(Socket, Bytes),
    gen_tcp:close(Socket).

%% A peer that has proved the cookie and then breaks the protocol loses its connection.
breaks(Index, Frame) ->
    Name = atom_to_binary(node_of(list_to_atom("raw" ++ integer_to_list(Index)))),
    Socket = raw:handshake(repl2, Name, "scenario"),
    ok = inet:setopts(Socket, [{packet, raw}]),
    ok = gen_tcp:send(Socket, Frame),
    raw:closed(Socket, 4000).

frames() ->
    Header = <<131, 68, 0>>,
    Framed = fun(Bytes) -> [<<(iolist_size(Bytes)):32>>, Bytes] end,
    [{"an announced length of 4 GB", <<16#FFFFFFFF:32, 131, 68>>},
     {"a frame without a header", Framed(<<1, 2, 3>>)},
     {"a control message that is no tuple", Framed([Header, <<97, 1>>])},
     {"an unknown control message", Framed([Header, <<104, 1, 97, 99>>])},
     {"an atom cache slot that was never filled", Framed(<<131, 68, 1, 0, 7, 104, 1, 82, 0>>)},
     {"a message of a billion elements", Framed([Header, send(), <<108, 16#3FFFFFFF:32>>])},
     {"a tuple of four billion elements", Framed([Header, send(), <<105, 16#FFFFFFFF:32>>])},
     {"a binary longer than the frame", Framed([Header, send(), <<109, 16#FFFFFFF0:32, 1>>])},
     {"a map with a key twice", Framed([Header, send(), <<116, 2:32, 97, 1, 97, 1, 97, 1, 97, 2>>])},
     {"a fragment of a sequence that never began", Framed(<<131, 70, 5:64, 1:64, 1, 2>>)},
     {"a payload of a million nested lists that ends too early",
      Framed([Header, send(), binary:copy(<<108, 1:32>>, 1000000)])}].

%% REG_SEND to `echo`.
send() ->
    <<131, Pid/binary>> = term_to_binary(self()),
    [<<104, 4, 97, 6>>, Pid, <<119, 0, 119, 4, "echo">>].
