%% Evaluates expressions about files on our node and on a node of OTP, and compares the answers; then what only our node has.
-module(files).
-export([main/0, evaluate/1, own/2, open_many/1, many/1]).

main() ->
    Work = os:getenv("WORK"),
    {Peer, Real} = controls:start(["-env", "LC_ALL", "C.UTF-8", "-pa", Work]),
    Ours = claims:node_of(ours),
    ok = rpc:call(Real, file, set_cwd, [Work ++ "/real"]),
    controls:same(?MODULE, [{evaluate, [Text]} || Text <- script()], Real, Ours),
    peer:stop(Peer),
    [claims:equal(Text, Expected, fun() -> rpc:call(Ours, ?MODULE, own, [Text, Work]) end) || {Text, Expected} <- confined(Work)],
    [claims:equal("read only: " ++ Text, Expected, fun() -> rpc:call(claims:node_of(reads), ?MODULE, evaluate, [Text]) end)
     || {Text, Expected} <- read_only()],
    [claims:equal("no files: " ++ Text, Expected, fun() -> rpc:call(claims:node_of(none), ?MODULE, evaluate, [Text]) end)
     || {Text, Expected} <- nothing()],
    claims:equal("a read of any size reads what is there", 300000,
                 fun() -> rpc:call(Ours, ?MODULE, own, ["begin {ok, F} = file:open(\"zeros\", [read, raw, binary]), {ok, B} = file:read(F, 1 bsl 60), byte_size(B) end", Work]) end),
    limits(Ours).

evaluate(Text) -> controls:evaluate(Text).

%% With the variable W, the working directory of the scenario.
own(Text, Work) ->
    {ok, Tokens, _} = erl_scan:string(Text ++ "."),
    {ok, Expressions} = erl_parse:parse_exprs(Tokens),
    try erl_eval:exprs(Expressions, [{'W', Work}]) of
        {value, Value, _} -> Value
    catch Class:Reason -> {Class, Reason}
    end.

limits(Ours) ->
    claims:equal("1000 files are open at a time", 1000, fun() -> rpc:call(Ours, ?MODULE, many, [1000]) end),
    claims:equal("above --max-files it is emfile", {error, emfile}, fun() -> rpc:call(Ours, ?MODULE, open_many, [1101]) end),
    claims:equal("files of a killed process are closed", 1000, fun() -> rpc:call(Ours, ?MODULE, many, [1000]) end).

%% Opens so many files, in a process that is killed with them.
many(Count) ->
    {Pid, Reference} = spawn_monitor(fun() ->
        Files = [element(2, {ok, _} = file:open("lines", [raw, binary, read])) || _ <- lists:seq(1, Count)],
        exit({open, length([File || File <- Files, {ok, <<"o">>} =:= file:read(File, 1)])})
    end),
    receive {'DOWN', Reference, process, Pid, {open, Opened}} -> Opened end.

open_many(Count) ->
    {Pid, Reference} = spawn_monitor(fun() ->
        exit(lists:last([file:open("lines", [raw, binary, read]) || _ <- lists:seq(1, Count)]))
    end),
    receive {'DOWN', Reference, process, Pid, Last} -> Last end.

confined(Work) ->
    [{"file:get_cwd()", {ok, Work ++ "/ours"}},
     {"file:read_file(W ++ \"/ours/terms\")", {ok, <<"{a, 1}.\n{b, \"text\"}.\n">>}},
     {"file:read_file(W ++ \"/ours/sub/../terms\")", {ok, <<"{a, 1}.\n{b, \"text\"}.\n">>}},
     {"file:read_file(\"/etc/passwd\")", {error, eacces}},
     {"file:read_file(W ++ \"/outside/secret\")", {error, eacces}},
     {"file:read_file(W ++ \"/ours/../outside/secret\")", {error, eacces}},
     {"file:read_file(\"../outside/secret\")", {error, eacces}},
     {"file:read_file(\"sub/deep/../../../outside/secret\")", {error, eacces}},
     {"file:read_file(W ++ \"/ours2\")", {error, eacces}},
     {"file:read_file(\"out/relative\")", {error, eacces}},
     {"file:read_file(\"out/absolute\")", {error, eacces}},
     {"file:read_file(\"out/directory/secret\")", {error, eacces}},
     {"file:read_file(\"out/magic/etc/passwd\")", {error, eacces}},
     {"file:list_dir(\"out/directory\")", {error, eacces}},
     {"file:list_dir(\"..\")", {error, eacces}},
     {"file:list_dir(\"/\")", {error, eacces}},
     {"file:set_cwd(\"..\")", {error, eacces}},
     {"file:set_cwd(\"out/directory\")", {error, eacces}},
     {"file:read_file_info(\"out/relative\")", {error, eacces}},
     {"file:read_file_info(\"..\")", {error, eacces}},
     {"file:read_link_info(\"..\")", {error, eacces}},
     {"element(1, file:read_link_info(\"out/absolute\"))", ok},
     {"file:read_link(\"out/absolute\")", {ok, Work ++ "/outside/secret"}},
     {"file:write_file(\"out/relative\", \"x\")", {error, eacces}},
     {"file:write_file(\"out/directory/new\", \"x\")", {error, eacces}},
     {"file:write_file(\"../new\", \"x\")", {error, eacces}},
     {"file:make_dir(\"../new\")", {error, eacces}},
     {"file:make_dir(\"out/directory/new\")", {error, eacces}},
     {"file:delete(\"../outside/secret\")", {error, eacces}},
     {"file:delete(\"out/directory/secret\")", {error, eacces}},
     {"file:rename(\"terms\", \"../terms\")", {error, eacces}},
     {"file:rename(\"../outside/secret\", \"mine\")", {error, eacces}},
     {"file:make_link(\"../outside/secret\", \"mine\")", {error, eacces}},
     {"file:make_link(\"out/directory/secret\", \"mine\")", {error, eacces}},
     {"file:change_mode(\"out/relative\", 8#777)", {error, eacces}},
     {"file:change_time(\"../outside/secret\", {{2000,1,1},{0,0,0}})", {error, eacces}},
     {"file:del_dir_r(\"out/directory\")", ok},
     {"filelib:ensure_dir(\"../x/y\")", {error, eacces}},
     {"filelib:wildcard(\"../*\")", []},
     {"begin ok = file:make_symlink(\"../outside\", \"made_link\"), R = file:read_file(\"made_link/secret\"), ok = file:delete(\"made_link\"), R end", {error, eacces}},
     {"file:read_file(\"out/pipe\")", {error, eisdir}},
     {"file:open(\"out/pipe\", [write])", {error, eisdir}},
     {"file:open(\"out/pipe\", [read, raw])", {error, eisdir}},
     {"file:write_file(\"out/pipe\", \"x\")", {error, eisdir}},
     {"begin P = spawn(fun Turn() -> file:rename(\"sub/deep\", \"out/moved\"), file:rename(\"out/moved\", \"sub/deep\"), Turn() end), "
      "R = lists:usort([file:read_file(\"sub/deep/../../../outside/secret\") || _ <- lists:seq(1, 300)] ++ "
      "[file:read_file(\"out/moved/../../../outside/secret\") || _ <- lists:seq(1, 300)]), exit(P, kill), R -- [{error, enoent}] end", [{error, eacces}]},
     {"begin M = self(), spawn(fun() -> {ok, F} = file:open(\"lines\", [raw, binary]), M ! F, receive done -> ok end end), receive F -> try file:read(F, 1) catch error:R -> R end end end",
      not_on_controlling_process},
     {"file:read_file(\"zeros\")", {ok, binary:copy(<<0>>, 300000)}},
     {"code:get_path()", ["."]}].

read_only() ->
    [{"file:read_file(\"file\")", {ok, <<"text\n">>}},
     {"file:read_file(\"big\")", {error, enomem}},
     {"begin {ok, F} = file:open(\"big\", [raw, binary]), [file:read(F, 90000), byte_size(element(2, file:read(F, 60000)))] end", [{error, enomem}, 60000]},
     {"begin M = self(), [spawn(fun() -> M ! file:read_file(\"file\") end) || _ <- lists:seq(1, 50)], "
      "lists:usort([receive {R, _} -> R end || _ <- lists:seq(1, 50)]) -- [error] end", [ok]},
     {"file:write_file(\"file\", \"x\")", {error, erofs}},
     {"file:open(\"new\", [write])", {error, erofs}},
     {"file:make_dir(\"new\")", {error, erofs}},
     {"file:delete(\"file\")", {error, erofs}},
     {"file:rename(\"file\", \"other\")", {error, erofs}},
     {"file:make_symlink(\"file\", \"other\")", {error, erofs}},
     {"file:make_link(\"file\", \"other\")", {error, erofs}},
     {"file:change_mode(\"file\", 8#777)", {error, erofs}},
     {"begin {ok, I} = file:read_file_info(\"file\"), element(4, I) end", read}].

nothing() ->
    [{"file:read_file(\"/etc/passwd\")", {error, eacces}},
     {"file:get_cwd()", {ok, "/"}},
     {"file:list_dir(\"/\")", {error, eacces}},
     {"file:open(\"/etc/passwd\", [read])", {error, eacces}},
     {"file:open(\"/etc/passwd\", [raw, read])", {error, eacces}},
     {"file:write_file(\"/tmp/x\", \"\")", {error, eacces}},
     {"file:set_cwd(\"/tmp\")", {error, eacces}},
     {"file:consult(\"/etc/passwd\")", {error, eacces}},
     {"file:script(\"x\")", {error, eacces}},
     {"file:path_open([\"/etc\"], \"passwd\", [read])", {error, eacces}},
     {"file:copy(\"/etc/passwd\", \"x\")", {error, eacces}},
     {"file:read_file(foo)", {error, eacces}},
     {"file:read_file(-1)", {error, badarg}},
     {"code:add_path(\"/tmp\")", {error, bad_directory}},
     {"code:get_path()", []},
     {"filelib:wildcard(\"*\")", []},
     {"prim_file:read_file(\"/etc/passwd\")", {error, eacces}}].

script() ->
    ["file:read_file(\"terms\")", "file:read_file(<<\"terms\">>)", "file:read_file([\"te\", [\"rms\"]])", "file:read_file(terms)",
     "file:read_file(\"sub\")", "file:read_file(\"nothing\")", "file:read_file(\"\")", "file:read_file([0])", "file:read_file(<<\"a\", 0>>)",
     "file:read_file([-1])", "file:read_file(5)", "file:read_file({})", "file:read_file(\"lines/x\")", "file:read_file(\"loop\")",
     "file:read_file(\"dangling\")", "file:read_file(\"link\")", "file:read_file(lists:duplicate(300, $a))", "file:read_file(lists:duplicate(5000, $a))",
     "file:read_file(\"zeros\")", "file:read_file(\"utf8\")",
     %% names
     "begin {ok, L} = file:list_dir(\".\"), lists:sort(L) -- [\"out\"] end", "file:list_dir(\"sub\")", "file:list_dir_all(\"sub\")", "file:list_dir(\"lines\")",
     "file:list_dir(\"nothing\")", "file:list_dir(\"empty\")", "file:read_file(<<\"sub/\", 255>>)",
     "file:write_file(\"new\", \"text\")", "file:read_file(\"new\")", "file:write_file(\"new\", [<<\"a\">>, $b, [\"c\"]])", "file:read_file(\"new\")",
     "file:write_file(\"new\", \"more\", [append])", "file:read_file(\"new\")", "file:write_file(\"new\", \"x\", [exclusive])", "file:write_file(\"new\", foo)",
     "file:write_file(\"new\", [256])", "file:write_file(\"nothing/new\", \"x\")", "file:write_file(\"sub\", \"x\")", "file:write_file(\"new\", \"x\", [{encoding, utf8}])",
     "file:write_file(\"new\", \"x\", [foo])",
     "file:rename(\"new\", \"newer\")", "file:read_file(\"new\")", "file:read_file(\"newer\")", "file:rename(\"nothing\", \"x\")", "file:rename(\"newer\", \"sub\")",
     "file:rename(\"sub\", \"newer\")", "file:delete(\"newer\")", "file:delete(\"newer\")", "file:delete(\"sub\")", "file:delete(\"x\", [raw])",
     "file:make_dir(\"dir\")", "file:make_dir(\"dir\")", "file:make_dir(\"dir/a/b\")", "file:make_dir(\"dir/a/\")", "file:del_dir(\"dir\")", "file:del_dir(\"dir/a\")", "file:del_dir(\"dir\")",
     "file:del_dir(\"nothing\")", "file:del_dir(\"lines\")", "file:del_dir(\".\")", "file:make_dir(\"..\")", "file:make_dir(\".\")", "file:make_dir(\"\")",
     "begin ok = filelib:ensure_dir(\"tree/a/b/c\"), ok = file:write_file(\"tree/a/f\", \"\"), ok = file:del_dir_r(\"tree\"), filelib:is_dir(\"tree\") end", "file:del_dir_r(\"nothing\")",
     "file:make_symlink(\"lines\", \"sym\")", "file:read_link(\"sym\")", "file:read_file(\"sym\")", "file:make_symlink(\"lines\", \"sym\")", "file:delete(\"sym\")",
     "file:make_link(\"lines\", \"hard\")", "file:read_file(\"hard\")", "begin {ok, I} = file:read_file_info(\"hard\"), element(9, I) end", "file:delete(\"hard\")", "file:make_link(\"nothing\", \"hard\")",
     "file:make_link(\"sub\", \"hard\")", "file:read_link(\"lines\")", "file:read_link(\"nothing\")", "file:read_link_all(\"link\")", "file:read_link(\"link\")", "file:altname(\"lines\")",
     "begin {ok, I} = file:read_file_info(\"lines\"), {element(2, I), element(3, I), element(4, I), element(8, I), element(9, I)} end",
     "begin {ok, I} = file:read_file_info(\"sub\"), {element(3, I), element(4, I)} end",
     "begin {ok, I} = file:read_file_info(\"link\"), element(3, I) end", "begin {ok, I} = file:read_link_info(\"link\"), element(3, I) end",
     "begin {ok, I} = file:read_file_info(\"lines\", [{time, posix}]), is_integer(element(5, I)) end",
     "begin {ok, I} = file:read_file_info(\"lines\", [{time, universal}]), size(element(5, I)) end", "file:read_file_info(\"nothing\")", "file:read_file_info(\"dangling\")",
     "file:read_file_info(\"lines\", [{time, foo}])", "element(1, file:read_file_info(\"lines\", [raw, {time, posix}]))",
     "file:change_time(\"lines\", {{2001, 2, 3}, {4, 5, 6}})", "begin {ok, I} = file:read_file_info(\"lines\"), element(6, I) end",
     "file:change_time(\"lines\", {{2001, 2, 3}, {4, 5, 6}}, {{2002, 2, 3}, {4, 5, 6}})", "begin {ok, I} = file:read_file_info(\"lines\", [{time, universal}]), {element(5, I), element(6, I)} end",
     "file:change_time(\"nothing\", {{2001, 2, 3}, {4, 5, 6}})", "file:change_mode(\"lines\", 8#640)", "begin {ok, I} = file:read_file_info(\"lines\"), element(8, I) end", "file:change_mode(\"lines\", 8#644)",
     "begin {ok, I} = file:read_file_info(\"lines\"), file:write_file_info(\"lines\", I) end", "file:write_file_info(\"lines\", foo)",
     "file:set_cwd(\"sub\")", "file:read_file(\"../lines\")", "begin {ok, C} = file:get_cwd(), filename:basename(C) end", "filename:basename(filename:dirname(filename:absname(\"x\")))",
     "file:set_cwd(\"..\")", "file:set_cwd(\"lines\")", "file:set_cwd(\"nothing\")", "file:set_cwd(5)", "file:get_cwd(\"/\")", "file:get_cwd(foo)", "file:get_cwd(\"C:\")",
     %% devices
     "begin {ok, F} = file:open(\"lines\", [read]), R = [file:read_line(F), file:read(F, 2), file:read_line(F), file:read(F, 100), file:read(F, 1), file:read_line(F)], ok = file:close(F), R end",
     "begin {ok, F} = file:open(\"lines\", [read, binary]), R = [io:get_line(F, ''), io:get_chars(F, '', 2), io:get_line(F, ''), io:get_line(F, ''), io:get_line(F, '')], ok = file:close(F), R end",
     "begin {ok, F} = file:open(\"lines\", [read, raw]), R = [file:read_line(F), file:read(F, 2), file:read_line(F), file:read(F, 100), file:read(F, 1), file:read_line(F), file:read(F, 0)], ok = file:close(F), R end",
     "begin {ok, F} = file:open(\"lines\", [read, raw, binary]), R = [file:read_line(F), file:position(F, cur), file:read(F, 2), file:pread(F, 0, 3), file:read_line(F), file:position(F, {eof, -3}), file:read(F, 9), file:position(F, {cur, -2}), file:read(F, 9), file:position(F, -1), file:position(F, {bof, 1}), file:read_line(F)], ok = file:close(F), R end",
     "begin {ok, F} = file:open(\"lines\", [read, raw, binary, read_ahead]), R = [file:read(F, 3), file:position(F, cur), file:read(F, 3), file:pread(F, [{0, 2}, {4, 2}, {100, 1}]), file:read(F, 100000), file:read(F, 1)], ok = file:close(F), R end",
     "begin {ok, F} = file:open(\"w\", [write]), ok = io:format(F, \"~p ~ts~n\", [{a, 1}, \"x\"]), ok = file:write(F, <<1, 2>>), ok = file:close(F), file:read_file(\"w\") end",
     "begin {ok, F} = file:open(\"w\", [write, {encoding, utf8}]), ok = io:put_chars(F, [8364]), ok = file:close(F), file:read_file(\"w\") end",
     "begin {ok, F} = file:open(\"utf8\", [read, {encoding, utf8}]), R = io:get_line(F, ''), ok = file:close(F), R end",
     "begin {ok, F} = file:open(\"utf8\", [read]), R = [io:getopts(F), io:setopts(F, [{encoding, utf8}]), io:get_line(F, '')], ok = file:close(F), R end",
     "begin {ok, F} = file:open(\"w\", [read, write]), R = [file:read(F, 1), file:position(F, bof), file:write(F, \"AB\"), file:position(F, bof), file:read(F, 10), file:truncate(F), file:position(F, 1), file:truncate(F)], ok = file:close(F), {R, file:read_file(\"w\")} end",
     "begin {ok, F} = file:open(\"w\", [append, raw]), R = [file:write(F, \"x\"), file:write(F, \"y\"), file:sync(F), file:datasync(F)], ok = file:close(F), {R, file:read_file(\"w\")} end",
     "file:open(\"w\", [exclusive, write])", "file:open(\"w\", [exclusive])", "file:open(\"sub\", [read])", "file:open(\"sub\", [write])", "file:open(\"nothing\", [read])", "file:open(\"nothing\", [read, raw])", "file:open(\"w\", foo)", "file:open(\"w\", [foo])",
     "element(1, file:open(\"sub\", [directory, raw]))", "file:open(\"w\", [directory, raw])", "file:open(\"w\", [raw, ram])", "element(1, file:open(\"w\", read))", "element(1, file:open(\"w\", []))",
     "begin {ok, F} = file:open(\"z\", [write, compressed]), ok = file:write(F, lists:duplicate(10000, $a)), ok = file:close(F), {ok, Z} = file:read_file(\"z\"), {byte_size(Z) < 200, zlib:gunzip(Z) =:= binary:copy(<<\"a\">>, 10000)} end",
     "begin {ok, F} = file:open(\"z\", [read, compressed, binary]), {ok, R} = file:read(F, 20000), ok = file:close(F), byte_size(R) end",
     "begin {ok, F} = file:open(\"z\", [read, raw, compressed]), {ok, R} = file:read(F, 5), ok = file:close(F), R end",
     "begin {ok, F} = file:open(\"d\", [write, raw, delayed_write]), ok = file:write(F, \"abc\"), A = file:read_file(\"d\"), ok = file:sync(F), B = file:read_file(\"d\"), ok = file:close(F), {A, B} end",
     "begin {ok, F} = file:open(\"d\", [write, {delayed_write, 100000, 60000}]), ok = file:write(F, \"abcd\"), ok = file:close(F), file:read_file(\"d\") end",
     "begin {ok, F} = file:open(\"d\", [write, raw, binary]), R = [file:pwrite(F, 3, \"x\"), file:pwrite(F, [{0, \"a\"}, {5, <<\"b\">>}]), file:pwrite(F, -1, \"x\"), file:pwrite(F, 0, foo), file:write(F, foo), file:allocate(F, 0, 10), file:advise(F, 0, 0, normal), file:advise(F, 0, 0, foo), file:read(F, 1)], ok = file:close(F), {R, file:read_file(\"d\")} end",
     "begin {ok, F} = file:open(\"d\", [read]), R = [file:pread(F, 0, 3), file:pread(F, [{0, 1}, {3, 1}]), file:pread(F, 100, 1), file:write(F, \"x\"), file:position(F, eof), file:position(F, foo), file:read(F, -1)], ok = file:close(F), R end",
     "begin {ok, F} = file:open(\"d\", [read, raw, binary]), ok = file:close(F), [file:read(F, 1), file:close(F), file:write(F, \"x\"), file:position(F, 0)] end",
     "begin {ok, F} = file:open(\"d\", [read]), ok = file:close(F), [file:read(F, 1), file:close(F)] end",
     "[file:read(foo, 1), file:close(foo), file:write({a, b}, \"x\"), file:position(5, 0), file:pread(x, 0, 1), file:truncate(x), file:sync(x)]",
     "begin {ok, F} = file:open(<<\"abc\\ndef\">>, [ram, binary, read]), R = [file:read(F, 2), file:position(F, bof), file:pread(F, 1, 3), file:read(F, 100), file:read(F, 1), file:write(F, \"x\"), file:position(F, {eof, -1}), file:read(F, 5)], ok = file:close(F), R end",
     "begin {ok, F} = file:open(\"abc\", [ram, read, write]), R = [file:write(F, \"x\"), file:position(F, bof), file:read(F, 5), file:pwrite(F, 5, \"y\"), file:position(F, bof), file:read(F, 9)], ok = file:close(F), R end",
     "file:open(foo, [ram])", "begin {ok, F} = file:open(\"zeros\", [read, raw, binary]), {ok, B} = file:read(F, 1 bsl 24), R = [byte_size(B), file:read(F, 1 bsl 24)], ok = file:close(F), R end",
     "begin {ok, F} = file:open(\"lines\", [read]), unlink(F), M = monitor(process, F), file:close(F), receive {'DOWN', M, _, _, R} -> R end end",
     "begin M = self(), O = spawn(fun() -> {ok, F} = file:open(\"lines\", [read]), M ! F, receive done -> ok end end), receive F -> ok end, R = monitor(process, F), exit(O, kill), receive {'DOWN', R, _, _, W} -> W end end",
     "begin {ok, F} = file:open(\"lines\", [read]), M = self(), spawn(fun() -> M ! {got, file:read(F, 3)} end), receive {got, G} -> G end end",
     %% terms
     "file:consult(\"terms\")", "file:consult(\"bad_terms\")", "file:consult(\"nothing\")", "file:consult(\"sub\")", "file:path_consult([\"nowhere\", \".\"], \"terms\")", "file:path_consult([\"sub\"], \"terms\")", 
     "file:script(\"script\", [{'Y', 21}])", "element(1, element(2, file:script(\"script\")))", "file:script(\"empty\")", "file:script(\"nothing\")", "file:path_script([\".\"], \"script\", [{'Y', 1}])", "file:eval(\"script\", [{'Y', 1}])", "file:eval(\"bad_terms\")", "file:script(\"bad_terms\")",
     "file:path_eval([\"sub\", \".\"], \"terms\")", "begin {ok, F, N} = file:path_open([\"sub\", \".\"], \"lines\", [read]), file:close(F), N end", "file:path_open([\"sub\"], \"lines\", [read])",
     "file:copy(\"lines\", \"copy\")", "file:read_file(\"copy\")", "file:copy(\"lines\", \"copy\", 4)", "file:read_file(\"copy\")", "file:copy(\"nothing\", \"copy\")", "file:copy(\"lines\", \"nothing/x\")", "file:copy({\"lines\", []}, {\"copy\", [append]})", "file:read_file(\"copy\")", "file:copy(\"zeros\", \"copy\")", "file:copy(a, b, c)",
     "begin {ok, F} = file:open(\"lines\", [read]), R = file:copy(F, \"copy\"), file:close(F), {R, file:read_file(\"copy\")} end",
     %% filelib
     "lists:sort(filelib:wildcard(\"*s\"))", "filelib:wildcard(\"sub/*\")", "filelib:wildcard(\"s*/de*\")", "filelib:wildcard(\"**/*.erl\")", "filelib:wildcard(\"lin{es,x}\")", "filelib:wildcard(\"nothing*\")", "filelib:wildcard(\"*\", \"empty\")",
     "filelib:is_file(\"lines\")", "filelib:is_regular(\"lines\")", "filelib:is_regular(\"sub\")", "filelib:is_dir(\"sub\")", "filelib:is_dir(\"link\")", "filelib:file_size(\"zeros\")", "filelib:file_size(\"nothing\")", "filelib:last_modified(\"nothing\")", "size(filelib:last_modified(\"lines\"))",
     "filelib:fold_files(\"sub\", \".*\", true, fun(F, A) -> [F | A] end, [])", "filelib:ensure_dir(\"a/b/c\")", "filelib:is_dir(\"a/b\")", "filelib:ensure_dir(\"lines/b/c\")", "filelib:find_file(\"made.erl\", \"sub\", [])", "filelib:safe_relative_path(\"../x\", \"\")",
     %% tables
     "begin T = ets:new(t, [named_table, ordered_set]), ets:insert(T, [{N, N * N} || N <- lists:seq(1, 1000)]), R = ets:tab2file(T, \"table\"), ets:delete(T), R end", "begin {ok, T} = ets:file2tab(\"table\"), R = {ets:info(T, size), ets:lookup(T, 30), ets:info(T, type)}, ets:delete(T), R end", "ets:tabfile_info(\"nothing\")", "element(1, ets:tabfile_info(\"table\"))", "ets:file2tab(\"lines\")",
     "begin {ok, T} = dets:open_file(d, [{file, \"dets\"}]), ok = dets:insert(T, [{a, 1}, {b, 2}]), R = [dets:lookup(T, a), dets:info(T, size), dets:close(T)], {ok, T} = dets:open_file(d, [{file, \"dets\"}]), S = dets:lookup(T, b), ok = dets:close(T), {R, S} end",
     "begin {ok, L} = disk_log:open([{name, l}, {file, \"log\"}]), ok = disk_log:log(L, hello), ok = disk_log:sync(L), {_, T} = disk_log:chunk(L, start), ok = disk_log:close(L), T end",
     %% code
     "begin {ok, made} = compile:file(\"made\"), {module, made} = code:load_abs(\"made\"), made:f() end", "begin code:purge(made), code:delete(made), code:purge(made), ok end", "begin ok = filelib:ensure_dir(\"ebin/x\"), {ok, _} = file:copy(\"made.beam\", \"ebin/made.beam\"), file:delete(\"made.beam\") end",
     "code:add_patha(\"nothing\")", "code:add_patha(\"ebin\")", "made:f()", "code:where_is_file(\"made.beam\")", "code:del_path(\"ebin\")", "code:del_path(\"ebin\")",
     "[filelib:ensure_dir(N) || N <- [\"lib/own-1.2/ebin/x\", \"lib/plain/x\", \"lib/also/ebin/x\"]]", "[code:add_patha(N) || N <- [\"lib/own-1.2/ebin\", \"lib/plain\", \"lib/also/ebin\"]]",
     "[code:lib_dir(N) || N <- [own, plain, also, \"own\", nobody, 'own-1.2']]", "[code:priv_dir(N) || N <- [own, plain, nobody]]", "[code:lib_dir(N, include) || N <- [own, nobody]]",
     "[code:del_path(N) || N <- [\"lib/own-1.2/ebin\", \"lib/plain\", \"lib/also/ebin\"]]", "[code:lib_dir(N) || N <- [own, plain, also]]",
     "code:load_abs(\"nothing\")",
     "begin {ok, M} = c:c(\"made\", [{outdir, \".\"}]), {M, made:f()} end",
     "erl_prim_loader:get_file(\"nothing\")", "erl_prim_loader:read_file_info(\"nothing\")", "element(1, erl_prim_loader:get_file(\"lines\"))",
     "prim_file:read_file(\"terms\")", "prim_file:list_dir(\"empty\")", "prim_file:open(\"nothing\", [read])", "prim_file:open(5, [])", "prim_file:open(\"lines\", foo)", "file:format_error(enoent)", "file:pid2name(self())"].
