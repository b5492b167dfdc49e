// Reads terms in Erlang syntax.
#include <charconv>
#include <vector>

#include "common/wire/utf8.h"
#include "noderuntime/term/integer.h"
#include "noderuntime/term/text.h"
#include "noderuntime/term/text_reader.h"

namespace noderuntime {
namespace {

bool is_ascii_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '@';
}

class Parser : TextReader {
 public:
  Parser(std::string_view text, const ParseOptions& options) : TextReader{text, '%'}, options_{options} {}

  Result<OwnedTerm> term() {
    values_until_closed(*this, value());
    eat(".");
    return finish();
  }

  Result<ParsedCall> call() {
    auto module = name();
    if (module && !eat(":")) fail();
    auto function = module ? name() : std::nullopt;
    if (eat("("))
      values_until_closed(*this, open(Bracket::arguments, ")"));
    else
      push(Term::nil());
    eat(".");
    auto arguments = finish();
    if (!arguments) return arguments.error();
    return ParsedCall{*module, *function, std::move(*arguments)};
  }

 private:
  friend TextReader;

  enum class Bracket { list, tail, tuple, key, map_value, arguments };
  struct Open {
    Bracket bracket;
    std::size_t start;
  };  // start: of its values

  std::optional<Atom> name() {
    auto text = atom_text();
    if (!text) return fail(), std::nullopt;
    auto atom = intern(text->first);
    return atom ? std::optional{*atom} : std::nullopt;
  }

  // True: values_ has one more value. False: a bracket was opened, or it failed.
  bool value() {
    skip_space();
    char c = peek();
    if (eat("#{")) return open(Bracket::key, "}");
    if (eat("<<")) return binary();
    if (eat("{")) return open(Bracket::tuple, "}");
    if (eat("[")) return open(Bracket::list, "]");
    if (c == '"') return strings();
    if (is_digit(c) || c == '-' || c == '+') return number();
    if (is_self()) return self();
    if (c == '$') return character();
    auto name = atom_text();
    if (!name) return fail(), false;
    if (name->second && name->first == "fun") return export_fun();
    return push_atom(name->first);
  }

  bool open(Bracket bracket, std::string_view closing) {
    open_.push_back({bracket, values_.size()});
    if (!eat(closing)) return false;
    return build();
  }

  // Called after a value. True: the value completed the innermost bracket, which is a value itself now.
  bool close_or_continue() {
    Open& open = open_.back();
    switch (open.bracket) {
      case Bracket::list:
        if (eat(",")) return false;
        if (eat("|")) return open.bracket = Bracket::tail, false;
        return eat("]") ? build() : (fail(), false);
      case Bracket::tail: return eat("]") ? build() : (fail(), false);
      case Bracket::tuple:
        if (eat(",")) return false;
        return eat("}") ? build() : (fail(), false);
      case Bracket::arguments:
        if (eat(",")) return false;
        return eat(")") ? build() : (fail(), false);
      case Bracket::key:
        if (!eat("=>")) fail();
        open.bracket = Bracket::map_value;
        return false;
      case Bracket::map_value:
        open.bracket = Bracket::key;
        if (eat(",")) return false;
        return eat("}") ? build() : (fail(), false);
    }
    return false;
  }

  bool build() {
    Open open = open_.back();
    open_.pop_back();
    switch (open.bracket) {
      case Bracket::arguments:
      case Bracket::list: return push_built(Shape::list, open.start);
      case Bracket::tail: return push_built(Shape::improper_list, open.start);
      case Bracket::tuple: return push_built(Shape::tuple, open.start);
      case Bracket::key:
      case Bracket::map_value: return push_built(Shape::map, open.start);
    }
    return false;
  }

  bool number() {
    std::size_t start = at_;
    bool negative = eat("-");
    if (!negative) eat("+");
    skip_space();
    if (peek() == '$') {
      if (!character()) return false;
      if (negative) values_.back() = Term::small(-values_.back().as_small());
      return true;
    }
    std::string whole = without_underscores(digits(10));
    if (whole.empty()) return at_ = start, fail(), false;
    if (peek() == '#') return based_integer(whole, negative);
    if (peek() == '.' && is_digit(peek(1))) return floating(whole, negative);
    return push_integer(whole, 10, negative);
  }

  bool based_integer(const std::string& radix_text, bool negative) {
    ++at_;
    int radix = radix_text.size() <= 2 ? std::atoi(radix_text.c_str()) : 0;
    if (radix < 2 || radix > 36) return fail(), false;
    return push_integer(without_underscores(digits(radix)), radix, negative);
  }

  bool floating(const std::string& whole, bool negative) {
    ++at_;
    std::string text = (negative ? "-" : "") + whole + '.' + without_underscores(digits(10));
    std::size_t sign = peek(1) == '-' || peek(1) == '+';
    if ((peek() == 'e' || peek() == 'E') && is_digit(peek(1 + sign))) {
      text += 'e';
      if (peek(1) == '-') text += '-';
      at_ += 1 + sign;
      text += digits(10);
    }
    return push_float(text);
  }

  // `$s` alone is a character literal; but no letter may follow one, so `$self` is not ambiguous.
  bool is_self() const { return starts_with("$self") && !is_ascii_name(peek(5)); }
  bool self() {
    if (!options_.self) return fail(), false;
    at_ += 5;
    return push(copy(*options_.self, heap_));
  }

  bool character() {
    ++at_;
    if (at_ >= text_.size()) return fail(), false;
    auto c = peek() == '\\' ? escape() : utf8::next(text_, at_);
    if (!c) return fail(), false;
    return push(Term::small(static_cast<std::int64_t>(*c)));
  }

  // Reads an escape, starting at the backslash.
  std::optional<char32_t> escape() {
    ++at_;
    if (at_ >= text_.size()) return std::nullopt;
    constexpr std::string_view letters = "btnvfreds", values = "\b\t\n\v\f\r\x1B\x7F ";
    char c = peek();
    if (c >= '0' && c <= '7') {
      char32_t value = 0;
      for (int i = 0; i < 3 && peek() >= '0' && peek() <= '7'; ++i)
        value = 8 * value + static_cast<char32_t>(text_[at_++] - '0');
      return value;
    }
    if (c == 'x') return hexadecimal_escape();
    if (c == '^') {
      if (at_ + 1 >= text_.size()) return std::nullopt;
      char control = text_[at_ + 1];
      at_ += 2;
      return control & 31;
    }
    if (auto found = letters.find(c); found != std::string_view::npos)
      return ++at_, static_cast<unsigned char>(values[found]);
    return utf8::next(text_, at_);
  }

  std::optional<char32_t> hexadecimal_escape() {
    ++at_;
    bool braces = peek() == '{';
    if (braces) ++at_;
    std::size_t start = at_, most = braces ? 6 : 2;
    while (std::isxdigit(static_cast<unsigned char>(peek())) && at_ - start < most) ++at_;
    std::uint32_t value = 0;
    std::from_chars(text_.data() + start, text_.data() + at_, value, 16);
    if (at_ == start || (!braces && at_ - start != 2) || (braces && peek() != '}')) return std::nullopt;
    if (braces) ++at_;
    if (value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return std::nullopt;
    return value;
  }

  // Reads the text from an opening quote to the closing one.
  std::optional<std::u32string> quoted() {
    char quote = text_[at_++];
    std::u32string out;
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] == '\\' && peek(1) == '\n') {
        at_ += 2;
        continue;
      }
      auto c = text_[at_] == '\\' ? escape() : utf8::next(text_, at_);
      if (!c) return fail(), std::nullopt;
      out += *c;
    }
    if (at_ >= text_.size()) return fail(), std::nullopt;
    ++at_;
    return out;
  }

  // Adjacent strings, "abc" "def", are one string.
  bool strings() {
    std::vector<Term> characters;
    while (skip_space(), peek() == '"') {
      auto text = quoted();
      if (!text) return false;
      for (char32_t c : *text) characters.push_back(Term::small(static_cast<std::int64_t>(c)));
    }
    return push(make_list(heap_, characters));
  }

  // The name, and whether it was written without quotes.
  std::optional<std::pair<std::string, bool>> atom_text() {
    skip_space();
    if (peek() == '\'') {
      auto text = quoted();
      if (!text) return std::nullopt;
      std::string out;
      for (char32_t c : *text) utf8::append(out, c);
      return std::pair{out, false};
    }
    std::size_t start = at_;
    for (std::size_t at = at_; at < text_.size(); at_ = at) {
      auto c = utf8::next(text_, at);
      if (!c) break;
      bool latin1_letter = *c >= 0xC0 && *c <= 0xFF && *c != 0xD7 && *c != 0xF7;
      bool name = *c < 0x80 ? is_ascii_name(static_cast<char>(*c)) : latin1_letter;
      bool first = (*c >= 'a' && *c <= 'z') || (latin1_letter && *c >= 0xDF);
      if (!name || (at_ == start && !first)) break;
    }
    if (at_ == start) return std::nullopt;
    return std::pair{std::string{text_.substr(start, at_ - start)}, true};
  }

  bool export_fun() {
    auto module = atom_text();
    if (!module || !eat(":")) return fail(), false;
    auto function = atom_text();
    if (!function || !eat("/")) return fail(), false;
    skip_space();
    auto arity = digits(10);
    unsigned value = 256;
    std::from_chars(arity.data(), arity.data() + arity.size(), value);
    if (value > 255) return fail(), false;
    auto module_atom = intern(module->first);
    if (!module_atom) return false;
    auto function_atom = intern(function->first);
    return function_atom && push(make_export(heap_, *module_atom, *function_atom, value));
  }

  // <<1, 2:4, "abc", "abc"/utf8>>
  bool binary() {
    return push_segments(">>", [this](Bits& bits) { return segment(bits); });
  }

  bool segment(Bits& bits) {
    skip_space();
    if (peek() == '"') {
      auto text = quoted();
      if (!text) return false;
      bool as_utf8 = eat("/utf8");
      std::string encoded;
      for (char32_t c : *text)
        if (as_utf8)
          utf8::append(encoded, c);
        else
          encoded += static_cast<char>(c);
      return add_bytes(bits, encoded);
    }
    if (!(peek() == '$' ? character() : number())) return false;
    return eat(":") ? add_integer(bits, bit_count()) : add_integer(bits);
  }

  const ParseOptions& options_;
  std::vector<Open> open_;
};

}  // namespace

Result<OwnedTerm> parse_text(std::string_view text, const ParseOptions& options) {
  return Parser{text, options}.term();
}
Result<ParsedCall> parse_call(std::string_view text, const ParseOptions& options) {
  return Parser{text, options}.call();
}

}  // namespace noderuntime
