// Programs for erl_eval:exprs/2 of an observed node, as erl_parse makes them.
#pragma once

#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include <noderuntime/terms.h>

namespace noderuntime::observe {

// Builds abstract forms. Names of variables are names of functions of OTP, and all other atoms have to be such that each
// node has: others would stay on the node for ever. Values that are more than atoms, integers, tuples and lists are given
// as bindings, not as forms.
// Source: the Abstract Format, in the documents of ERTS.
class Forms {
 public:
  static constexpr std::int64_t most_heap = 8'000'000;  // words of a process that runs a program of ours

  using Some = std::vector<Term>;
  explicit Forms(Terms& terms) : terms_{terms} {}

  // The form of a term of atoms, integers, tuples and lists.
  Term literal(Term term) {
    if (term.is_atom()) return terms_.tuple("atom"_atom, 0, term);
    if (term.is_small()) return number(term.as_small());
    if (term.is_nil()) return nil();
    if (term.is_cons()) return terms_.tuple("cons"_atom, 0, literal(term.head()), literal(term.tail()));
    Some elements;
    for (Term element : Terms::elements(term).value_or(Some{})) elements.push_back(literal(element));
    return terms_.tuple("tuple"_atom, 0, elements);
  }
  // fun Module:Function/Arity
  Term fun(Atom module, Atom function, std::int64_t arity) {
    return terms_.tuple("fun"_atom, 0,
                        terms_.tuple("function"_atom, atom(module), atom(function), number(arity)));
  }
  Term number(std::int64_t number) { return terms_.tuple("integer"_atom, 0, number); }
  Term atom(Atom name) { return terms_.tuple("atom"_atom, 0, name); }
  Term var(Atom name) { return terms_.tuple("var"_atom, 0, name); }
  Term any() { return var("_"_atom); }
  Term nil() { return terms_.tuple("nil"_atom, 0); }
  template <class... Arguments>
  Term call(Atom module, Atom function, const Arguments&... arguments) {
    return terms_.tuple("call"_atom, 0, terms_.tuple("remote"_atom, 0, atom(module), atom(function)),
                        terms_.list(arguments...));
  }
  template <class... Arguments>
  Term apply(Term fun, const Arguments&... arguments) {
    return terms_.tuple("call"_atom, 0, fun, terms_.list(arguments...));
  }
  Term op(Atom name, Term left, Term right) { return terms_.tuple("op"_atom, 0, name, left, right); }
  Term match(Atom name, Term right) { return terms_.tuple("match"_atom, 0, var(name), right); }
  template <class... Elements>
  Term tuple(const Elements&... elements) {
    return terms_.tuple("tuple"_atom, 0, terms_.list(elements...));
  }
  template <class... Elements>
  Term list(const Elements&... elements) {
    Term made = nil();
    const Term all[] = {elements...};
    for (auto each = std::size(all); each-- > 0;) made = cons(all[each], made);
    return made;
  }
  Term cons(Term head, Term tail) { return terms_.tuple("cons"_atom, 0, head, tail); }
  Term catching(Term form) { return terms_.tuple("catch"_atom, 0, form); }

  // Patterns -> Body
  Term clause(const Some& patterns, const Some& body) {
    return terms_.tuple("clause"_atom, 0, terms_.list_of(patterns), terms_.list(), terms_.list_of(body));
  }
  Term cases(Term value, const Some& clauses) {
    return terms_.tuple("case"_atom, 0, value, terms_.list_of(clauses));
  }
  // case Boolean of true -> Yes; false -> No end
  Term choose(Term boolean, const Some& yes, const Some& no) {
    return cases(boolean, {clause({atom("true"_atom)}, yes), clause({atom("false"_atom)}, no)});
  }
  // process_flag(max_heap_size, VAR), and what VAR is to be bound to
  Term bound_heap(Atom var_name) {
    return call("erlang"_atom, "process_flag"_atom, atom("max_heap_size"_atom), var(var_name));
  }
  Term heap_bound() {
    return terms_.map(std::pair{"size"_atom, most_heap}, std::pair{"kill"_atom, true},
                      std::pair{"error_logger"_atom, false});
  }
  Term receive(const Some& clauses) { return terms_.tuple("receive"_atom, 0, terms_.list_of(clauses)); }
  Term named_fun(Atom name, const std::vector<Atom>& parameters, const Some& body) {
    Some patterns;
    for (Atom parameter : parameters) patterns.push_back(var(parameter));
    return terms_.tuple("named_fun"_atom, 0, name, terms_.list(clause(patterns, body)));
  }
  // fun(Patterns) -> Body end
  Term fun_of(const Some& patterns, const Some& body) {
    return terms_.tuple("fun"_atom, 0, terms_.tuple("clauses"_atom, terms_.list(clause(patterns, body))));
  }

 private:
  Terms& terms_;
};

// What a program has returned: of {value, Value, Bindings} the value. nullopt: it is no answer of erl_eval:exprs/2.
inline std::optional<Term> program_value(Term answer) {
  if (!answer.is_tuple(3) || !answer.element(0).is("value"_atom)) return std::nullopt;
  return answer.element(1);
}

}  // namespace noderuntime::observe
