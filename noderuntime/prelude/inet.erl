%% Addresses are read and written; code that runs here has no sockets and asks no name servers.
-module(inet).
-export([gethostname/0, ntoa/1, parse_address/1, parse_ipv4_address/1, parse_ipv4strict_address/1, parse_ipv6_address/1,
         parse_ipv6strict_address/1, parse_strict_address/1, is_ip_address/1, is_ipv4_address/1, is_ipv6_address/1,
         ipv4_mapped_ipv6_address/1, getaddr/2, getaddr/3, getaddrs/2, getaddrs/3, gethostbyname/1, gethostbyname/2,
         gethostbyname/3, gethostbyaddr/1, gethostbyaddr/2, getifaddrs/0, getifaddrs/1, getif/0, getif/1, getiflist/0,
         getiflist/1, ifget/2, ifget/3, ifset/2, ifset/3, get_rc/0, i/0, i/1, i/2, format_error/1, stats/0,
         close/1, monitor/1, cancel_monitor/1, controlling_process/2, getopts/2, setopts/2, getstat/1, getstat/2, info/1,
         peername/1, peernames/1, peernames/2, sockname/1, socknames/1, socknames/2, port/1, send/2, getfd/1,
         setpeername/2, setsockname/2, getservbyname/2, getservbyport/2, gen_tcp_module/1, gen_udp_module/1,
         sctp_module/1, tcp_close/1, udp_close/1]).

%% The host's own name, as the node's name has it.
gethostname() -> {ok, lists:takewhile(fun(Character) -> Character =/= $. end, net_adm:localhost())}.

ntoa(Address) -> inet_parse:ntoa(Address).
parse_address(Text) -> inet_parse:address(Text).
parse_ipv4_address(Text) -> inet_parse:ipv4_address(Text).
parse_ipv4strict_address(Text) -> inet_parse:ipv4strict_address(Text).
parse_ipv6_address(Text) -> inet_parse:ipv6_address(Text).
parse_ipv6strict_address(Text) -> inet_parse:ipv6strict_address(Text).
parse_strict_address(Text) -> inet_parse:strict_address(Text).

is_ip_address(Address) -> is_ipv4_address(Address) orelse is_ipv6_address(Address).
is_ipv4_address(Address) -> is_tuple(Address) andalso tuple_size(Address) =:= 4 andalso below(Address, 256).
is_ipv6_address(Address) -> is_tuple(Address) andalso tuple_size(Address) =:= 8 andalso below(Address, 65536).
below(Address, Bound) ->
    lists:all(fun(Part) -> is_integer(Part) andalso Part >= 0 andalso Part < Bound end, tuple_to_list(Address)).

ipv4_mapped_ipv6_address({A, B, C, D}) -> {0, 0, 0, 0, 0, 16#ffff, A bsl 8 bor B, C bsl 8 bor D};
ipv4_mapped_ipv6_address({_, _, _, _, _, _, X, Y}) -> {X bsr 8, X band 255, Y bsr 8, Y band 255}.

getaddr(Host, Family) -> getaddr(Host, Family, infinity).
getaddr(Host, Family, Timeout) ->
    case getaddrs(Host, Family, Timeout) of
        {ok, [Address | _]} -> {ok, Address};
        Error -> Error
    end.

%% Addresses are their own; of names, only this one is known.
getaddrs(Host, Family) -> getaddrs(Host, Family, infinity).
getaddrs(Host, inet, _) when tuple_size(Host) =:= 4 -> own(Host, is_ipv4_address(Host));
getaddrs(Host, inet6, _) when tuple_size(Host) =:= 8 -> own(Host, is_ipv6_address(Host));
getaddrs(Host, inet6, _) when tuple_size(Host) =:= 4 -> own(ipv4_mapped_ipv6_address(Host), is_ipv4_address(Host));
getaddrs(Host, Family, Timeout) when is_atom(Host) -> getaddrs(atom_to_list(Host), Family, Timeout);
getaddrs("localhost", inet, _) -> {ok, [{127, 0, 0, 1}]};
getaddrs("localhost", inet6, _) -> {ok, [{0, 0, 0, 0, 0, 0, 0, 1}]};
getaddrs(Host, Family, _) when is_list(Host), Family =:= inet orelse Family =:= inet6 ->
    Parsed = case Family of
                 inet -> inet_parse:ipv4_address(Host);
                 inet6 -> inet_parse:ipv6_address(Host)
             end,
    case Parsed of
        {ok, Address} -> {ok, [Address]};
        {error, _} -> {error, nxdomain}
    end;
getaddrs(_, _, _) -> {error, einval}.

own(Address, true) -> {ok, [Address]};
own(_, false) -> {error, einval}.

gethostbyname(Name) -> gethostbyname(Name, inet).
gethostbyname(Name, Family) -> gethostbyname(Name, Family, infinity).
gethostbyname(Name, Family, Timeout) ->
    case getaddrs(Name, Family, Timeout) of
        {ok, Addresses} -> {ok, {hostent, Name, [], Family, bytes(Family), Addresses}};
        Error -> Error
    end.
bytes(inet) -> 4;
bytes(inet6) -> 16.

gethostbyaddr(_) -> {error, nxdomain}.
gethostbyaddr(_, _) -> {error, nxdomain}.
getservbyname(_, _) -> {error, einval}.
getservbyport(_, _) -> {error, einval}.

getifaddrs() -> {error, eacces}.
getifaddrs(_) -> {error, eacces}.
getif() -> {error, eacces}.
getif(_) -> {error, eacces}.
getiflist() -> {error, eacces}.
getiflist(_) -> {error, eacces}.
ifget(_, _) -> {error, eacces}.
ifget(_, _, _) -> {error, eacces}.
ifset(_, _) -> {error, eacces}.
ifset(_, _, _) -> {error, eacces}.
get_rc() -> [].
i() -> ok.
i(_) -> ok.
i(_, _) -> ok.
format_error(exbadport) -> "invalid port state";
format_error(exbadseq) -> "bad command sequence";
format_error(system_limit) -> "a system limit was hit, probably not enough ports";
format_error(Tag) -> erl_posix_msg:message(Tag).
stats() -> [recv_cnt, recv_max, recv_avg, recv_oct, recv_dvi, send_cnt, send_max, send_avg, send_oct, send_pend].

%% There are no sockets, so every one is a bad one.
close(_) -> ok.
tcp_close(_) -> ok.
udp_close(_) -> ok.
monitor(Socket) -> erlang:error(badarg, [Socket]).
cancel_monitor(_) -> false.
controlling_process(_, _) -> {error, einval}.
getopts(_, _) -> {error, einval}.
setopts(_, _) -> {error, einval}.
getstat(_) -> {error, einval}.
getstat(_, _) -> {error, einval}.
info(Socket) -> erlang:error(badarg, [Socket]).
peername(_) -> {error, einval}.
peernames(_) -> {error, einval}.
peernames(_, _) -> {error, einval}.
sockname(_) -> {error, einval}.
socknames(_) -> {error, einval}.
socknames(_, _) -> {error, einval}.
port(_) -> {error, einval}.
send(_, _) -> {error, einval}.
getfd(_) -> {error, einval}.
setpeername(_, _) -> {error, einval}.
setsockname(_, _) -> {error, einval}.

%% gen_tcp, gen_udp and gen_sctp hand everything to the module that is named here.
gen_tcp_module(Options) -> {inet_tcp, Options}.
gen_udp_module(Options) -> {inet_udp, Options}.
sctp_module(Options) -> {inet_sctp, Options}.
