#!/usr/bin/env escript
%% Evaluates option files as ssl_dist_sup of OTP does, and prints each value on a line, in the form that
%% expression_test.cpp makes of what it has read.
main(Files) ->
    ok = io:setopts([{encoding, latin1}]),
    [put_line(File) || File <- Files].

put_line(File) ->
    {ok, Bytes} = file:read_file(File),
    Encoding = case epp:read_encoding_from_binary(Bytes) of none -> latin1; Found -> Found end,
    {ok, Tokens, _} = erl_scan:string(unicode:characters_to_list(Bytes, Encoding)),
    {ok, [Expression]} = erl_parse:parse_exprs(Tokens),
    {value, Value, _} = erl_eval:expr(Expression, erl_eval:new_bindings()),
    file:write(standard_io, [form(Value, Encoding), $\n]).

form(Atom, _) when is_atom(Atom) -> atom_to_binary(Atom);
form(Number, _) when is_integer(Number) -> integer_to_list(Number);
form(Binary, _) when is_binary(Binary) -> ["<<", Binary, ">>"];
form(Fun, _) when is_function(Fun) ->
    "fun " ++ Text = lists:flatten(io_lib:format("~p", [Fun])),
    ["fun ", Text];
form(Tuple, Encoding) when is_tuple(Tuple) -> parts("{", tuple_to_list(Tuple), "}", Encoding);
form(Map, Encoding) when is_map(Map) ->
    parts("#{", lists:append([[Key, Value] || {Key, Value} <- lists:sort(maps:to_list(Map))]), "}", Encoding);
form([First | _] = Text, Encoding) when is_integer(First) ->
    ["\"", unicode:characters_to_binary(Text, unicode, Encoding), "\""];
form(List, Encoding) -> parts("[", List, "]", Encoding).

parts(Open, Parts, Close, Encoding) ->
    [Open, lists:join(",", [form(Part, Encoding) || Part <- Parts]), Close].
