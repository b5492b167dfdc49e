// Terms in C++: building, reading, keeping and printing them.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <noderuntime/bytes.h>
#include <noderuntime/pid.h>
#include <noderuntime/result.h>
#include <noderuntime/term.h>

namespace noderuntime {

class Heap;
class OwnedTerm;
class Terms;

inline namespace literals {
// "ok"_atom. Aborts if the text cannot be an atom (Atom::of).
inline Atom operator""_atom(const char* text, std::size_t size) { return Atom::of({text, size}); }
}  // namespace literals

// The term in Erlang syntax, as ~tp prints it, on one line; UTF-8.
std::string print(Term term);

// Erlang's =:=, and its order of terms: negative, zero or positive.
bool same(Term a, Term b);
int compare_terms(Term a, Term b);

// A term that owns everything it refers to. Copies share it, so copying is cheap. Loop thread only.
class Value {
 public:
  Value();                     // []
  static Value of(Term term);  // copies the term
  // Parses one term in Erlang syntax, UTF-8; a final dot is allowed. Errors: bad_text, too_many_atoms.
  static Result<Value> parse(std::string_view text);
  Term term() const;  // valid as long as this Value or a copy of it exists

 private:
  explicit Value(std::shared_ptr<const OwnedTerm> kept) : kept_{std::move(kept)} {}
  std::shared_ptr<const OwnedTerm> kept_;
};

// The conversion between a C++ type and terms: `make` implements Terms::of(), `read` implements Terms::as().
// Specialise it for your own types. Provided here: bool, integers, floating point (also read from integers),
// Atom, Term, Value, Pid, Reference, std::string (a binary; also read from a list of characters),
// std::string_view and Bytes (a binary; what is read borrows from the term), std::vector (a list), std::pair
// and std::tuple (a tuple), std::map (a map).
template <class T>
struct TermOf;

// Builds and reads terms on one heap. A term is valid as long as its heap: until the call that was given this
// object returns, unless that call's comment says otherwise. Loop thread only.
//
//   throws  an exception outside std::exception when the process that owns the heap reaches its memory
//           limit: do not catch it; the process then exits with `killed`
class Terms {
 public:
  Terms(Heap& heap, const NodeIdentity& node) : heap_{&heap}, node_{&node} {}

  // --- building

  template <class T>
  Term of(const T& value) {
    return TermOf<std::decay_t<const T>>::make(*this, value);
  }
  Term of(const char* text) { return binary(std::string_view{text}); }

  template <class... T>
  Term tuple(const T&... elements) {
    const Term made[] = {of(elements)..., Term{}};
    return tuple_of({made, sizeof...(elements)});
  }
  template <class... T>
  Term list(const T&... elements) {
    const Term made[] = {of(elements)..., Term{}};
    return list_of({made, sizeof...(elements)});
  }
  // The pairs are std::pair{key, value}; of equal keys the last one wins.
  template <class... Pair>
  Term map(const Pair&... pairs) {
    Term made = map_of({});
    ((made = put(made, of(pairs.first), of(pairs.second))), ...);
    return made;
  }
  Term tuple_of(std::span<const Term> elements);
  Term list_of(std::span<const Term> elements, Term tail = Term::nil());
  Term map_of(std::span<const std::pair<Term, Term>> entries);
  Term cons(Term head, Term tail);
  Term integer(std::int64_t value);
  Term unsigned_integer(std::uint64_t value);
  // An integer of any size, decimal, with an optional sign. Error bad_text: the text is not one, or it
  // exceeds 4,194,304 bits.
  Result<Term> big_integer(std::string_view digits);
  Term floating(double value);  // throws std::domain_error: infinite or not a number
  Term binary(Bytes bytes);     // copies
  Term binary(std::string_view bytes) { return binary(as_bytes(bytes)); }
  // A list of characters; each byte that is not valid UTF-8 becomes a character.
  Term string(std::string_view utf8);
  Term pid(const Pid& pid);
  Term reference(const Reference& reference);
  Term fun(Atom module, Atom function, std::uint32_t arity);  // fun Module:Function/Arity
  Term copy(Term term);
  Result<Term> parse(std::string_view text);  // see Value::parse()

  // --- reading

  // nullopt: the term is not of that type, or out of its range.
  template <class T>
  std::optional<T> as(Term term) const {
    return TermOf<T>::read(*this, term);
  }
  // Whether the term is a tuple of these elements. Each part is a value, to which the element must be equal
  // (=:=), or a pointer, which receives the element if that converts to its type (a Term* receives any).
  // Pointers may have been written to even if the result is false.
  //
  //     Term from, request;
  //     if (self.matches(message, "ask"_atom, &from, &request)) …
  template <class... Part>
  bool matches(Term term, const Part&... parts) {
    if (!term.is_tuple(sizeof...(parts))) return false;
    std::size_t at = 0;
    return (part(term.element(at++), parts) && ...);
  }
  // The elements of a proper list or of a tuple; nullopt for other terms.
  static std::optional<std::vector<Term>> elements(Term list_or_tuple);
  static std::optional<Term> get(Term map, Term key);           // nullopt: not a map, or no such key
  static std::vector<std::pair<Term, Term>> entries(Term map);  // by key; empty if not a map
  Term put(Term map, Term key, Term value);
  Term without(Term map, Term key);
  static std::string digits(Term integer);  // in decimal; "" if it is not an integer

  const NodeIdentity& node_identity() const { return *node_; }
  Heap& heap() { return *heap_; }  // for the library's own sources

 private:
  template <class T>
  requires(!std::is_const_v<T>) bool part(Term term, T* to) {
    auto read = as<T>(term);
    if (read) *to = std::move(*read);
    return read.has_value();
  }
  bool part(Term term, Atom atom) const { return term.is(atom); }
  template <class T>
  bool part(Term term, const T& value) {
    return same(term, of(value));
  }

  Heap* heap_;
  const NodeIdentity* node_;
};

// --- the correspondence

namespace detail {
std::optional<std::int64_t> read_integer(Term);
std::optional<std::uint64_t> read_unsigned(Term);
std::optional<double> read_number(Term);
std::optional<Bytes> read_bytes(Term);
std::optional<std::string> read_text(Term);
std::optional<Pid> read_pid(const NodeIdentity&, Term);
std::optional<Reference> read_reference(const NodeIdentity&, Term);
}  // namespace detail

template <>
struct TermOf<Term> {
  static Term make(Terms&, Term term) { return term; }
  static std::optional<Term> read(const Terms&, Term term) { return term; }
};
template <>
struct TermOf<Value> {
  static Term make(Terms& terms, const Value& value) { return terms.copy(value.term()); }
  static std::optional<Value> read(const Terms&, Term term) { return Value::of(term); }
};
template <>
struct TermOf<Atom> {
  static Term make(Terms&, Atom atom) { return Term::atom(atom); }
  static std::optional<Atom> read(const Terms&, Term term) {
    return term.is_atom() ? std::optional{term.as_atom()} : std::nullopt;
  }
};
template <>
struct TermOf<bool> {
  static Term make(Terms&, bool value) { return Term::atom(value ? "true"_atom : "false"_atom); }
  static std::optional<bool> read(const Terms&, Term term) {
    bool yes = term.is("true"_atom);
    return yes || term.is("false"_atom) ? std::optional{yes} : std::nullopt;
  }
};
template <std::integral T>
struct TermOf<T> {
  static Term make(Terms& terms, T value) {
    if constexpr (std::is_signed_v<T>)
      return terms.integer(value);
    else
      return terms.unsigned_integer(value);
  }
  static std::optional<T> read(const Terms&, Term term) {
    if constexpr (std::is_signed_v<T>)
      return narrow(detail::read_integer(term));
    else
      return narrow(detail::read_unsigned(term));
  }

 private:
  template <class Wide>
  static std::optional<T> narrow(std::optional<Wide> wide) {
    return wide && std::in_range<T>(*wide) ? std::optional{static_cast<T>(*wide)} : std::nullopt;
  }
};
template <std::floating_point T>
struct TermOf<T> {
  static Term make(Terms& terms, T value) { return terms.floating(value); }
  static std::optional<T> read(const Terms&, Term term) { return detail::read_number(term); }
};
template <>
struct TermOf<Bytes> {
  static Term make(Terms& terms, Bytes bytes) { return terms.binary(bytes); }
  static std::optional<Bytes> read(const Terms&, Term term) { return detail::read_bytes(term); }
};
template <>
struct TermOf<std::string_view> {
  static Term make(Terms& terms, std::string_view text) { return terms.binary(text); }
  static std::optional<std::string_view> read(const Terms&, Term term) {
    auto bytes = detail::read_bytes(term);
    return bytes ? std::optional{as_text(*bytes)} : std::nullopt;
  }
};
template <>
struct TermOf<std::string> {
  static Term make(Terms& terms, const std::string& text) { return terms.binary(text); }
  static std::optional<std::string> read(const Terms&, Term term) { return detail::read_text(term); }
};
template <>
struct TermOf<const char*> {
  static Term make(Terms& terms, const char* text) { return terms.binary(std::string_view{text}); }
};
template <>
struct TermOf<Pid> {
  static Term make(Terms& terms, const Pid& pid) { return terms.pid(pid); }
  static std::optional<Pid> read(const Terms& terms, Term term) {
    return detail::read_pid(terms.node_identity(), term);
  }
};
template <>
struct TermOf<Reference> {
  static Term make(Terms& terms, const Reference& reference) { return terms.reference(reference); }
  static std::optional<Reference> read(const Terms& terms, Term term) {
    return detail::read_reference(terms.node_identity(), term);
  }
};
template <class T>
struct TermOf<std::vector<T>> {
  static Term make(Terms& terms, const std::vector<T>& values) {
    std::vector<Term> made;
    made.reserve(values.size());
    for (const auto& value : values) made.push_back(terms.of(value));
    return terms.list_of(made);
  }
  static std::optional<std::vector<T>> read(const Terms& terms, Term term) {
    std::vector<T> values;
    for (; term.is_cons(); term = term.tail()) {
      auto value = terms.as<T>(term.head());
      if (!value) return std::nullopt;
      values.push_back(std::move(*value));
    }
    return term.is_nil() ? std::optional{std::move(values)} : std::nullopt;
  }
};
template <class... T>
struct TermOf<std::tuple<T...>> {
  static Term make(Terms& terms, const std::tuple<T...>& values) {
    return std::apply([&](const auto&... each) { return terms.tuple(each...); }, values);
  }
  static std::optional<std::tuple<T...>> read(const Terms& terms, Term term) {
    if (!term.is_tuple(sizeof...(T))) return std::nullopt;
    return read_each(terms, term, std::index_sequence_for<T...>{});
  }

 private:
  template <std::size_t... I>
  static std::optional<std::tuple<T...>> read_each(const Terms& terms, Term term, std::index_sequence<I...>) {
    std::tuple<std::optional<T>...> parts{terms.as<T>(term.element(I))...};
    if (!(std::get<I>(parts).has_value() && ...)) return std::nullopt;
    return std::tuple<T...>{std::move(*std::get<I>(parts))...};
  }
};
template <class A, class B>
struct TermOf<std::pair<A, B>> {
  static Term make(Terms& terms, const std::pair<A, B>& pair) { return terms.tuple(pair.first, pair.second); }
  static std::optional<std::pair<A, B>> read(const Terms& terms, Term term) {
    auto both = TermOf<std::tuple<A, B>>::read(terms, term);
    if (!both) return std::nullopt;
    return std::pair<A, B>{std::move(std::get<0>(*both)), std::move(std::get<1>(*both))};
  }
};
template <class K, class V>
struct TermOf<std::map<K, V>> {
  static Term make(Terms& terms, const std::map<K, V>& entries) {
    std::vector<std::pair<Term, Term>> made;
    for (const auto& [key, value] : entries) made.emplace_back(terms.of(key), terms.of(value));
    return terms.map_of(made);
  }
  static std::optional<std::map<K, V>> read(const Terms& terms, Term term) {
    if (!term.is_map()) return std::nullopt;
    std::map<K, V> entries;
    for (auto [key, value] : Terms::entries(term)) {
      auto read_key = terms.as<K>(key);
      auto read_value = terms.as<V>(value);
      if (!read_key || !read_value) return std::nullopt;
      entries.emplace(std::move(*read_key), std::move(*read_value));
    }
    return entries;
  }
};

}  // namespace noderuntime
