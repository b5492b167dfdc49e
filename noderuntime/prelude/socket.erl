%% What code that looks at sockets, or wants one, gets: there are none.
-module(socket).
-export([which_sockets/0, which_sockets/1, number_of/0, info/0, info/1, i/0, is_supported/1, is_supported/2, supports/0,
         supports/1, open/1, open/2, open/3, open/4]).

which_sockets() -> [].
which_sockets(_) -> [].
number_of() -> 0.
info() -> #{num_sockets => 0, num_tcp_sockets => 0, num_udp_sockets => 0, num_sctp_sockets => 0, num_dom_inet => 0,
            num_dom_inet6 => 0, num_dom_local => 0, num_type_stream => 0, num_type_dgram => 0, num_type_seqpacket => 0,
            num_proto_ip => 0, num_proto_tcp => 0, num_proto_udp => 0, num_proto_sctp => 0, debug => false,
            iow => false, use_registry => false}.
info(Socket) -> error(badarg, [Socket]).
i() -> ok.
is_supported(_) -> false.
is_supported(_, _) -> false.
supports() -> [].
supports(_) -> [].
open(_) -> {error, eacces}.
open(_, _) -> {error, eacces}.
open(_, _, _) -> {error, eacces}.
open(_, _, _, _) -> {error, eacces}.
