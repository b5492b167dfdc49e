// The machine's own instructions, to which generic instructions are translated at load. This table
// gives their numbers, names and disassembly, and both interpreters: threaded in releases, checked
// in development builds.
//
// Code is a sequence of 32-bit units. An instruction is its number, then its fields:
//     s  source       a term is read from an x register, a y register or a constant (see Operand)
//     d  destination  x or y register
//     l  label        distance in units from the unit itself; 0: raise an exception instead of jumping
//     n  number       an index, a count, or flags
//     v  the rest     as many as the last n says; the comment of the instruction says what repeats
#pragma once

#include <cstdint>

namespace noderuntime {

// clang-format off
#define NODERUNTIME_OPERATIONS(X)                                                                                \
  /* functions: calls carry the number of live x registers; links are indices into the instance's links */       \
  X(function_clause, "n") X(call, "nl") X(call_last, "nln") X(call_only, "nl") X(call_ext, "n")                  \
  X(call_ext_last, "nn") X(call_ext_only, "n") X(apply, "n") X(apply_last, "nn") X(call_fun, "n")                \
  X(call_fun2, "ns") X(call_fun_last, "nn") X(call_fun2_last, "nsn") X(return_, "") X(allocate, "n") X(deallocate, "n") X(deallocate_return, "n") X(trim, "n")   \
  X(init_y, "d") X(jump, "l") X(unreachable, "") X(end_process, "")                                                \
  X(apply_list, "") X(apply_waiting, "") X(call_fun_waiting, "") X(wait_hibernating, "")                           \
  /* data */                                                                                                     \
  X(move, "sd") X(swap, "dd") X(get_list, "sdd") X(get_hd, "sd") X(get_tl, "sd") X(get_tuple_element, "snd")     \
  X(set_tuple_element, "ssn") X(put_list, "ssd") X(put_tuple, "dnv") X(update_record, "nsdnv")                   \
  X(make_fun, "dnnv") X(move_return, "s") X(move_call_only, "snl")                                               \
  /* tests */                                                                                                    \
  X(is_lt, "lss") X(is_ge, "lss") X(is_eq, "lss") X(is_ne, "lss") X(is_eq_exact, "lss") X(is_ne_exact, "lss")    \
  X(is_same_word, "lss") X(is_other_word, "lss")                                                                 \
  X(is_integer, "ls") X(is_float, "ls") X(is_number, "ls") X(is_atom, "ls") X(is_pid, "ls") X(is_reference, "ls") \
  X(is_port, "ls") X(is_nil, "ls") X(is_binary, "ls") X(is_bitstring, "ls") X(is_list, "ls")                     \
  X(is_nonempty_list, "ls") X(is_tuple, "ls") X(test_arity, "lsn") X(is_tagged_tuple, "lsns") X(is_map, "ls")    \
  X(is_boolean, "ls") X(is_function, "ls") X(is_function2, "lss") X(is_any_native_record, "ls") X(is_native_record, "lsss")                                                \
  /* choices: source, default, count; then count values in the constants from the last number on, and labels */  \
  X(select_word, "slnnv") X(select_term, "slnnv") X(select_arity, "slnv") X(select_dense, "slnnv")               \
  /* exceptions */                                                                                               \
  X(catch_, "dl") X(catch_end, "d") X(try_end, "d") X(try_case, "d") X(try_case_end, "s") X(badmatch, "s")       \
  X(case_end, "s") X(if_end, "") X(badrecord, "s") X(raise, "ss") X(raw_raise, "") X(build_stacktrace, "")       \
  /* built-in functions: fail label, link, arguments, destination */                                             \
  X(bif0, "lnd") X(bif1, "lnsd") X(bif2, "lnssd") X(bif3, "lnsssd") X(self, "d") X(element, "lssd")              \
  X(hd, "lsd") X(tl, "lsd") X(tuple_size, "lsd") X(byte_size, "lsd") X(bit_size, "lsd") \
  X(add, "lssd") X(subtract, "lssd") X(multiply, "lssd") X(divide, "lssd") X(int_div, "lssd") X(int_rem, "lssd") \
  X(band, "lssd") X(bor, "lssd") X(bxor, "lssd") X(bsl, "lssd") X(bsr, "lssd") X(bnot, "lsd") X(negate, "lsd")   \
  /* float registers are numbers */                                                                              \
  X(fload, "sn") X(fstore, "nd") X(fconv, "sn") X(fadd, "lnnn") X(fsub, "lnnn") X(fmul, "lnnn")                  \
  X(fdiv, "lnnn") X(fnegate, "lnn")                                                                              \
  /* maps: fail, map, destination, count; then keys and values */                                                \
  X(put_map_assoc, "lsdnv") X(put_map_exact, "lsdnv") X(has_map_fields, "lsnv") X(get_map_elements, "lsnv")      \
  /* messages */                                                                                                 \
  X(send, "") X(loop_rec, "ld") X(remove_message, "") X(loop_rec_end, "l") X(wait, "l") X(wait_timeout, "ls")    \
  X(timeout, "") X(recv_marker_bind, "ds") X(recv_marker_clear, "d") X(recv_marker_reserve, "d")                 \
  X(recv_marker_use, "d")                                                                                        \
  /* building binaries: fail, destination, count; then kind|unit|flags, source, size of each segment */          \
  X(bs_create_bin, "ldnv") X(bs_init, "lsnd") X(bs_append, "lsnsd") X(bs_put, "lnss") X(bs_put_string, "nn")     \
  X(bs_add, "lssnd") X(bs_utf8_size, "sd") X(bs_utf16_size, "sd") X(bs_init_writable, "")                        \
  /* matching binaries: fail, context, size, unit|flags, destination */                                          \
  X(bs_start_match, "lsd") X(bs_get_integer, "lssnd") X(bs_get_float, "lssnd") X(bs_get_binary, "lssnd")         \
  X(bs_skip_bits, "lssn") X(bs_test_tail, "lss") X(bs_test_unit, "lsn") X(bs_match_string, "lsnn")               \
  X(bs_get_utf8, "lsd") X(bs_get_utf16, "lsnd") X(bs_get_utf32, "lsnd") X(bs_skip_utf8, "ls")                    \
  X(bs_skip_utf16, "lsn") X(bs_skip_utf32, "lsn") X(bs_get_tail, "sd") X(bs_get_position, "sd")                  \
  X(bs_set_position, "ss") X(bs_save, "sn") X(bs_restore, "sn") X(bs_context_to_binary, "s")                     \
  X(bs_ensure, "lssn") X(bs_equal, "lsns")

// Forms: specialised instructions for frequent operands and frequent neighbours. A form replaces the number
// of the first instruction that it executes; the fields of all of them stay in place. A row lists the
// instructions and their fields. x, y, c: an operand of that file; X: the same x register as the first x; l:
// a label that is not 0; L: the same label as the first l; n: anything. The first row that fits is used.
#define NODERUNTIME_FORMS(X)                                                                                     \
  X(move_xy_4, "move xy move xy move xy move xy") X(move_xy_3, "move xy move xy move xy")                        \
  X(move_xy_2, "move xy move xy") X(move_xy, "move xy")                                                          \
  X(move_yx_4, "move yx move yx move yx move yx") X(move_yx_3, "move yx move yx move yx")                        \
  X(move_yx_2, "move yx move yx") X(move_yx, "move yx")                                                          \
  X(move_xx_3, "move xx move xx move xx") X(move_xx_2, "move xx move xx") X(move_xx, "move xx")                  \
  X(move_cx, "move cx")                                                                                          \
  X(get_tuple_element_xx_xx, "get_tuple_element xnx get_tuple_element xnx")                                      \
  X(get_tuple_element_xx, "get_tuple_element xnx") X(get_tuple_element_xy, "get_tuple_element xny")              \
  X(get_list_xxx, "get_list xxx") X(get_list_xxy, "get_list xxy")                                                \
  X(is_nonempty_list_get_list, "is_nonempty_list lx get_list Xxx")                                               \
  X(is_nonempty_list_x, "is_nonempty_list lx") X(is_nil_x, "is_nil lx") X(is_list_x, "is_list lx")               \
  X(is_map_x, "is_map lx")                                                                                       \
  X(is_tuple_test_arity, "is_tuple lx test_arity LXn") X(is_tuple_select_arity, "is_tuple lx select_arity XLn")  \
  X(is_tuple_is_tagged_tuple, "is_tuple lx is_tagged_tuple lXnc") X(is_tuple_x, "is_tuple lx")                   \
  X(test_arity_x, "test_arity lxn") X(is_tagged_tuple_x, "is_tagged_tuple lxnc")                                 \
  X(is_same_word_xc, "is_same_word lxc") X(is_eq_exact_yy, "is_eq_exact lyy")                                    \
  X(is_lt_xx, "is_lt lxx") X(is_lt_xc, "is_lt lxc") X(is_ge_xx, "is_ge lxx") X(is_ge_xc, "is_ge lxc")            \
  X(select_word_x, "select_word xl") X(select_arity_x, "select_arity xl")                                        \
  X(put_list_xxx, "put_list xxx") X(put_list_xcx, "put_list xcx") X(put_list_yxx, "put_list yxx")                \
  X(add_xcx, "add nxcx") X(add_xxx, "add nxxx") X(subtract_xcx, "subtract nxcx")
// clang-format on

enum class Operation : std::uint32_t {
#define NODERUNTIME_OPERATION_ENUM(name, layout) name,
  NODERUNTIME_OPERATIONS(NODERUNTIME_OPERATION_ENUM)
#undef NODERUNTIME_OPERATION_ENUM
      plain_count,
  before_forms = plain_count - 1,
#define NODERUNTIME_FORM_ENUM(name, parts) name,
  NODERUNTIME_FORMS(NODERUNTIME_FORM_ENUM)
#undef NODERUNTIME_FORM_ENUM
};

struct OperationRow {
  const char* name;
  const char* layout;
};
const OperationRow& operation_row(Operation plain);

// The first instruction that a form stands for; a plain operation itself.
Operation plain_operation(Operation operation);

// The number of units behind the fields of an instruction whose fields end at `at`.
std::uint32_t operation_rest(const std::uint32_t* code, std::uint32_t at, Operation operation);

// The first unit of a segment of bs_create_bin and bs_put: kind, flags, unit, and the
// segment's number in the source.
struct Segment {
  enum Kind : std::uint32_t { integer, floating, binary, append, private_append, string, utf8, utf16, utf32 };
  static constexpr std::uint32_t little = 1, is_signed = 2;
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

// A source or destination: the byte offset in its register file, with the file's number in the low bits.
struct Operand {
  static constexpr std::uint32_t x = 0, y = 1, constant = 2, file_mask = 7;
  static constexpr std::uint32_t of(std::uint32_t file, std::uint32_t index) { return index << 3 | file; }
  static constexpr bool is_constant(std::uint32_t operand) { return (operand & file_mask) == constant; }
};

}  // namespace noderuntime
