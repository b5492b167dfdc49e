// One press of the Tab key: what the node's own functions make of a line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <noderuntime/terms.h>

namespace noderuntime::shell {

// An engine: call() is the next call to make on the shell's node; on_answer() takes its result. Then there is another
// call, or the result is there.
// Source: group.erl and edlin_expand.erl of OTP 25 to 29; a fun set with io:setopts/1 is called as group.erl does.
class Expansion {
 public:
  static constexpr std::size_t most_listing = std::size_t{256} << 10;  // bytes of matches that are shown

  struct Call {
    Atom module, function;
    Value arguments;
  };
  // `fun`: of the option expand_fun; `before`: the line left of the cursor.
  Expansion(std::optional<Value> fun, std::string_view before, unsigned columns);

  const std::optional<Call>& call() const { return call_; }  // nullopt: done
  void on_answer(std::optional<Term> result);                // nullopt: it failed

  const std::string& insert() const { return insert_; }
  const std::string& listing() const { return listing_; }

 private:
  enum class Step { expand, expand_of_25, format, format_of_25 };
  void ask(Step step);
  void on_expanded(Term result);

  std::optional<Value> fun_;
  std::string before_;
  unsigned columns_;
  Step step_ = Step::expand;
  std::optional<Call> call_;
  Value matches_;
  std::string insert_, listing_;
};

}  // namespace noderuntime::shell
