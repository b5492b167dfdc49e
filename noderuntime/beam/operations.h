// The machine's own instructions, to which generic instructions are translated at load. One table says what
// those who read code must know of them: the interpreters (threaded in releases, checked in development
// builds) take the numbers and names, the translator and the forms the fields, the verifier the effects.
// operation_rows.h reads its rows.
//
// Code is a sequence of 32-bit units. An instruction is its number, then its fields, then the repeated part, as
// often as its field * says.
#pragma once

#include <cstddef>
#include <cstdint>

#include "noderuntime/term/layout.h"

namespace noderuntime {

// A row:
//
//   fields    a letter for each; rep: the letters of the repeated part
//     s  source: a term, in an x register, in a y register or a constant (see Operand)
//     a  source: a term or a match context
//     c  source: a match context
//     r  register: a term is read
//     d  register: a term is written
//     u  register: it is read and written, as the instruction's own check says
//     l  label: distance in units from the unit itself
//     e  label; 0: the instruction raises an exception instead of jumping
//     F  label of a function, with the x registers that the field x in front of it counts: they hold terms or
//        match contexts
//     x  number of x registers that hold arguments
//     i  import: index into the instance's links
//     k  fun: index into the image's lambdas
//     f  float register
//     w  number of words of the frame, which the instruction removes
//     g  kind, unit and flags of a segment (see Segment)
//     *  number of repetitions
//     n  another number
//   x         x registers that are read as terms, from x0 on. A number; x+2: two more than the field x says; i: as
//             many as the import has arguments
//   effects   what else the instruction does
//     F  it needs a frame, and may call functions; N: the same without a frame
//     !  it may raise an exception, whatever its labels
//     R  its result is in x0, and the other x registers are lost
//     0  it writes a term to x0
//     b  it begins a binary; p: it puts something into the binary that was begun; k: it leaves that alone. The
//        building of a binary ends at all other instructions.
//     q  it only copies: a tuple that setelement/3 has just made does not get known to others by it
//     .  no path goes on behind it
//   check     by_row, or the function of Verifier that does more than the row says; F, N, p, k, q and the end of
//             the path are checked for it too
//
// clang-format off
#define NODERUNTIME_OPERATIONS(X)                                                                                  \
  /* name                 fields    rep    x       effects check */                                                 \
  /* functions and calls */                                                                                        \
  X(function_clause,      "n",      "",    "",     "!.",  function_clause)                                         \
  X(call,                 "xF",     "",    "",     "FR",  by_row)                                                  \
  X(call_last,            "xFw",    "",    "",     "F.",  by_row)                                                  \
  X(call_only,            "xF",     "",    "",     "N.",  by_row)                                                  \
  X(call_ext,             "i",      "",    "i",    "R",   call_ext)                                                \
  X(call_ext_last,        "iw",     "",    "i",    "F.",  by_row)                                                  \
  X(call_ext_only,        "i",      "",    "i",    "N.",  by_row)                                                  \
  X(apply,                "x",      "",    "x+2",  "FR",  by_row)                                                  \
  X(apply_last,           "xw",     "",    "x+2",  "F.",  by_row)                                                  \
  X(call_fun,             "x",      "",    "x+1",  "FR",  by_row)                                                  \
  X(call_fun2,            "xs",     "",    "x",    "FR",  by_row)                                                  \
  X(call_fun_last,        "xw",     "",    "x+1",  "F.",  by_row)                                                  \
  X(call_fun2_last,       "xsw",    "",    "x",    "F.",  by_row)                                                  \
  X(return_,              "",       "",    "1",    "N.",  by_row)                                                  \
  X(allocate,             "n",      "",    "",     "N",   allocate)                                                \
  X(deallocate,           "w",      "",    "",     "F",   by_row)                                                  \
  X(deallocate_return,    "w",      "",    "1",    "F.",  by_row)                                                  \
  X(trim,                 "n",      "",    "",     "F",   trim)                                                    \
  X(init_y,               "d",      "",    "",     "kq",  by_row)                                                  \
  X(jump,                 "l",      "",    "",     ".",   by_row)                                                  \
  X(unreachable,          "",       "",    "",     ".",   by_row)                                                  \
  /* of the root image, where processes begin and wait: no module contains them */                                 \
  X(end_process,          "",       "",    "",     "",    by_row)                                                  \
  X(apply_list,           "",       "",    "",     "",    by_row)                                                  \
  X(apply_waiting,        "",       "",    "",     "",    by_row)                                                  \
  X(call_fun_waiting,     "",       "",    "",     "",    by_row)                                                  \
  X(wait_hibernating,     "",       "",    "",     "",    by_row)                                                  \
  X(traced_return,        "",       "",    "",     "",    by_row)                                                  \
  /* of functions that are traced: at the entry of the function, and in the image that calls from outside enter */ \
  X(breakpoint,           "",       "",    "",     "",    by_row)                                                  \
  X(traced_export,        "",       "",    "",     "",    by_row)                                                  \
  /* data */                                                                                                       \
  X(move,                 "ad",     "",    "",     "kq",  move)                                                    \
  X(swap,                 "uu",     "",    "",     "kq",  swap)                                                    \
  X(get_list,             "sdd",    "",    "",     "q",   by_row)                                                  \
  X(get_hd,               "sd",     "",    "",     "q",   by_row)                                                  \
  X(get_tl,               "sd",     "",    "",     "q",   by_row)                                                  \
  X(get_tuple_element,    "snd",    "",    "",     "q",   by_row)                                                  \
  X(set_tuple_element,    "ssn",    "",    "",     "q",   set_tuple_element)                                       \
  X(put_list,             "ssd",    "",    "",     "",    by_row)                                                  \
  X(put_tuple,            "d*",     "s",   "",     "",    by_row)                                                  \
  X(update_record,        "nsd*",   "ns",  "",     "",    by_row)                                                  \
  X(make_fun,             "dk*",    "s",   "",     "",    by_row)                                                  \
  X(move_return,          "s",      "",    "",     "N.",  by_row)                                                  \
  X(move_call_only,       "axF",    "",    "",     "N.",  move_call_only)                                          \
  /* tests */                                                                                                      \
  X(is_lt,                "lss",    "",    "",     "",    by_row)                                                  \
  X(is_ge,                "lss",    "",    "",     "",    by_row)                                                  \
  X(is_eq,                "lss",    "",    "",     "",    by_row)                                                  \
  X(is_ne,                "lss",    "",    "",     "",    by_row)                                                  \
  X(is_eq_exact,          "lss",    "",    "",     "",    by_row)                                                  \
  X(is_ne_exact,          "lss",    "",    "",     "",    by_row)                                                  \
  X(is_same_word,         "lss",    "",    "",     "",    by_row)                                                  \
  X(is_other_word,        "lss",    "",    "",     "",    by_row)                                                  \
  X(is_integer,           "ls",     "",    "",     "",    by_row)                                                  \
  X(is_float,             "ls",     "",    "",     "",    by_row)                                                  \
  X(is_number,            "ls",     "",    "",     "",    by_row)                                                  \
  X(is_atom,              "ls",     "",    "",     "",    by_row)                                                  \
  X(is_pid,               "ls",     "",    "",     "",    by_row)                                                  \
  X(is_reference,         "ls",     "",    "",     "",    by_row)                                                  \
  X(is_port,              "ls",     "",    "",     "",    by_row)                                                  \
  X(is_nil,               "ls",     "",    "",     "",    by_row)                                                  \
  X(is_binary,            "ls",     "",    "",     "",    by_row)                                                  \
  X(is_bitstring,         "la",     "",    "",     "",    is_bitstring)                                                  \
  X(is_list,              "ls",     "",    "",     "",    by_row)                                                  \
  X(is_nonempty_list,     "ls",     "",    "",     "",    by_row)                                                  \
  X(is_tuple,             "ls",     "",    "",     "",    by_row)                                                  \
  X(test_arity,           "lsn",    "",    "",     "",    by_row)                                                  \
  X(is_tagged_tuple,      "lsns",   "",    "",     "",    by_row)                                                  \
  X(is_map,               "ls",     "",    "",     "",    by_row)                                                  \
  X(is_boolean,           "ls",     "",    "",     "",    by_row)                                                  \
  X(is_function,          "ls",     "",    "",     "",    by_row)                                                  \
  X(is_function2,         "lss",    "",    "",     "",    by_row)                                                  \
  X(is_any_native_record, "ls",     "",    "",     "",    by_row)                                                  \
  X(is_native_record,     "lsss",   "",    "",     "",    by_row)                                                  \
  /* choices: source, label of all other values, count; the values lie in the constants from the next number on. The \
     last number of select_hashed is the factor of a SelectTable, whose places have labels */                      \
  X(select_few,           "sl*n",   "l",   "",     ".",   by_row)                                                  \
  X(select_word,          "sl*n",   "l",   "",     ".",   by_row)                                                  \
  X(select_hashed,        "sl*nn",  "l",   "",     ".",   by_row)                                                  \
  X(select_term,          "sl*n",   "l",   "",     ".",   by_row)                                                  \
  X(select_arity,         "sl*",    "nl",  "",     ".",   by_row)                                                  \
  X(select_dense,         "sl*n",   "l",   "",     ".",   by_row)                                                  \
  /* exceptions */                                                                                                 \
  X(catch_,               "ul",     "",    "",     "",    catch_)                                                  \
  X(catch_end,            "u",      "",    "",     "R",   catch_end)                                               \
  X(try_end,              "u",      "",    "",     "",    try_end)                                                 \
  X(try_case,             "u",      "",    "",     "",    try_case)                                                \
  X(try_case_end,         "s",      "",    "",     "!.",  by_row)                                                  \
  X(badmatch,             "s",      "",    "",     "!.",  by_row)                                                  \
  X(case_end,             "s",      "",    "",     "!.",  by_row)                                                  \
  X(if_end,               "",       "",    "",     "!.",  by_row)                                                  \
  X(badrecord,            "s",      "",    "",     "!.",  by_row)                                                  \
  X(unsupported,          "",       "",    "",     "!.",  by_row)                                                  \
  X(raise,                "ss",     "",    "",     "!.",  by_row)                                                  \
  X(raw_raise,            "",       "",    "3",    "!R",  by_row)                                                  \
  X(build_stacktrace,     "",       "",    "1",    "0",   by_row)                                                  \
  /* built-in functions: label, import, arguments, result */                                                       \
  X(bif0,                 "eid",    "",    "",     "",    built_in)                                                \
  X(bif1,                 "eisd",   "",    "",     "",    built_in)                                                \
  X(bif2,                 "eissd",  "",    "",     "",    built_in)                                                \
  X(bif3,                 "eisssd", "",    "",     "",    built_in)                                                \
  X(self,                 "d",      "",    "",     "",    by_row)                                                  \
  X(element,              "essd",   "",    "",     "",    by_row)                                                  \
  X(hd,                   "esd",    "",    "",     "",    by_row)                                                  \
  X(tl,                   "esd",    "",    "",     "",    by_row)                                                  \
  X(tuple_size,           "esd",    "",    "",     "",    by_row)                                                  \
  X(byte_size,            "ead",    "",    "",     "",    by_row)                                                  \
  X(bit_size,             "ead",    "",    "",     "",    by_row)                                                  \
  X(add,                  "essd",   "",    "",     "",    by_row)                                                  \
  X(subtract,             "essd",   "",    "",     "",    by_row)                                                  \
  X(multiply,             "essd",   "",    "",     "",    by_row)                                                  \
  X(divide,               "essd",   "",    "",     "",    by_row)                                                  \
  X(int_div,              "essd",   "",    "",     "",    by_row)                                                  \
  X(int_rem,              "essd",   "",    "",     "",    by_row)                                                  \
  X(band,                 "essd",   "",    "",     "",    by_row)                                                  \
  X(bor,                  "essd",   "",    "",     "",    by_row)                                                  \
  X(bxor,                 "essd",   "",    "",     "",    by_row)                                                  \
  X(bsl,                  "essd",   "",    "",     "",    by_row)                                                  \
  X(bsr,                  "essd",   "",    "",     "",    by_row)                                                  \
  X(bnot,                 "esd",    "",    "",     "",    by_row)                                                  \
  X(negate,               "esd",    "",    "",     "",    by_row)                                                  \
  /* floats: label, registers */                                                                                   \
  X(fload,                "sf",     "",    "",     "",    by_row)                                                  \
  X(fstore,               "fd",     "",    "",     "",    by_row)                                                  \
  X(fconv,                "sf",     "",    "",     "!",   by_row)                                                  \
  X(fadd,                 "efff",   "",    "",     "",    by_row)                                                  \
  X(fsub,                 "efff",   "",    "",     "",    by_row)                                                  \
  X(fmul,                 "efff",   "",    "",     "",    by_row)                                                  \
  X(fdiv,                 "efff",   "",    "",     "",    by_row)                                                  \
  X(fnegate,              "eff",    "",    "",     "",    by_row)                                                  \
  /* maps: label, map, result, count; then keys and values */                                                      \
  X(put_map_assoc,        "esd*",   "ss",  "",     "",    by_row)                                                  \
  X(put_map_exact,        "esd*",   "ss",  "",     "",    by_row)                                                  \
  X(has_map_fields,       "ls*",    "s",   "",     "",    by_row)                                                  \
  X(get_map_elements,     "ls*",    "sd",  "",     "",    get_map_elements)                                        \
  /* messages */                                                                                                   \
  X(send,                 "",       "",    "2",    "!",   send)                                                    \
  X(loop_rec,             "ld",     "",    "",     "",    loop_rec)                                                \
  X(remove_message,       "",       "",    "",     "",    remove_message)                                          \
  X(loop_rec_end,         "l",      "",    "",     ".",   loop_rec_end)                                            \
  X(wait,                 "l",      "",    "",     ".",   wait)                                                    \
  X(wait_timeout,         "ls",     "",    "",     "!",   wait_timeout)                                            \
  X(timeout,              "",       "",    "",     "",    timeout)                                                 \
  X(recv_marker_bind,     "rs",     "",    "",     "",    by_row)                                                  \
  X(recv_marker_clear,    "r",      "",    "",     "",    by_row)                                                  \
  X(recv_marker_reserve,  "d",      "",    "",     "",    by_row)                                                  \
  X(recv_marker_use,      "r",      "",    "",     "",    by_row)                                                  \
  /* building binaries; a segment of bs_create_bin: kind, source, size, or of a string its offset and length */    \
  X(bs_create_bin,        "ed*",    "gss", "",     "",    bs_create_bin)                                           \
  X(bs_init,              "esnd",   "",    "",     "b",   by_row)                                                  \
  X(bs_append,            "esnsd",  "",    "",     "b",   by_row)                                                  \
  X(bs_put,               "egss",   "",    "",     "p",   by_row)                                                  \
  X(bs_put_string,        "nn",     "",    "",     "p",   by_row)                                                  \
  X(bs_add,               "essnd",  "",    "",     "",    by_row)                                                  \
  X(bs_utf8_size,         "sd",     "",    "",     "",    by_row)                                                  \
  X(bs_utf16_size,        "sd",     "",    "",     "",    by_row)                                                  \
  X(bs_init_writable,     "",       "",    "",     "0",   by_row)                                                  \
  /* matching binaries: label, context, size, kind, result; of bs_get_short 1 to 56 bits, flags; the last number of \
     bs_start_match: for how many positions that bs_save saves there is room */                                    \
  X(bs_start_match,       "ladn",   "",    "",     "",    bs_start_match)                                          \
  X(bs_get_integer,       "lcsgd",  "",    "",     "",    by_row)                                                  \
  X(bs_get_short,         "lcnnd",  "",    "",     "",    by_row)                                                  \
  X(bs_get_float,         "lcsgd",  "",    "",     "",    by_row)                                                  \
  X(bs_get_binary,        "lcsgd",  "",    "",     "",    by_row)                                                  \
  X(bs_skip_bits,         "lcsg",   "",    "",     "",    by_row)                                                  \
  X(bs_test_tail,         "lcs",    "",    "",     "",    by_row)                                                  \
  X(bs_test_unit,         "lcn",    "",    "",     "",    by_row)                                                  \
  X(bs_match_string,      "lcnn",   "",    "",     "",    by_row)                                                  \
  X(bs_get_utf8,          "lcd",    "",    "",     "",    by_row)                                                  \
  X(bs_get_utf16,         "lcnd",   "",    "",     "",    by_row)                                                  \
  X(bs_get_utf32,         "lcnd",   "",    "",     "",    by_row)                                                  \
  X(bs_skip_utf8,         "lc",     "",    "",     "",    by_row)                                                  \
  X(bs_skip_utf16,        "lcn",    "",    "",     "",    by_row)                                                  \
  X(bs_skip_utf32,        "lcn",    "",    "",     "",    by_row)                                                  \
  X(bs_get_tail,          "cd",     "",    "",     "",    by_row)                                                  \
  X(bs_get_position,      "cd",     "",    "",     "",    by_row)                                                  \
  X(bs_set_position,      "cs",     "",    "",     "",    by_row)                                                  \
  X(bs_save,              "cn",     "",    "",     "",    by_row)                                                  \
  X(bs_restore,           "cn",     "",    "",     "",    by_row)                                                  \
  X(bs_context_to_binary, "u",      "",    "",     "",    bs_context_to_binary)                                    \
  X(bs_ensure,            "lcsn",   "",    "",     "",    by_row)                                                  \
  X(bs_equal,             "lcns",   "",    "",     "",    by_row)

// Forms: specialised instructions for frequent operands and frequent neighbours. A form replaces the number
// of the first instruction that it executes; the fields of all of them stay in place. A row lists the
// instructions and their fields. x, y, c: an operand of that file; X: the same x register as the first x; z: another x
// register than the first x; l: a label that is not 0; L: the same label as the first l; 1 to 9: this number; n: anything;
// w: the size of a frame of which the copies behind the instruction write all words. -: no fields. The first row that fits is used.
#define NODERUNTIME_SPECIALISED_OPERATIONS(X)                                                                    \
  X(allocate_1_move_xy_xx_call, "allocate 1 move xy move xx call nn")                                            \
  X(allocate_1_move_xy_call, "allocate 1 move xy call nn") X(allocate_1_move_xy, "allocate 1 move xy")           \
  X(allocate_1_get_list_xyx, "allocate 1 get_list xyx") X(allocate_1_get_list_xxy, "allocate 1 get_list xxy")    \
  X(allocate_whole_move_xy_4, "allocate w move xy move xy move xy move xy")                                      \
  X(allocate_whole_move_xy_3, "allocate w move xy move xy move xy")                                              \
  X(allocate_whole_move_xy_2, "allocate w move xy move xy")                                                      \
  X(allocate_whole_move_xy, "allocate w move xy") X(allocate_whole, "allocate w")                                \
  X(allocate_move_xy_4, "allocate n move xy move xy move xy move xy")                                            \
  X(allocate_move_xy_3, "allocate n move xy move xy move xy") X(allocate_move_xy_2, "allocate n move xy move xy") \
  X(allocate_move_xy, "allocate n move xy")                                                                      \
  X(is_nonempty_list_allocate_1_get_list_xyx_call, "is_nonempty_list lx allocate 1 get_list Xyx call nn")        \
  X(is_nonempty_list_allocate_1_get_list_xxy_call, "is_nonempty_list lx allocate 1 get_list Xxy call nn")        \
  X(init_y_3, "init_y y init_y y init_y y") X(init_y_2, "init_y y init_y y")                                     \
  X(move_xy_xx_call, "move xy move xx call nn") X(move_xy_call, "move xy call nn")                               \
  X(move_xx_call, "move xx call nn") X(move_yx_call, "move yx call nn")                                          \
  X(move_yx_2_call_last, "move yx move yx call_last nnn") X(move_yx_call_last, "move yx call_last nnn")          \
  X(move_xx_yx_call_last, "move xx move yx call_last nnn")                                                       \
  X(move_xy_4, "move xy move xy move xy move xy") X(move_xy_3, "move xy move xy move xy")                        \
  X(move_xy_2, "move xy move xy") X(move_xy, "move xy")                                                          \
  X(move_yx_4, "move yx move yx move yx move yx") X(move_yx_3, "move yx move yx move yx")                        \
  X(move_yx_2, "move yx move yx") \
  X(move_yx_xx, "move yx move xx") X(move_yx, "move yx") X(move_xx_yx, "move xx move yx")                       \
  X(move_xx_3, "move xx move xx move xx") X(move_xx_2, "move xx move xx") X(move_xx, "move xx")                  \
  X(move_cx, "move cx")                                                                                          \
  X(get_tuple_element_xx_3, "get_tuple_element xnz get_tuple_element Xnz get_tuple_element Xnx")                 \
  X(get_tuple_element_xx_2, "get_tuple_element xnz get_tuple_element Xnx")                                       \
  X(get_hd_xx, "get_hd xx") X(swap_xx, "swap xx")                                                                \
  X(get_tuple_element_xx_xx, "get_tuple_element xnx get_tuple_element xnx")                                      \
  X(get_tuple_element_xx, "get_tuple_element xnx") X(get_tuple_element_xy, "get_tuple_element xny")              \
  X(get_list_xxx, "get_list xxx") X(get_list_xxy, "get_list xxy")                                                \
  X(is_nonempty_list_get_list, "is_nonempty_list lx get_list Xxx")                                               \
  X(is_nonempty_list_x, "is_nonempty_list lx") X(is_nil_x, "is_nil lx") X(is_list_x, "is_list lx")               \
  X(is_map_x, "is_map lx")                                                                                       \
  X(is_tuple_test_arity_get_tuple_element, "is_tuple lx test_arity LXn get_tuple_element Xnx")                   \
  X(is_tuple_test_arity, "is_tuple lx test_arity LXn") X(is_tuple_select_arity, "is_tuple lx select_arity XLn")  \
  X(is_tuple_is_tagged_tuple, "is_tuple lx is_tagged_tuple lXnc") X(is_tuple_x, "is_tuple lx")                   \
  X(test_arity_x, "test_arity lxn") X(is_tagged_tuple_x, "is_tagged_tuple lxnc")                                 \
  X(is_same_word_xc, "is_same_word lxc") X(is_eq_exact_xx, "is_eq_exact lxx") X(is_integer_x, "is_integer lx") X(is_eq_exact_yy, "is_eq_exact lyy")                                    \
  X(is_lt_xc_return, "is_lt lxc return_ -")                                                                      \
  X(is_lt_xx, "is_lt lxx") X(is_lt_xc, "is_lt lxc") X(is_ge_xx, "is_ge lxx") X(is_ge_xc, "is_ge lxc")            \
  X(select_few_x, "select_few xl") X(select_hashed_x, "select_hashed xl") X(select_arity_x, "select_arity xl")                                        \
  X(put_tuple_x_2, "put_tuple x2") X(put_tuple_x_3, "put_tuple x3") X(put_list_xxx, "put_list xxx") X(put_list_xcx, "put_list xcx")   \
  X(put_list_yxx_deallocate_return, "put_list yxx deallocate_return n") X(put_list_yxx, "put_list yxx")                \
  X(add_xcx, "add nxcx") X(add_xxx, "add nxxx") X(subtract_xcx, "subtract nxcx") X(subtract_ycx, "subtract nycx")
// clang-format on

enum class Operation : std::uint32_t {
#define NODERUNTIME_OPERATION_ENUM(name, ...) name,
  NODERUNTIME_OPERATIONS(NODERUNTIME_OPERATION_ENUM)
#undef NODERUNTIME_OPERATION_ENUM
      plain_count,
  before_specialised = plain_count - 1,
#define NODERUNTIME_FORM_ENUM(name, parts) name,
  NODERUNTIME_SPECIALISED_OPERATIONS(NODERUNTIME_FORM_ENUM)
#undef NODERUNTIME_FORM_ENUM
};

// The first instruction that a form stands for; a plain operation itself.
Operation plain_operation(Operation operation);

// The first unit of a segment of bs_create_bin and bs_put: kind, flags, unit, and the
// segment's number in the source.
struct Segment {
  enum Kind : std::uint32_t { integer, floating, binary, append, private_append, string, utf8, utf16, utf32 };
  static constexpr std::uint32_t little = 1, is_signed = 2;
  // Of bs_create_bin: the size is a constant number that fits, or the atom `all`.
  static constexpr std::uint32_t fixed = 4, all = 8;
  static constexpr std::uint32_t most_units = 511, most_numbers = 32767;
  static constexpr std::uint32_t pack(Kind kind, std::uint32_t unit, std::uint32_t flags,
                                      std::uint32_t number = 0) {
    return number << 17 | unit << 8 | flags << 4 | kind;
  }
  static constexpr Kind kind(std::uint32_t packed) { return static_cast<Kind>(packed & 15); }
  static constexpr std::uint32_t flags(std::uint32_t packed) { return packed >> 4 & 15; }
  static constexpr std::uint32_t unit(std::uint32_t packed) { return packed >> 8 & most_units; }
  static constexpr std::uint32_t number(std::uint32_t packed) { return packed >> 17; }
};

// The table of select_hashed: each of its values has a place of its own. Values lie also in the places that are left
// over, which are not their own ones.
struct SelectTable {
  std::uint32_t count;   // of places: a power of two, at least 2
  std::uint32_t factor;  // odd
  std::size_t place_of(Term term) const {
    auto word = TermLayout::word(term);
    auto mixed = static_cast<std::uint32_t>(word ^ word >> 32) * factor;
    return mixed >> (__builtin_clz(count) + 1);
  }
};

// A source or destination: the byte offset in its register file, with the file's number in the low bits.
struct Operand {
  static constexpr std::uint32_t x = 0, y = 1, constant = 2, file_mask = 7;
  static constexpr std::uint32_t of(std::uint32_t file, std::uint32_t index) { return index << 3 | file; }
  static constexpr bool is_constant(std::uint32_t operand) { return (operand & file_mask) == constant; }
};

}  // namespace noderuntime
