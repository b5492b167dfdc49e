%% Files in memory: file:open(Data, [ram]). A process holds the bytes and the position, and ends with its owner.
-module(ram_file).
-export([open/2, close/1, read/2, read_line/1, write/2, pread/2, pread/3, pwrite/2, pwrite/3, position/2, truncate/1, sync/1,
         datasync/1, advise/4, allocate/3, copy/3, get_file/1, get_file_close/1, set_file/2, get_size/1,
         ipread_s32bu_p32bu/3]).
-record(file_descriptor, {module, data}).

open(Data, Modes) when is_list(Modes) ->
    try iolist_to_binary(Data) of
        Bytes ->
            Owner = self(),
            Binary = lists:member(binary, Modes),
            Writes = lists:member(write, Modes) orelse lists:member(append, Modes),
            At = case lists:member(append, Modes) of true -> byte_size(Bytes); false -> 0 end,
            Kept = case Writes andalso not lists:member(read, Modes) andalso At =:= 0 of true -> <<>>; false -> Bytes end,
            Pid = spawn(fun() -> serve(erlang:monitor(process, Owner), Kept, At, Writes, Binary) end),
            {ok, #file_descriptor{module = ?MODULE, data = Pid}}
    catch error:_ -> {error, badarg}
    end;
open(_, _) -> {error, badarg}.

serve(Owner, Bytes, At, Writes, Binary) ->
    receive
        {'DOWN', Owner, _, _, _} -> ok;
        {?MODULE, From, Tag, close} -> From ! {Tag, ok};
        {?MODULE, From, Tag, get_file_close} -> From ! {Tag, {ok, shown(Bytes, Binary)}};
        {?MODULE, From, Tag, Question} ->
            {Answer, NewBytes, NewAt} = answer(Question, Bytes, At, Writes),
            From ! {Tag, case Answer of {ok, Data} when is_binary(Data) -> {ok, shown(Data, Binary)}; _ -> Answer end},
            serve(Owner, NewBytes, NewAt, Writes, Binary)
    end.

shown(Bytes, true) -> Bytes;
shown(Bytes, false) -> binary_to_list(Bytes).

answer({read, 0}, Bytes, At, _) -> {{ok, <<>>}, Bytes, At};
answer({read, _}, Bytes, At, _) when At >= byte_size(Bytes) -> {eof, Bytes, At};
answer({read, Size}, Bytes, At, _) ->
    Part = binary:part(Bytes, At, min(Size, byte_size(Bytes) - At)),
    {{ok, Part}, Bytes, At + byte_size(Part)};
answer(read_line, Bytes, At, _) when At >= byte_size(Bytes) -> {eof, Bytes, At};
answer(read_line, Bytes, At, _) ->
    End = case binary:match(Bytes, <<"\n">>, [{scope, {At, byte_size(Bytes) - At}}]) of
              {Place, 1} -> Place + 1;
              nomatch -> byte_size(Bytes)
          end,
    {{ok, binary:replace(binary:part(Bytes, At, End - At), <<"\r\n">>, <<"\n">>)}, Bytes, End};
answer({pread, Place, Size}, Bytes, At, Writes) ->
    {Answer, _, _} = answer({read, Size}, Bytes, Place, Writes),
    {Answer, Bytes, At};
answer({position, From, Offset}, Bytes, At, _) ->
    case Offset + case From of bof -> 0; cur -> At; eof -> byte_size(Bytes) end of
        Place when Place < 0 -> {{error, einval}, Bytes, At};
        Place -> {{ok, Place}, Bytes, Place}
    end;
answer(get_file, Bytes, At, _) -> {{ok, Bytes}, Bytes, At};
answer(get_size, Bytes, At, _) -> {{ok, byte_size(Bytes)}, Bytes, At};
answer(sync, Bytes, At, _) -> {ok, Bytes, At};
answer(_, Bytes, At, false) -> {{error, ebadf}, Bytes, At};
answer({write, Data}, Bytes, At, _) -> {ok, put_at(Bytes, At, Data), At + byte_size(Data)};
answer({pwrite, Place, Data}, Bytes, At, _) -> {ok, put_at(Bytes, Place, Data), At};
answer({set_file, Data}, _, _, _) -> {{ok, byte_size(Data)}, Data, 0};
answer(truncate, Bytes, At, _) -> {ok, put_at(binary:part(Bytes, 0, min(At, byte_size(Bytes))), At, <<>>), At}.

put_at(Bytes, At, Data) when At > byte_size(Bytes) ->
    Gap = 8 * (At - byte_size(Bytes)),
    <<Bytes/binary, 0:Gap, Data/binary>>;
put_at(Bytes, At, Data) when At =:= byte_size(Bytes) -> <<Bytes/binary, Data/binary>>;
put_at(Bytes, At, Data) ->
    End = min(byte_size(Bytes), At + byte_size(Data)),
    <<(binary:part(Bytes, 0, At))/binary, Data/binary, (binary:part(Bytes, End, byte_size(Bytes) - End))/binary>>.

ask(#file_descriptor{module = ?MODULE, data = Pid}, Question) when is_pid(Pid) ->
    Tag = erlang:monitor(process, Pid),
    Pid ! {?MODULE, self(), Tag, Question},
    receive
        {Tag, Answer} ->
            erlang:demonitor(Tag, [flush]),
            Answer;
        {'DOWN', Tag, _, _, _} -> {error, einval}
    end;
ask(_, _) -> {error, badarg}.

with_bytes(Data, Act) ->
    try iolist_to_binary(Data) of
        Bytes -> Act(Bytes)
    catch error:_ -> {error, badarg}
    end.

close(File) -> ask(File, close).
read(File, Size) when is_integer(Size), Size >= 0 -> ask(File, {read, Size});
read(_, _) -> {error, badarg}.
read_line(File) -> ask(File, read_line).
write(File, Data) -> with_bytes(Data, fun(Bytes) -> ask(File, {write, Bytes}) end).
pread(File, At, Size) when is_integer(At), At >= 0, is_integer(Size), Size >= 0 -> ask(File, {pread, At, Size});
pread(_, At, Size) when is_integer(At), is_integer(Size) -> {error, einval};
pread(_, _, _) -> {error, badarg}.
pread(File, Places) -> file:'$pread'(?MODULE, File, Places).
pwrite(File, At, Data) when is_integer(At), At >= 0 -> with_bytes(Data, fun(Bytes) -> ask(File, {pwrite, At, Bytes}) end);
pwrite(_, At, _) when is_integer(At) -> {error, einval};
pwrite(_, _, _) -> {error, badarg}.
pwrite(File, Pieces) -> file:'$pwrite'(?MODULE, File, Pieces).

position(File, {From, Offset}) when From =:= bof orelse From =:= cur orelse From =:= eof, is_integer(Offset) ->
    ask(File, {position, From, Offset});
position(File, From) when From =:= bof; From =:= cur; From =:= eof -> ask(File, {position, From, 0});
position(File, Offset) when is_integer(Offset) -> ask(File, {position, bof, Offset});
position(_, _) -> {error, badarg}.

truncate(File) -> ask(File, truncate).
sync(File) -> ask(File, sync).
datasync(File) -> ask(File, sync).
advise(File, _, _, _) -> ask(File, sync).
allocate(_, _, _) -> {error, enotsup}.
copy(_, _, _) -> {error, enotsup}.
get_file(File) -> ask(File, get_file).
get_file_close(File) -> ask(File, get_file_close).
set_file(File, Data) -> with_bytes(Data, fun(Bytes) -> ask(File, {set_file, Bytes}) end).
get_size(File) -> ask(File, get_size).

ipread_s32bu_p32bu(File, Offset, Most) -> file:'$ipread'(?MODULE, File, Offset, Most).
