// LFE's notation, as its shell prints values (lfe_io:prettyprint1, all the way down).
#include <array>
#include <charconv>
#include <cstdlib>

#include "common/wire/utf8.h"
#include "noderuntime/notation/characters.h"
#include "noderuntime/notation/lfe_symbols.h"
#include "noderuntime/notation/writer.h"
#include "noderuntime/term/text.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime::notation {
namespace {

// \b \t \n \v \f \r \e and delete.
constexpr Escapes escapes{U"\b\t\n\v\f\r\x1B\x7F", "btnvfred"};

void write_quoted(std::string& out, std::u32string_view text, char quote) {
  out += quote;
  for (char32_t c : text) {
    if (c == static_cast<unsigned char>(quote) || c == '\\')
      out += '\\', out += static_cast<char>(c);
    else if (auto letter = escape_letter(escapes, c))
      out += '\\', out += *letter;
    else
      utf8::append(out, c);
  }
  out += quote;
}

void write_symbol(std::string& out, Atom atom) {
  if (is_plain_symbol(atom.text()))
    out += atom.text();
  else
    write_quoted(out, code_points(atom.text()), '|');
}

bool printable(char32_t c) { return is_printable(c, true); }

class Lfe final : public Dialect {
 public:
  explicit Lfe(bool strings) : strings_{strings} {}

  bool write_leaf(std::string& out, Term term) const override {
    if (term.is_atom()) return write_symbol(out, term.as_atom()), true;
    if (term.is_nil()) return out += "()", true;
    if (term.is_cons()) return write_string(out, term);
    if (term.is_pid()) return out += "#Pid" + to_text(term), true;
    switch (is_immediate(term) ? Kind::positive_integer : kind_of(term)) {
      case Kind::tuple: return term.arity() == 0 && (out += "#()", true);
      case Kind::flat_map:
      case Kind::trie_map: return map::size(term) == 0 && (out += "#M()", true);
      case Kind::binary:
      case Kind::slice: return write_bitstring(out, term), true;
      case Kind::export_fun: {
        auto* fun = box_as<ExportFun>(term);
        out += "(function ", write_symbol(out, fun->module.as_atom());
        out += ' ', write_symbol(out, fun->function.as_atom());
        out += ' ' + std::to_string(fun->arity) + ')';
        return true;
      }
      case Kind::fun: {
        out += to_text(term);
        out.back() = '/';
        out += std::to_string(box_as<FunObject>(term)->arity) + '>';
        return true;
      }
      default: return out += to_text(term, {.unicode = true}), true;
    }
  }

  Shape shape(Term& term) const override {
    if (term.is_tuple()) return {Part::tuple, Shape::elements, "#(", " ", ")"};
    if (term.is_map()) return map_shape(term);
    if (auto prefix = quote_prefix(term); !prefix.empty()) {
      term = term.tail();
      return {Part::list, Shape::cells, std::string{prefix}, "", ""};
    }
    return {Part::list, Shape::cells, "(", " ", ")", " . "};
  }

 private:
  bool write_string(std::string& out, Term list) const {
    auto text = strings_ ? characters_of_list(list, printable) : std::nullopt;
    if (text) write_quoted(out, *text, '"');
    return text.has_value();
  }

  void write_bitstring(std::string& out, Term term) const {
    if (auto text = strings_ ? characters_of_binary(term, printable) : std::nullopt) {
      out += '#';
      return write_quoted(out, *text, '"');
    }
    out += "#B(";
    write_bytes(out, term, " ", [](unsigned value, unsigned bits) {
      return '(' + std::to_string(value) + " (size " + std::to_string(bits) + "))";
    });
    out += ')';
  }

  // (quote X) is written as 'X, and so on. Between a comma and a symbol that begins with @ there is a space,
  // because ,@ is a prefix of its own.
  std::string_view quote_prefix(Term list) const {
    if (!strings_ || !list.head().is_atom() || !list.tail().is_cons() || !list.tail().tail().is_nil())
      return {};
    for (auto [name, prefix] : quote_forms)
      if (list.head().as_atom().text() == name) {
        Term quoted = list.tail().head();
        bool is_ambiguous = prefix == "," && quoted.is_atom() && quoted.as_atom().text().starts_with('@');
        return is_ambiguous ? ", " : prefix;
      }
    return {};
  }

  Shape map_shape(Term map) const {
    auto pairs = map::sorted(map);
    for (auto entry = pairs.begin(); strings_ && entry != pairs.end(); ++entry) {
      if (!entry->key.is_atom() || entry->key.as_atom().text() != "__struct__" || !entry->value.is_atom())
        continue;
      std::string open = "#S(";
      write_symbol(open, entry->value.as_atom());
      pairs.erase(entry);
      if (!pairs.empty()) open += ' ';
      return {Part::map, Shape::entries, open, " ", ")", {}, std::move(pairs), " "};
    }
    return {Part::map, Shape::entries, "#M(", " ", ")", {}, std::move(pairs), " "};
  }

  bool strings_;
};

}  // namespace

std::unique_ptr<Dialect> lfe_dialect(bool strings) { return std::make_unique<Lfe>(strings); }

}  // namespace noderuntime::notation
