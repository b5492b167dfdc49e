%% Files below the directory that the node gives to code, as OTP's module of this name has them: what the native functions
%% (functions/prim_file.cpp) leave to do.
-module(prim_file).
-export([start/0, open/2, close/1, read/2, read_line/1, write/2, pread/2, pread/3, pwrite/2, pwrite/3, position/2,
         truncate/1, sync/1, datasync/1, advise/4, allocate/3, ipread_s32bu_p32bu/3, read_handle_info/1,
         read_handle_info/2, write_file/2, write_file/3, list_dir/1, list_dir_all/1, read_link/1, read_link_all/1, read_file_info/1,
         read_file_info/2, read_link_info/1, read_link_info/2, write_file_info/2, write_file_info/3, get_cwd/1,
         altname/1, get_handle/1, del_dir_r/1, is_translatable/1, internal_name2native/1, internal_normalize_utf8/1]).
-record(file_descriptor, {module, data}).
-record(file_info, {size, type, access, atime, mtime, ctime, mode, links, major_device, minor_device, inode, uid, gid}).

start() -> ok.

%% Open files. Only the process that opened one uses it.

open(Name, Modes) when is_list(Modes) ->
    case prim_file:'$open'(Name, sum(Modes)) of
        {ok, Handle} -> {ok, #file_descriptor{module = ?MODULE, data = #{handle => Handle, owner => self()}}};
        Error -> Error
    end;
open(_, _) -> {error, badarg}.

%% As OTP's, it takes no notice of what it does not know.
sum(Modes) ->
    case lists:foldl(fun(Mode, Sum) -> Sum bor bit(Mode) end, 0, Modes) of
        Sum when Sum band 8 =/= 0, Sum band 6 =:= 0 -> Sum bor 3;
        Sum when Sum band 7 =:= 0 -> Sum bor 1;
        Sum -> Sum
    end.
bit(read) -> 1;
bit(write) -> 2;
bit(append) -> 4;
bit(exclusive) -> 8;
bit(directory) -> 16;
bit(sync) -> 32;
bit(read_ahead) -> 64;
bit({read_ahead, Size}) when is_integer(Size), Size > 0 -> 64;
bit(_) -> 0.

handle(#file_descriptor{data = #{handle := Handle}}) -> Handle;
handle(_) -> badarg.

%% What is no file is {error, badarg}, as on OTP; a file of another process is an exception.
-define(ON(File, Call), try Call catch error:badarg -> {error, badarg} end).

close(File) -> ?ON(File, prim_file:'$close'(handle(File))).
read(File, Size) -> ?ON(File, prim_file:'$read'(handle(File), Size)).
read_line(File) -> ?ON(File, prim_file:'$read_line'(handle(File))).
write(File, Data) -> ?ON(File, prim_file:'$write'(handle(File), Data)).
pread(File, Offset, Size) -> ?ON(File, prim_file:'$pread'(handle(File), Offset, Size)).
pwrite(File, Offset, Data) -> ?ON(File, prim_file:'$pwrite'(handle(File), Offset, Data)).
truncate(File) -> ?ON(File, prim_file:'$truncate'(handle(File))).
sync(File) -> ?ON(File, prim_file:'$sync'(handle(File), false)).
datasync(File) -> ?ON(File, prim_file:'$sync'(handle(File), true)).
advise(File, Offset, Length, Advice) -> ?ON(File, prim_file:'$advise'(handle(File), Offset, Length, Advice)).
allocate(File, Offset, Length) -> ?ON(File, prim_file:'$allocate'(handle(File), Offset, Length)).

pread(File, Places) -> file:'$pread'(?MODULE, File, Places).
pwrite(File, Pieces) -> file:'$pwrite'(?MODULE, File, Pieces).
ipread_s32bu_p32bu(File, Offset, Most) -> file:'$ipread'(?MODULE, File, Offset, Most).

position(File, {bof, Offset}) -> position_from(File, 0, Offset);
position(File, {cur, Offset}) -> position_from(File, 1, Offset);
position(File, {eof, Offset}) -> position_from(File, 2, Offset);
position(File, bof) -> position_from(File, 0, 0);
position(File, cur) -> position_from(File, 1, 0);
position(File, eof) -> position_from(File, 2, 0);
position(File, Offset) -> position_from(File, 0, Offset).
position_from(File, From, Offset) -> ?ON(File, prim_file:'$position'(handle(File), From, Offset)).

get_handle(_) -> {error, enotsup}.

%% Names.

write_file(Name, Data) -> prim_file:'$write_file'(Name, 2, Data).
write_file(Name, Data, Modes) -> prim_file:'$write_file'(Name, sum([write | Modes]), Data).
list_dir(Name) -> prim_file:'$list'(Name, false).
list_dir_all(Name) -> prim_file:'$list'(Name, true).
read_link(Name) -> prim_file:'$read_link'(Name, false).
read_link_all(Name) -> prim_file:'$read_link'(Name, true).
altname(_) -> {error, enotsup}.
get_cwd(Drive) when is_integer(Drive); is_list(Drive) -> {error, enotsup};
get_cwd(_) -> {error, badarg}.

del_dir_r(Name) ->
    case read_link_info(Name) of
        {ok, #file_info{type = directory}} ->
            case list_dir_all(Name) of
                {ok, Names} -> [del_dir_r(filename:join(Name, Each)) || Each <- Names];
                _ -> ok
            end,
            prim_file:del_dir(Name);
        {ok, _} -> prim_file:delete(Name);
        Error -> Error
    end.

read_file_info(Name) -> read_file_info(Name, [{time, local}]).
read_file_info(Name, Options) -> info(prim_file:'$info'(Name, true), Options).
read_link_info(Name) -> read_link_info(Name, [{time, local}]).
read_link_info(Name, Options) -> info(prim_file:'$info'(Name, false), Options).
read_handle_info(File) -> read_handle_info(File, [{time, local}]).
read_handle_info(File, Options) -> ?ON(File, info(prim_file:'$handle_info'(handle(File)), Options)).

info({ok, {Size, Type, Access, Accessed, Modified, Changed, Mode, Links, Major, Minor, Inode, User, Group}}, Options) ->
    case time_type(Options) of
        badarg -> {error, badarg};
        Kind ->
            {ok, #file_info{size = Size, type = Type, access = Access, atime = shown(Kind, Accessed),
                            mtime = shown(Kind, Modified), ctime = shown(Kind, Changed), mode = Mode, links = Links,
                            major_device = Major, minor_device = Minor, inode = Inode, uid = User, gid = Group}}
    end;
info(Error, _) -> Error.

%% The option {time, local | universal | posix}.
time_type(posix) -> posix;
time_type(Options) when is_list(Options) ->
    case [Kind || {time, Kind} <- Options] of
        [] -> local;
        [Kind | _] when Kind =:= local; Kind =:= universal; Kind =:= posix -> Kind;
        _ -> badarg
    end;
time_type(_) -> badarg.

shown(posix, Seconds) -> Seconds;
shown(universal, Seconds) -> erlang:posixtime_to_universaltime(Seconds);
shown(local, Seconds) -> erlang:universaltime_to_localtime(erlang:posixtime_to_universaltime(Seconds)).

write_file_info(Name, Info) -> write_file_info(Name, Info, [{time, local}]).
write_file_info(Name, #file_info{mode = Mode, uid = User, gid = Group, atime = Accessed, mtime = Modified}, Options) ->
    Kind = time_type(Options),
    try
        First = seconds(Kind, Accessed, erlang:system_time(second)),
        prim_file:'$write_info'(Name, Mode, User, Group, First, seconds(Kind, Modified, First))
    catch error:_ -> {error, badarg}
    end.

seconds(_, undefined, Otherwise) -> Otherwise;
seconds(posix, Seconds, _) when is_integer(Seconds) -> Seconds;
seconds(universal, Time, _) -> erlang:universaltime_to_posixtime(Time);
seconds(local, Time, _) -> erlang:universaltime_to_posixtime(erlang:localtime_to_universaltime(Time)).

is_translatable(Name) ->
    try internal_name2native(Name) of
        _ -> true
    catch error:_ -> false
    end.
%% As OTP's, with the zero byte that ends it.
internal_name2native(Name) -> <<(prim_file:'$name'(Name))/binary, 0>>.
internal_normalize_utf8(Name) -> unicode:characters_to_list(Name).
