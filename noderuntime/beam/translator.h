// Translates the Code chunk of a module to the machine's own instructions.
#pragma once

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <noderuntime/result.h>
#include "common/entropy/keyed_hash.h"
#include "noderuntime/beam/compact_reader.h"
#include "noderuntime/beam/generic_instructions.h"
#include "noderuntime/beam/image.h"

namespace noderuntime {

// One pass over the code; its cost is linear. Each instruction is translated as its row in
// generic_instructions.h says, or by the function that the row names. A label that was not met yet is filled in
// at the end. Checks numbers and kinds of operands, ranges of registers, labels, tables and frames: each label
// must be reached with one size of frame, and y registers must lie inside it. What registers hold is checked
// later (verifier.h).
//
// Owned by the loader of a module, and lives as long as that: entry() is called after run(). The first error is
// the outcome; the image must not be used then.
class Translator {
 public:
  struct Tables {
    std::vector<Atom> atoms;     // from 1 on
    std::vector<Term> literals;  // on `heap`
    std::uint32_t labels = 0;
  };
  // Integers that do not fit a word go to `heap`; image.constants refers to it and to
  // the literals afterwards.
  Translator(Image& image, const Tables& tables, Heap& heap) : image_{image}, tables_{tables}, heap_{heap} {}

  Outcome run(Bytes code);

  // The offset of a label in the translated code; 0: the label does not occur.
  std::uint32_t entry(std::uint64_t label) const {
    if (auto found = entries_.find(label); found != entries_.end()) return found->second;
    return label < places_.size() ? places_[label] : 0;
  }

 private:
  static constexpr int no_frame = -1, unknown_frame = -2, any_frame = -3;
  static constexpr std::uint32_t max_x = 1023, max_y = 16383, max_floats = 1023;
  static constexpr std::uint64_t max_arity = 255, max_unit = 256, max_saved_positions = 4;
  static constexpr std::size_t max_units = std::size_t{1} << 28;
  using Args = std::vector<Arg>;
  using Choices = std::vector<std::pair<Term, std::uint64_t>>;  // values and labels
  // Translates the instruction of row_ and args_. It may go on after fail(): what it writes is not used then.
  using Function = void (Translator::*)();
  static const Function functions[];  // by the number of the generic instruction

  void fail(std::string what) {
    if (problem_.empty()) problem_ = std::move(what);
  }
  Outcome read_instruction();
  void translate(Generic instruction);
  Outcome resolve_labels();

  // --- rows. The first three are in the column `how` of generic_instructions.h, as are the special cases.
  void by_row() { by_row(row_->operation); }
  void ignored() {}
  void unused();
  void by_row(Operation operation);  // with another operation whose fields are the same
  void field(const FieldRule& rule);
  void repeated(const Arg& list);

  // --- special cases
  void label();
  void func_info();
  void int_code_end();
  void line();
  void on_load();
  void call();
  void call_only();
  void call_import();
  void return_();
  void allocate();
  void trim();
  void init_yregs();
  void put_tuple();
  void put_element();
  void update_record();
  void make_fun2();
  void make_fun3();
  void compare_exactly();
  void select_value();
  void select_arity();
  void built_in();
  void fmove();
  void bs_create_bin();
  void bs_put_string();
  void bs_start_match2();
  void bs_get_integer2();
  void bs_test_unit();
  void bs_match_string();
  void saved_position();
  void bs_match();

  bool moved_to_x0() const;
  bool call_without_return(std::uint32_t index);
  bool returns_from_fun();
  Choices choices(const Arg& list);
  bool select_hashed(const Choices& choices);
  void select_dense(const Choices& choices, std::uint64_t span);
  void check_string(std::uint64_t bytes, std::uint64_t offset);
  void segment_of_binary(std::size_t at);
  std::size_t match_command(std::size_t at);
  void match_integer_or_binary(Operation operation, std::size_t at);
  void match_fields(Operation operation);

  // --- operands: what the row asks for, or a failure
  void op(Operation operation);
  void put(std::uint64_t unit);
  void source(const Arg&);
  void destination(const Arg&);
  void target(const Arg&);
  void target_label(std::uint64_t label, bool is_function = false);
  void enter_before_loop(Operation first);
  void number(const Arg&);
  std::uint32_t reg(const Arg&);
  std::uint32_t constant(Term);
  Term term_of(const Arg&);
  bool is_constant(const Arg&) const;
  void bit_size(const Arg& arg);
  std::uint32_t link(const Arg&);
  std::uint32_t float_register(const Arg&);
  const Arg* element(std::size_t at);
  std::size_t list_size(const Arg&);
  static std::uint32_t packed_flags(std::uint64_t generic_flags);
  void put_segment(Segment::Kind kind, std::uint64_t unit, std::uint64_t generic_flags);
  std::uint32_t flags_of_list(const Arg&);
  std::uint64_t value(std::size_t at) const { return static_cast<std::uint64_t>(args_[at].value); }

  void leave_frame(std::uint64_t words);
  void end_of_path() {
    frame_ = unknown_frame;
    last_ = 0;
  }
  bool last_was(Operation operation) const;

  Image& image_;
  const Tables& tables_;
  Heap& heap_;
  ArgReader reader_{{}};
  const GenericRow* row_ = nullptr;  // of the instruction that is translated
  Args args_;                        // its operands
  std::string problem_;
  std::vector<std::uint32_t> places_;  // of labels; 0: the label was not met yet
  std::vector<int> frames_;            // by label
  struct Fixup {
    std::uint32_t unit;
    std::uint64_t label;
    bool is_function;  // calls enter there; others may jump behind the entry
  };
  std::vector<Fixup> fixups_;
  // By label: the entries of functions that begin with a loop, which the label's place is behind.
  std::unordered_map<std::uint64_t, std::uint32_t> entries_;
  std::vector<std::uint64_t> labels_at_entry_;  // of the current function
  std::unordered_map<Word, std::uint32_t, keyed_hash::OfWord> constants_;
  int frame_ = unknown_frame;      // its words; unknown: no path leads here
  std::uint32_t last_ = 0;         // where the last instruction starts; 0: a label follows it
  std::uint32_t before_last_ = 0;  // where the one before it starts; 0: likewise
  std::uint64_t last_label_ = 0;
  std::uint64_t puts_expected_ = 0;
  std::uint32_t pending_line_ = 0;
  bool expect_entry_ = false;
  bool at_end_ = false;
};

}  // namespace noderuntime
