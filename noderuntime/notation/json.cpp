// JSON, as docs/json.md describes it.
#include <algorithm>

#include "common/wire/utf8.h"
#include "noderuntime/notation/base64.h"
#include "noderuntime/notation/characters.h"
#include "noderuntime/notation/writer.h"
#include "noderuntime/term/text.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime::notation {
namespace {

void write_string(std::string& out, std::string_view text) {
  constexpr std::string_view hexadecimal = "0123456789abcdef";
  constexpr Escapes escapes{U"\b\t\n\f\r", "btnfr"};
  out += '"';
  for (char c : text) {
    auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      out += '\\', out += c;
    else if (auto letter = escape_letter(escapes, code))
      out += '\\', out += *letter;
    else if (code < 0x20)
      out += "\\u00", out += hexadecimal[code >> 4], out += hexadecimal[code & 15];
    else
      out += c;
  }
  out += '"';
}

bool anything(char32_t) { return true; }

bool is_utf8(Term term) { return term.is_bitstring() && characters_of_binary(term, anything).has_value(); }

// The text of a key: its own, or Erlang's.
std::string key_text(Term key) {
  if (key.is_atom()) return std::string{key.as_atom().text()};
  if (is_utf8(key)) return bytes_of(key);
  return to_text(key, {.strings = true, .unicode = true});
}

// Whether an object with these keys could be mistaken for another form, or would lose one of them.
bool needs_pairs(const std::vector<map::Entry>& pairs) {
  std::vector<std::string> keys;
  for (auto& entry : pairs) keys.push_back(key_text(entry.key));
  if (keys.size() == 1 && !keys[0].empty() && keys[0][0] == '$') return true;
  std::sort(keys.begin(), keys.end());
  return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
}

bool is_proper(Term list) {
  while (list.is_cons()) list = list.tail();
  return list.is_nil();
}

class Json final : public Dialect {
 public:
  bool write_leaf(std::string& out, Term term) const override {
    if (term.is_cons() || (term.is_tuple() && term.arity() > 0)) return false;
    if (term.is_map() && map::size(term) > 0) return false;
    if (term.is_number())
      out += to_text(term);
    else if (term.is(atoms::true_) || term.is(atoms::false_) || term.is(Atom::of("null")))
      out += term.as_atom().text();
    else if (term.is_atom())
      write_string(out, term.as_atom().text());
    else if (term.is_nil() || term.is_tuple())
      out += "[]";
    else if (term.is_map())
      out += "{}";
    else if (is_utf8(term))
      write_string(out, bytes_of(term));
    else if (term.is_bitstring() && bits_of(term).whole_bytes())
      out += "{\"$binary\":\"" + base64(bytes_of(term)) + "\"}";
    else
      write_string(out, to_text(term, {.strings = true, .unicode = true}));
    return true;
  }

  Shape shape(Term& term) const override {
    if (term.is_tuple()) return {Part::list, Shape::elements, "[", ",", "]"};
    if (term.is_cons()) {
      if (is_proper(term)) return {Part::list, Shape::cells, "[", ",", "]"};
      return {Part::list, Shape::cells, "{\"$improper\":[[", ",", "]}", "],"};
    }
    auto pairs = map::sorted(term);
    if (needs_pairs(pairs))
      return {Part::map, Shape::entries, "{\"$map\":[", ",", "]}", {}, std::move(pairs), ",", "[", "]"};
    return {Part::map, Shape::entries, "{", ",", "}", {}, std::move(pairs), {}, {}, {}, true};
  }

  void write_key(std::string& out, Term key) const override {
    write_string(out, key_text(key));
    out += ':';
  }
};

}  // namespace

std::unique_ptr<Dialect> json_dialect() { return std::make_unique<Json>(); }

}  // namespace noderuntime::notation
