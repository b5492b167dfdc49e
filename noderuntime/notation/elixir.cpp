// Elixir's notation, as `inspect` with no limits. Charlists are ~c"abc", as since Elixir 1.15; a struct is
// printed with its fields, also where its module would print something else.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "common/wire/utf8.h"
#include "noderuntime/notation/characters.h"
#include "noderuntime/notation/elixir_names.h"
#include "noderuntime/notation/writer.h"
#include "noderuntime/term/text.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime::notation {
namespace {

// \a \b \t \n \v \f \r \e and delete.
constexpr Escapes escapes{U"\a\b\t\n\v\f\r\x1B\x7F", "abtnvfred"};

// String.printable?
bool printable(char32_t c) {
  if (escape_letter(escapes, c) || (c >= 0x20 && c <= 0x7E)) return true;
  return c >= 0xA0 && (c <= 0xD7FF || (c >= 0xE000 && c <= 0xFFFD) || c >= 0x10000);
}
// List.ascii_printable?
bool ascii_printable(char32_t c) { return c < 0x7F && printable(c); }

void write_code(std::string& out, char32_t c) {
  if (c == 0) return static_cast<void>(out += "\\0");
  std::array<char, 8> digits;
  auto end = std::to_chars(digits.begin(), digits.end(), static_cast<std::uint32_t>(c), 16).ptr;
  std::string text{digits.begin(), end};
  for (char& d : text)
    if (d >= 'a') d = static_cast<char>(d - 32);
  if (c <= 0xFF)
    out += "\\x" + std::string(2 - text.size(), '0') + text;
  else
    out += "\\x{" + text + '}';
}

void write_quoted(std::string& out, std::u32string_view text) {
  out += '"';
  for (std::size_t i = 0; i < text.size(); ++i) {
    char32_t c = text[i];
    if (c == '"' || c == '\\')
      out += '\\', out += static_cast<char>(c);
    else if (c == '#' && i + 1 < text.size() && text[i + 1] == '{')
      out += "\\#";
    else if (auto letter = escape_letter(escapes, c))
      out += '\\', out += *letter;
    else if (printable(c))
      utf8::append(out, c);
    else
      write_code(out, c);
  }
  out += '"';
}

void write_quoted(std::string& out, std::string_view utf8_text) {
  std::u32string text;
  for (std::size_t at = 0; at < utf8_text.size();) text += *utf8::next(utf8_text, at);
  write_quoted(out, text);
}

void write_atom(std::string& out, Atom atom) {
  auto text = atom.text();
  if (text == "nil" || text == "true" || text == "false") return static_cast<void>(out += text);
  switch (atom_form(text)) {
    case AtomForm::alias: {
      bool rooted = text.size() > alias_prefix.size() && text.substr(alias_prefix.size()) != "Elixir" &&
                    text.substr(alias_prefix.size(), alias_prefix.size()) != alias_prefix;
      out += rooted ? text.substr(alias_prefix.size()) : text;
      break;
    }
    case AtomForm::plain: (out += ':') += text; break;
    case AtomForm::quoted:
      out += ':';
      write_quoted(out, text);
      break;
  }
}

// The key in front of a value: `key: `.
void write_keyword(std::string& out, Atom key) {
  if (atom_form(key.text()) == AtomForm::plain)
    out += key.text();
  else
    write_quoted(out, key.text());
  out += ": ";
}

// The float as text; whole numbers from 1 up to 10^16 have no exponent.
std::string float_text(Term term) {
  double value = to_double(term), magnitude = std::fabs(value);
  if (magnitude < 1 || magnitude >= 1e16 || std::trunc(value) != value) return to_text(term);
  return std::to_string(static_cast<std::int64_t>(value)) + ".0";
}

bool is_keyword(Term key) {
  return key.is_atom() && key.as_atom().text().substr(0, alias_prefix.size()) != alias_prefix;
}

class Elixir final : public Dialect {
 public:
  explicit Elixir(bool strings) : strings_{strings} {}

  bool write_leaf(std::string& out, Term term) const override {
    if (term.is_atom()) return write_atom(out, term.as_atom()), true;
    if (term.is_nil()) return out += "[]", true;
    if (term.is_cons()) return write_charlist(out, term);
    if (term.is_pid()) return out += "#PID" + to_text(term), true;
    if (term.is_reference()) return out += "#Reference" + to_text(term).substr(4), true;
    switch (is_immediate(term) ? Kind::positive_integer : kind_of(term)) {
      case Kind::tuple: return term.arity() == 0 && (out += "{}", true);
      case Kind::flat_map:
      case Kind::trie_map: return map::size(term) == 0 && (out += "%{}", true);
      case Kind::binary:
      case Kind::slice: return write_bitstring(out, term), true;
      case Kind::export_fun: return write_capture(out, *box_as<ExportFun>(term)), true;
      case Kind::floating: return out += float_text(term), true;
      case Kind::fun: return write_fun(out, *box_as<FunObject>(term)), true;
      default: return out += to_text(term, {.unicode = true}), true;
    }
  }

  Shape shape(Term& term) const override {
    if (term.is_tuple()) return {Part::tuple, Shape::elements, "{", ", ", "}"};
    if (term.is_map()) return map_shape(term);
    if (auto pairs = keyword_pairs(term); !pairs.empty())
      return {Part::list, Shape::entries, "[", ", ", "]", {}, std::move(pairs), {}, {}, {}, true};
    return {Part::list, Shape::cells, "[", ", ", "]", " | "};
  }

  void write_key(std::string& out, Term key) const override { write_keyword(out, key.as_atom()); }

 private:
  bool write_charlist(std::string& out, Term list) const {
    auto text = strings_ ? characters_of_list(list, ascii_printable) : std::nullopt;
    if (!text) return false;
    out += "~c";
    write_quoted(out, *text);
    return true;
  }

  void write_bitstring(std::string& out, Term term) const {
    if (auto text = strings_ ? characters_of_binary(term, printable) : std::nullopt)
      return write_quoted(out, *text);
    out += "<<";
    write_bytes(out, term, ", ", [](unsigned value, unsigned bits) {
      return std::to_string(value) + "::size(" + std::to_string(bits) + ')';
    });
    out += ">>";
  }

  static void write_capture(std::string& out, const ExportFun& fun) {
    out += '&', write_atom(out, fun.module.as_atom());
    out += '.';
    auto function = fun.function.as_atom().text();
    if (is_function_name(function))
      out += function;
    else
      write_quoted(out, function);
    out += '/' + std::to_string(fun.arity);
  }

  static void write_fun(std::string& out, const FunObject& fun) {
    out += "#Function<" + std::to_string(fun.old_index) + '.' + to_text(fun.old_uniq) + '/' +
           std::to_string(fun.arity) + " in ";
    write_atom(out, fun.module.as_atom());
    out += '>';
  }

  // Empty: an element is not a pair with such a key.
  static std::vector<map::Entry> keyword_pairs(Term list) {
    std::vector<map::Entry> pairs;
    for (; list.is_cons(); list = list.tail()) {
      Term head = list.head();
      if (!head.is_tuple(2) || !is_keyword(head.element(0))) return {};
      pairs.push_back({head.element(0), head.element(1)});
    }
    return list.is_nil() ? std::move(pairs) : std::vector<map::Entry>{};
  }

  static Shape map_shape(Term map) {
    std::string open = "%";
    auto pairs = map::sorted(map);
    for (auto entry = pairs.begin(); entry != pairs.end(); ++entry) {
      if (!entry->key.is_atom() || entry->key.as_atom().text() != "__struct__" || !entry->value.is_atom() ||
          atom_form(entry->value.as_atom().text()) != AtomForm::alias)
        continue;
      write_atom(open, entry->value.as_atom());
      pairs.erase(entry);
      break;
    }
    open += '{';
    bool named = std::all_of(pairs.begin(), pairs.end(), [](auto& entry) { return is_keyword(entry.key); });
    return {Part::map,        Shape::entries,      open, ", ", "}",  {},
            std::move(pairs), named ? "" : " => ", {},   {},   named};
  }

  bool strings_;
};

}  // namespace

std::unique_ptr<Dialect> elixir_dialect(bool strings) { return std::make_unique<Elixir>(strings); }

}  // namespace noderuntime::notation
