%% Code that runs here has no sockets: none is opened, and every one is a bad one.
-export([connect/3, connect/4, listen/2, accept/1, accept/2, shutdown/2, send/2, send/3, recv/2, recv/3, unrecv/2, close/1,
         controlling_process/2]).

connect(_, _, _) -> {error, eacces}.
connect(_, _, _, _) -> {error, eacces}.
listen(_, _) -> {error, eacces}.
accept(_) -> {error, einval}.
accept(_, _) -> {error, einval}.
shutdown(_, _) -> {error, einval}.
send(_, _) -> {error, einval}.
send(_, _, _) -> {error, einval}.
recv(_, _) -> {error, einval}.
recv(_, _, _) -> {error, einval}.
unrecv(_, _) -> {error, einval}.
close(_) -> ok.
controlling_process(_, _) -> {error, einval}.
