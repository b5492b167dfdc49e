// The native functions of module erlang, one row each, sorted by function and arity. The functions are in
// erlang_*.cpp, by subject.
#pragma once

#include "noderuntime/functions/native.h"

namespace noderuntime::erlang {

// clang-format off
#define NODERUNTIME_ERLANG(X)                                                                                         \
  X("!", 2, send_2) X("$collect", 2, collect_2) X("$display", 1, display_text_1) X("$halt", 1, halt_status_1)         \
  X("$log_lines", 1, log_lines_1)                                                                                     \
  X("$names", 2, names_2) X("$net_ticktime", 0, net_ticktime_0) X("$peers", 0, peers_0)                               \
  X("$stop", 1, stop_status_1)                                                                                        \
  X("*", 2, multiply_2) X("+", 1, plus_1) X("+", 2, add_2) X("++", 2, append_2) X("-", 1, negate_1)                   \
  X("-", 2, subtract_numbers_2) X("--", 2, subtract_2) X("/", 2, divide_2) X("/=", 2, unequal_2) X("<", 2, less_2)    \
  X("=/=", 2, not_exactly_equal_2) X("=:=", 2, exactly_equal_2) X("=<", 2, not_greater_2) X("==", 2, equal_2)         \
  X(">", 2, greater_2) X(">=", 2, not_less_2) X("abs", 1, abs_1) X("adler32", 1, adler32_1)                           \
  X("adler32", 2, adler32_2) X("adler32_combine", 3, adler32_combine_3) X("alias", 0, alias_0) X("alias", 1, alias_1) \
  X("and", 2, and_2) X("append", 2, append_2) X("append_element", 2, append_element_2)                                \
  X("atom_to_binary", 1, atom_to_binary_1) X("atom_to_binary", 2, atom_to_binary_2)                                   \
  X("atom_to_list", 1, atom_to_list_1) X("band", 2, band_2) X("binary_part", 2, binary_part_2)                        \
  X("binary_part", 3, binary_part_3) X("binary_to_atom", 1, binary_to_atom_1)                                         \
  X("binary_to_atom", 2, binary_to_atom_2) X("binary_to_existing_atom", 1, binary_to_existing_atom_1)                 \
  X("binary_to_existing_atom", 2, binary_to_existing_atom_2) X("binary_to_float", 1, binary_to_float_1)               \
  X("binary_to_integer", 1, binary_to_integer_1) X("binary_to_integer", 2, binary_to_integer_2)                       \
  X("binary_to_list", 1, binary_to_list_1) X("binary_to_list", 3, binary_to_list_3)                                   \
  X("binary_to_term", 1, binary_to_term_1) X("binary_to_term", 2, binary_to_term_2) X("bit_size", 1, bit_size_1)      \
  X("bitstring_to_list", 1, bitstring_to_list_1) X("bnot", 1, bnot_1) X("bor", 2, bor_2) X("bsl", 2, bsl_2)           \
  X("bsr", 2, bsr_2) X("bump_reductions", 1, bump_reductions_1) X("bxor", 2, bxor_2) X("byte_size", 1, byte_size_1)   \
  X("cancel_timer", 1, cancel_timer_1) X("cancel_timer", 2, cancel_timer_2) X("ceil", 1, ceil_1)                      \
  X("check_old_code", 1, check_old_code_1) X("check_process_code", 2, check_process_code_2)                           \
  X("convert_time_unit", 3, convert_time_unit_3) X("crc32", 1, crc32_1) X("crc32", 2, crc32_2)                        \
  X("crc32_combine", 3, crc32_combine_3) X("decode_packet", 3, decode_packet_3)                                       \
  X("delete_element", 2, delete_element_2) X("demonitor", 1, demonitor_1) X("demonitor", 2, demonitor_2)              \
  X("disconnect_node", 1, disconnect_node_1) X("display", 1, display_1) X("div", 2, int_div_2)                        \
  X("element", 2, element_2) X("erase", 0, erase_0) X("erase", 1, erase_1) X("error", 1, error_1)                     \
  X("error", 2, error_2) X("error", 3, error_3) X("exit", 1, exit_1) X("exit", 2, exit_2) X("exit", 3, exit_3)        \
  X("exit_signal", 2, exit_signal_2) X("exit_signal", 3, exit_signal_3)                                               \
  X("external_size", 1, external_size_1) X("external_size", 2, external_size_2)                                       \
  X("float", 1, float_1) X("float_to_binary", 1, float_to_binary_1)                                                   \
  X("float_to_binary", 2, float_to_binary_2) X("float_to_list", 1, float_to_list_1)                                   \
  X("float_to_list", 2, float_to_list_2) X("floor", 1, floor_1) X("fun_info", 1, fun_info_1)                          \
  X("fun_info", 2, fun_info_2) X("fun_info_mfa", 1, fun_info_mfa_1) X("fun_to_list", 1, fun_to_list_1)                \
  X("function_exported", 3, function_exported_3) X("garbage_collect", 0, garbage_collect_0) X("get", 0, get_0)        \
  X("get", 1, get_1) X("get_cookie", 0, get_cookie_0) X("get_cookie", 1, get_cookie_1) X("get_keys", 0, get_keys_0)   \
  X("get_keys", 1, get_keys_1) X("get_module_info", 1, get_module_info_1) X("get_module_info", 2, get_module_info_2)  \
  X("group_leader", 0, group_leader_0) X("group_leader", 2, group_leader_2) X("hd", 1, hd_1)                          \
  X("hibernate", 0, hibernate_0) X("insert_element", 3, insert_element_3)                                             \
  X("integer_to_binary", 1, integer_to_binary_1) X("integer_to_binary", 2, integer_to_binary_2)                       \
  X("integer_to_list", 1, integer_to_list_1) X("integer_to_list", 2, integer_to_list_2)                               \
  X("iolist_size", 1, iolist_size_1) X("iolist_to_binary", 1, iolist_to_binary_1)                                     \
  X("iolist_to_iovec", 1, iolist_to_iovec_1) X("is_alive", 0, is_alive_0) X("is_atom", 1, is_atom_1)                  \
  X("is_binary", 1, is_binary_1) X("is_bitstring", 1, is_bitstring_1) X("is_boolean", 1, is_boolean_1)                \
  X("is_builtin", 3, is_builtin_3) X("is_float", 1, is_float_1) X("is_function", 1, is_function_1)                    \
  X("is_function", 2, is_function_2) X("is_integer", 1, is_integer_1) X("is_integer", 3, is_integer_3)                \
  X("is_list", 1, is_list_1) X("is_map", 1, is_map_1) X("is_map_key", 2, is_map_key_2) X("is_number", 1, is_number_1) \
  X("is_pid", 1, is_pid_1) X("is_port", 1, is_port_1) X("is_process_alive", 1, is_process_alive_1)                    \
  X("is_record", 1, is_record_1) X("is_record", 2, is_record_2) X("is_record", 3, is_record_3)                        \
  X("is_reference", 1, is_reference_1) X("is_tuple", 1, is_tuple_1) X("length", 1, length_1) X("link", 1, link_1)     \
  X("link", 2, link_2) X("list_to_atom", 1, list_to_atom_1) X("list_to_binary", 1, list_to_binary_1)                  \
  X("list_to_bitstring", 1, list_to_bitstring_1) X("list_to_existing_atom", 1, list_to_existing_atom_1)               \
  X("list_to_float", 1, list_to_float_1) X("list_to_integer", 1, list_to_integer_1)                                   \
  X("list_to_integer", 2, list_to_integer_2) X("list_to_pid", 1, list_to_pid_1) X("list_to_port", 1, list_to_port_1)  \
  X("list_to_ref", 1, list_to_ref_1) X("list_to_tuple", 1, list_to_tuple_1) X("localtime", 0, localtime_0)            \
  X("make_fun", 3, make_fun_3) X("make_ref", 0, make_ref_0) X("make_tuple", 2, make_tuple_2)                          \
  X("make_tuple", 3, make_tuple_3) X("map_get", 2, map_get_2) X("map_size", 1, map_size_1)                            \
  X("match_spec_test", 3, match_spec_test_3) X("max", 2, max_2)                                                       \
  X("md5", 1, md5_1) X("md5_final", 1, md5_final_1) X("md5_init", 0, md5_init_0) X("md5_update", 2, md5_update_2)     \
  X("min", 2, min_2) X("module_loaded", 1, module_loaded_1) X("monitor", 2, monitor_2) X("monitor", 3, monitor_3)     \
  X("monitor_node", 2, monitor_node_2) X("monitor_node", 3, monitor_node_3) X("monotonic_time", 0, monotonic_time_0)  \
  X("monotonic_time", 1, monotonic_time_1) X("nif_error", 1, error_1) X("nif_error", 2, error_2) X("node", 0, node_0) \
  X("node", 1, node_1) X("nodes", 0, nodes_0) X("nodes", 1, nodes_1) X("nodes", 2, nodes_2) X("not", 1, not_1)        \
  X("now", 0, now_0) X("or", 2, or_2) X("phash", 2, phash_2) X("phash2", 1, phash2_1) X("phash2", 2, phash2_2)        \
  X("pid_to_list", 1, pid_to_list_1) X("port_to_list", 1, port_to_list_1)                                             \
  X("posixtime_to_universaltime", 1, posixtime_to_universaltime_1) X("process_flag", 2, process_flag_2)               \
  X("process_flag", 3, process_flag_3) X("process_info", 1, process_info_1) X("process_info", 2, process_info_2)      \
  X("processes", 0, processes_0) X("processes_iterator", 0, processes_iterator_0)                                     \
  X("processes_next", 1, processes_next_1) X("put", 2, put_2) X("raise", 3, raise_3) X("read_timer", 1, read_timer_1) \
  X("read_timer", 2, read_timer_2) X("ref_to_list", 1, ref_to_list_1) X("register", 2, register_2)                    \
  X("registered", 0, registered_0) X("rem", 2, int_rem_2) X("resume_process", 1, resume_process_1)                    \
  X("round", 1, round_1) X("self", 0, self_0)                                                                         \
  X("send", 2, send_2) X("send", 3, send_3) X("send_after", 3, send_after_3) X("send_after", 4, send_after_4)         \
  X("send_nosuspend", 2, send_nosuspend_2) X("send_nosuspend", 3, send_nosuspend_3) X("set_cookie", 1, set_cookie_1)  \
  X("set_cookie", 2, set_cookie_2) X("setelement", 3, setelement_3) X("size", 1, size_1) X("spawn", 1, spawn_1)       \
  X("spawn", 3, spawn_3) X("spawn_link", 1, spawn_link_1) X("spawn_link", 3, spawn_link_3)                            \
  X("spawn_monitor", 1, spawn_monitor_1) X("spawn_monitor", 3, spawn_monitor_3) X("spawn_opt", 2, spawn_opt_2)        \
  X("spawn_opt", 4, spawn_opt_4) X("spawn_request", 1, spawn_request_1) X("spawn_request", 2, spawn_request_2)        \
  X("spawn_request", 3, spawn_request_3) X("spawn_request", 4, spawn_request_4)                                       \
  X("spawn_request", 5, spawn_request_5) X("spawn_request_abandon", 1, spawn_request_abandon_1)                       \
  X("split_binary", 2, split_binary_2) X("start_timer", 3, start_timer_3) X("start_timer", 4, start_timer_4)          \
  X("subtract", 2, subtract_2) X("suspend_process", 1, suspend_process_1) X("suspend_process", 2, suspend_process_2)  \
  X("system_info", 1, system_info_1) X("system_time", 0, system_time_0)                                               \
  X("system_time", 1, system_time_1) X("term_to_binary", 1, term_to_binary_1)                                         \
  X("term_to_binary", 2, term_to_binary_2) X("term_to_iovec", 1, term_to_iovec_1)                                     \
  X("term_to_iovec", 2, term_to_iovec_2) X("throw", 1, throw_1) X("time_offset", 0, time_offset_0)                    \
  X("time_offset", 1, time_offset_1) X("timestamp", 0, timestamp_0) X("tl", 1, tl_1) X("trace", 3, trace_3)           \
  X("trace_delivered", 1, trace_delivered_1)                                                                          \
  X("trace_info", 2, trace_info_2) X("trace_pattern", 2, trace_pattern_2) X("trace_pattern", 3, trace_pattern_3)      \
  X("trunc", 1, trunc_1)                                                                                              \
  X("tuple_size", 1, tuple_size_1) X("tuple_to_list", 1, tuple_to_list_1) X("unalias", 1, unalias_1)                  \
  X("unique_integer", 0, unique_integer_0) X("unique_integer", 1, unique_integer_1)                                   \
  X("universaltime", 0, universaltime_0) X("universaltime_to_posixtime", 1, universaltime_to_posixtime_1)             \
  X("unlink", 1, unlink_1) X("unregister", 1, unregister_1) X("whereis", 1, whereis_1) X("xor", 2, xor_2)             \
  X("yield", 0, yield_0)
// clang-format on

#define NODERUNTIME_DECLARE(name, arity, function) NativeResult function(Context&, const Term*);
NODERUNTIME_ERLANG(NODERUNTIME_DECLARE)
#undef NODERUNTIME_DECLARE

}  // namespace noderuntime::erlang
