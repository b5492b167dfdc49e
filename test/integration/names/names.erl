%% Connects to our node with many node names, and compares which of them it takes with those that OTP takes.
-module(names).
-export([main/0]).

%% Names of callers, and whether they are taken.
main() ->
    [_, Host] = string:split(atom_to_list(node()), "@"),
    [claims:equal(lists:flatten(io_lib:format("a caller ~tp: ~p", [Name, Taken])), Taken, fun() -> taken(unicode:characters_to_binary([Name, $@, Host], unicode, latin1)) end)
     || {Name, Taken} <- [{"good", true}, {"A-1_b", true}, {"a.b", false}, {"a b", false}, {[233], false}, {"a/b", false},
                          {"a'b", false}, {"", false}, {"a@b", false}, {[0], false}, {lists:duplicate(254, $x), false}]],
    claims:equal("the node is as before", pong, fun() -> net_adm:ping(claims:node_of(ours)) end).

taken(Name) ->
    Socket = raw:connect(ours),
    raw:say_name(Socket, Name),
    Answer = raw:status(Socket),
    gen_tcp:close(Socket),
    Answer =:= <<"ok">>.
