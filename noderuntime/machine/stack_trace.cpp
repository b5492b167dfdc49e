#include "noderuntime/machine/stack_trace.h"

#include "noderuntime/functions/node_access.h"

namespace noderuntime {

namespace {

// A captured trace is {Mark, Class, First, Place…}: First is [] or {Module, Function,
// Arguments, Information}; each place is instance and offset. A given one is {Mark, Class,
// {List}}. Erlang code never sees them.
Term mark() {
  static const Atom name = Atom::of("$raw_stack_trace");
  return Term::atom(name);
}
constexpr std::size_t kind_at = 1, first_at = 2, places_at = 3;

bool is_raw(Term term) { return term.is_tuple() && term.arity() >= places_at && term.element(0) == mark(); }
constexpr int offset_bits = 30;

Term place_term(const ModuleInstance* instance, std::int64_t offset) {
  return Term::small(static_cast<std::int64_t>(instance->id) << offset_bits | offset);
}

bool has_name(const ModuleInstance* instance) { return instance->image->module != Atom{}; }

}  // namespace

Term capture(Heap& heap, Atom kind, const Stack& stack, const CodePlace& place, const FirstFrame* first,
             std::int64_t depth) {
  Term places[NodeState::most_frames];
  std::size_t count = 0;
  const auto most = static_cast<std::size_t>(first && depth > 0 ? depth - 1 : depth);
  auto add = [&](const ModuleInstance* instance, const std::uint32_t* code, bool returns) {
    if (count == most || !has_name(instance)) return;
    // A return address is behind its call; the instruction before it gives the line.
    auto offset = code - instance->image->code.data() - (returns ? 1 : 0);
    Term found = place_term(instance, offset);
    // recursion appears once, as on OTP
    if (count == 0 || places[count - 1] != found) places[count++] = found;
  };
  if (place.code) add(place.instance, place.code, false);
  if (place.return_code) add(place.return_instance, place.return_code, true);
  for (Term* word = stack.top; word < stack.bottom && count < most; ++word) {
    if (!is_header(*word)) continue;
    auto* code = reinterpret_cast<const std::uint32_t*>(word_of(word[0]));
    auto* instance = reinterpret_cast<const ModuleInstance*>(word_of(word[1]));
    ++word;
    add(instance, code, true);
  }
  Term frame = Term::nil();
  if (first)
    frame = make_tuple(heap, {Term::atom(first->function.module), Term::atom(first->function.function),
                              first->arguments, first->information});
  std::vector<Term> elements{mark(), Term::atom(kind), frame};
  elements.insert(elements.end(), places, places + count);
  return noderuntime::make_tuple(heap, std::span<const Term>{elements});
}

Term given_trace(Heap& heap, Atom kind, Term list) {
  return noderuntime::make_tuple(heap, {mark(), Term::atom(kind), noderuntime::make_tuple(heap, {list})});
}

Atom kind_of_trace(Term raw) {
  bool known =
      is_raw(raw) && (raw.element(kind_at).is(atoms::exit) || raw.element(kind_at).is(atoms::throw_));
  return known ? raw.element(kind_at).as_atom() : atoms::error;
}

Term location_of(Heap& heap, const Image& image, std::uint32_t offset) {
  auto* line = image.line_at(offset);
  if (!line || line->line == 0) return Term::nil();
  Term file = image.files[line->file < image.files.size() ? line->file : 0];
  return make_list(heap, {make_tuple(heap, {Term::atom(atoms::file), file}),
                          make_tuple(heap, {Term::atom(atoms::line), Term::small(line->line)})});
}

Term build_stack_trace(Heap& heap, const ModuleRegistry& registry, Term raw) {
  if (!is_raw(raw)) return raw;
  Term first = raw.element(first_at);
  if (first.is_tuple(1)) return first.element(0);
  std::vector<Term> frames;
  if (!first.is_nil()) frames.push_back(first);
  for (std::size_t i = places_at; i < raw.arity(); ++i) {
    if (!raw.element(i).is_small()) continue;  // a tuple that only looks like a trace
    auto place = static_cast<std::uint64_t>(raw.element(i).as_small());
    auto* instance = registry.instance_by_id(place >> offset_bits);
    auto offset = static_cast<std::uint32_t>(place & ((std::uint64_t{1} << offset_bits) - 1));
    auto* function = instance ? instance->image->function_at(offset) : nullptr;
    if (!function) continue;
    frames.push_back(
        make_tuple(heap, {Term::atom(instance->image->module), Term::atom(function->name),
                          Term::small(function->arity), location_of(heap, *instance->image, offset)}));
  }
  return make_list(heap, std::span<const Term>{frames});
}

}  // namespace noderuntime
