// Patterns and match specifications of ets: compiled once, run on each object.
// Source: "Match Specifications in Erlang", ERTS User's Guide.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "noderuntime/term/heap.h"

namespace noderuntime::tables {

// The functions that guards and bodies may call: who knows them says how.
class Functions {
 public:
  virtual ~Functions() = default;
  using Function = const void*;
  virtual Function find(std::string_view name, std::size_t arity) = 0;  // null: none that is allowed
  // nullopt: it raises an error.
  virtual std::optional<Term> call(Function function, Heap& heap, const Term* arguments) = 0;
};

class MatchSpecification final : public Counted {
 public:
  // A list of {Head, Guards, Body}. Null: it is none.
  static MatchSpecification* compile(Term clauses, Functions& functions);
  enum class Wanted { bindings, object, true_ };  // what a match gives: '$$', '$_', true
  static MatchSpecification* of_pattern(Term pattern, Wanted wanted);

  // What the first clause that matches gives; nullopt: none does. The value lies on `scratch`, in the
  // specification and in the object.
  std::optional<Term> run(Term object, Heap& scratch, Functions& functions) const;

  // The only keys that objects can have to match, when it says so (none twice); null: any.
  const std::vector<Term>* keys(std::size_t position, std::vector<Term>& room) const;
  bool gives_objects_only() const { return objects_only_; }
  std::size_t bytes() const override { return source_.heap().used_words() * sizeof(Word); }

 private:
  struct Node {
    enum class Kind : std::uint8_t { any, variable, constant, tuple, cons, map } kind;
    std::uint32_t number = 0;  // of the variable; of the first child
    std::uint32_t count = 0;   // of children
    Term value;                // constant; the pattern itself of others
  };
  struct Step {
    enum class Kind : std::uint8_t {
      constant,
      variable,
      object,
      bindings,
      tuple,  // of `number` values
      cons,   // the head above the tail
      map,    // of `number` pairs
      call,   // `function` with `number` values
      and_,   // of `number` truths
      or_,
      unless,  // a truth: true is dropped; false stays and the step `number` follows
      if_,     // the other way round
      guard,   // must be true, and is dropped
      drop,
    } kind;
    std::uint32_t number = 0;
    Functions::Function function = nullptr;
    Term value;
  };
  struct Clause {
    std::vector<Node> nodes;  // the head is the first
    std::vector<Step> steps;
    std::size_t body = 0;  // where it starts
    std::vector<std::uint32_t> variables;
  };
  class Compiler;
  struct Bindings;

  bool match(const Clause& clause, Term object, Bindings& bindings) const;
  std::optional<Term> evaluate(const Clause& clause, Term object, const Bindings& bindings, Heap& scratch,
                               Functions& functions) const;
  OwnedTerm source_;
  std::vector<Clause> clauses_;
  bool objects_only_ = false;
  mutable std::vector<std::pair<std::uint32_t, Term>> open_;  // of match(): nodes and what they have to match
  mutable std::vector<Term> stack_;                           // of evaluate()
};

}  // namespace noderuntime::tables
