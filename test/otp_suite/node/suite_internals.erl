%% A parse transform for suites: their calls of erts_debug:set_internal_state/2 and get_internal_state/1 become calls of this
%% module, which answers them as a node without such doors. Settings that make an emulator pause more often have no effect;
%% what asks for the inside of OTP's emulator skips the case.
-module(suite_internals).
-export([parse_transform/2, set_internal_state/2, get_internal_state/1]).

parse_transform(Forms, _) -> replaced(Forms).

replaced({remote, Place, {atom, At, erts_debug}, {atom, _, Name} = Function})
  when Name =:= set_internal_state; Name =:= get_internal_state ->
    {remote, Place, {atom, At, ?MODULE}, Function};
%% ets_SUITE fills tables until OTP has divided them inside; then it tests them.
replaced({function, Place, stimulate_contention, Arity, _}) ->
    Ignored = lists:duplicate(Arity, {var, Place, '_'}),
    {function, Place, stimulate_contention, Arity, [{clause, Place, Ignored, [], [{atom, Place, ok}]}]};
replaced(Tuple) when is_tuple(Tuple) -> list_to_tuple(replaced(tuple_to_list(Tuple)));
replaced([Head | Tail]) -> [replaced(Head) | replaced(Tail)];
replaced(Other) -> Other.

set_internal_state(available_internal_state, _) -> true;
set_internal_state(ets_force_trap, _) -> notsup;
set_internal_state(Pause, _)
  when Pause =:= wait; Pause =:= reds_left; Pause =:= binary_loop_limit; Pause =:= re_loop_limit; Pause =:= unicode_loop_limit;
       Pause =:= ets_debug_random_split_join; Pause =:= ets_force_split -> true;
set_internal_state(What, _) -> throw({skip, {"looks into OTP's emulator", What}}).

get_internal_state(available_internal_state) -> true;
get_internal_state(reds_left) -> 4000;
get_internal_state(flxctr_memory_usage) -> error(badarg);  % what an emulator without it does
get_internal_state(What) -> throw({skip, {"looks into OTP's emulator", What}}).
