%% What code asks of the host's names: only this one is known (inet).
-module(inet_db).
-export([gethostname/0, get_rc/0, res_option/1, tcp_module/0, udp_module/0, sctp_module/0, tolower/1]).

gethostname() -> element(2, inet:gethostname()).
get_rc() -> [].
tcp_module() -> inet_tcp.
udp_module() -> inet_udp.
sctp_module() -> inet_sctp.

%% There are no name servers to ask.
res_option(Option) when Option =:= nameservers; Option =:= alt_nameservers; Option =:= nameserver; Option =:= alt_nameserver;
                        Option =:= search ->
    [];
res_option(domain) -> "";
res_option(lookup) -> [file];
res_option(Option) -> erlang:error(badarg, [Option]).

tolower(Name) -> [if C >= $A, C =< $Z -> C + 32; true -> C end || C <- Name].
