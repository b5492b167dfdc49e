%% The files below the directory that the node gives to code (prim_file). Without one, what takes a name returns
%% {error, eacces}. Devices are processes, also of other nodes, and are served.
-module(file).
-record(file_descriptor, {module, data}).
-record(file_info, {size, type, access, atime, mtime, ctime, mode, links, major_device, minor_device, inode, uid, gid}).
-export([format_error/1, native_name_encoding/0,
         get_cwd/0, get_cwd/1, set_cwd/1, list_dir/1, list_dir_all/1, make_dir/1, del_dir/1, del_dir_r/1,
         delete/1, delete/2, rename/2, make_link/2, make_symlink/2, read_link/1, read_link_all/1, altname/1,
         read_file_info/1, read_file_info/2, read_link_info/1, read_link_info/2, raw_read_file_info/1,
         write_file_info/2, write_file_info/3, raw_write_file_info/2, change_mode/2, change_owner/2, change_owner/3,
         change_group/2, change_time/2, change_time/3,
         read_file/1, read_file/2, write_file/2, write_file/3, copy/2, copy/3, open/2, path_open/3,
         consult/1, path_consult/2, eval/1, eval/2, path_eval/2, path_eval/3, script/1, script/2, path_script/2,
         path_script/3, sendfile/2, sendfile/5,
         close/1, read/2, read_line/1, write/2, pread/2, pread/3, pwrite/2, pwrite/3, position/2, truncate/1, sync/1,
         datasync/1, advise/4, allocate/3, ipread_s32bu_p32bu/3, ipread_s32bu_p32bu_int/3, pid2name/1,
         '$ipread'/4, '$pread'/3, '$pwrite'/3]).

format_error({_Line, ?MODULE, undefined_script}) -> "no value returned from script";
format_error({Line, ?MODULE, {Class, Reason, Stack}}) ->
    io_lib:format("~w: evaluation failed with reason ~w:~w and stacktrace ~w", [Line, Class, Reason, Stack]);
format_error({Line, ?MODULE, {Reason, Stack}}) ->
    io_lib:format("~w: evaluation failed with reason ~w and stacktrace ~w", [Line, Reason, Stack]);
format_error({Line, Module, Reason}) -> io_lib:format("~w: ~ts", [Line, Module:format_error(Reason)]);
format_error(badarg) -> "bad argument";
format_error(system_limit) -> "a system limit was hit, probably not enough ports";
format_error(terminated) -> "the file server process is terminated";
format_error(Code) -> erl_posix_msg:message(Code).

native_name_encoding() -> utf8.

%% Names.
get_cwd() -> prim_file:get_cwd().
get_cwd(Drive) ->
    case Drive of
        [Letter, $: | _] when is_integer(Letter) -> {error, enotsup};
        _ ->
            case prim_file:'$allowed'() of
                true -> {error, einval};
                false -> {error, enotsup}
            end
    end.
set_cwd(Name) -> prim_file:set_cwd(Name).
list_dir(Name) -> prim_file:list_dir(Name).
list_dir_all(Name) -> prim_file:list_dir_all(Name).
make_dir(Name) -> prim_file:make_dir(Name).
del_dir(Name) -> prim_file:del_dir(Name).
del_dir_r(Name) -> prim_file:del_dir_r(Name).
delete(Name) -> prim_file:delete(Name).
delete(Name, Options) when is_list(Options) -> prim_file:delete(Name).
rename(From, To) -> prim_file:rename(From, To).
make_link(From, To) -> prim_file:make_link(From, To).
make_symlink(Text, To) -> prim_file:make_symlink(Text, To).
read_link(Name) -> prim_file:read_link(Name).
read_link_all(Name) -> prim_file:read_link_all(Name).
altname(Name) ->
    case prim_file:'$allowed'() of
        true -> prim_file:altname(Name);
        false -> prim_file:delete(Name)
    end.
read_file_info(Name) -> prim_file:read_file_info(Name).
read_file_info(Device, Options) when is_list(Options), is_pid(Device) -> request(Device, {read_handle_info, Options});
read_file_info(#file_descriptor{module = Module} = File, Options) when is_list(Options) -> Module:read_handle_info(File, Options);
read_file_info(Name, Options) when is_list(Options) -> prim_file:read_file_info(Name, Options).
read_link_info(Name) -> prim_file:read_link_info(Name).
read_link_info(Name, Options) when is_list(Options) -> prim_file:read_link_info(Name, Options).
raw_read_file_info(Name) -> prim_file:read_file_info(Name).
write_file_info(Name, Info) -> prim_file:write_file_info(Name, Info).
write_file_info(Name, Info, Options) when is_list(Options) -> prim_file:write_file_info(Name, Info, Options).
raw_write_file_info(Name, Info) -> prim_file:write_file_info(Name, Info).
change_mode(Name, Mode) when is_integer(Mode) -> write_file_info(Name, #file_info{mode = Mode}).
change_owner(Name, Owner) when is_integer(Owner) -> write_file_info(Name, #file_info{uid = Owner}).
change_owner(Name, Owner, Group) when is_integer(Owner), is_integer(Group) ->
    write_file_info(Name, #file_info{uid = Owner, gid = Group}).
change_group(Name, Group) when is_integer(Group) -> write_file_info(Name, #file_info{gid = Group}).
change_time(Name, {{_, _, _}, {_, _, _}} = Time) -> write_file_info(Name, #file_info{mtime = Time}).
change_time(Name, {{_, _, _}, {_, _, _}} = Accessed, {{_, _, _}, {_, _, _}} = Modified) ->
    write_file_info(Name, #file_info{atime = Accessed, mtime = Modified}).
read_file(Name) -> prim_file:read_file(Name).
read_file(Name, Options) when is_list(Options) -> prim_file:read_file(Name).
write_file(Name, Data) -> prim_file:write_file(Name, Data).
write_file(Name, Data, Modes) when is_list(Modes) ->
    case lists:usort(Modes) -- [append, binary, exclusive, raw, sync, write] of
        [] -> prim_file:write_file(Name, Data, Modes);
        _ ->
            case open(Name, [binary, write | lists:delete(binary, Modes)]) of
                {ok, File} ->
                    Written = write(File, Data),
                    case close(File) of
                        Error when Written =:= ok -> Error;
                        _ -> Written
                    end;
                Error -> Error
            end
    end.

%% A device is a process of file_io_server, which a peer or the code path lends, as raw_file_io for what is more than raw.
open(Name, Mode) when is_atom(Mode) ->
    case Mode of
        read -> open(Name, [read]);
        write -> open(Name, [write]);
        read_write -> open(Name, [read, write]);
        _ -> {error, badarg}
    end;
open(Name, Modes) when is_list(Modes) ->
    case {lists:member(raw, Modes), lists:member(ram, Modes)} of
        {true, true} -> error(badarg, [Name, Modes]);
        {false, true} -> ram_file:open(Name, Modes);
        {Raw, false} -> open(Name, Modes, Raw)
    end;
open(_, _) -> {error, badarg}.

open(Name, Modes, Raw) ->
    case prim_file:'$allowed'() andalso prim_file:is_translatable(Name) of
        false -> prim_file:open(Name, Modes);
        true when not Raw -> file_io_server:start(self(), filename:flatten(Name), Modes);
        true ->
            case lists:member(binary, Modes) andalso [Mode || Mode <- Modes, is_layer(Mode)] =:= [] of
                true -> prim_file:open(Name, Modes);
                false -> raw_file_io:open(filename:flatten(Name), Modes)
            end
    end.
is_layer(compressed) -> true;
is_layer(compressed_one) -> true;
is_layer(delayed_write) -> true;
is_layer({delayed_write, _, _}) -> true;
is_layer(_) -> false.

path_open(Path, Name, Modes) when is_list(Path) -> on_path(Path, Name, fun(Each) -> open(Each, Modes) end).

%% The first directory that has the file: {ok, Value, Name}. `Act` returns {ok, Value} or an error.
on_path(Path, Name, Act) ->
    case filename:pathtype(Name) of
        relative -> on_path(Path, Name, Act, enoent);
        _ ->
            case Act(Name) of
                {ok, Value} -> {ok, Value, Name};
                Error -> Error
            end
    end.
on_path([], _, _, Why) -> {error, Why};
on_path([Directory | Rest], Name, Act, Why) ->
    Full = case Directory of "." -> Name; _ -> filename:join(Directory, Name) end,
    case Act(Full) of
        {ok, Value} -> {ok, Value, Full};
        {error, enoent} -> on_path(Rest, Name, Act, Why);
        Error -> Error
    end;
on_path(_, _, _, _) -> {error, badarg}.

consult(Name) -> with_forms(Name, fun consult_all/1).
path_consult(Path, Name) when is_list(Path) -> on_path(Path, Name, fun consult/1).
eval(Name) -> eval(Name, erl_eval:new_bindings()).
eval(Name, Bindings) -> with_forms(Name, fun(File) -> eval_all(File, Bindings) end).
path_eval(Path, Name) when is_list(Path) -> path_eval(Path, Name, erl_eval:new_bindings()).
path_eval(Path, Name, Bindings) when is_list(Path) ->
    case on_path(Path, Name, fun(Each) -> ok_with(eval(Each, Bindings)) end) of
        {ok, _, Full} -> {ok, Full};
        Error -> Error
    end.
script(Name) -> script(Name, erl_eval:new_bindings()).
script(Name, Bindings) -> with_forms(Name, fun(File) -> script_all(File, Bindings) end).
path_script(Path, Name) when is_list(Path) -> path_script(Path, Name, erl_eval:new_bindings()).
path_script(Path, Name, Bindings) when is_list(Path) -> on_path(Path, Name, fun(Each) -> script(Each, Bindings) end).

ok_with(ok) -> {ok, ok};
ok_with(Error) -> Error.

with_forms(Name, Act) ->
    case open(Name, [read]) of
        {ok, File} ->
            try
                epp:set_encoding(File, epp:default_encoding()),
                Act(File)
            after close(File)
            end;
        Error -> Error
    end.

consult_all(File) -> consult_all(File, 1, []).
consult_all(File, Line, Terms) ->
    case io:read(File, '', Line) of
        {ok, Term, Next} -> consult_all(File, Next, [Term | Terms]);
        {error, Error, _} -> {error, Error};
        {eof, _} -> {ok, lists:reverse(Terms)}
    end.

eval_all(File, Bindings) -> evaluate(File, 1, Bindings, [], fun(_) -> ok end).
script_all(File, Bindings) ->
    evaluate(File, 1, Bindings, [], fun
        ([]) -> {error, {1, ?MODULE, undefined_script}};
        ([Value]) -> {ok, Value}
    end).

%% The first error of the text is the result, once all that follows has been evaluated; then errors of evaluation.
evaluate(File, Line, Bindings, Last, Finish) ->
    evaluate(File, Line, Bindings, Last, Finish, []).
evaluate(File, Line, Bindings, Last, Finish, Errors) ->
    case io:parse_erl_exprs(File, '', Line) of
        {ok, Expressions, Next} ->
            try erl_eval:exprs(Expressions, Bindings) of
                {value, Value, More} -> evaluate(File, Next, More, [Value], Finish, Errors)
            catch
                Class:Reason:Stack -> {error, {Next, ?MODULE, {Class, Reason, Stack}}}
            end;
        {error, Error, Next} -> evaluate(File, Next, Bindings, Last, Finish, [Error | Errors]);
        {eof, _} when Errors =:= [] -> Finish(Last);
        {eof, _} -> {error, lists:last(Errors)}
    end.

sendfile(Name, _) -> named(Name).
sendfile(_, _, _, _, _) -> {error, badarg}.
ipread_s32bu_p32bu(#file_descriptor{module = Module} = File, Offset, Most) -> Module:ipread_s32bu_p32bu(File, Offset, Most);
ipread_s32bu_p32bu(File, Offset, Most) when is_pid(File) -> ipread_s32bu_p32bu_int(File, Offset, Most);
ipread_s32bu_p32bu(_, _, _) -> {error, badarg}.
ipread_s32bu_p32bu_int(File, Offset, Most) -> '$ipread'(?MODULE, File, Offset, Most).

%% What Module:pread/3 and pwrite/3 do, for lists of places, and for a size and a place as dets has them in its files.
'$ipread'(Module, File, Offset, Most) when is_integer(Offset), is_integer(Most), Most < (1 bsl 31) ->
    case Module:pread(File, Offset, 8) of
        {ok, Header} ->
            case iolist_to_binary(Header) of
                <<0:32, Place:32>> -> {ok, {0, Place, eof}};
                <<Size:32, Place:32>> when Size =< Most ->
                    case Module:pread(File, Place, Size) of
                        {ok, Data} -> {ok, {Size, Place, Data}};
                        eof -> {ok, {Size, Place, eof}};
                        Error -> Error
                    end;
                _ -> eof
            end;
        Other -> Other
    end;
'$ipread'(_, _, _, _) -> {error, badarg}.

'$pread'(Module, File, Places) when is_list(Places) -> '$pread'(Module, File, Places, []);
'$pread'(_, _, _) -> {error, badarg}.
'$pread'(_, _, [], Data) -> {ok, lists:reverse(Data)};
'$pread'(Module, File, [{At, Size} | Rest], Data) ->
    case Module:pread(File, At, Size) of
        {ok, More} -> '$pread'(Module, File, Rest, [More | Data]);
        eof -> '$pread'(Module, File, Rest, [eof | Data]);
        Error -> Error
    end;
'$pread'(_, _, _, _) -> {error, badarg}.

'$pwrite'(Module, File, Pieces) when is_list(Pieces) -> '$pwrite'(Module, File, Pieces, 0);
'$pwrite'(_, _, _) -> {error, badarg}.
'$pwrite'(_, _, [], _) -> ok;
'$pwrite'(Module, File, [{At, Bytes} | Rest], Done) ->
    case Module:pwrite(File, At, Bytes) of
        ok -> '$pwrite'(Module, File, Rest, Done + 1);
        {error, Reason} -> {error, {Done, Reason}}
    end;
'$pwrite'(_, _, _, _) -> {error, badarg}.

pid2name(_) -> undefined.

copy(From, To) -> copy(From, To, infinity).
copy(From, To, Count) when is_atom(Count), Count =/= infinity -> copy(From, To, infinity);
copy(From, To, Count) when is_integer(Count), Count >= 0; Count =:= infinity ->
    with_copied(From, [read], fun(Source) -> with_copied(To, [write], fun(Target) -> copy_opened(Source, Target, Count, 0) end) end);
copy(_, _, _) -> {error, badarg}.

with_copied(Device, _, Act) when is_pid(Device) -> Act(Device);
with_copied(#file_descriptor{} = File, _, Act) -> Act(File);
with_copied({Name, Modes}, Needed, Act) when is_list(Modes) -> with_opened(Name, Needed ++ Modes, Act);
with_copied(Name, Needed, Act) -> with_opened(Name, [raw, binary | Needed], Act).

with_opened(Name, Modes, Act) ->
    case open(Name, [binary | lists:delete(binary, Modes)]) of
        {ok, File} ->
            try Act(File)
            after close(File)
            end;
        Error -> Error
    end.

copy_opened(_, _, Left, Done) when Left =< 0 -> {ok, Done};
copy_opened(From, To, Left, Done) ->
    case read(From, min(Left, 65536)) of
        {ok, Data} ->
            Size = iolist_size(Data),
            case write(To, Data) of
                ok when Left =:= infinity -> copy_opened(From, To, infinity, Done + Size);
                ok -> copy_opened(From, To, Left - Size, Done + Size);
                Error -> Error
            end;
        eof -> {ok, Done};
        Error -> Error
    end.

named(Name) ->
    case prim_file:is_translatable(Name) of
        true -> {error, enotsup};
        false -> {error, badarg}
    end.

%% Devices, which are processes, and open files.

close(Device) when is_pid(Device) ->
    case request(Device, close) of
        {error, terminated} -> ok;
        Answer -> Answer
    end;
close(#file_descriptor{module = Module} = File) -> Module:close(File);
close(_) -> {error, badarg}.

read(Device, Size) when is_pid(Device) orelse is_atom(Device), is_integer(Size), Size >= 0 ->
    case io:request(Device, {get_chars, latin1, '', Size}) of
        Data when is_list(Data); is_binary(Data) -> {ok, Data};
        Other -> Other
    end;
read(#file_descriptor{module = Module} = File, Size) -> Module:read(File, Size);
read(_, _) -> {error, badarg}.

read_line(Device) when is_pid(Device); is_atom(Device) ->
    case io:request(Device, {get_line, latin1, ''}) of
        Data when is_list(Data); is_binary(Data) -> {ok, Data};
        Other -> Other
    end;
read_line(#file_descriptor{module = Module} = File) -> Module:read_line(File);
read_line(_) -> {error, badarg}.

write(Device, Bytes) when is_pid(Device); is_atom(Device) ->
    try iolist_to_binary(Bytes) of
        Binary -> io:request(Device, {put_chars, latin1, Binary})
    catch error:Reason -> {error, Reason}
    end;
write(#file_descriptor{module = Module} = File, Bytes) -> Module:write(File, Bytes);
write(_, _) -> {error, badarg}.

pread(Device, Places) when is_pid(Device) -> '$pread'(?MODULE, Device, Places);
pread(#file_descriptor{module = Module} = File, Places) -> Module:pread(File, Places);
pread(_, _) -> {error, badarg}.
pread(Device, At, Size) when is_pid(Device), is_integer(Size), Size >= 0 -> request(Device, {pread, At, Size});
pread(#file_descriptor{module = Module} = File, At, Size) -> Module:pread(File, At, Size);
pread(_, _, _) -> {error, badarg}.

pwrite(Device, Pieces) when is_pid(Device) -> '$pwrite'(?MODULE, Device, Pieces);
pwrite(#file_descriptor{module = Module} = File, Pieces) -> Module:pwrite(File, Pieces);
pwrite(_, _) -> {error, badarg}.
pwrite(Device, At, Bytes) when is_pid(Device) -> request(Device, {pwrite, At, Bytes});
pwrite(#file_descriptor{module = Module} = File, At, Bytes) -> Module:pwrite(File, At, Bytes);
pwrite(_, _, _) -> {error, badarg}.

position(Device, Place) when is_pid(Device) -> request(Device, {position, Place});
position(#file_descriptor{module = Module} = File, Place) -> Module:position(File, Place);
position(_, _) -> {error, badarg}.
truncate(Device) when is_pid(Device) -> request(Device, truncate);
truncate(#file_descriptor{module = Module} = File) -> Module:truncate(File);
truncate(_) -> {error, badarg}.
sync(Device) when is_pid(Device) -> request(Device, sync);
sync(#file_descriptor{module = Module} = File) -> Module:sync(File);
sync(_) -> {error, badarg}.
datasync(Device) when is_pid(Device) -> request(Device, datasync);
datasync(#file_descriptor{module = Module} = File) -> Module:datasync(File);
datasync(_) -> {error, badarg}.
advise(Device, Offset, Length, Advice) when is_pid(Device) -> request(Device, {advise, Offset, Length, Advice});
advise(#file_descriptor{module = Module} = File, Offset, Length, Advice) -> Module:advise(File, Offset, Length, Advice);
advise(_, _, _, _) -> {error, badarg}.
allocate(Device, Offset, Length) when is_pid(Device) -> request(Device, {allocate, Offset, Length});
allocate(#file_descriptor{module = Module} = File, Offset, Length) -> Module:allocate(File, Offset, Length);
allocate(_, _, _) -> {error, badarg}.

%% A question to the process of a file, which may be on another node.
request(Device, Question) ->
    Reference = erlang:monitor(process, Device),
    Device ! {file_request, self(), Reference, Question},
    receive
        {file_reply, Reference, Answer} ->
            erlang:demonitor(Reference, [flush]),
            Answer;
        {'DOWN', Reference, _, _, _} -> {error, terminated}
    end.
