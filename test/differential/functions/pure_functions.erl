%% The functions that random_calls calls: those that depend on their arguments alone, and change nothing.
-module(pure_functions).
-export([all/0]).

%% Modules of which all functions are pure but for the listed ones. binary:copy/2 with a huge number ends a node of OTP 25.
modules() ->
    [{array, []}, {base64, []}, {binary, [copy, referenced_byte_size]}, {calendar, [local_time, local_time_to_universal_time,
        local_time_to_universal_time_dst, now_to_local_time, universal_time, universal_time_to_local_time, system_time_to_local_time,
        system_time_to_rfc3339, rfc3339_to_system_time]},
     {dict, []}, {erl_anno, []}, {erl_scan, []}, {gb_sets, []}, {gb_trees, []}, {io_lib, []}, {io_lib_format, []},
     {lists, []}, {maps, []}, {math, []}, {orddict, []}, {ordsets, []}, {proplists, []}, {queue, []}, {re, [grun, internal_run, ucompile, urun]}, {sets, []},
     {sofs, []}, {string, []}, {unicode, []}, {uri_string, []}].

%% Of erlang: operators and functions that the compiler may evaluate, and these.
of_erlang() ->
    [{adler32, 1}, {adler32, 2}, {adler32_combine, 3}, {append_element, 2}, {binary_part, 2}, {binary_part, 3}, {binary_to_float, 1},
     {binary_to_integer, 1}, {binary_to_integer, 2}, {binary_to_list, 1}, {binary_to_list, 3}, {binary_to_term, 1},
     {bitstring_to_list, 1}, {crc32, 1}, {crc32, 2}, {crc32_combine, 3}, {decode_packet, 3}, {delete_element, 2},
     {external_size, 1}, {float_to_binary, 1}, {float_to_binary, 2}, {float_to_list, 1}, {float_to_list, 2}, {insert_element, 3},
     {integer_to_binary, 2}, {integer_to_list, 2}, {iolist_size, 1}, {iolist_to_binary, 1}, {iolist_to_iovec, 1},
     {list_to_binary, 1}, {list_to_bitstring, 1}, {list_to_float, 1}, {list_to_integer, 2}, {make_tuple, 2}, {make_tuple, 3}, {md5, 1},
     {phash2, 1}, {phash2, 2}, {phash, 2}, {split_binary, 2}, {term_to_binary, 1}, {term_to_binary, 2}, {tuple_to_list, 1},
     {max, 2}, {min, 2}].

all() ->
    lists:usort(
        [{M, F, A} || {M, Except} <- modules(), {module, _} <- [code:ensure_loaded(M)], {F, A} <- M:module_info(exports),
                      F =/= module_info, F =/= behaviour_info, A > 0, not lists:member(F, Except)]
        ++ [{erlang, F, A} || {F, A} <- erlang:module_info(exports), erl_bifs:is_pure(erlang, F, A), A > 0, F =/= node]
        ++ [{erlang, F, A} || {F, A} <- of_erlang(), erlang:function_exported(erlang, F, A)]).
