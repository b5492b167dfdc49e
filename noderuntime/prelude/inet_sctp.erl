%% Code that runs here has no sockets: none is opened, and every one is a bad one.
-module(inet_sctp).
-export([open/1, close/1, listen/2, peeloff/2, connect/5, sendmsg/3, recv/2]).

open(_) -> {error, eacces}.
close(_) -> ok.
listen(_, _) -> {error, eacces}.
peeloff(_, _) -> {error, einval}.
connect(_, _, _, _, _) -> {error, eacces}.
sendmsg(_, _, _) -> {error, einval}.
recv(_, _) -> {error, einval}.
