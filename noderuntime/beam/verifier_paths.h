// The verifier's own header: the analysis, and the checks that rows of operations.h name.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <noderuntime/result.h>
#include "noderuntime/beam/image.h"
#include "noderuntime/beam/operation_rows.h"
#include "noderuntime/beam/verifier_state.h"
#include "noderuntime/term/pace.h"

namespace noderuntime {

// A data-flow analysis, forward, with a work list. The functions that others can call are entered with their
// arguments. Each instruction checks and changes the state of the path (PathState) as its row says. Paths meet
// at labels: their states are merged, and a place whose state changed by that is followed again. Between labels
// no state is kept. When the list is empty, each instruction was checked with all that can reach it.
//
// Cost: a step for each instruction of a path, and each step looks at all registers. States change seldom: all
// modules of OTP 25 and Elixir 1.14 take 1.01 steps per instruction, the worst of them 1.32. Code that no
// compiler makes is bounded by steps_left_ and most_registers.
//
// Owned by verify(), and lives as long as that runs.
class Verifier {
 public:
  explicit Verifier(const Image& image)
      : image_{image}, code_{image.code}, known_at_(image.code.size(), -1) {}

  Outcome run();  // pauses

  std::vector<std::uint32_t> results_on_failure() const {
    return {results_on_failure_.begin(), results_on_failure_.end()};
  }
  std::vector<std::uint32_t> raises_in_receive() const {
    return {raises_in_receive_.begin(), raises_in_receive_.end()};
  }

 private:
  using Check = void (Verifier::*)();
  static const Check checks[];  // by operation
  struct Known {
    PathState state;
    bool open;  // it is in open_
  };
  // What an instruction does without a label.
  enum class Otherwise { damaged, raises, goes_on };

  void fail(const char* what) {
    if (problem_.empty()) problem_ = what;
  }
  void require(bool condition, const char* what) {
    if (!condition) fail(what);
  }

  // --- the analysis
  void find_entries();
  const std::uint32_t* arity_of_entry(std::uint32_t place) const;
  void enter(std::uint32_t entry, std::uint32_t arity);
  void flow(std::uint32_t place, const PathState& state);
  void follow(std::uint32_t place);
  void instruction(Operation operation);
  void tell_handlers();

  // --- rows
  void by_row() { by_row(Otherwise::raises); }
  void by_row(Otherwise without_label_e);
  void reads_sources();
  void follows_labels(Otherwise without_label_e);
  void writes_results();
  std::uint32_t x_registers_read() const;

  // --- the checks that rows name
  void function_clause();
  void call_ext();
  void allocate();
  void trim();
  void move();
  void swap();
  void set_tuple_element();
  void move_call_only();
  void catch_();
  void catch_end();
  void try_end();
  void try_case();
  void built_in();
  void get_map_elements();
  void send();
  void loop_rec();
  void remove_message();
  void loop_rec_end();
  void wait();
  void wait_timeout();
  void timeout();
  void bs_create_bin();
  void is_bitstring();
  void bs_start_match();
  void bs_context_to_binary();

  void ends_catch();
  void waits();
  bool never_fails(const FunctionName& name) const;

  // --- what instructions do, with fields and registers
  std::uint32_t field(std::size_t number) const { return code_[at_ + number]; }
  std::uint32_t target(std::size_t number) const {
    return at_ + static_cast<std::uint32_t>(number) + field(number);
  }
  Content* slot(std::uint32_t operand);
  Content content_of(std::uint32_t operand);
  void reads(std::uint32_t operand, Content allowed = content::term);
  void reads_x(std::size_t count, Content allowed = content::term);
  void reads_exception();
  void writes(std::uint32_t operand, Content held);
  void writes_term(std::uint32_t operand);
  void jumps(std::size_t number, const PathState& state, Otherwise otherwise = Otherwise::damaged);
  void jumps(std::size_t number, Otherwise otherwise = Otherwise::damaged);
  void jumps_without_context(std::size_t number, std::uint32_t operand);
  void jumps_back(std::size_t number);
  void raises();
  void framed();
  void frameless();
  void calls();
  void leaves(std::uint32_t words);
  void passes(std::size_t label, std::size_t live);
  void returns(Content result = content::term | content::known);
  void everything_known();

  const Image& image_;
  const std::vector<std::uint32_t>& code_;
  std::vector<std::int32_t> known_at_;  // the index in states_, by place; -1: none
  std::vector<Known> states_;
  std::vector<std::uint32_t> open_;  // places whose state changed since they were followed
  std::vector<std::pair<std::uint32_t, std::uint32_t>> entries_;  // of functions: place, arity
  std::size_t registers_ = 0, steps_left_ = 0;
  Rounds rounds_{20};
  std::size_t x_count_ = 0;  // x registers that the code names or receives as arguments

  // Of the path that is followed, and of its instruction.
  PathState state_;
  std::uint32_t at_ = 0;
  const OperationRow* row_ = nullptr;
  Content touched_ = 0;  // in_message: the instruction read a part of a message
  bool handlers_told_ = false, looks_with_calls_ = false;
  std::string problem_;
  std::set<std::uint32_t> results_on_failure_, raises_in_receive_;
};

}  // namespace noderuntime
