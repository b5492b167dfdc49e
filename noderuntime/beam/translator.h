// Translates the Code chunk of a module to the machine's own instructions.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/entropy/keyed_hash.h"
#include "noderuntime/beam/compact_reader.h"
#include "noderuntime/beam/generic_instructions.h"
#include "noderuntime/beam/image.h"
#include "noderuntime/result.h"

namespace noderuntime {

// One pass over the code. It checks numbers and kinds of operands, ranges of registers, labels, tables and
// frames: each label must be reached with one size of frame, and y registers must lie inside it.
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
  std::uint32_t entry(std::uint64_t label) const { return label < places_.size() ? places_[label] : 0; }

 private:
  static constexpr int no_frame = -1, unknown_frame = -2, any_frame = -3;
  static constexpr std::uint32_t max_x = 1023, max_y = 16383, max_floats = 1023;
  static constexpr std::size_t max_units = std::size_t{1} << 28;
  using Args = std::vector<Arg>;

  bool fail(std::string what) { return problem_.empty() ? (problem_ = std::move(what), false) : false; }
  bool translate(Generic instruction);

  void label(const Arg&);
  void calls(Generic instruction);
  bool never_returns(const Arg& import);
  void func_info();
  void call_like(Operation, std::initializer_list<std::size_t> fields);
  void select(bool by_arity);
  void select_values(const Arg& source, std::vector<std::pair<Term, std::uint64_t>>& choices);
  void bif(std::size_t arguments, std::size_t link_at);
  void compare(Operation);
  void segments();
  void bs_match();
  void make_fun(std::uint64_t index, const Arg* destination, std::size_t first, std::size_t count);

  // Operands.
  void op(Operation operation);
  void put(std::uint64_t unit);
  void source(const Arg&);
  void destination(const Arg&);
  void target(const Arg&);
  void target_label(std::uint64_t label);
  void number(const Arg&);
  void sources(std::size_t first, std::size_t count);
  std::uint32_t reg(const Arg&);
  std::uint32_t constant(Term);
  Term term_of(const Arg&);
  bool is_constant(const Arg&) const;
  void bit_size(const Arg& arg);
  std::uint32_t link(const Arg&);
  std::uint32_t float_register(const Arg&);
  const Arg* element(std::size_t at);
  std::size_t list_size(const Arg&);
  std::uint32_t segment_flags(const Arg&);

  void enter_frame(std::uint64_t words);
  void leave_frame(std::uint64_t words);
  void trim(std::uint64_t words);
  void end_of_path() { frame_ = unknown_frame, last_ = 0; }
  bool returns_from_fun();
  bool last_was(Operation operation) const;

  Image& image_;
  const Tables& tables_;
  Heap& heap_;
  ArgReader reader_{{}};
  Args args_;
  std::string problem_;
  std::vector<std::uint32_t> places_;
  std::vector<int> frames_;  // by label
  struct Fixup {
    std::uint32_t unit;
    std::uint64_t label;
  };
  std::vector<Fixup> fixups_;
  std::unordered_map<Word, std::uint32_t, keyed_hash::OfWord> constants_;
  int frame_ = unknown_frame;
  std::uint32_t last_ = 0;               // where the last instruction starts; 0: a label follows it
  std::uint32_t before_deallocate_ = 0;  // where the one before the last deallocate starts; 0: likewise
  std::uint64_t last_label_ = 0;
  std::uint64_t puts_expected_ = 0;
  std::uint32_t pending_line_ = 0;
  bool expect_entry_ = false;
  bool at_end_ = false;
};

}  // namespace noderuntime
