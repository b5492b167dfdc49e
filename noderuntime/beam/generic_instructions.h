// The generic instructions of BEAM files, and what becomes of them at load. Source: genop.tab of OTP's
// compiler, as the tables of OTP 21 to 29 list them (without making and reading native records, 188 to 191);
// names keep OTP's spelling, with an underscore where C++ needs one.
#pragma once

#include <cstdint>

#include "noderuntime/beam/operations.h"

namespace noderuntime {

// A row: number, name, arity, and
//
//   how        by_row   it becomes `operation`, made of `operands`; the path ends if that one's row says so
//              ignored  nothing becomes of it
//              unused   compilers of OTP 21 and later do not emit it: a module that contains it is refused
//              another  the function of Translator that translates it, which may use the row
//   operation  none: several operations, or none
//   operands   what each field of the operation is made of (the letters of fields: operations.h)
//     2          operand 2, which must be what the letter of the field asks for; for a field *, the list that
//                holds the repeated part
//     v2         the value of operand 2, whatever its kind
//     i2         operand 2; a plain number is taken as an integer
//     b2         operand 2, a number of bits, as a constant
//     f2         the flags in operand 2
//     ?2         operand 2 if it is a label, otherwise no label
//     I45        a segment: an integer, its unit in operand 4, its flags in operand 5; B: a binary; F: a float
//     U8:1       a segment: UTF-8, its flags in operand 1; U16, U32: likewise
//     =8         the number 8; for a label, =0: none
//     =undefined this atom, as a constant
//
// clang-format off
#define NODERUNTIME_GENERIC_INSTRUCTIONS(X)                                                    \
  /*    name             arity  how              operation            operands */              \
  X(  1, label,               1, label,           none,                "")                     \
  X(  2, func_info,           3, func_info,       function_clause,     "")                     \
  X(  3, int_code_end,        0, int_code_end,    none,                "")                     \
  X(  4, call,                2, call,            call,                "0 1")                  \
  X(  5, call_last,           3, by_row,          call_last,           "0 1 2")                \
  X(  6, call_only,           2, call_only,       call_only,           "0 1")                  \
  X(  7, call_ext,            2, call_import,     call_ext,            "1")                    \
  X(  8, call_ext_last,       3, call_import,     call_ext_last,       "1 v2")                 \
  X(  9, bif0,                2, built_in,        bif0,                "=0 0 1")               \
  X( 10, bif1,                4, built_in,        bif1,                "0 1 2 3")              \
  X( 11, bif2,                5, built_in,        bif2,                "0 1 2 3 4")            \
  X( 12, allocate,            2, allocate,        allocate,            "v0")                   \
  X( 13, allocate_heap,       3, allocate,        allocate,            "v0")                   \
  X( 14, allocate_zero,       2, allocate,        allocate,            "v0")                   \
  X( 15, allocate_heap_zero,  3, allocate,        allocate,            "v0")                   \
  X( 16, test_heap,           2, ignored,         none,                "")                     \
  X( 17, init,                1, by_row,          init_y,              "0")                    \
  X( 18, deallocate,          1, by_row,          deallocate,          "v0")                   \
  X( 19, return_,             0, return_,         return_,             "")                     \
  X( 20, send,                0, by_row,          send,                "")                     \
  X( 21, remove_message,      0, by_row,          remove_message,      "")                     \
  X( 22, timeout,             0, by_row,          timeout,             "")                     \
  X( 23, loop_rec,            2, by_row,          loop_rec,            "0 1")                  \
  X( 24, loop_rec_end,        1, by_row,          loop_rec_end,        "0")                    \
  X( 25, wait,                1, by_row,          wait,                "0")                    \
  X( 26, wait_timeout,        2, by_row,          wait_timeout,        "0 1")                  \
  X( 27, m_plus,              4, unused,          none,                "")                     \
  X( 28, m_minus,             4, unused,          none,                "")                     \
  X( 29, m_times,             4, unused,          none,                "")                     \
  X( 30, m_div,               4, unused,          none,                "")                     \
  X( 31, int_div,             4, unused,          none,                "")                     \
  X( 32, int_rem,             4, unused,          none,                "")                     \
  X( 33, int_band,            4, unused,          none,                "")                     \
  X( 34, int_bor,             4, unused,          none,                "")                     \
  X( 35, int_bxor,            4, unused,          none,                "")                     \
  X( 36, int_bsl,             4, unused,          none,                "")                     \
  X( 37, int_bsr,             4, unused,          none,                "")                     \
  X( 38, int_bnot,            3, unused,          none,                "")                     \
  X( 39, is_lt,               3, by_row,          is_lt,               "0 1 2")                \
  X( 40, is_ge,               3, by_row,          is_ge,               "0 1 2")                \
  X( 41, is_eq,               3, by_row,          is_eq,               "0 1 2")                \
  X( 42, is_ne,               3, by_row,          is_ne,               "0 1 2")                \
  X( 43, is_eq_exact,         3, compare_exactly, is_eq_exact,         "0 1 2")                \
  X( 44, is_ne_exact,         3, compare_exactly, is_ne_exact,         "0 1 2")                \
  X( 45, is_integer,          2, by_row,          is_integer,          "0 1")                  \
  X( 46, is_float,            2, by_row,          is_float,            "0 1")                  \
  X( 47, is_number,           2, by_row,          is_number,           "0 1")                  \
  X( 48, is_atom,             2, by_row,          is_atom,             "0 1")                  \
  X( 49, is_pid,              2, by_row,          is_pid,              "0 1")                  \
  X( 50, is_reference,        2, by_row,          is_reference,        "0 1")                  \
  X( 51, is_port,             2, by_row,          is_port,             "0 1")                  \
  X( 52, is_nil,              2, by_row,          is_nil,              "0 1")                  \
  X( 53, is_binary,           2, by_row,          is_binary,           "0 1")                  \
  X( 54, is_constant,         2, unused,          none,                "")                     \
  X( 55, is_list,             2, by_row,          is_list,             "0 1")                  \
  X( 56, is_nonempty_list,    2, by_row,          is_nonempty_list,    "0 1")                  \
  X( 57, is_tuple,            2, by_row,          is_tuple,            "0 1")                  \
  X( 58, test_arity,          3, by_row,          test_arity,          "0 1 2")                \
  X( 59, select_val,          3, select_value,    none,                "")                     \
  X( 60, select_tuple_arity,  3, select_arity,    select_arity,        "")                     \
  X( 61, jump,                1, by_row,          jump,                "0")                    \
  X( 62, catch_,              2, by_row,          catch_,              "0 1")                  \
  X( 63, catch_end,           1, by_row,          catch_end,           "0")                    \
  X( 64, move,                2, by_row,          move,                "0 1")                  \
  X( 65, get_list,            3, by_row,          get_list,            "0 1 2")                \
  X( 66, get_tuple_element,   3, by_row,          get_tuple_element,   "0 1 2")                \
  X( 67, set_tuple_element,   3, by_row,          set_tuple_element,   "0 1 2")                \
  X( 68, put_string,          3, unused,          none,                "")                     \
  X( 69, put_list,            3, by_row,          put_list,            "0 1 2")                \
  X( 70, put_tuple,           2, put_tuple,       put_tuple,           "1 v0")                 \
  X( 71, put,                 1, put_element,     none,                "")                     \
  X( 72, badmatch,            1, by_row,          badmatch,            "0")                    \
  X( 73, if_end,              0, by_row,          if_end,              "")                     \
  X( 74, case_end,            1, by_row,          case_end,            "0")                    \
  X( 75, call_fun,            1, by_row,          call_fun,            "0")                    \
  X( 76, make_fun,            3, unused,          none,                "")                     \
  X( 77, is_function,         2, by_row,          is_function,         "0 1")                  \
  X( 78, call_ext_only,       2, call_import,     call_ext_only,       "1")                    \
  X( 79, bs_start_match,      2, unused,          none,                "")                     \
  X( 80, bs_get_integer,      5, unused,          none,                "")                     \
  X( 81, bs_get_float,        5, unused,          none,                "")                     \
  X( 82, bs_get_binary,       5, unused,          none,                "")                     \
  X( 83, bs_skip_bits,        4, unused,          none,                "")                     \
  X( 84, bs_test_tail,        2, unused,          none,                "")                     \
  X( 85, bs_save,             1, unused,          none,                "")                     \
  X( 86, bs_restore,          1, unused,          none,                "")                     \
  X( 87, bs_init,             2, unused,          none,                "")                     \
  X( 88, bs_final,            2, unused,          none,                "")                     \
  X( 89, bs_put_integer,      5, by_row,          bs_put,              "0 I23 4 1")            \
  X( 90, bs_put_binary,       5, by_row,          bs_put,              "0 B23 4 1")            \
  X( 91, bs_put_float,        5, by_row,          bs_put,              "0 F23 4 1")            \
  X( 92, bs_put_string,       2, bs_put_string,   bs_put_string,       "v0 v1")                \
  X( 93, bs_need_buf,         1, unused,          none,                "")                     \
  X( 94, fclearerror,         0, ignored,         none,                "")                     \
  X( 95, fcheckerror,         1, ignored,         none,                "")                     \
  X( 96, fmove,               2, fmove,           none,                "")                     \
  X( 97, fconv,               2, by_row,          fconv,               "0 1")                  \
  X( 98, fadd,                4, by_row,          fadd,                "0 1 2 3")              \
  X( 99, fsub,                4, by_row,          fsub,                "0 1 2 3")              \
  X(100, fmul,                4, by_row,          fmul,                "0 1 2 3")              \
  X(101, fdiv,                4, by_row,          fdiv,                "0 1 2 3")              \
  X(102, fnegate,             3, by_row,          fnegate,             "0 1 2")                \
  X(103, make_fun2,           1, make_fun2,       make_fun,            "")                     \
  X(104, try_,                2, by_row,          catch_,              "0 1")                  \
  X(105, try_end,             1, by_row,          try_end,             "0")                    \
  X(106, try_case,            1, by_row,          try_case,            "0")                    \
  X(107, try_case_end,        1, by_row,          try_case_end,        "0")                    \
  X(108, raise,               2, by_row,          raise,               "0 1")                  \
  X(109, bs_init2,            6, by_row,          bs_init,             "0 i1 =8 5")            \
  X(110, bs_bits_to_bytes,    3, unused,          none,                "")                     \
  X(111, bs_add,              5, by_row,          bs_add,              "0 1 2 v3 4")           \
  X(112, apply,               1, by_row,          apply,               "0")                    \
  X(113, apply_last,          2, by_row,          apply_last,          "0 1")                  \
  X(114, is_boolean,          2, by_row,          is_boolean,          "0 1")                  \
  X(115, is_function2,        3, by_row,          is_function2,        "0 1 2")                \
  X(116, bs_start_match2,     5, bs_start_match2, bs_start_match,      "0 1 4 =4")             \
  X(117, bs_get_integer2,     7, bs_get_integer2, bs_get_integer,      "0 1 3 I45 6")          \
  X(118, bs_get_float2,       7, by_row,          bs_get_float,        "0 1 3 I45 6")          \
  X(119, bs_get_binary2,      7, by_row,          bs_get_binary,       "0 1 3 I45 6")          \
  X(120, bs_skip_bits2,       5, by_row,          bs_skip_bits,        "0 1 2 I34")            \
  X(121, bs_test_tail2,       3, by_row,          bs_test_tail,        "0 1 b2")               \
  X(122, bs_save2,            2, saved_position,  bs_save,             "")                     \
  X(123, bs_restore2,         2, saved_position,  bs_restore,          "")                     \
  X(124, gc_bif1,             5, built_in,        bif1,                "0 2 3 4")              \
  X(125, gc_bif2,             6, built_in,        bif2,                "0 2 3 4 5")            \
  X(126, bs_final2,           2, unused,          none,                "")                     \
  X(127, bs_bits_to_bytes2,   2, unused,          none,                "")                     \
  X(128, put_literal,         2, unused,          none,                "")                     \
  X(129, is_bitstr,           2, by_row,          is_bitstring,        "0 1")                  \
  X(130, bs_context_to_binary,1, by_row,          bs_context_to_binary,"0")                    \
  X(131, bs_test_unit,        3, bs_test_unit,    bs_test_unit,        "0 1 2")                \
  X(132, bs_match_string,     4, bs_match_string, bs_match_string,     "0 1 2 3")              \
  X(133, bs_init_writable,    0, by_row,          bs_init_writable,    "")                     \
  X(134, bs_append,           8, by_row,          bs_append,           "0 1 v4 5 7")           \
  X(135, bs_private_append,   6, by_row,          bs_append,           "0 1 v2 3 5")           \
  X(136, trim,                2, trim,            trim,                "v0")                   \
  X(137, bs_init_bits,        6, by_row,          bs_init,             "0 i1 =1 5")            \
  X(138, bs_get_utf8,         5, by_row,          bs_get_utf8,         "0 1 4")                \
  X(139, bs_skip_utf8,        4, by_row,          bs_skip_utf8,        "0 1")                  \
  X(140, bs_get_utf16,        5, by_row,          bs_get_utf16,        "0 1 f3 4")             \
  X(141, bs_skip_utf16,       4, by_row,          bs_skip_utf16,       "0 1 f3")               \
  X(142, bs_get_utf32,        5, by_row,          bs_get_utf32,        "0 1 f3 4")             \
  X(143, bs_skip_utf32,       4, by_row,          bs_skip_utf32,       "0 1 f3")               \
  X(144, bs_utf8_size,        3, by_row,          bs_utf8_size,        "1 2")                  \
  X(145, bs_put_utf8,         3, by_row,          bs_put,              "0 U8:1 2 =undefined")  \
  X(146, bs_utf16_size,       3, by_row,          bs_utf16_size,       "1 2")                  \
  X(147, bs_put_utf16,        3, by_row,          bs_put,              "0 U16:1 2 =undefined") \
  X(148, bs_put_utf32,        3, by_row,          bs_put,              "0 U32:1 2 =undefined") \
  X(149, on_load,             0, on_load,         none,                "")                     \
  X(150, recv_mark,           1, ignored,         none,                "")                     \
  X(151, recv_set,            1, ignored,         none,                "")                     \
  X(152, gc_bif3,             7, built_in,        bif3,                "0 2 3 4 5 6")          \
  X(153, line,                1, line,            none,                "")                     \
  X(154, put_map_assoc,       5, by_row,          put_map_assoc,       "0 1 2 4")              \
  X(155, put_map_exact,       5, by_row,          put_map_exact,       "0 1 2 4")              \
  X(156, is_map,              2, by_row,          is_map,              "0 1")                  \
  X(157, has_map_fields,      3, by_row,          has_map_fields,      "0 1 2")                \
  X(158, get_map_elements,    3, by_row,          get_map_elements,    "0 1 2")                \
  X(159, is_tagged_tuple,     4, by_row,          is_tagged_tuple,     "0 1 2 3")              \
  X(160, build_stacktrace,    0, by_row,          build_stacktrace,    "")                     \
  X(161, raw_raise,           0, by_row,          raw_raise,           "")                     \
  X(162, get_hd,              2, by_row,          get_hd,              "0 1")                  \
  X(163, get_tl,              2, by_row,          get_tl,              "0 1")                  \
  X(164, put_tuple2,          2, by_row,          put_tuple,           "0 1")                  \
  X(165, bs_get_tail,         3, by_row,          bs_get_tail,         "0 1")                  \
  X(166, bs_start_match3,     4, by_row,          bs_start_match,      "0 1 3 =0")             \
  X(167, bs_get_position,     3, by_row,          bs_get_position,     "0 1")                  \
  X(168, bs_set_position,     2, by_row,          bs_set_position,     "0 1")                  \
  X(169, swap,                2, by_row,          swap,                "0 1")                  \
  X(170, bs_start_match4,     4, by_row,          bs_start_match,      "?0 2 3 =0")            \
  X(171, make_fun3,           3, make_fun3,       make_fun,            "1 v0 2")               \
  X(172, init_yregs,          1, init_yregs,      init_y,              "")                     \
  X(173, recv_marker_bind,    2, by_row,          recv_marker_bind,    "0 1")                  \
  X(174, recv_marker_clear,   1, by_row,          recv_marker_clear,   "0")                    \
  X(175, recv_marker_reserve, 1, by_row,          recv_marker_reserve, "0")                    \
  X(176, recv_marker_use,     1, by_row,          recv_marker_use,     "0")                    \
  X(177, bs_create_bin,       6, bs_create_bin,   bs_create_bin,       "")                     \
  X(178, call_fun2,           3, by_row,          call_fun2,           "1 2")                  \
  X(179, nif_start,           0, ignored,         none,                "")                     \
  X(180, badrecord,           1, by_row,          badrecord,           "0")                    \
  X(181, update_record,       5, update_record,   update_record,       "")                     \
  X(182, bs_match,            3, bs_match,        none,                "")                     \
  X(183, executable_line,     2, ignored,         none,                "")                     \
  X(184, debug_line,          4, ignored,         none,                "")                     \
  X(185, bif3,                6, built_in,        bif3,                "0 1 2 3 4 5")          \
  X(186, is_any_native_record,2, by_row,          is_any_native_record,"0 1")                  \
  X(187, is_native_record,    4, by_row,          is_native_record,    "0 1 2 3")              \
  X(188, get_record_elements, 3, by_row,          unsupported,         "")                     \
  X(189, put_record,          6, by_row,          unsupported,         "")                     \
  X(190, is_record_accessible,3, by_row,          unsupported,         "")                     \
  X(191, get_record_field,    5, by_row,          unsupported,         "")
// clang-format on

enum class Generic : unsigned char {
  none = 0,
#define NODERUNTIME_GENERIC_ENUM(number, name, ...) name = number,
  NODERUNTIME_GENERIC_INSTRUCTIONS(NODERUNTIME_GENERIC_ENUM)
#undef NODERUNTIME_GENERIC_ENUM
};

// How a field of an operation is made of the operands of a generic instruction.
struct FieldRule {
  enum Kind : std::uint8_t {
    wrong,  // the row is unsound: it does not compile
    source,
    register_of_code,
    label,
    function_label,
    number,
    arguments,
    import,
    float_register,
    repeated,
    value,
    integer,
    bits,
    flags,
    optional_label,
    segment,
    constant_number,
    undefined,
  };
  static constexpr std::uint8_t no_operand = 255;
  Kind kind = wrong;
  std::uint8_t operand = no_operand;
  std::uint8_t number_or_segment = 0;  // the number of constant_number, the Segment::Kind of segment
  std::uint8_t unit = no_operand;      // the operand with a segment's unit; no_operand: the unit is 1
};

struct GenericRow {
  static constexpr std::uint32_t most_fields = 6;
  const char* name;
  int arity;
  bool translated, by_row;
  Operation operation;       // unreachable: none
  std::uint8_t field_count;  // 0: the row does not say how the fields are made
  FieldRule fields[most_fields];
};

// The row of an instruction number; null: no such instruction.
const GenericRow* generic_row(unsigned number);

}  // namespace noderuntime
