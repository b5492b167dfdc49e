#include "noderuntime/shell/expansion.h"

#include "common/wire/utf8.h"
#include "noderuntime/shell/characters.h"
#include "noderuntime/shell/fun.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime::shell {

namespace {

Value list_of_terms(const std::function<Term(Terms&)>& make) {
  Heap heap;
  NodeIdentity nobody{};
  Terms terms{heap, nobody};
  return Value::of(make(terms));
}

// The characters from the last to the first. Precondition: valid UTF-8.
Term reversed(Terms& terms, std::string_view text) {
  Term list = Term::nil();
  for (std::size_t at = 0; at < text.size();)
    list = terms.cons(Term::small(static_cast<std::int64_t>(*utf8::next(text, at))), list);
  return list;
}

}  // namespace

Expansion::Expansion(std::optional<Value> fun, std::string_view before, unsigned columns)
    : fun_{std::move(fun)}, before_{valid_text(before)}, columns_{columns} {
  ask(Step::expand);
}

void Expansion::ask(Step step) {
  step_ = step;
  auto arguments = [&](Terms& terms) {
    Term text = reversed(terms, before_), none = Term::nil();
    switch (step) {
      case Step::expand:
        if (!fun_) return terms.list(text, none);
        return terms.list(*fun_,
                          arity_of_fun(fun_->term()) == 2u ? terms.list(text, none) : terms.list(text));
      case Step::expand_of_25: return terms.list(text);
      case Step::format: return terms.list(matches_, columns_);
      case Step::format_of_25: return terms.list(matches_);
    }
    return none;
  };
  bool formats = step == Step::format || step == Step::format_of_25;
  if (!formats && fun_)
    call_ = Call{atoms::erlang, atoms::apply, list_of_terms(arguments)};
  else
    call_ =
        Call{"edlin_expand"_atom, formats ? "format_matches"_atom : "expand"_atom, list_of_terms(arguments)};
}

void Expansion::on_answer(std::optional<Term> result) {
  call_.reset();
  switch (step_) {
    case Step::expand:
      if (!result && !fun_) return ask(Step::expand_of_25);
      [[fallthrough]];
    case Step::expand_of_25:
      if (result) on_expanded(*result);
      return;
    case Step::format:
      if (!result) return ask(Step::format_of_25);
      [[fallthrough]];
    case Step::format_of_25:
      if (result) listing_ = text_of(*result, Encoding::unicode).value_or("");
      if (listing_.size() > most_listing) listing_ = "(there are too many matches to show)";
  }
}

// {yes | no, Characters, Matches}
void Expansion::on_expanded(Term result) {
  if (!result.is_tuple(3)) return;
  insert_ = text_of(result.element(1), Encoding::unicode).value_or("");
  if (!insert_.empty() || !result.element(2).is_cons()) return;
  matches_ = Value::of(result.element(2));
  ask(Step::format);
}

}  // namespace noderuntime::shell
