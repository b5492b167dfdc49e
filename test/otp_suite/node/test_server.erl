%% Stands in for Common Test's module test_server, with the functions that the suites call.
-module(test_server).
-export([app_test/1, app_test/2, appup_test/1, comment/1, do_times/2, do_times/4, fault/3, is_asan/0, is_cover/0, is_debug/0,
         is_native/1, is_release_available/1, is_valgrind/0, lookup_config/2, m_out_of_n/3, memory_checker/0, messages_get/0,
         minutes/1, peer_name/2, run_on_shielded_node/2, seconds/1, sleep/1, start_node/3, start_peer/3, start_peer/5,
         stop_node/1, temp_name/1, timecall/3, timetrap/1, timetrap_cancel/1, timetrap_scale_factor/0]).

lookup_config(Key, Config) -> proplists:get_value(Key, Config).

%% What cannot be done here skips the case.
start_peer(_, _, _) -> throw({skip, "starts another node"}).
start_peer(_, _, _, _, _) -> throw({skip, "starts another node"}).
start_node(_, _, _) -> throw({skip, "starts another node"}).
stop_node(_) -> ok.
run_on_shielded_node(_, _) -> throw({skip, "starts another node"}).
app_test(_) -> throw({skip, "looks at the files of an application"}).
app_test(_, _) -> throw({skip, "looks at the files of an application"}).
appup_test(_) -> throw({skip, "looks at the files of an application"}).

is_asan() -> false.
is_cover() -> false.
is_debug() -> false.
is_native(_) -> false.
is_release_available(_) -> false.
is_valgrind() -> false.
memory_checker() -> none.

comment(_) -> ok.
sleep(Milliseconds) -> timer:sleep(Milliseconds).
timetrap(_) -> ok.
timetrap_cancel(_) -> ok.
timetrap_scale_factor() -> 1.
seconds(N) -> N * 1000.
minutes(N) -> N * 60_000.
fault(_, _, Arguments) -> exit({fault, Arguments}).

peer_name(Module, Case) -> lists:concat([Module, "-", Case, "-", erlang:unique_integer([positive])]).
temp_name(Stem) -> Stem ++ integer_to_list(erlang:unique_integer([positive])).

messages_get() -> receive Message -> [Message | messages_get()] after 0 -> [] end.

do_times(Times, Fun) -> [Fun() || _ <- lists:seq(1, Times)], ok.
do_times(Times, Module, Function, Arguments) -> do_times(Times, fun() -> apply(Module, Function, Arguments) end).

%% Fun has to return in `Least` of at most `Most` calls.
m_out_of_n(Least, Most, Fun) ->
    Passed = length([passed || _ <- lists:seq(1, Most), try Fun(), true catch _:_ -> false end]),
    Passed >= Least orelse exit({passed, Passed, times, out_of, Most}).

timecall(Module, Function, Arguments) ->
    {Microseconds, Value} = timer:tc(Module, Function, Arguments),
    {Microseconds / 1.0e6, Value}.
