// Reads LFE's notation: the output of lfe_io, and typed terms. A quote before the whole term, or before an
// argument of a call, is dropped, as the shell's evaluation would do; inside, 'X is (quote X).
#include <charconv>

#include "common/wire/utf8.h"
#include "noderuntime/notation/lfe_symbols.h"
#include "noderuntime/notation/reader.h"
#include "noderuntime/term/integer.h"
#include "noderuntime/term/text_reader.h"

namespace noderuntime::notation {
namespace {

class LfeReader : TextReader {
 public:
  LfeReader(std::string_view text, const ReadOptions& options) : TextReader{text, ';'}, options_{options} {}

  Result<OwnedTerm> term() {
    values_until_closed(*this, value());
    return finish();
  }

  // (lists:seq 1 3), (: lists seq 1 3), math:pi
  Result<CallText> call() {
    bool parentheses = eat("(");
    skip_space();
    auto module = name(), function = module && (peek() == ':' || parentheses) ? second_name() : std::nullopt;
    if (!function) fail();
    if (parentheses) {
      plain_quotes_ = 1;
      values_until_closed(*this, open(Bracket::list, ')'));
    } else {
      push(Term::nil());
    }
    auto arguments = finish();
    if (!arguments) return arguments.error();
    return CallText{*module, *function, std::move(*arguments)};
  }

 private:
  friend TextReader;

  enum class Bracket { list, tail, tuple, map, structure, quote };
  struct Open {
    Bracket bracket;
    char closing;
    std::size_t start;  // of its values
  };

  // True: values_ has one more value. False: a bracket was opened, or it failed.
  bool value() {
    skip_space();
    if (at_end()) return fail(), false;
    for (auto [form, prefix] : {quote_forms[0], quote_forms[1], quote_forms[3], quote_forms[2]})
      if (starts_with(prefix)) return quote(form, prefix);
    switch (peek()) {
      case '(': return ++at_, open(Bracket::list, ')');
      case '[': return ++at_, open(Bracket::list, ']');
      case '"': return string();
      case '#': return hash();
      case '|': return quoted_symbol();
      default: return symbol();
    }
  }

  bool quote(std::string_view form, std::string_view prefix) {
    at_ += prefix.size();
    if (form == "quote" && open_.size() == plain_quotes_) return false;
    open_.push_back({Bracket::quote, 0, values_.size()});
    return push_atom(form), false;
  }

  bool open(Bracket bracket, char closing) {
    open_.push_back({bracket, closing, values_.size()});
    return close_if(closing);
  }
  bool close_if(char closing) {
    skip_space();
    if (peek() != closing || at_end()) return false;
    ++at_;
    return build();
  }

  bool close_or_continue() {
    Open& open = open_.back();
    if (open.bracket == Bracket::quote) return build();
    skip_space();
    if (open.bracket == Bracket::tail) return peek() == open.closing ? (++at_, build()) : (fail(), false);
    if (open.bracket == Bracket::list && peek() == '.' && !is_symbol_at(1)) {
      ++at_;
      open.bracket = Bracket::tail;
      return false;
    }
    return close_if(open.closing);
  }

  bool build() {
    Open open = open_.back();
    open_.pop_back();
    switch (open.bracket) {
      case Bracket::list:
      case Bracket::quote: return push_built(Shape::list, open.start);
      case Bracket::tail: return push_built(Shape::improper_list, open.start);
      case Bracket::tuple: return push_built(Shape::tuple, open.start);
      case Bracket::structure:
      case Bracket::map:
        if ((values_.size() - open.start) % 2 != 0) return --at_, fail(), false;
        return push_built(Shape::map, open.start);
    }
    return false;
  }

  bool hash() {
    char next = peek(1), after = peek(2);
    bool parenthesis = after == '(';
    switch (next) {
      case '(': return at_ += 2, open(Bracket::tuple, ')');
      case '"': return ++at_, binary_string();
      case '\\': return at_ += 2, character();
      case '\'': return at_ += 2, fun();
      case 'M':
      case 'm':
        if (parenthesis) return at_ += 3, open(Bracket::map, ')');
        break;
      case 'S':
      case 's':
        if (parenthesis) return at_ += 3, structure();
        break;
      case 'B':
      case 'b':
        if (parenthesis) return at_ += 3, binary();
        return based_integer(2, 2);
      case '*': return based_integer(2, 2);
      case 'O':
      case 'o': return based_integer(2, 8);
      case 'D':
      case 'd': return based_integer(2, 10);
      case 'X':
      case 'x': return based_integer(2, 16);
      default: break;
    }
    std::size_t end = 1;
    while (is_digit(peek(end))) ++end;
    if (int radix = small_number(text_.substr(at_ + 1, end - 1), 99);
        end > 1 && (peek(end) | 0x20) == 'r' && radix >= 2 && radix <= 36)
      return based_integer(end + 1, radix);
    return fail(), false;
  }

  static int small_number(std::string_view text, int otherwise) {
    int value = otherwise;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  }

  bool based_integer(std::size_t prefix, int radix) {
    at_ += prefix;
    bool negative = peek() == '-';
    if (negative || peek() == '+') ++at_;
    auto text = symbol_text();
    return push_integer(std::string{text}, radix, negative);
  }

  bool character() {
    auto c = utf8::next(text_, at_);
    return c ? push(Term::small(static_cast<std::int64_t>(*c))) : (fail(), false);
  }

  // #'lists:map/2
  bool fun() {
    auto text = symbol_text();
    auto colon = text.find(':'), slash = text.rfind('/');
    if (colon == 0 || slash == std::string_view::npos || colon > slash) return fail(), false;
    int arity = small_number(text.substr(slash + 1), 256);
    if (!is_integer_text(text.substr(slash + 1)) || arity < 0 || arity > 255) return fail(), false;
    auto module = intern(text.substr(0, colon));
    if (!module) return false;
    auto function = intern(text.substr(colon + 1, slash - colon - 1));
    return function && push(make_export(heap_, *module, *function, static_cast<std::uint32_t>(arity)));
  }

  // #S(name key value …)
  bool structure() {
    open_.push_back({Bracket::structure, ')', values_.size()});
    push_atom("__struct__");
    skip_space();
    if (!(peek() == '|' ? quoted_symbol() : symbol()) || !values_.back().is_atom()) return fail(), false;
    return close_if(')');
  }

  // --- symbols and numbers

  bool is_symbol_at(std::size_t ahead) const {
    std::size_t at = at_ + ahead;
    auto c = at < text_.size() ? utf8::next(text_, at) : std::nullopt;
    return c && is_symbol_character(*c);
  }
  std::string_view symbol_text(char until = '\0') {
    std::size_t start = at_;
    while (is_symbol_at(0) && (until == '\0' || peek() != until)) (void)utf8::next(text_, at_);
    return text_.substr(start, at_ - start);
  }

  bool symbol() {
    std::size_t at = at_;
    auto first = utf8::next(text_, at);
    if (!first || !starts_symbol(*first)) return fail(), false;
    at = at_;
    auto text = symbol_text();
    if (text == ".") return at_ = at, fail(), false;
    if (text == "$self" && options_.self) return push(copy(*options_.self, heap_));
    bool negative = text[0] == '-';
    auto magnitude = text.substr(negative || text[0] == '+');
    if (is_integer_text(text)) return push_integer(std::string{magnitude}, 10, negative);
    if (is_float_text(text)) return push_float((negative ? "-" : "") + float_text(magnitude));
    return push_atom(text);
  }
  // std::from_chars accepts only a minus as the sign of an exponent.
  static std::string float_text(std::string_view text) {
    std::string out{text};
    if (auto plus = out.find('+'); plus != std::string::npos) out.erase(plus, 1);
    return out;
  }

  // The text between bars. Letters behind a backslash mean the same as in strings, because they are printed
  // so; LFE's own scanner takes them literally.
  std::optional<std::string> quoted_text() {
    auto text = characters();
    return text ? std::optional{utf8_of(*text)} : std::nullopt;
  }
  bool quoted_symbol() {
    auto text = quoted_text();
    return text && push_atom(*text);
  }

  // The name of a module or function, up to a colon.
  std::optional<Atom> name() {
    if (peek() == ':') return leading_colon();
    if (peek() == '|') {
      auto text = quoted_text();
      auto atom = text ? intern(*text) : Result<Atom>{Error{Errc::bad_text, {}}};
      return atom ? std::optional{*atom} : std::nullopt;
    }
    auto text = symbol_text(':');
    if (text.empty()) return fail(), std::nullopt;
    auto atom = intern(text);
    return atom ? std::optional{*atom} : std::nullopt;
  }
  std::optional<Atom> leading_colon() {
    if (leading_colon_ || is_symbol_at(1)) return fail(), std::nullopt;
    leading_colon_ = true;
    ++at_;
    skip_space();
    return name();
  }
  std::optional<Atom> second_name() {
    if (leading_colon_)
      skip_space();
    else if (peek() == ':')
      ++at_;
    else
      return std::nullopt;
    if (peek() == '|') return name();
    auto text = symbol_text();
    if (text.empty()) return std::nullopt;
    auto atom = intern(text);
    return atom ? std::optional{*atom} : std::nullopt;
  }

  // --- strings and binaries

  // Reads characters, starting at the opening quote or bar.
  std::optional<std::u32string> characters() {
    constexpr std::string_view letters = "btnvfresd", values = "\b\t\n\v\f\r\x1B \x7F";
    char closing = peek();
    ++at_;
    std::u32string out;
    while (!at_end() && peek() != closing) {
      bool escaped = peek() == '\\';
      at_ += escaped;
      auto c = at_end() ? std::nullopt : utf8::next(text_, at_);
      if (!c) return fail(), std::nullopt;
      auto found = escaped && *c < 0x80 ? letters.find(static_cast<char>(*c)) : std::string_view::npos;
      out += found == std::string_view::npos ? *c : static_cast<unsigned char>(values[found]);
    }
    if (at_end()) return fail(), std::nullopt;
    ++at_;
    return out;
  }

  bool string() {
    auto text = characters();
    if (!text) return false;
    std::vector<Term> list;
    for (char32_t c : *text) list.push_back(Term::small(static_cast<std::int64_t>(c)));
    return push(make_list(heap_, list));
  }

  static std::string utf8_of(std::u32string_view text) {
    std::string out;
    for (char32_t c : text) utf8::append(out, c);
    return out;
  }
  bool binary_string() {
    auto text = characters();
    return text && push(make_binary(heap_, std::string_view{utf8_of(*text)}));
  }

  // #B(1 (5 (size 3)) "abc"), behind its parenthesis.
  bool binary() {
    Bits bits;
    while (!eat(")"))
      if (!segment(bits)) return fail(), false;
    return push_bits(bits);
  }

  bool segment(Bits& bits) {
    bool described = eat("(");
    skip_space();
    if (peek() == '"') {
      auto text = characters();
      if (!text) return false;
      std::string encoded;
      if (described && eat("utf8"))
        encoded = utf8_of(*text);
      else
        for (char32_t c : *text) encoded += static_cast<char>(c);
      return add_bytes(bits, encoded) && (!described || eat(")"));
    }
    if (!is_digit(peek()) && peek() != '-' && peek() != '#') return false;
    if (!(peek() == '#' ? hash() : symbol())) return false;
    std::optional<std::size_t> count = 8;
    if (described && eat("(")) {
      if (!eat("size")) return false;
      count = bit_count();
      if (!eat(")")) return false;
    }
    return add_integer(bits, count) && (!described || eat(")"));
  }

  const ReadOptions& options_;
  std::vector<Open> open_;
  std::size_t plain_quotes_ = 0;  // the depth at which a quote means evaluation
  bool leading_colon_ = false;
};

}  // namespace

Result<OwnedTerm> read_lfe(std::string_view text, const ReadOptions& options) {
  return LfeReader{text, options}.term();
}
Result<CallText> read_lfe_call(std::string_view text, const ReadOptions& options) {
  return LfeReader{text, options}.call();
}

}  // namespace noderuntime::notation
