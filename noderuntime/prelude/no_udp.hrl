%% Code that runs here has no sockets: none is opened, and every one is a bad one.
-export([open/1, open/2, connect/2, connect/3, send/2, send/4, recv/2, recv/3, close/1, controlling_process/2]).

open(_) -> {error, eacces}.
open(_, _) -> {error, eacces}.
connect(_, _) -> {error, eacces}.
connect(_, _, _) -> {error, eacces}.
send(_, _) -> {error, einval}.
send(_, _, _, _) -> {error, einval}.
recv(_, _) -> {error, einval}.
recv(_, _, _) -> {error, einval}.
close(_) -> ok.
controlling_process(_, _) -> {error, einval}.
