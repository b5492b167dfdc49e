#include "noderuntime/tables/match_specification.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "noderuntime/tables/pattern.h"
#include "noderuntime/term/frame_stack.h"
#include "noderuntime/term/map.h"
#include "noderuntime/term/order.h"
#include "noderuntime/term/pace.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime::tables {

namespace {

struct SpecialAtoms {
  Atom object = Atom::of("$_"), bindings = Atom::of("$$"), constant = Atom::of("const");
};
const SpecialAtoms& special() {
  static const SpecialAtoms atoms;
  return atoms;
}

// Whether a body builds from `body` what `head` has matched.
bool builds_the_same(Term head, Term body, bool is_literal) {
  struct Pair {
    Term head, body;
    bool is_literal;  // inside of {const, …}
  };
  FrameStack<Pair, 8> open;
  open.push({head, body, is_literal});
  while (!open.empty()) {
    auto [matched, built, literal] = open.pop();
    pace.spend(1);
    if (built.is_tuple() && !literal) {
      if (built.is_tuple(2) && built.element(0).is(special().constant)) {
        open.push({matched, built.element(1), true});
        continue;
      }
      if (!built.is_tuple(1) || !built.element(0).is_tuple()) return false;  // a call
      built = built.element(0);
    }
    if (built.is_tuple()) {
      if (!matched.is_tuple(built.arity())) return false;
      for (std::size_t i = 0; i < built.arity(); ++i)
        open.push({matched.element(i), built.element(i), literal});
    } else if (built.is_cons()) {
      if (!matched.is_cons()) return false;
      open.push({matched.head(), built.head(), literal});
      open.push({matched.tail(), built.tail(), literal});
    } else {
      bool is_special = is_any(built) || built.is(special().object) || built.is(special().bindings);
      if (built.is_map() || is_special || (literal && variable_number(built))) return false;
      if (!exactly_equal(matched, built)) return false;
    }
  }
  return true;
}

// Whether it can be seen that what the body gives is an object with the key of the object that the head matches. As on
// OTP: not all that keep the key can be seen.
bool keeps_key(Term head, Term body, std::size_t position) {
  static const Atom element = Atom::of("element");
  if (!body.is_cons() || !body.tail().is_nil()) return false;
  Term result = body.head();
  if (result.is(special().object)) return true;
  bool is_literal = result.is_tuple(2) && result.element(0).is(special().constant);
  if (!is_literal && !result.is_tuple(1)) return false;
  Term object = result.element(is_literal ? 1 : 0);
  auto has_key = [&](Term term) { return term.is_tuple() && term.arity() >= position; };
  if (!has_key(head) || !has_key(object)) return false;
  Term key = object.element(position - 1);
  if (builds_the_same(head.element(position - 1), key, is_literal)) return true;
  return !is_literal && key.is_tuple(3) && key.element(0).is(element) &&
         key.element(1) == Term::small(static_cast<std::int64_t>(position)) &&
         key.element(2).is(special().object);
}

}  // namespace

class MatchSpecification::Compiler {
 public:
  // Begins a clause.
  Compiler(MatchSpecification& specification, Functions* functions)
      : nodes_{specification.nodes_},
        steps_{specification.steps_},
        variables_{specification.variables_},
        clauses_{specification.clauses_},
        clause_{.head = nodes_.size(), .variables = variables_.size(), .guards = steps_.size()},
        functions_{functions} {}

  bool head(Term pattern) {
    nodes_.push_back({Node::Kind::any});
    Parts open;
    open.push({clause_.head, pattern});
    while (!open.empty()) {
      if (!node(open.pop(), open)) return false;
      pace.spend(steps_per_part);
    }
    auto first = variables_.begin() + static_cast<std::ptrdiff_t>(clause_.variables);
    if (variables_.end() - first > 1) {
      std::sort(first, variables_.end(), [](auto a, auto b) { return pace.spend(1), a < b; });
      variables_.erase(std::unique(first, variables_.end()), variables_.end());
    }
    clause_.variable_count = variables_.size() - clause_.variables;
    for (auto place = clause_.head; place < nodes_.size(); ++place)
      if (auto& node = nodes_[place]; node.kind == Node::Kind::variable)
        pace.spend(steps_per_part), node.number = *place_of(node.number);
    return true;
  }

  bool guards(Term list) {
    for (; list.is_cons(); list = list.tail()) {
      if (!expression(list.head())) return false;
      emit({Step::Kind::guard});
    }
    clause_.body = steps_.size();
    in_body_ = true;
    return list.is_nil();
  }

  bool body(Term list) {
    if (!list.is_cons()) return false;
    for (bool first = true; list.is_cons(); list = list.tail(), first = false) {
      if (!first) emit({Step::Kind::drop});
      if (!expression(list.head())) return false;
    }
    return list.is_nil();
  }

  void emit(Step step) { steps_.push_back(step); }

  // Ends the clause. Whether its result is always the object.
  bool finish() {
    clause_.end = steps_.size();
    clauses_.push_back(clause_);
    return clause_.end == clause_.body + 1 && steps_.back().kind == Step::Kind::object;
  }

 private:
  struct Part {
    std::size_t place;  // of its node
    Term term;
  };
  using Parts = FrameStack<Part, 16>;

  std::optional<std::uint32_t> place_of(std::uint32_t variable) const {
    auto first = variables_.begin() + static_cast<std::ptrdiff_t>(clause_.variables);
    auto found = std::lower_bound(first, variables_.end(), variable);
    if (found == variables_.end() || *found != variable) return std::nullopt;
    return static_cast<std::uint32_t>(found - first);
  }

  bool node(Part given, Parts& open) {
    auto [place, part] = given;
    auto set = [&](Node::Kind kind, std::size_t children) {
      auto first = nodes_.size();
      nodes_.resize(first + children, Node{Node::Kind::any});
      nodes_[place] = {kind, static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(children), part};
      return first;
    };
    if (is_any(part)) return true;
    if (auto number = variable_number(part)) {
      variables_.push_back(*number);
      nodes_[place] = {Node::Kind::variable, *number};
    } else if (part.is_tuple()) {
      auto first = set(Node::Kind::tuple, part.arity());
      for (std::size_t i = 0; i < part.arity(); ++i) open.push({first + i, part.element(i)});
    } else if (part.is_cons()) {
      auto first = set(Node::Kind::cons, 2);
      open.push({first, part.head()}), open.push({first + 1, part.tail()});
    } else if (part.is_map()) {
      auto entries = map::sorted(part);
      auto first = set(Node::Kind::map, entries.size());
      for (std::size_t i = 0; i < entries.size(); ++i) {
        if (has_variables(entries[i].key)) return false;
        open.push({first + i, entries[i].value});
      }
    } else {
      nodes_[place] = {Node::Kind::constant, 0, 0, part};
    }
    return true;
  }

  // Work left for an expression: a term to compile, a step after its parts, or the end of a group of steps that jump
  // behind it.
  struct Task {
    enum class Kind : std::uint8_t { term, step, jump, end_of_group } kind;
    std::uint32_t group = 0;
    Term term;
    Step step{};
  };

  bool expression(Term term) {
    later(term);
    while (!tasks_.empty()) {
      Task task = tasks_.pop();
      pace.spend(steps_per_part);
      switch (task.kind) {
        case Task::Kind::term:
          if (!part(task.term)) {
            tasks_.shrink_to(0);
            return false;
          }
          break;
        case Task::Kind::step: emit(task.step); break;
        case Task::Kind::jump:
          task.step.number = std::exchange(jumps_[task.group], static_cast<std::uint32_t>(steps_.size()));
          emit(task.step);
          break;
        case Task::Kind::end_of_group:
          for (auto place = jumps_[task.group]; place != no_jump;)
            place = std::exchange(steps_[place].number, static_cast<std::uint32_t>(steps_.size()));
          break;
      }
    }
    return true;
  }

  void later(Step step) { tasks_.push({Task::Kind::step, 0, Term::nil(), step}); }
  void later(Term term) { tasks_.push({Task::Kind::term, 0, term}); }
  void constant(Term term) { emit({Step::Kind::constant, 0, nullptr, term}); }

  bool part(Term term) {
    if (auto number = variable_number(term)) {
      auto place = place_of(*number);
      if (place) emit({Step::Kind::variable, *place});
      return place.has_value();
    }
    if (term.is(special().object)) return emit({Step::Kind::object}), true;
    if (term.is(special().bindings)) return emit({Step::Kind::bindings}), true;
    if (term.is_cons()) {
      later({Step::Kind::cons});
      later(term.tail()), later(term.head());
      return true;
    }
    if (term.is_map()) {
      auto entries = map::sorted(term);
      later({Step::Kind::map, static_cast<std::uint32_t>(entries.size())});
      for (auto& entry : entries) later(entry.value), later(entry.key);
      return true;
    }
    if (term.is_tuple()) return tuple(term);
    constant(term);
    return true;
  }

  bool tuple(Term term) {
    std::size_t arity = term.arity();
    if (arity == 1 && term.element(0).is_tuple()) {
      Term inner = term.element(0);
      later({Step::Kind::tuple, static_cast<std::uint32_t>(inner.arity())});
      for (std::size_t i = inner.arity(); i-- > 0;) later(inner.element(i));
      return true;
    }
    if (arity == 0 || !term.element(0).is_atom()) return false;
    auto name = term.element(0).as_atom().text();
    auto count = static_cast<std::uint32_t>(arity - 1);
    if (term.element(0).is(special().constant)) {
      if (count == 1) constant(term.element(1));
      return count == 1;
    }
    if (name == "and" || name == "or") {
      if (count == 0) return false;
      later({name == "and" ? Step::Kind::and_ : Step::Kind::or_, count});
    } else if (name == "andalso" || name == "orelse") {
      return count > 0 && short_circuit(term, name == "andalso");
    } else if (auto kind = comparison(name); kind && count == 2) {
      later({Step::Kind::compare, static_cast<std::uint32_t>(*kind)});
    } else {
      auto function = !functions_ ? nullptr
                      : in_body_  ? functions_->find_in_body(name, count)
                                  : functions_->find(name, count);
      if (!function) return false;
      later({Step::Kind::call, count, function});
    }
    for (std::size_t i = arity; i-- > 1;) later(term.element(i));
    return true;
  }

  bool short_circuit(Term term, bool both) {
    auto group = static_cast<std::uint32_t>(jumps_.size());
    jumps_.push_back(no_jump);
    tasks_.push({Task::Kind::end_of_group, group});
    for (std::size_t i = term.arity(); i-- > 1;) {
      if (i + 1 < term.arity())
        tasks_.push({Task::Kind::jump, group, Term::nil(), {both ? Step::Kind::unless : Step::Kind::if_}});
      later(term.element(i));
    }
    return true;
  }

  static constexpr std::int64_t steps_per_part = 8;
  static constexpr std::uint32_t no_jump = 0xFFFFFFFF;
  Vector<Node>& nodes_;
  Vector<Step>& steps_;
  Vector<std::uint32_t>& variables_;
  Vector<Clause>& clauses_;
  Clause clause_;
  Functions* functions_;
  bool in_body_ = false;
  FrameStack<Task, 8> tasks_;
  // For each group the last of its jumps. Until the group ends, the number of a jump is the one before it.
  Vector<std::uint32_t> jumps_;
};

std::optional<MatchSpecification::Comparison> MatchSpecification::comparison(std::string_view name) {
  constexpr std::string_view names[] = {"<", "=<", ">", ">=", "==", "/=", "=:=", "=/="};
  auto found = std::ranges::find(names, name);
  if (found == std::end(names)) return std::nullopt;
  return static_cast<Comparison>(found - std::begin(names));
}

namespace {

bool is_head_of(Term head, MatchSpecification::Dialect dialect) {
  if (dialect == MatchSpecification::Dialect::table) return true;
  return head.is_list() || is_any(head) || variable_number(head);
}

}  // namespace

// A large specification has no more than this, and its parts need not be copied as they grow.
void MatchSpecification::reserve(std::size_t words) {
  constexpr std::size_t large = 4096, words_per_clause = 6;
  if (words < large) return;
  nodes_.reserve(words), steps_.reserve(2 * words), variables_.reserve(words);
  clauses_.reserve(words / words_per_clause + 1);
}

MatchSpecification* MatchSpecification::compile(const Source& source, Functions& functions) {
  auto specification = std::make_unique<MatchSpecification>();
  specification->source_ = OwnedTerm::copy_of(source.term);
  specification->reserve(specification->source_.heap().used_words());
  Source copy = source;
  copy.term = specification->source_.term();
  return specification->recompile(copy, functions) ? specification.release() : nullptr;
}

bool MatchSpecification::recompile(const Source& source, Functions& functions) {
  nodes_.clear(), steps_.clear(), variables_.clear(), clauses_.clear();
  position_ = 0;
  if (source.of_pattern) {
    Compiler compiler{*this, nullptr};
    if (!compiler.head(source.term) || !compiler.guards(Term::nil())) return false;
    switch (*source.of_pattern) {
      case Wanted::bindings: compiler.emit({Step::Kind::bindings}); break;
      case Wanted::object: compiler.emit({Step::Kind::object}); break;
      case Wanted::true_: compiler.emit({Step::Kind::constant, 0, nullptr, Term::boolean(true)}); break;
    }
    objects_only_ = compiler.finish();
    return true;
  }
  objects_only_ = true;
  Term clauses = source.term;
  for (; clauses.is_cons(); clauses = clauses.tail())
    if (!add_clause(clauses.head(), source, functions)) return false;
  return clauses.is_nil();
}

bool MatchSpecification::add_clause(Term parts, const Source& source, Functions& functions) {
  if (!parts.is_tuple(3)) return false;
  Term head = parts.element(0), body = parts.element(2);
  if (source.kept_key > 0 && !keeps_key(head, body, source.kept_key)) return false;
  Compiler compiler{*this, &functions};
  if (!is_head_of(head, source.dialect) || !compiler.head(head) || !compiler.guards(parts.element(1)))
    return false;
  bool is_empty = source.dialect == Dialect::trace && body.is_nil();
  if (is_empty)
    compiler.emit({Step::Kind::constant, 0, nullptr, Term::boolean(true)});
  else if (!compiler.body(body))
    return false;
  bool gives_object = compiler.finish();
  objects_only_ = objects_only_ && gives_object;
  return true;
}

std::size_t MatchSpecification::bytes() const {
  return source_.heap().used_words() * sizeof(Word) + nodes_.size() * sizeof(Node) +
         steps_.size() * sizeof(Step) + variables_.size() * sizeof(std::uint32_t) +
         clauses_.size() * sizeof(Clause);
}

const Keys& MatchSpecification::keys(std::size_t position) const {
  if (position_ != position) {
    position_ = 0;
    find_keys(position);
    position_ = position;
  }
  return keys_;
}

void MatchSpecification::find_keys(std::size_t position) const {
  keys_.begin();
  for (auto& clause : clauses_) {
    auto& head = nodes_[clause.head];
    bool matches_all = head.kind == Node::Kind::any || head.kind == Node::Kind::variable;
    bool has_key = head.kind == Node::Kind::tuple && head.count >= position;
    if (!matches_all && !has_key) continue;  // it matches no object of the table
    if (matches_all || !keys_.add(head.value.element(position - 1))) {
      keys_.kind = Keys::Kind::any;
      break;
    }
  }
  keys_.finish();
}

bool MatchSpecification::match_leaf(const Node& node, Term value) const {
  if (node.kind == Node::Kind::any) return true;
  if (node.kind == Node::Kind::constant) return exactly_equal(node.value, value);
  auto& bound = bindings_[node.number];
  if (bound.match == matches_) return exactly_equal(bound.value, value);
  bound = {value, matches_};
  return true;
}

// Children that have children themselves are left in open_.
bool MatchSpecification::match_child(std::uint32_t place, Term value) const {
  auto& node = nodes_[place];
  if (node.is_leaf()) return match_leaf(node, value);
  open_.push_back({place, value});
  return true;
}

bool MatchSpecification::match_node(const Node& node, Term value) const {
  switch (node.kind) {
    case Node::Kind::any:
    case Node::Kind::variable:
    case Node::Kind::constant: return match_leaf(node, value);
    case Node::Kind::tuple:
      if (!value.is_tuple(node.count)) return false;
      for (std::uint32_t i = 0; i < node.count; ++i)
        if (!match_child(node.number + i, value.element(i))) return false;
      return true;
    case Node::Kind::cons:
      return value.is_cons() && match_child(node.number, value.head()) &&
             match_child(node.number + 1, value.tail());
    case Node::Kind::map: {
      if (!value.is_map()) return false;
      std::uint32_t child = node.number;
      for (auto& entry : map::sorted(node.value)) {
        auto found = map::get(value, entry.key);
        if (!found || !match_child(child++, *found)) return false;
      }
      return true;
    }
  }
  return false;
}

bool MatchSpecification::match(const Clause& clause, Term object) const {
  ++matches_;
  if (bindings_.size() < clause.variable_count) bindings_.resize(clause.variable_count);
  open_.clear();
  if (!match_node(nodes_[clause.head], object)) return false;
  while (!open_.empty()) {
    auto [place, value] = open_.back();
    open_.pop_back();
    if (!match_node(nodes_[place], value)) return false;
  }
  return true;
}

std::optional<Term> MatchSpecification::run(Term object, Heap& scratch, Functions& functions) const {
  constexpr std::int64_t steps_per_clause = 4;
  for (auto& clause : clauses_) {
    pace.charge(steps_per_clause);
    if (match(clause, object))
      if (auto value = evaluate(clause, object, scratch, functions)) return value;
  }
  return std::nullopt;
}

// The stack of evaluate(), with what a step does to it. Each function takes `count` values from the top and
// puts one there.
class MatchSpecification::Evaluation {
 public:
  // `steps`: each puts one value at most.
  Evaluation(Vector<Term>& stack, std::size_t steps, Heap& heap) : heap_{heap} {
    if (stack.size() < steps) stack.resize(steps);
    end_ = stack.data();
  }

  Term& back() { return end_[-1]; }
  void push(Term value) { *end_++ = value; }
  void drop() { --end_; }

  void bindings(const Vector<Binding>& values, std::size_t count) {
    Term list = Term::nil();
    for (std::size_t i = count; i-- > 0;) list = make_cons(heap_, values[i].value, list);
    push(list);
  }
  void tuple(std::size_t count) {
    replace(count, make_tuple(heap_, std::span<const Term>{top(count), count}));
  }
  void cons() { replace(2, make_cons(heap_, top(2)[0], top(2)[1])); }
  void map(std::size_t count) {
    std::vector<map::Entry> entries;
    for (auto* pair = top(2 * count); pair < end_; pair += 2) entries.push_back({pair[0], pair[1]});
    replace(2 * count, *map::from_entries(heap_, entries));
  }

  // False: it failed, and the value is 'EXIT'.
  bool call(Functions& functions, Functions::Function function, std::size_t count) {
    auto value = functions.call(function, heap_, top(count));
    replace(count, value.value_or(Term::atom(atoms::EXIT)));
    return value.has_value();
  }
  void compare(Comparison kind) {
    Term a = top(2)[0], b = top(2)[1];
    bool holds = false;
    switch (kind) {
      case Comparison::less: holds = noderuntime::compare(a, b) < 0; break;
      case Comparison::not_greater: holds = noderuntime::compare(a, b) <= 0; break;
      case Comparison::greater: holds = noderuntime::compare(a, b) > 0; break;
      case Comparison::not_less: holds = noderuntime::compare(a, b) >= 0; break;
      case Comparison::equal: holds = equal(a, b); break;
      case Comparison::unequal: holds = !equal(a, b); break;
      case Comparison::same: holds = exactly_equal(a, b); break;
      case Comparison::other: holds = !exactly_equal(a, b); break;
    }
    replace(2, Term::boolean(holds));
  }
  bool connective(bool both, std::size_t count) {
    bool failed = false, result = both;
    for (auto* value = top(count); value < end_; ++value) {
      failed = failed || !is_truth(*value);
      bool truth = value->is(atoms::true_);
      result = both ? result && truth : result || truth;
    }
    replace(count, failed ? Term::atom(atoms::EXIT) : Term::boolean(result));
    return !failed;
  }
  bool truth() {
    bool good = is_truth(back());
    if (!good) back() = Term::atom(atoms::EXIT);
    return good;
  }

 private:
  static bool is_truth(Term term) { return term.is(atoms::true_) || term.is(atoms::false_); }
  const Term* top(std::size_t count) const { return end_ - count; }
  void replace(std::size_t count, Term value) {
    end_ -= count;
    push(value);
  }

  Term* end_;
  Heap& heap_;
};

// A failing call makes a guard fail; in a body its value is 'EXIT'.
std::optional<Term> MatchSpecification::evaluate(const Clause& clause, Term object, Heap& scratch,
                                                 Functions& functions) const {
  Evaluation values{stack_, clause.end - clause.guards, scratch};
  for (std::size_t at = clause.guards; at < clause.end; ++at) {
    auto& step = steps_[at];
    bool in_body = at >= clause.body, good = true;
    switch (step.kind) {
      case Step::Kind::constant: values.push(step.value); break;
      case Step::Kind::variable: values.push(bindings_[step.number].value); break;
      case Step::Kind::object: values.push(object); break;
      case Step::Kind::bindings: values.bindings(bindings_, clause.variable_count); break;
      case Step::Kind::tuple: values.tuple(step.number); break;
      case Step::Kind::cons: values.cons(); break;
      case Step::Kind::map: values.map(step.number); break;
      case Step::Kind::call: good = values.call(functions, step.function, step.number); break;
      case Step::Kind::compare: values.compare(static_cast<Comparison>(step.number)); break;
      case Step::Kind::and_: good = values.connective(true, step.number); break;
      case Step::Kind::or_: good = values.connective(false, step.number); break;
      case Step::Kind::unless:
      case Step::Kind::if_: {
        bool leave = values.back().is(atoms::true_) == (step.kind == Step::Kind::if_);
        good = values.truth();
        if (!good || leave)
          at = step.number - 1;
        else
          values.drop();
        break;
      }
      case Step::Kind::guard:
        if (!values.back().is(atoms::true_)) return std::nullopt;
        values.drop();
        break;
      case Step::Kind::drop: values.drop(); break;
    }
    if (!good && !in_body) return std::nullopt;
  }
  return values.back();
}

}  // namespace noderuntime::tables
