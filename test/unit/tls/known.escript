#!/usr/bin/env escript
%% Prints which of the given names are options of this OTP's ssl. It passes those that it does not know to the
%% socket, and refuses a value that none of its own options has.
main(Names) ->
    {ok, _} = application:ensure_all_started(ssl),
    {module, ssl} = code:ensure_loaded(ssl),
    Module = case erlang:function_exported(ssl, handle_options, 3) of true -> ssl; false -> ssl_config end,
    [io:put_chars([Name, $\n]) || Name <- Names, is_known(Module, list_to_atom(Name))].

is_known(Module, Name) ->
    Option = {Name, '$none'},
    try Module:handle_options([Option, {certfile, "x"}], server, "host") of
        {ok, Configuration} -> not has(Option, Configuration)
    catch
        _:_ -> true
    end.

has(Term, Term) -> true;
has(Term, Tuple) when is_tuple(Tuple) -> has(Term, tuple_to_list(Tuple));
has(Term, [First | Rest]) -> has(Term, First) orelse has(Term, Rest);
has(_, _) -> false.
