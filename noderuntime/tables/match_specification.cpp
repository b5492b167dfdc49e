#include "noderuntime/tables/match_specification.h"

#include <algorithm>
#include <charconv>
#include <memory>

#include "noderuntime/term/map.h"
#include "noderuntime/term/order.h"
#include "noderuntime/term/pace.h"
#include "noderuntime/term/visit.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime::tables {

namespace {

constexpr std::uint32_t most_variable = 100'000'000;  // as on OTP

bool is_text(Term term, std::string_view text) { return term.is_atom() && term.as_atom().text() == text; }
bool is_any(Term term) { return is_text(term, "_"); }

// '$0', '$1' …
std::optional<std::uint32_t> variable_number(Term term) {
  if (!term.is_atom()) return std::nullopt;
  auto text = term.as_atom().text();
  if (text.size() < 2 || text[0] != '$') return std::nullopt;
  std::uint32_t number = 0;
  auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), number);
  bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole && number <= most_variable ? std::optional{number} : std::nullopt;
}

bool has_variables(Term pattern) {
  bool found = false;
  for_each_term(pattern, [&](Term part) { found = found || is_any(part) || variable_number(part); });
  return found;
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
    std::vector<std::pair<std::size_t, Term>> open{{clause_.head, pattern}};
    while (!open.empty()) {
      auto [place, part] = open.back();
      open.pop_back();
      if (!node(place, part, open)) return false;
      pace.spend(steps_per_part);
    }
    auto first = variables_.begin() + static_cast<std::ptrdiff_t>(clause_.variables);
    std::sort(first, variables_.end(), [](auto a, auto b) { return pace.spend(1), a < b; });
    variables_.erase(std::unique(first, variables_.end()), variables_.end());
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
  using Open = std::vector<std::pair<std::size_t, Term>>;

  std::optional<std::uint32_t> place_of(std::uint32_t variable) const {
    auto first = variables_.begin() + static_cast<std::ptrdiff_t>(clause_.variables);
    auto found = std::lower_bound(first, variables_.end(), variable);
    if (found == variables_.end() || *found != variable) return std::nullopt;
    return static_cast<std::uint32_t>(found - first);
  }

  bool node(std::size_t place, Term part, Open& open) {
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
      for (std::size_t i = 0; i < part.arity(); ++i) open.emplace_back(first + i, part.element(i));
    } else if (part.is_cons()) {
      auto first = set(Node::Kind::cons, 2);
      open.emplace_back(first, part.head()), open.emplace_back(first + 1, part.tail());
    } else if (part.is_map()) {
      auto entries = map::sorted(part);
      auto first = set(Node::Kind::map, entries.size());
      for (std::size_t i = 0; i < entries.size(); ++i) {
        if (has_variables(entries[i].key)) return false;
        open.emplace_back(first + i, entries[i].value);
      }
    } else {
      nodes_[place] = {Node::Kind::constant, 0, 0, part};
    }
    return true;
  }

  // Work left for an expression: a term to compile, or a step after its parts.
  struct Task {
    bool is_step = false;
    Term term;
    Step step{};
    int jump = -1;  // the step jumps behind the group with this number
    int ends = -1;  // the group that ends here
  };

  bool expression(Term term) {
    tasks_.push_back({false, term});
    while (!tasks_.empty()) {
      Task task = tasks_.back();
      tasks_.pop_back();
      pace.spend(steps_per_part);
      if (task.ends >= 0) {
        for (auto place : jumps_[static_cast<std::size_t>(task.ends)])
          steps_[place].number = static_cast<std::uint32_t>(steps_.size());
      } else if (task.is_step) {
        if (task.jump >= 0) jumps_[static_cast<std::size_t>(task.jump)].push_back(steps_.size());
        emit(task.step);
      } else if (!part(task.term)) {
        tasks_.clear();
        return false;
      }
    }
    return true;
  }

  void later(Step step) { tasks_.push_back({true, Term::nil(), step}); }
  void later(Term term) { tasks_.push_back({false, term}); }
  void constant(Term term) { emit({Step::Kind::constant, 0, nullptr, term}); }

  bool part(Term term) {
    if (auto number = variable_number(term)) {
      auto place = place_of(*number);
      if (place) emit({Step::Kind::variable, *place});
      return place.has_value();
    }
    if (is_text(term, "$_")) return emit({Step::Kind::object}), true;
    if (is_text(term, "$$")) return emit({Step::Kind::bindings}), true;
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
    if (name == "const") {
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
    int group = static_cast<int>(jumps_.size());
    jumps_.emplace_back();
    Task end;
    end.ends = group;
    tasks_.push_back(end);
    for (std::size_t i = term.arity(); i-- > 1;) {
      if (i + 1 < term.arity()) {
        Task test{true, Term::nil(), {both ? Step::Kind::unless : Step::Kind::if_}};
        test.jump = group;
        tasks_.push_back(test);
      }
      later(term.element(i));
    }
    return true;
  }

  static constexpr std::int64_t steps_per_part = 8;
  std::vector<Node>& nodes_;
  std::vector<Step>& steps_;
  std::vector<std::uint32_t>& variables_;
  std::vector<Clause>& clauses_;
  Clause clause_;
  Functions* functions_;
  bool in_body_ = false;
  std::vector<Task> tasks_;
  std::vector<std::vector<std::size_t>> jumps_;
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

MatchSpecification::MatchSpecification(Term given) : source_{OwnedTerm::copy_of(given)} {
  constexpr std::size_t large = 4096;  // words
  auto words = source_.heap().used_words();
  if (words < large) return;
  // They have no more than this, and need not be copied as they grow.
  constexpr std::size_t words_per_clause = 6;
  nodes_.reserve(words), steps_.reserve(2 * words), variables_.reserve(words);
  clauses_.reserve(words / words_per_clause + 1);
}

MatchSpecification* MatchSpecification::compile(Term given, Functions& functions, Dialect dialect) {
  std::unique_ptr<MatchSpecification> specification{new MatchSpecification{given}};
  Term clauses = specification->source_.term();
  specification->objects_only_ = true;
  for (; clauses.is_cons(); clauses = clauses.tail()) {
    Term parts = clauses.head();
    if (!parts.is_tuple(3)) return nullptr;
    Compiler compiler{*specification, &functions};
    if (!is_head_of(parts.element(0), dialect) || !compiler.head(parts.element(0)) ||
        !compiler.guards(parts.element(1)))
      return nullptr;
    bool is_empty = dialect == Dialect::trace && parts.element(2).is_nil();
    if (is_empty)
      compiler.emit({Step::Kind::constant, 0, nullptr, Term::boolean(true)});
    else if (!compiler.body(parts.element(2)))
      return nullptr;
    bool gives_object = compiler.finish();
    specification->objects_only_ = specification->objects_only_ && gives_object;
  }
  return clauses.is_nil() ? specification.release() : nullptr;
}

MatchSpecification* MatchSpecification::of_pattern(Term pattern, Wanted wanted) {
  std::unique_ptr<MatchSpecification> specification{new MatchSpecification{pattern}};
  Compiler compiler{*specification, nullptr};
  if (!compiler.head(specification->source_.term()) || !compiler.guards(Term::nil())) return nullptr;
  switch (wanted) {
    case Wanted::bindings: compiler.emit({Step::Kind::bindings}); break;
    case Wanted::object: compiler.emit({Step::Kind::object}); break;
    case Wanted::true_: compiler.emit({Step::Kind::constant, 0, nullptr, Term::boolean(true)}); break;
  }
  specification->objects_only_ = compiler.finish();
  return specification.release();
}

std::size_t MatchSpecification::bytes() const {
  return source_.heap().used_words() * sizeof(Word) + nodes_.size() * sizeof(Node) +
         steps_.size() * sizeof(Step) + variables_.size() * sizeof(std::uint32_t) +
         clauses_.size() * sizeof(Clause);
}

const std::vector<Term>* MatchSpecification::keys(std::size_t position) const {
  if (keys_.position != position) {
    auto found = find_keys(position);
    keys_ = {position, found.has_value(), std::move(found).value_or(std::vector<Term>{})};
  }
  return keys_.some ? &keys_.keys : nullptr;
}

std::optional<std::vector<Term>> MatchSpecification::find_keys(std::size_t position) const {
  std::vector<Term> found;
  for (auto& clause : clauses_) {
    pace.spend(1);
    auto& head = nodes_[clause.head];
    if (head.kind != Node::Kind::tuple) return std::nullopt;
    if (head.count < position) continue;  // it matches no object of the table
    Term key = head.value.element(position - 1);
    if (has_variables(key)) return std::nullopt;
    found.push_back(key);
  }
  std::sort(found.begin(), found.end(), [](Term a, Term b) { return pace.spend(1), compare(a, b) < 0; });
  std::size_t kept = 0;
  for (Term key : found) {
    pace.spend(1);
    bool again = kept > 0 && compare(found[kept - 1], key) == 0;
    // 1 and 1.0 may be one key or two, depending on the table
    if (again && !exactly_equal(found[kept - 1], key)) return std::nullopt;
    if (!again) found[kept++] = key;
  }
  found.resize(kept);
  return found;
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
  open_.emplace_back(place, value);
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
  Evaluation(std::vector<Term>& stack, std::size_t steps, Heap& heap) : heap_{heap} {
    if (stack.size() < steps) stack.resize(steps);
    end_ = stack.data();
  }

  Term& back() { return end_[-1]; }
  void push(Term value) { *end_++ = value; }
  void drop() { --end_; }

  void bindings(const std::vector<Binding>& values, std::size_t count) {
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
