#include <noderuntime/terms.h>

#include <cmath>
#include <stdexcept>

#include "common/wire/utf8.h"
#include "noderuntime/term/integer.h"
#include "noderuntime/term/map.h"
#include "noderuntime/term/order.h"
#include "noderuntime/term/text.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime {

std::string print(Term term) { return to_text(term, {.strings = true, .unicode = true}); }
bool same(Term a, Term b) { return exactly_equal(a, b); }
int compare_terms(Term a, Term b) { return compare(a, b); }

Value::Value() = default;
Value Value::of(Term term) { return Value{std::make_shared<OwnedTerm>(OwnedTerm::copy_of(term))}; }
Term Value::term() const { return kept_ ? kept_->term() : Term::nil(); }

Result<Value> Value::parse(std::string_view text) {
  auto parsed = parse_text(text);
  if (!parsed) return parsed.error();
  return Value{std::make_shared<OwnedTerm>(std::move(*parsed))};
}

// --- building

Term Terms::tuple_of(std::span<const Term> elements) { return make_tuple(*heap_, elements); }
Term Terms::list_of(std::span<const Term> elements, Term tail) { return make_list(*heap_, elements, tail); }
Term Terms::cons(Term head, Term tail) { return make_cons(*heap_, head, tail); }
Term Terms::integer(std::int64_t value) { return make_integer(*heap_, value); }
Term Terms::unsigned_integer(std::uint64_t value) { return make_unsigned(*heap_, value); }
Term Terms::binary(Bytes bytes) { return make_binary(*heap_, bytes); }
// A pid made before the node had its name is a pid of the node.
Term Terms::pid(const Pid& pid) {
  if (pid.node.name == atoms::nonode) return local_pid(pid.id, pid.serial);
  return make_pid(*heap_, *node_, pid);
}
Term Terms::reference(const Reference& reference) { return make_reference(*heap_, *node_, reference); }
Term Terms::fun(Atom module, Atom function, std::uint32_t arity) {
  return make_export(*heap_, module, function, arity);
}
Term Terms::copy(Term term) { return noderuntime::copy(term, *heap_); }

Term Terms::map_of(std::span<const std::pair<Term, Term>> entries) {
  std::vector<map::Entry> made;
  made.reserve(entries.size());
  for (auto& [key, value] : entries) made.push_back({key, value});
  return *map::from_entries(*heap_, made);
}

Result<Term> Terms::big_integer(std::string_view digits) {
  auto made = integer::from_text(*heap_, digits);
  if (!made) return Error{Errc::bad_text, std::string{digits.substr(0, 40)}};
  return *made;
}

Term Terms::floating(double value) {
  if (!std::isfinite(value)) throw std::domain_error{"a float of Erlang is finite"};
  return make_float(*heap_, value);
}

Term Terms::string(std::string_view text) {
  std::vector<Term> characters;
  for (std::size_t at = 0; at < text.size();) {
    auto start = at;
    auto character = utf8::next(text, at);
    if (!character) at = start + 1;
    characters.push_back(
        Term::small(character ? static_cast<std::int64_t>(*character) : static_cast<Byte>(text[start])));
  }
  return list_of(characters);
}

Result<Term> Terms::parse(std::string_view text) {
  auto parsed = parse_text(text);
  if (!parsed) return parsed.error();
  Term term = parsed->term();
  heap_->adopt(std::move(*parsed).take_heap());
  return term;
}

// --- reading

std::optional<std::vector<Term>> Terms::elements(Term term) {
  std::vector<Term> all;
  if (term.is_tuple()) {
    all.assign(elements_of(term), elements_of(term) + term.arity());
    return all;
  }
  for (; term.is_cons(); term = term.tail()) all.push_back(term.head());
  return term.is_nil() ? std::optional{std::move(all)} : std::nullopt;
}

std::optional<Term> Terms::get(Term map, Term key) {
  return map.is_map() ? map::get(map, key) : std::nullopt;
}

std::vector<std::pair<Term, Term>> Terms::entries(Term map) {
  std::vector<std::pair<Term, Term>> all;
  if (!map.is_map()) return all;
  for (auto& entry : map::sorted(map)) all.emplace_back(entry.key, entry.value);
  return all;
}

Term Terms::put(Term map, Term key, Term value) { return map::put(*heap_, map, key, value); }
Term Terms::without(Term map, Term key) { return map::remove(*heap_, map, key); }
std::string Terms::digits(Term integer) {
  return integer.is_integer() ? integer::to_text(integer) : std::string{};
}

namespace detail {

std::optional<std::int64_t> read_integer(Term term) { return to_int64(term); }
std::optional<std::uint64_t> read_unsigned(Term term) { return to_uint64(term); }

std::optional<double> read_number(Term term) {
  if (term.is_float()) return to_double(term);
  return term.is_integer() ? integer::to_double(term) : std::nullopt;
}

std::optional<Bytes> read_bytes(Term term) { return aligned_bytes(term); }

std::optional<std::string> read_text(Term term) {
  if (auto bytes = aligned_bytes(term)) return std::string{as_text(*bytes)};
  constexpr std::int64_t last_character = 0x10FFFF;
  std::string text;
  for (; term.is_cons(); term = term.tail()) {
    Term head = term.head();
    if (!head.is_small() || head.as_small() < 0 || head.as_small() > last_character) return std::nullopt;
    utf8::append(text, static_cast<char32_t>(head.as_small()));
  }
  return term.is_nil() ? std::optional{std::move(text)} : std::nullopt;
}

std::optional<Pid> read_pid(const NodeIdentity& self, Term term) {
  return term.is_pid() ? std::optional{to_pid(self, term)} : std::nullopt;
}
std::optional<Reference> read_reference(const NodeIdentity& self, Term term) {
  return term.is_reference() ? std::optional{to_reference(self, term)} : std::nullopt;
}

}  // namespace detail
}  // namespace noderuntime
