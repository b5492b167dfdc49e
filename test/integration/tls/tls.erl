%% What real nodes do over TLS.
-module(tls).
-export([echo/1]).

%% Messages of many sizes to a process there and back, all of them at once, in order.
echo(Node) ->
    pong = net_adm:ping(Node),
    Sizes = [0, 1, 17, 16383, 16384, 16385, 65536, 70000, 1 bsl 20, 3 bsl 20],
    Parent = self(),
    Echo = spawn(Node, fun() -> loop(Parent) end),
    Sent = [{N, binary:copy(<<N>>, Size)} || {N, Size} <- lists:zip(lists:seq(1, 10), Sizes)],
    Many = Sent ++ [{N, <<N:64>>} || N <- lists:seq(11, 3000)],
    [Echo ! Message || Message <- Many],
    check(Many).

check([]) -> ok;
check([Message | More]) ->
    receive
        Message -> check(More);
        Other -> {out_of_order, element(1, Other)}
    after 20000 -> {lost, element(1, Message)}
    end.

loop(To) -> receive Message -> To ! Message, loop(To) end.
