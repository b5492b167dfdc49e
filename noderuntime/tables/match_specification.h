// Patterns and match specifications of ets and of tracing: compiled once, run on each object.
// Source: "Match Specifications in Erlang", ERTS User's Guide.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "noderuntime/term/heap.h"

namespace noderuntime::tables {

// The functions that guards and bodies may call. Implemented by the caller.
class Functions {
 public:
  virtual ~Functions() = default;
  using Function = const void*;
  virtual Function find(std::string_view name, std::size_t arity) = 0;  // null: not an allowed function
  // The same for a body, which may call more than a guard.
  virtual Function find_in_body(std::string_view name, std::size_t arity) { return find(name, arity); }
  // nullopt: it raises an error.
  virtual std::optional<Term> call(Function function, Heap& heap, const Term* arguments) = 0;
};

class MatchSpecification final : public MagicObject {
 public:
  // Compiles a list of {Head, Guards, Body}. Null: it is not a match specification. In the dialect `trace` an object is a
  // list of arguments, and a body may be empty: it is run for what its functions do, and its value is not used.
  enum class Dialect { table, trace };
  static MatchSpecification* compile(Term clauses, Functions& functions, Dialect dialect = Dialect::table);
  enum class Wanted { bindings, object, true_ };  // the result of a match: '$$', '$_', true
  static MatchSpecification* of_pattern(Term pattern, Wanted wanted);

  // The result of the first clause that matches; nullopt: none. It may refer to `scratch`, the
  // specification and the object.
  std::optional<Term> run(Term object, Heap& scratch, Functions& functions) const;

  // The only keys that matching objects can have, without duplicates; null: any key.
  const std::vector<Term>* keys(std::size_t position, std::vector<Term>& room) const;
  bool gives_objects_only() const { return objects_only_; }
  Term source() const { return source_.term(); }  // what it was compiled from
  std::size_t bytes() const override { return source_.heap().used_words() * sizeof(Word); }

 private:
  struct Node {
    enum class Kind : std::uint8_t { any, variable, constant, tuple, cons, map } kind;
    std::uint32_t number = 0;  // the variable's, or the first child's
    std::uint32_t count = 0;   // of children
    Term value;                // the constant; for others, the pattern itself
    bool is_leaf() const { return kind <= Kind::constant; }
  };
  struct Step {
    enum class Kind : std::uint8_t {
      constant,
      variable,
      object,
      bindings,
      tuple,    // of `number` values
      cons,     // takes the tail, then the head above it
      map,      // of `number` pairs
      call,     // `function` with `number` values
      compare,  // two values by the Comparison `number`
      and_,     // of `number` truths
      or_,
      unless,  // true is dropped; false stays, and the step `number` follows
      if_,     // the other way round
      guard,   // must be true; dropped
      drop,
    } kind;
    std::uint32_t number = 0;
    Functions::Function function = nullptr;
    Term value;
  };
  struct Clause {
    std::vector<Node> nodes;  // the head is the first
    std::vector<Step> steps;
    std::size_t body = 0;  // the first step of the body
    std::vector<std::uint32_t> variables;
  };
  class Compiler;
  enum class Comparison : std::uint8_t { less, not_greater, greater, not_less, equal, unequal, same, other };
  static std::optional<Comparison> comparison(std::string_view name);
  class Evaluation;
  struct Binding {
    Term value;
    std::uint64_t match = 0;  // the number of the match that bound it
  };

  bool match(const Clause& clause, Term object) const;
  bool match_leaf(const Node& node, Term value) const;
  bool match_node(const Clause& clause, const Node& node, Term value) const;
  bool match_child(const Clause& clause, std::uint32_t place, Term value) const;
  std::optional<Term> evaluate(const Clause& clause, Term object, Heap& scratch, Functions& functions) const;
  OwnedTerm source_;
  std::vector<Clause> clauses_;
  bool objects_only_ = false;
  // for match(): nodes with children and the terms they must match; what the variables are bound to, in the order of
  // Clause::variables
  mutable std::vector<std::pair<std::uint32_t, Term>> open_;
  mutable std::vector<Binding> bindings_;
  mutable std::uint64_t matches_ = 0;
  mutable std::vector<Term> stack_;  // for evaluate()
};

}  // namespace noderuntime::tables
