#!/usr/bin/env escript
%%! +pc unicode
%% Writes erlang.tsv: what OTP prints for the terms of terms.txt with ~0tp, ~tw, and ~tp on lines of 80.
%% Made with Debian's OTP 25: `escript make_golden.escript`, in this folder.
-mode(compile).

main(_) ->
    {ok, Text} = file:read_file("terms.txt"),
    Lines = string:lexemes(unicode:characters_to_list(Text), "\n"),
    ok = file:write_file("erlang.tsv", unicode:characters_to_binary([row(Line) || Line <- Lines])).

row(Line) ->
    {ok, Tokens, _} = erl_scan:string(Line ++ "."),
    {ok, [Form]} = erl_parse:parse_exprs(Tokens),
    {value, Term, _} = erl_eval:expr(Form, []),
    Fields = [lists:flatten(io_lib:format(F, [Term])) || F <- ["~0tp", "~tw", "~tp"]],
    [lists:join($\t, [escape(F) || F <- Fields]), $\n].

escape(Text) -> lists:flatmap(fun($\n) -> "\\n"; ($\t) -> "\\t"; ($\\) -> "\\\\"; (C) -> [C] end, Text).
