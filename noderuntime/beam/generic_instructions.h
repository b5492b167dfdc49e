// The generic instructions of BEAM files: number, name, arity. Source: genop.tab of OTP's compiler, as the
// tables of OTP 21 to 29 list them (without making and reading native records, 188 to 191); names keep OTP's
// spelling, with an underscore where C++ needs one.
#pragma once

namespace noderuntime {

// X(number, name, arity, state). state: translated; or unused, because compilers of OTP 21 and later do not
// emit it: a module that contains it is refused at load.
// clang-format off
#define NODERUNTIME_GENERIC_INSTRUCTIONS(X)  \
  X(1, label, 1, translated)  \
  X(2, func_info, 3, translated)  \
  X(3, int_code_end, 0, translated)  \
  X(4, call, 2, translated)  \
  X(5, call_last, 3, translated)  \
  X(6, call_only, 2, translated)  \
  X(7, call_ext, 2, translated)  \
  X(8, call_ext_last, 3, translated)  \
  X(9, bif0, 2, translated)  \
  X(10, bif1, 4, translated)  \
  X(11, bif2, 5, translated)  \
  X(12, allocate, 2, translated)  \
  X(13, allocate_heap, 3, translated)  \
  X(14, allocate_zero, 2, translated)  \
  X(15, allocate_heap_zero, 3, translated)  \
  X(16, test_heap, 2, translated)  \
  X(17, init, 1, translated)  \
  X(18, deallocate, 1, translated)  \
  X(19, return_, 0, translated)  \
  X(20, send, 0, translated)  \
  X(21, remove_message, 0, translated)  \
  X(22, timeout, 0, translated)  \
  X(23, loop_rec, 2, translated)  \
  X(24, loop_rec_end, 1, translated)  \
  X(25, wait, 1, translated)  \
  X(26, wait_timeout, 2, translated)  \
  X(27, m_plus, 4, unused)  \
  X(28, m_minus, 4, unused)  \
  X(29, m_times, 4, unused)  \
  X(30, m_div, 4, unused)  \
  X(31, int_div, 4, unused)  \
  X(32, int_rem, 4, unused)  \
  X(33, int_band, 4, unused)  \
  X(34, int_bor, 4, unused)  \
  X(35, int_bxor, 4, unused)  \
  X(36, int_bsl, 4, unused)  \
  X(37, int_bsr, 4, unused)  \
  X(38, int_bnot, 3, unused)  \
  X(39, is_lt, 3, translated)  \
  X(40, is_ge, 3, translated)  \
  X(41, is_eq, 3, translated)  \
  X(42, is_ne, 3, translated)  \
  X(43, is_eq_exact, 3, translated)  \
  X(44, is_ne_exact, 3, translated)  \
  X(45, is_integer, 2, translated)  \
  X(46, is_float, 2, translated)  \
  X(47, is_number, 2, translated)  \
  X(48, is_atom, 2, translated)  \
  X(49, is_pid, 2, translated)  \
  X(50, is_reference, 2, translated)  \
  X(51, is_port, 2, translated)  \
  X(52, is_nil, 2, translated)  \
  X(53, is_binary, 2, translated)  \
  X(54, is_constant, 2, unused)  \
  X(55, is_list, 2, translated)  \
  X(56, is_nonempty_list, 2, translated)  \
  X(57, is_tuple, 2, translated)  \
  X(58, test_arity, 3, translated)  \
  X(59, select_val, 3, translated)  \
  X(60, select_tuple_arity, 3, translated)  \
  X(61, jump, 1, translated)  \
  X(62, catch_, 2, translated)  \
  X(63, catch_end, 1, translated)  \
  X(64, move, 2, translated)  \
  X(65, get_list, 3, translated)  \
  X(66, get_tuple_element, 3, translated)  \
  X(67, set_tuple_element, 3, translated)  \
  X(68, put_string, 3, unused)  \
  X(69, put_list, 3, translated)  \
  X(70, put_tuple, 2, translated)  \
  X(71, put, 1, translated)  \
  X(72, badmatch, 1, translated)  \
  X(73, if_end, 0, translated)  \
  X(74, case_end, 1, translated)  \
  X(75, call_fun, 1, translated)  \
  X(76, make_fun, 3, unused)  \
  X(77, is_function, 2, translated)  \
  X(78, call_ext_only, 2, translated)  \
  X(79, bs_start_match, 2, unused)  \
  X(80, bs_get_integer, 5, unused)  \
  X(81, bs_get_float, 5, unused)  \
  X(82, bs_get_binary, 5, unused)  \
  X(83, bs_skip_bits, 4, unused)  \
  X(84, bs_test_tail, 2, unused)  \
  X(85, bs_save, 1, unused)  \
  X(86, bs_restore, 1, unused)  \
  X(87, bs_init, 2, unused)  \
  X(88, bs_final, 2, unused)  \
  X(89, bs_put_integer, 5, translated)  \
  X(90, bs_put_binary, 5, translated)  \
  X(91, bs_put_float, 5, translated)  \
  X(92, bs_put_string, 2, translated)  \
  X(93, bs_need_buf, 1, unused)  \
  X(94, fclearerror, 0, translated)  \
  X(95, fcheckerror, 1, translated)  \
  X(96, fmove, 2, translated)  \
  X(97, fconv, 2, translated)  \
  X(98, fadd, 4, translated)  \
  X(99, fsub, 4, translated)  \
  X(100, fmul, 4, translated)  \
  X(101, fdiv, 4, translated)  \
  X(102, fnegate, 3, translated)  \
  X(103, make_fun2, 1, translated)  \
  X(104, try_, 2, translated)  \
  X(105, try_end, 1, translated)  \
  X(106, try_case, 1, translated)  \
  X(107, try_case_end, 1, translated)  \
  X(108, raise, 2, translated)  \
  X(109, bs_init2, 6, translated)  \
  X(110, bs_bits_to_bytes, 3, unused)  \
  X(111, bs_add, 5, translated)  \
  X(112, apply, 1, translated)  \
  X(113, apply_last, 2, translated)  \
  X(114, is_boolean, 2, translated)  \
  X(115, is_function2, 3, translated)  \
  X(116, bs_start_match2, 5, translated)  \
  X(117, bs_get_integer2, 7, translated)  \
  X(118, bs_get_float2, 7, translated)  \
  X(119, bs_get_binary2, 7, translated)  \
  X(120, bs_skip_bits2, 5, translated)  \
  X(121, bs_test_tail2, 3, translated)  \
  X(122, bs_save2, 2, translated)  \
  X(123, bs_restore2, 2, translated)  \
  X(124, gc_bif1, 5, translated)  \
  X(125, gc_bif2, 6, translated)  \
  X(126, bs_final2, 2, unused)  \
  X(127, bs_bits_to_bytes2, 2, unused)  \
  X(128, put_literal, 2, unused)  \
  X(129, is_bitstr, 2, translated)  \
  X(130, bs_context_to_binary, 1, translated)  \
  X(131, bs_test_unit, 3, translated)  \
  X(132, bs_match_string, 4, translated)  \
  X(133, bs_init_writable, 0, translated)  \
  X(134, bs_append, 8, translated)  \
  X(135, bs_private_append, 6, translated)  \
  X(136, trim, 2, translated)  \
  X(137, bs_init_bits, 6, translated)  \
  X(138, bs_get_utf8, 5, translated)  \
  X(139, bs_skip_utf8, 4, translated)  \
  X(140, bs_get_utf16, 5, translated)  \
  X(141, bs_skip_utf16, 4, translated)  \
  X(142, bs_get_utf32, 5, translated)  \
  X(143, bs_skip_utf32, 4, translated)  \
  X(144, bs_utf8_size, 3, translated)  \
  X(145, bs_put_utf8, 3, translated)  \
  X(146, bs_utf16_size, 3, translated)  \
  X(147, bs_put_utf16, 3, translated)  \
  X(148, bs_put_utf32, 3, translated)  \
  X(149, on_load, 0, translated)  \
  X(150, recv_mark, 1, translated)  \
  X(151, recv_set, 1, translated)  \
  X(152, gc_bif3, 7, translated)  \
  X(153, line, 1, translated)  \
  X(154, put_map_assoc, 5, translated)  \
  X(155, put_map_exact, 5, translated)  \
  X(156, is_map, 2, translated)  \
  X(157, has_map_fields, 3, translated)  \
  X(158, get_map_elements, 3, translated)  \
  X(159, is_tagged_tuple, 4, translated)  \
  X(160, build_stacktrace, 0, translated)  \
  X(161, raw_raise, 0, translated)  \
  X(162, get_hd, 2, translated)  \
  X(163, get_tl, 2, translated)  \
  X(164, put_tuple2, 2, translated)  \
  X(165, bs_get_tail, 3, translated)  \
  X(166, bs_start_match3, 4, translated)  \
  X(167, bs_get_position, 3, translated)  \
  X(168, bs_set_position, 2, translated)  \
  X(169, swap, 2, translated)  \
  X(170, bs_start_match4, 4, translated)  \
  X(171, make_fun3, 3, translated)  \
  X(172, init_yregs, 1, translated)  \
  X(173, recv_marker_bind, 2, translated)  \
  X(174, recv_marker_clear, 1, translated)  \
  X(175, recv_marker_reserve, 1, translated)  \
  X(176, recv_marker_use, 1, translated)  \
  X(177, bs_create_bin, 6, translated)  \
  X(178, call_fun2, 3, translated)  \
  X(179, nif_start, 0, translated)  \
  X(180, badrecord, 1, translated)  \
  X(181, update_record, 5, translated)  \
  X(182, bs_match, 3, translated)  \
  X(183, executable_line, 2, translated)  \
  X(184, debug_line, 4, translated)  \
  X(185, bif3, 6, translated)  \
  X(186, is_any_native_record, 2, translated)  \
  X(187, is_native_record, 4, translated)
// clang-format on

enum class Generic : unsigned char {
  none = 0,
#define NODERUNTIME_GENERIC_ENUM(number, name, arity, state) name = number,
  NODERUNTIME_GENERIC_INSTRUCTIONS(NODERUNTIME_GENERIC_ENUM)
#undef NODERUNTIME_GENERIC_ENUM
};

struct GenericRow {
  const char* name;
  int arity;
  bool translated;
};

// The row of an instruction number; null: no such instruction.
const GenericRow* generic_row(unsigned number);

}  // namespace noderuntime
