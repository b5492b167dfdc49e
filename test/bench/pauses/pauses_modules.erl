%% Modules that take long to load: 10,000 functions, or a literal of a million elements.
-module(pauses_modules).
-export([write/2]).

%% Writes modules of the given names, into the directory that nodes load from or, if only the driver has them, into Lent.
write(Directory, Lent) ->
    functions(pauses_large, Directory),
    functions(pauses_borrowed, Lent),
    literal(pauses_literal, Directory),
    literal(pauses_borrowed_literal, Lent).

functions(Module, Directory) ->
    Functions = [list_to_atom("function" ++ integer_to_list(N)) || N <- lists:seq(1, 9999)] ++ [last],
    Forms = [{attribute, 1, module, Module}, {attribute, 1, export, [{Function, 0} || Function <- Functions]} |
             [{function, 1, Function, 0, [{clause, 1, [], [], [{tuple, 1, [{atom, 1, Function}, {integer, 1, N}]}]}]}
              || {N, Function} <- lists:zip(lists:seq(1, 10000), Functions)]],
    {ok, Module, Bytes} = compile:forms(Forms, []),
    ok = file:write_file(filename:join(Directory, atom_to_list(Module) ++ ".beam"), Bytes).

%% The compiler would take long; so the literal is put in place of a short one afterwards.
literal(Module, Directory) ->
    Forms = [{attribute, 1, module, Module}, {attribute, 1, export, [{last, 0}]},
             {function, 1, last, 0, [{clause, 1, [], [], [{cons, 1, {atom, 1, short}, {nil, 1}}]}]}],
    {ok, Module, Bytes} = compile:forms(Forms, []),
    {ok, _, Chunks} = beam_lib:all_chunks(Bytes),
    Long = term_to_binary([{N, "text"} || N <- lists:seq(1, 1000000)]),
    Table = <<1:32, (byte_size(Long)):32, Long/binary>>,
    Literals = {"LitT", <<(byte_size(Table)):32, (zlib:compress(Table))/binary>>},
    {ok, Large} = beam_lib:build_module(lists:keyreplace("LitT", 1, Chunks, Literals)),
    ok = file:write_file(filename:join(Directory, atom_to_list(Module) ++ ".beam"), Large).
