%% Output and input through the group leader, by requests of the Erlang I/O protocol. The group leader formats.
-module(io).
-export([format/1, format/2, format/3, fwrite/1, fwrite/2, fwrite/3, put_chars/1, put_chars/2, nl/0, nl/1, write/1,
         write/2, get_line/1, get_line/2, getopts/0, getopts/1, columns/0, rows/0, request/2, requests/2,
         printable_range/0]).

format(Format) -> format(Format, []).
format(Format, Arguments) -> format(group_leader(), Format, Arguments).
format(Device, Format, Arguments) ->
    output(Device, {put_chars, unicode, io_lib, format, [Format, Arguments]}, [Device, Format, Arguments], format).

fwrite(Format) -> format(Format, []).
fwrite(Format, Arguments) -> format(Format, Arguments).
fwrite(Device, Format, Arguments) -> format(Device, Format, Arguments).

put_chars(Characters) -> put_chars(group_leader(), Characters).
put_chars(Device, Characters) ->
    output(Device, {put_chars, unicode, Characters}, [Device, Characters], put_chars).

nl() -> nl(group_leader()).
nl(Device) -> output(Device, {put_chars, unicode, "\n"}, [Device], nl).

write(Term) -> write(group_leader(), Term).
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
    case is_pid(Process) of
        true -> ask(Process, Request);
        false -> {error, arguments}
    end.

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

output(Device, Request, Arguments, Function) ->
    case request(Device, Request) of
        ok -> ok;
        {error, Reason} -> erlang:raise(error, reason(Reason), [{io, Function, Arguments, []}])
    end.

reason(terminated) -> terminated;
reason(arguments) -> badarg;
reason(_) -> badarg.
