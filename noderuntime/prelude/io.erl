%% Output and input through the group leader, by requests of the Erlang I/O protocol. The group leader formats.
-module(io).
-export([format/1, format/2, format/3, fwrite/1, fwrite/2, fwrite/3, put_chars/1, put_chars/2, nl/0, nl/1, write/1,
         write/2, get_line/1, get_line/2, getopts/0, getopts/1, columns/0, rows/0, request/2, requests/2,
         printable_range/0]).

format(Format) -> formatted(group_leader(), Format, [], format, [Format]).
format(Format, Arguments) -> formatted(group_leader(), Format, Arguments, format, [Format, Arguments]).
format(Device, Format, Arguments) -> formatted(Device, Format, Arguments, format, [Device, Format, Arguments]).

fwrite(Format) -> formatted(group_leader(), Format, [], fwrite, [Format]).
fwrite(Format, Arguments) -> formatted(group_leader(), Format, Arguments, fwrite, [Format, Arguments]).
fwrite(Device, Format, Arguments) -> formatted(Device, Format, Arguments, fwrite, [Device, Format, Arguments]).

formatted(Device, Format, Arguments, Function, Given) ->
    output(Device, {put_chars, unicode, io_lib, format, [Format, Arguments]}, Given, Function).

put_chars(Characters) -> output(group_leader(), {put_chars, unicode, Characters}, [Characters], put_chars).
put_chars(Device, Characters) ->
    output(Device, {put_chars, unicode, Characters}, [Device, Characters], put_chars).

nl() -> output(group_leader(), {put_chars, unicode, "\n"}, [], nl).
nl(Device) -> output(Device, {put_chars, unicode, "\n"}, [Device], nl).

write(Term) -> output(group_leader(), {put_chars, unicode, io_lib, write, [Term]}, [Term], write).
write(Device, Term) -> output(Device, {put_chars, unicode, io_lib, write, [Term]}, [Device, Term], write).

get_line(Prompt) -> get_line(group_leader(), Prompt).
get_line(Device, Prompt) -> request(Device, {get_line, unicode, Prompt}).

getopts() -> getopts(group_leader()).
getopts(Device) -> request(Device, getopts).

columns() -> geometry(columns).
rows() -> geometry(rows).

geometry(What) ->
    case request(group_leader(), {get_geometry, What}) of
        Size when is_integer(Size), Size > 0 -> {ok, Size};
        _ -> {error, enotsup}
    end.

%% As on a node that was started without +pc.
printable_range() -> latin1.

requests(Device, Requests) -> request(Device, {requests, Requests}).

%% {error, Reason} if the device is gone or does not know the request.
request(Device, Request) ->
    Process = if
                  is_atom(Device), Device =/= standard_io -> whereis(Device);
                  Device =:= standard_io -> group_leader();
                  true -> Device
              end,
    if
        Process =:= self() -> {error, calling_self};
        is_pid(Process) -> ask(Process, sent(Request));
        true -> {error, arguments}
    end.

%% What is sent for the requests that only this module knows.
sent({Format, Text, Arguments}) when Format =:= format; Format =:= fwrite -> {put_chars, unicode, io_lib, format, [Text, Arguments]};
sent({write, Term}) -> {put_chars, unicode, io_lib, write, [Term]};
sent(nl) -> {put_chars, unicode, "\n"};
sent(Request) -> Request.

ask(Device, Request) ->
    Monitor = monitor(process, Device),
    Device ! {io_request, self(), Monitor, Request},
    receive
        {io_reply, Monitor, Reply} ->
            demonitor(Monitor, [flush]),
            Reply;
        {'DOWN', Monitor, _, _, _} ->
            receive {io_reply, Monitor, Reply} -> Reply
            after 0 -> {error, terminated}
            end
    end.

%% The cause tells whether the request could not be made (io) or was answered with an error (device).
output(Device, Request, Arguments, Function) ->
    case request(Device, Request) of
        ok -> ok;
        {error, Reason} ->
            Kind = case lists:member(Reason, [arguments, terminated, calling_self]) of true -> io; false -> device end,
            Info = [{error_info, #{cause => {Kind, Reason}, module => erl_stdlib_errors}}],
            {current_stacktrace, Frames} = process_info(self(), current_stacktrace),
            Callers = [Frame || Frame <- Frames, element(1, Frame) =/= io],
            erlang:raise(error, reason(Reason), [{io, Function, Arguments, Info} | Callers])
    end.

reason(terminated) -> terminated;
reason(calling_self) -> calling_self;
reason({no_translation, _, _}) -> no_translation;
reason(_) -> badarg.
