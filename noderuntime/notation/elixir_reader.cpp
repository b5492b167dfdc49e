// Reads Elixir's notation: the output of `inspect`, and literals as they are typed. Nothing is evaluated:
// there are no variables, no interpolation, and no operators between values.
#include <charconv>

#include "common/wire/utf8.h"
#include "noderuntime/notation/elixir_names.h"
#include "noderuntime/notation/reader.h"
#include "noderuntime/term/integer.h"
#include "noderuntime/term/text_reader.h"

namespace noderuntime::notation {
namespace {

class ElixirReader : TextReader {
 public:
  ElixirReader(std::string_view text, const ReadOptions& options)
      : TextReader{text, '#'}, options_{options} {}

  Result<OwnedTerm> term() {
    values_until_closed(*this, value());
    return finish();
  }

  // Enum.sum([1, 2]), :lists.seq(1, 3), :math.pi
  Result<CallText> call() {
    skip_space();
    auto module = peek() == ':' ? colon_text() : alias_text();
    if (!module || peek() != '.') fail();
    ++at_;
    auto function = failed_ ? std::nullopt : function_text();
    if (!function) fail();
    auto module_atom = failed_ ? std::nullopt : interned(*module);
    auto function_atom = failed_ ? std::nullopt : interned(*function);
    if (!failed_ && peek() == '(')
      ++at_, values_until_closed(*this, open(Bracket::arguments, ")"));
    else
      push(Term::nil());
    auto arguments = finish();
    if (!arguments) return arguments.error();
    return CallText{*module_atom, *function_atom, std::move(*arguments)};
  }

 private:
  friend TextReader;

  enum class Bracket { list, tail, tuple, arguments, key, map_value, pair, keywords };
  struct Open {
    Bracket bracket;
    std::size_t start;  // of its values
  };

  // True: values_ has one more value. False: a bracket was opened, or it failed.
  bool value() {
    skip_space();
    if (at_end()) return fail(), false;
    if (auto key = keyword()) return open_keyword(*key);
    if (!open_.empty() && open_.back().bracket == Bracket::keywords) return fail(), false;
    char c = peek();
    if (starts_with("<<")) return at_ += 2, binary();
    if (starts_with("~c\"") || starts_with("~c'")) return at_ += 2, charlist();
    switch (c) {
      case '[': return ++at_, open(Bracket::list, "]");
      case '{': return ++at_, open(Bracket::tuple, "}");
      case '%': return ++at_, map();
      case '"': return string();
      case '\'': return charlist();
      case '?': return character();
      case '&': return ++at_, capture();
      case ':': {
        auto text = colon_text();
        return text ? push_atom(*text) : (fail(), false);
      }
      case '-':
      case '+': return number();
      case '$': return self();
      default: break;
    }
    if (is_digit(c)) return number();
    if (is_upper(c)) {
      auto text = alias_text();
      return text && push_atom(*text);
    }
    return constant();
  }

  bool open(Bracket bracket, std::string_view closing) {
    open_.push_back({bracket, values_.size()});
    if (!eat(closing)) return false;
    return build();
  }

  // --- between and behind values

  bool close_or_continue() {
    Open& open = open_.back();
    switch (open.bracket) {
      case Bracket::list:
        if (eat("|")) return open.bracket = Bracket::tail, false;
        return more_or_close("]");
      case Bracket::tail: return close("]");
      case Bracket::tuple: return more_or_close("}");
      case Bracket::arguments: return eat(",") ? false : close(")");
      case Bracket::pair: return build();
      case Bracket::keywords: return eat(",") ? false : build();
      case Bracket::key:
        if (!eat("=>")) fail();
        open.bracket = Bracket::map_value;
        return false;
      case Bracket::map_value: open.bracket = Bracket::key; return more_or_close("}");
    }
    return false;
  }
  // A comma may precede the closing bracket.
  bool more_or_close(std::string_view closing) {
    if (eat(",")) return eat(closing) ? build() : false;
    return close(closing);
  }
  bool close(std::string_view closing) { return eat(closing) ? build() : (fail(), false); }

  bool build() {
    Open open = open_.back();
    open_.pop_back();
    switch (open.bracket) {
      case Bracket::list:
      case Bracket::keywords:
      case Bracket::arguments: return push_built(Shape::list, open.start);
      case Bracket::tail: return push_built(Shape::improper_list, open.start);
      case Bracket::tuple:
      case Bracket::pair: return push_built(Shape::tuple, open.start);
      case Bracket::key:
      case Bracket::map_value: return push_built(Shape::map, open.start);
    }
    return false;
  }

  // Reads `key:` or `"key":`, followed by space, where an element may start.
  std::optional<std::string> keyword() {
    if (open_.empty()) return std::nullopt;
    Bracket bracket = open_.back().bracket;
    if (bracket == Bracket::tail || bracket == Bracket::map_value || bracket == Bracket::pair)
      return std::nullopt;
    std::size_t start = at_;
    auto text = peek() == '"' ? quoted_text() : bare_key();
    auto space = static_cast<unsigned char>(peek(1));
    if (!failed_ && text && peek() == ':' && at_ > start && space <= ' ') {
      ++at_;
      return text;
    }
    if (!failed_) at_ = start;
    return std::nullopt;
  }
  std::optional<std::string> bare_key() {
    auto text = identifier(true);
    if (text.empty()) text = operator_at(text_.substr(at_)), at_ += text.size();
    return text.empty() ? std::nullopt : std::optional{std::string{text}};
  }

  bool open_keyword(const std::string& key) {
    if (open_.back().bracket == Bracket::key) {
      open_.back().bracket = Bracket::map_value;
      return push_atom(key), false;
    }
    bool listed = open_.back().bracket == Bracket::list || open_.back().bracket == Bracket::keywords;
    if (!listed) open_.push_back({Bracket::keywords, values_.size()});
    open_.push_back({Bracket::pair, values_.size()});
    return push_atom(key), false;
  }

  // --- names

  // Letters, digits and _, with `at_sign` also @; optionally ! or ? at the end.
  std::string_view identifier(bool at_sign) {
    std::size_t start = at_;
    for (std::size_t at = at_; at < text_.size(); at_ = at) {
      auto c = utf8::next(text_, at);
      if (!c) break;
      bool first = at_ == start;
      if (!(first ? is_identifier_start(*c) : is_identifier_part(*c) || (at_sign && *c == '@'))) break;
    }
    if (at_ > start && (peek() == '!' || peek() == '?')) ++at_;
    return text_.substr(start, at_ - start);
  }

  std::optional<Atom> interned(std::string_view text) {
    auto atom = intern(text);
    return atom ? std::optional{*atom} : std::nullopt;
  }

  // Reads the text of an atom behind its colon.
  std::optional<std::string> colon_text() {
    ++at_;
    if (peek() == '"') return quoted_text();
    auto text = identifier(true);
    if (text.empty()) text = operator_at(text_.substr(at_)), at_ += text.size();
    if (text.empty()) return fail(), std::nullopt;
    return std::string{text};
  }

  // Foo.Bar, as the text of an atom; stops before a dot and a function.
  std::optional<std::string> alias_text() {
    if (!is_upper(peek())) return fail(), std::nullopt;
    std::string text{alias_part()};
    while (peek() == '.' && is_upper(peek(1))) {
      ++at_;
      text += '.';
      text += alias_part();
    }
    if (text == "Elixir" || text.substr(0, alias_prefix.size()) == alias_prefix) return text;
    return std::string{alias_prefix} + text;
  }
  std::string_view alias_part() {
    std::size_t start = at_;
    while (is_upper(peek()) || is_digit(peek()) || peek() == '_' || (peek() >= 'a' && peek() <= 'z')) ++at_;
    return text_.substr(start, at_ - start);
  }

  std::optional<std::string> function_text() {
    if (peek() == '"') return quoted_text();
    auto text = identifier(false);
    if (text.empty()) text = operator_at(text_.substr(at_)), at_ += text.size();
    return text.empty() ? std::nullopt : std::optional{std::string{text}};
  }

  bool constant() {
    std::size_t start = at_;
    auto text = identifier(false);
    if (text == "true" || text == "false" || text == "nil") return push_atom(text);
    return at_ = start, fail(), false;
  }

  bool self() {
    if (!starts_with("$self") || !options_.self) return fail(), false;
    at_ += 5;
    return push(copy(*options_.self, heap_));
  }

  // &Enum.map/2
  bool capture() {
    auto module = peek() == ':' ? colon_text() : alias_text();
    if (!module || peek() != '.') return fail(), false;
    ++at_;
    auto function = function_text();
    if (!function || peek() != '/') return fail(), false;
    ++at_;
    auto arity = digits(10);
    unsigned value = 256;
    std::from_chars(arity.data(), arity.data() + arity.size(), value);
    if (value > 255) return fail(), false;
    auto module_atom = interned(*module), function_atom = interned(*function);
    return module_atom && function_atom && push(make_export(heap_, *module_atom, *function_atom, value));
  }

  // %{…}, %Name{…}
  bool map() {
    if (peek() == '{') return ++at_, open(Bracket::key, "}");
    auto name = alias_text();
    if (!name || peek() != '{') return fail(), false;
    ++at_;
    open_.push_back({Bracket::key, values_.size()});
    if (!push_atom("__struct__") || !push_atom(*name)) return false;
    return eat("}") ? build() : false;
  }

  // --- numbers

  bool number() {
    bool negative = peek() == '-';
    if (negative || peek() == '+') ++at_, skip_space();
    if (peek() == '0')
      for (auto [letter, radix] : {std::pair{'x', 16}, {'o', 8}, {'b', 2}})
        if (peek(1) == letter)
          return at_ += 2, push_integer(without_underscores(digits(radix)), radix, negative);
    std::string whole = without_underscores(digits(10));
    if (whole.empty()) return fail(), false;
    if (peek() != '.' || !is_digit(peek(1))) return push_integer(whole, 10, negative);
    ++at_;
    std::string text = (negative ? "-" : "") + whole + '.' + without_underscores(digits(10));
    std::size_t sign = peek(1) == '-' || peek(1) == '+';
    if ((peek() == 'e' || peek() == 'E') && is_digit(peek(1 + sign))) {
      text += peek(1) == '-' ? "e-" : "e";
      at_ += 1 + sign;
      text += digits(10);
    }
    return push_float(text);
  }

  bool character() {
    ++at_;
    if (at_end()) return fail(), false;
    auto c = peek() == '\\' ? escape() : utf8::next(text_, at_);
    return c ? push(Term::small(static_cast<std::int64_t>(*c & ~raw_byte))) : (fail(), false);
  }

  // --- strings

  static constexpr char32_t raw_byte = 0x80000000;  // marks a byte given by \x

  // Reads an escape, starting at the backslash.
  std::optional<char32_t> escape() {
    constexpr std::string_view letters = "abdefnrstv0", values{"\a\b\x7F\x1B\f\n\r \t\v\0", 11};
    ++at_;
    if (at_end()) return std::nullopt;
    char c = peek();
    if (auto found = letters.find(c); found != std::string_view::npos)
      return ++at_, static_cast<unsigned char>(values[found]);
    if (c == 'x' || c == 'u') return ++at_, coded(c == 'u');
    return utf8::next(text_, at_);
  }
  // \xFF, \u00FF, \u{FF}
  std::optional<char32_t> coded(bool unicode) {
    bool braces = peek() == '{';
    at_ += braces;
    std::size_t start = at_, wanted = braces ? 6 : unicode ? 4 : 2;
    while (std::isxdigit(static_cast<unsigned char>(peek())) && at_ - start < wanted) ++at_;
    std::uint32_t value = 0;
    std::from_chars(text_.data() + start, text_.data() + at_, value, 16);
    if (at_ == start || (!braces && unicode && at_ - start != wanted) || (braces && peek() != '}'))
      return std::nullopt;
    at_ += braces;
    if (value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return std::nullopt;
    return !unicode && value > 0x7F && value <= 0xFF ? value | raw_byte : value;
  }

  // Reads the text from an opening quote to the closing one.
  std::optional<std::u32string> quoted() {
    char quote = text_[at_++];
    std::u32string out;
    while (!at_end() && peek() != quote) {
      if (starts_with("#{")) return fail(), std::nullopt;
      if (starts_with("\\\n")) {
        at_ += 2;
        continue;
      }
      auto c = peek() == '\\' ? escape() : utf8::next(text_, at_);
      if (!c) return fail(), std::nullopt;
      out += *c;
    }
    if (at_end()) return fail(), std::nullopt;
    ++at_;
    return out;
  }

  std::optional<std::string> quoted_text() {
    auto text = quoted();
    if (!text) return std::nullopt;
    std::string out;
    for (char32_t c : *text) utf8::append(out, c & ~raw_byte);
    return out;
  }

  static std::string bytes_of(std::u32string_view text) {
    std::string out;
    for (char32_t c : text)
      if (c & raw_byte)
        out += static_cast<char>(c & 0xFF);
      else
        utf8::append(out, c);
    return out;
  }

  bool string() {
    auto text = quoted();
    return text && push(make_binary(heap_, std::string_view{bytes_of(*text)}));
  }
  bool charlist() {
    auto text = quoted();
    if (!text) return false;
    std::vector<Term> list;
    for (char32_t c : *text) list.push_back(Term::small(static_cast<std::int64_t>(c & ~raw_byte)));
    return push(make_list(heap_, list));
  }

  // <<1, 2::4, 3::size(5), "abc">>, behind <<.
  bool binary() {
    return push_segments(">>", [this](Bits& bits) { return segment(bits); });
  }

  bool segment(Bits& bits) {
    skip_space();
    if (peek() == '"') {
      auto text = quoted();
      return text && add_bytes(bits, bytes_of(*text));
    }
    if (!(peek() == '?' ? character() : number())) return false;
    if (!eat("::")) return add_integer(bits);
    bool named = eat("size(");
    auto count = bit_count();
    return (!named || eat(")")) && add_integer(bits, count);
  }

  const ReadOptions& options_;
  std::vector<Open> open_;
};

}  // namespace

Result<OwnedTerm> read_elixir(std::string_view text, const ReadOptions& options) {
  return ElixirReader{text, options}.term();
}
Result<CallText> read_elixir_call(std::string_view text, const ReadOptions& options) {
  return ElixirReader{text, options}.call();
}

}  // namespace noderuntime::notation
