#include "noderuntime/observe/reading.h"

#include <cmath>

#include "common/wire/utf8.h"
#include "noderuntime/term/text.h"

namespace noderuntime::observe {

namespace {

constexpr std::string_view ellipsis = "…", replacement = "\xEF\xBF\xBD";
constexpr std::size_t longest_list = 1 << 16;  // of characters

}  // namespace

std::string clean(std::string_view text, std::size_t limit) {
  std::string whole;
  for (std::size_t at = 0; at < text.size();) {
    auto start = at;
    bool valid = utf8::next(text, at).has_value();
    if (!valid) ++at;
    auto piece = valid ? text.substr(start, at - start) : replacement;
    if (whole.size() + piece.size() > limit) return whole.append(ellipsis);
    whole += piece;
  }
  return whole;
}

std::string shown(Term term, std::size_t limit) {
  return clean(to_text(term, {.strings = true, .unicode = true, .limit = limit}), limit);
}

std::optional<std::string> text_in(Term term, std::size_t limit) {
  if (auto bytes = detail::read_bytes(term)) return clean(as_text(*bytes), limit);
  std::string text;
  std::size_t count = 0;
  for (; term.is_cons() && ++count < longest_list; term = term.tail()) {
    Term head = term.head();
    if (!head.is_small() || head.as_small() < 0 || head.as_small() > 0x10FFFF ||
        (head.as_small() >= 0xD800 && head.as_small() < 0xE000))
      return std::nullopt;
    if (text.size() <= limit) utf8::append(text, static_cast<char32_t>(head.as_small()));
  }
  if (!term.is_nil()) return std::nullopt;
  return clean(text, limit);
}

Number integer_in(Term term) { return detail::read_integer(term); }

Number count_in(Term term) {
  auto number = integer_in(term);
  return number && *number >= 0 && *number <= most_exact ? number : std::nullopt;
}

Number first_in(Term term) {
  return term.is_tuple() && term.arity() > 0 ? count_in(term.element(0)) : std::nullopt;
}

std::optional<Term> value_at(Term properties, Atom key) {
  for (; properties.is_cons(); properties = properties.tail()) {
    Term pair = properties.head();
    if (pair.is_tuple(2) && pair.element(0).is(key)) return pair.element(1);
  }
  return std::nullopt;
}

Number count_at(Term properties, Atom key) {
  auto value = value_at(properties, key);
  return value ? count_in(*value) : std::nullopt;
}

std::vector<Term> some_elements(Term list, std::size_t most) {
  std::vector<Term> elements;
  for (; list.is_cons() && elements.size() < most; list = list.tail()) elements.push_back(list.head());
  return elements;
}

std::string pid_text(const Pid& pid) {
  return "<0." + std::to_string(pid.id) + '.' + std::to_string(pid.serial) + '>';
}

std::string function_text(Term function) {
  if (!function.is_tuple(3) || !function.element(0).is_atom() || !function.element(1).is_atom())
    return shown(function, 255);
  return shown(function.element(0), 255) + ':' + shown(function.element(1), 255) + '/' +
         shown(function.element(2), 20);
}

Object& Object::add(std::string_view name, Term value) {
  entries_.emplace_back(Term::atom(Atom::of(name)), value);
  return *this;
}

Object& Object::add(std::string_view name, Number number) {
  return number ? add(name, terms_.integer(*number)) : *this;
}

Object& Object::add(std::string_view name, std::optional<double> number) {
  return number && std::isfinite(*number) ? add(name, terms_.floating(std::round(*number * 1000) / 1000))
                                          : *this;
}

Object& Object::add(std::string_view name, const std::string& text) { return add(name, terms_.of(text)); }

Object& Object::flag(std::string_view name, bool value) { return add(name, terms_.of(value)); }

}  // namespace noderuntime::observe
