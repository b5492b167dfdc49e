%% Assembles FILE.S into FILE.beam. Usage: assemble.escript FILE.S DIRECTORY. The compiler's checks for .S files would
%% refuse what prim_eval does on purpose: it passes a message on before it takes the message from the mailbox.
main([File, Directory]) ->
    {ok, Terms} = file:consult(File),
    {module, Module} = lists:keyfind(module, 1, Terms),
    {exports, Exports} = lists:keyfind(exports, 1, Terms),
    {attributes, Attributes} = lists:keyfind(attributes, 1, Terms),
    {labels, Labels} = lists:keyfind(labels, 1, Terms),
    %% Since OTP 29 the compiler's term also has annotations.
    Assembled = case list_to_integer(erlang:system_info(otp_release)) >= 29 of
                    true -> {Module, Exports, Attributes, #{records => []}, functions(Terms), Labels};
                    false -> {Module, Exports, Attributes, functions(Terms), Labels}
                end,
    {ok, Beam} = beam_asm:module(Assembled, [], [], []),
    ok = file:write_file(filename:join(Directory, atom_to_list(Module) ++ ".beam"), Beam).

functions([{function, Name, Arity, Entry} | Rest]) ->
    {Code, More} = lists:splitwith(fun(Term) -> not is_tuple(Term) orelse element(1, Term) =/= function end, Rest),
    [{function, Name, Arity, Entry, Code} | functions(More)];
functions([_ | Rest]) -> functions(Rest);
functions([]) -> [].
