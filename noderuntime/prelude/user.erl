%% Makes requests to print on the node's console simple (services/user.h): their text becomes a binary.
-module(user).
-export([compute/3, simple/1]).

compute(From, ReplyAs, Request) ->
    try simple(Request) of
        Simple -> user ! {io_request, From, ReplyAs, Simple}
    catch
        _:_ -> From ! {io_reply, ReplyAs, {error, element(1, Request)}}
    end.

%% A request to print text becomes {put_chars, unicode, Binary}; other requests stay as they are.
simple({requests, Requests}) -> {requests, [simple(Request) || Request <- Requests]};
simple({put_chars, Text}) -> text(latin1, Text);
simple({put_chars, Encoding, Text}) -> text(Encoding, Text);
simple({put_chars, Module, Function, Arguments}) -> text(latin1, apply(Module, Function, Arguments));
simple({put_chars, Encoding, Module, Function, Arguments}) -> text(Encoding, apply(Module, Function, Arguments));
simple(Request) -> Request.

text(Encoding, Text) ->
    Binary = unicode:characters_to_binary(Text, Encoding),
    true = is_binary(Binary),
    {put_chars, unicode, Binary}.
