%% Processes on our node print; standard output of the node is a pipe. PART says whether the pipe has a
%% reader.
-module(nobody_reads).
-export([main/0]).
-import(claims, [claim/2, equal/3, eventually/2]).

main() -> part(list_to_atom(os:getenv("PART"))).

node_that_prints() -> claims:node_of(list_to_atom(os:getenv("NODE"))).

part(blocked) ->
    N = node_that_prints(),
    equal("a text larger than the pipe is taken and answered, as on OTP", ok, fun() -> print(N, text(0, 100_000)) end),
    Me = self(),
    Printers = [spawn(fun() -> Me ! {self(), print_all(N, Number)} end) || Number <- lists:seq(1, 4)],
    eventually("who prints then waits for the answer",
               fun() -> {error, timeout} =:= print(N, text(5, 1_000), 500) end),
    claim("the printers wait too", fun() -> nothing =:= claims:receives(0, fun({P, _}) -> lists:member(P, Printers) end) end),
    equal("everybody else goes on: calls are answered", N, fun() -> erpc:call(N, erlang, node, [], 5_000) end),
    equal("pings too", pong, fun() -> net_adm:ping(N) end),
    claim("and processes run", fun() -> is_pid(erpc:call(N, erlang, spawn, [timer, sleep, [1]], 5_000)) end),
    file:write_file("start_reading", ""),
    claim("when somebody reads, all who waited get their answers",
          fun() -> lists:all(fun(P) -> receive {P, ok} -> true after 20_000 -> false end end, Printers) end),
    equal("the last one", ok, fun() -> print(N, "\nthe last line\n") end);
part(blocked_again) ->
    N = node_that_prints(),
    fill(N);
part(halted) ->
    N = node_that_prints(),
    fill(N),
    equal("a node that is told to halt does so, though nobody reads", ok, fun() -> erpc:cast(N, init, stop, []) end);
part(nobody_left) ->
    N = node_that_prints(),
    eventually("when the reader has gone, who prints is told", fun() -> {error, terminated} =:= print(N, "text") end),
    equal("with io:put_chars as with an I/O device that has ended", {'EXIT', terminated},
          fun() -> try erpc:call(N, io, put_chars, [user, "text"]) catch error:{exception, Reason, _} -> {'EXIT', Reason} end end),
    equal("and the node goes on", N, fun() -> erpc:call(N, erlang, node, []) end).

fill(N) ->
    eventually("nothing more is taken", fun() -> {error, timeout} =:= print(N, text(0, 100_000), 500) end).

print_all(N, Number) ->
    Answers = [print(N, text(Number, 100_000)) || _ <- lists:seq(1, 5)],
    case lists:usort(Answers) of [ok] -> ok; Other -> Other end.

%% A request of the I/O protocol, sent by a process of this node, so that only `user` takes part on our node.
print(N, Text) -> print(N, Text, infinity).
print(N, Text, Limit) ->
    Ref = make_ref(),
    {user, N} ! {io_request, self(), Ref, {put_chars, unicode, iolist_to_binary(Text)}},
    receive {io_reply, Ref, Answer} -> Answer after Limit -> {error, timeout} end.

text(Number, Size) -> lists:duplicate(Size, $0 + Number).
