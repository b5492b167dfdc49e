%% What code that looks at sockets, or wants one, gets: there are none.
-module(socket).
-export([which_sockets/0, which_sockets/1, number_of/0, number_of_monitors/0, number_of_monitors/1, which_monitors/1,
         monitored_by/1, info/0, info/1, i/0, is_supported/1, is_supported/2, is_supported/3, supports/0,
         supports/1, supports/2, options/0, options/1, options/2, protocols/0, tables/0, open/1, open/2, open/3, open/4]).

which_sockets() -> [].
which_sockets(_) -> [].
number_of() -> 0.
number_of_monitors() -> 0.
number_of_monitors(_) -> 0.
which_monitors(_) -> [].
monitored_by(_) -> [].
info() ->
    #{counters => #{num_cnt_bits => 64, num_dinet => 0, num_dinet6 => 0, num_dlocal => 0, num_pip => 0, num_psctp => 0, num_ptcp => 0,
                    num_pudp => 0, num_sockets => 0, num_tdgrams => 0, num_tseqpkgs => 0, num_tstreams => 0},
      debug => false, iov_max => 1024, iow => false, socket_debug => false, use_registry => false}.
info(Socket) -> error(badarg, [Socket]).
i() -> ok.
is_supported(_) -> false.
is_supported(_, _) -> false.
is_supported(_, _, _) -> false.
supports() -> [].
supports(_) -> [].
supports(_, _) -> [].
options() -> [].
options(_) -> [].
options(_, _) -> [].
protocols() -> [].
tables() -> #{options => #{}, protocols => #{}}.
open(_) -> {error, eacces}.
open(_, _) -> {error, eacces}.
open(_, _, _) -> {error, eacces}.
open(_, _, _, _) -> {error, eacces}.
