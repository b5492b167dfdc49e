%% Requests of a real node to our epmd.
-module(epmd_scenario).
-export([main/0]).
-import(claims, [claim/2, equal/3, node_of/1]).

main() ->
    Other = node_of(other),
    equal("two real nodes find each other", pong, fun() -> net_adm:ping(Other) end),
    claim("net_adm:names lists both, the newest first as OTP's epmd does", fun() ->
        {ok, Names} = net_adm:names(),
        [element(1, Name) || Name <- Names] =:= ["other", "repl1"]
    end),
    claim("a node of version 5 gets the old answer with a small creation", fun() ->
        {ok, <<$y, 0, Creation:16>>} = alive(5, <<"old_node">>, 4),
        Creation >= 1 andalso Creation =< 3
    end),
    claim("a node of version 6 gets the new one", fun() ->
        {ok, <<$v, 0, Creation:32>>} = alive(6, <<"new_node">>, 6),
        Creation > 3
    end),
    claim("a taken name is refused", fun() -> {ok, <<$v, 1, 99:32>>} =:= alive(6, <<"other">>, 6) end).

alive(Highest, Name, Size) ->
    {ok, Socket} = gen_tcp:connect({127, 0, 0, 1}, list_to_integer(os:getenv("ERL_EPMD_PORT")), [binary, {active, false}]),
    Request = <<$x, 9999:16, 77, 0, Highest:16, 5:16, (byte_size(Name)):16, Name/binary, 0:16>>,
    ok = gen_tcp:send(Socket, <<(byte_size(Request)):16, Request/binary>>),
    Answer = gen_tcp:recv(Socket, Size, 5000),
    gen_tcp:close(Socket),
    Answer.
