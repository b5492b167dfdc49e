// Patterns and match specifications of ets and of tracing: compiled once, run on each object.
// Source: "Match Specifications in Erlang", ERTS User's Guide.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "noderuntime/tables/keys.h"
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
  // In the dialect `trace` an object is a list of arguments, and a body may be empty: it is run for what its functions do,
  // and its value is not used.
  enum class Dialect { table, trace };
  enum class Wanted { bindings, object, true_ };  // the result of a match: '$$', '$_', true
  struct Source {
    Term term;                           // a list of {Head, Guards, Body}, or a pattern
    std::optional<Wanted> of_pattern{};  // of a pattern; nullopt: of a list of clauses
    Dialect dialect = Dialect::table;
    std::size_t kept_key =
        0;  // from 1: what a clause gives must have its object's key at this position. 0: it need not
  };
  // Compiles a copy of the source, at the pace of the process (pace.h). Null: it is no match specification.
  static MatchSpecification* compile(const Source& source, Functions& functions);
  static MatchSpecification* compile(Term clauses, Functions& functions, Dialect dialect = Dialect::table) {
    return compile({.term = clauses, .dialect = dialect}, functions);
  }

  // One that is compiled again and again keeps its memory. The source is not copied: it must stay while this is used.
  MatchSpecification() = default;
  [[nodiscard]] bool recompile(const Source& source, Functions& functions);

  // The result of the first clause that matches; nullopt: none. It may refer to `scratch`, the
  // specification and the object.
  std::optional<Term> run(Term object, Heap& scratch, Functions& functions) const;

  // The keys that matching objects can have. The first call for a position goes at the pace of the process.
  const Keys& keys(std::size_t position) const;
  bool gives_objects_only() const { return objects_only_; }
  Term source() const { return source_.term(); }  // what it was compiled from
  std::size_t bytes() const override;

 private:
  struct Node {
    enum class Kind : std::uint8_t { any, variable, constant, tuple, cons, map } kind;
    std::uint32_t number = 0;  // the variable's place among those of its clause, or the first child
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
  // Of nodes_, variables_ and steps_. The nodes and steps of a clause lie together, those of the next one behind them.
  struct Clause {
    std::size_t head = 0;  // the first node
    std::size_t variables = 0, variable_count = 0;
    std::size_t guards = 0, body = 0, end = 0;  // the first step of each, and the end of the body
  };
  template <class T>
  using Vector = std::vector<T, HeldAllocator<T>>;
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
  bool match_node(const Node& node, Term value) const;
  bool match_child(std::uint32_t place, Term value) const;
  void find_keys(std::size_t position) const;
  std::optional<Term> evaluate(const Clause& clause, Term object, Heap& scratch, Functions& functions) const;
  bool add_clause(Term parts, const Source& source, Functions& functions);
  void reserve(std::size_t words_of_source);
  OwnedTerm source_;
  Vector<Node> nodes_;
  Vector<Step> steps_;
  Vector<std::uint32_t> variables_;
  Vector<Clause> clauses_;
  mutable Keys keys_;
  mutable std::size_t position_ = 0;  // that keys_ is about; 0: none
  bool objects_only_ = false;
  // for match(): nodes with children and the terms they must match; what the variables of the clause are bound to
  struct Open {
    std::uint32_t node;
    Term value;
  };
  mutable Vector<Open> open_;
  mutable Vector<Binding> bindings_;
  mutable std::uint64_t matches_ = 0;
  mutable Vector<Term> stack_;  // for evaluate()
};

}  // namespace noderuntime::tables
