#include "noderuntime/tls/expression.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "common/program/logging.h"

namespace noderuntime::tls {

namespace {

using Kind = Expression::Kind;

constexpr char32_t last_character = 0x10FFFF;

// Words that are no atoms. "maybe" is one since OTP 27 only.
constexpr std::string_view reserved[] = {"after", "and",    "andalso", "band", "begin", "bnot", "bor",
                                         "bsl",   "bsr",    "bxor",    "case", "catch", "cond", "div",
                                         "else",  "end",    "fun",     "if",   "let",   "not",  "of",
                                         "or",    "orelse", "receive", "rem",  "try",   "when", "xor"};

// Words that an "end" closes; "fun" only before a parenthesis.
constexpr std::string_view closed_by_end[] = {"begin", "case", "if", "receive", "try"};

bool is_reserved(std::string_view word) {
  return std::find(std::begin(reserved), std::end(reserved), word) != std::end(reserved);
}

bool is_closed_by_end(std::string_view word) {
  return std::find(std::begin(closed_by_end), std::end(closed_by_end), word) != std::end(closed_by_end);
}

bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }
bool is_space(char32_t c) { return c <= ' ' || (c >= 0x80 && c <= 0xA0); }
bool is_lower(char32_t c) { return (c >= 'a' && c <= 'z') || (c >= 0xDF && c <= 0xFF && c != 0xF7); }
bool is_upper(char32_t c) { return (c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7); }
bool is_in_name(char32_t c) { return is_lower(c) || is_upper(c) || is_digit(c) || c == '_' || c == '@'; }

// The value of a digit or letter in numbers of up to radix 36; 36 if it is neither.
int digit_value(char32_t c) {
  if (is_digit(c)) return static_cast<int>(c - '0');
  if (c >= 'a' && c <= 'z') return static_cast<int>(c - 'a') + 10;
  if (c >= 'A' && c <= 'Z') return static_cast<int>(c - 'A') + 10;
  return 36;
}

void append_utf8(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
    return;
  }
  int following = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  constexpr unsigned first[] = {0, 0xC0, 0xE0, 0xF0};
  out += static_cast<char>(first[following] | (c >> (6 * following)));
  while (following-- > 0) out += static_cast<char>(0x80 | ((c >> (6 * following)) & 0x3F));
}

std::string utf8(std::u32string_view characters) {
  std::string out;
  for (char32_t c : characters) append_utf8(out, c);
  return out;
}

// The character at `at`, which moves behind it. nullopt: not UTF-8.
std::optional<char32_t> next_utf8(std::string_view text, std::size_t& at) {
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  char32_t c = byte(at);
  if (c < 0x80) return ++at, c;
  int following = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : 1;
  if (c < 0xC2 || c > 0xF4 || text.size() - at <= static_cast<std::size_t>(following)) return std::nullopt;
  c &= 0x3Fu >> following;
  for (int i = 1; i <= following; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return std::nullopt;
    c = (c << 6) | (byte(at + i) & 0x3F);
  }
  constexpr char32_t least[] = {0, 0x80, 0x800, 0x10000};
  if (c < least[following] || c > last_character || (c >= 0xD800 && c <= 0xDFFF)) return std::nullopt;
  at += following + 1;
  return c;
}

// Whether a comment in the first two lines says "coding: utf-8". Other encodings than UTF-8 and Latin-1 are
// ignored, as by epp.
bool says_utf8(std::string_view source) {
  for (int line = 0; line < 2; ++line) {
    auto end = std::min(source.find('\n'), source.size());
    auto text = source.substr(0, end);
    source.remove_prefix(std::min(end + 1, source.size()));
    auto comment = text.find('%');
    auto at = text.find("coding", comment == std::string_view::npos ? text.size() : comment);
    if (at == std::string_view::npos) continue;
    text.remove_prefix(at + 6);
    auto skip = [&](std::string_view characters) {
      text.remove_prefix(std::min(text.find_first_not_of(characters), text.size()));
    };
    skip(" \t");
    if (text.empty() || (text[0] != ':' && text[0] != '=')) continue;
    text.remove_prefix(1);
    skip(" \t");
    constexpr std::string_view name = "utf-8";
    auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; };
    return text.size() >= name.size() &&
           std::equal(name.begin(), name.end(), text.begin(), [&](char b, char a) { return same(a, b); });
  }
  return false;
}

struct Token {
  enum class Kind { end, atom, word, variable, integer, string, symbol, dot };  // word: a reserved one
  Kind kind = Kind::end;
  int line = 1;
  std::u32string text{};  // the name, the characters of a string, or the symbol
  std::int64_t number = 0;

  bool is(std::u32string_view symbol) const { return kind == Kind::symbol && text == symbol; }
  bool is_word(std::string_view name) const { return kind == Kind::word && utf8(text) == name; }
};

// What an error calls a token. It does not show names: one may be a password whose quotes were forgotten.
std::string token_name(const Token& token) {
  switch (token.kind) {
    case Token::Kind::end: return "the end of the file";
    case Token::Kind::atom: return "an atom";
    case Token::Kind::word: return "the reserved word " + utf8(token.text);
    case Token::Kind::variable: return "a variable";
    case Token::Kind::integer: return "a number";
    case Token::Kind::string: return "a string";
    case Token::Kind::dot: return "a dot";
    case Token::Kind::symbol: return "\"" + program::printable(utf8(token.text)) + "\"";
  }
  return {};
}

class Lexer {
 public:
  explicit Lexer(std::u32string characters) : characters_{std::move(characters)} {}

  Result<Token> next() {
    skip_space();
    Token token;
    token.line = line_;
    if (at_ == characters_.size()) return token;
    char32_t c = characters_[at_];
    if (is_lower(c)) return name(std::move(token));
    if (is_upper(c) || c == '_') return token.kind = Token::Kind::variable, take_name(token), token;
    if (is_digit(c)) return number(std::move(token));
    if (c == '"' || c == '\'') return quoted(std::move(token), c);
    if (c == '$') return character(std::move(token));
    if (c == '.') return dot(std::move(token));
    token.kind = Token::Kind::symbol;
    for (std::u32string_view symbol : {U"++", U"=>", U"<<", U">>", U"||", U":=", U"->"}) {
      if (std::u32string_view{characters_}.substr(at_, 2) != symbol) continue;
      token.text = symbol;
      at_ += 2;
      return token;
    }
    token.text = c;
    ++at_;
    return token;
  }

 private:
  bool at_end() const { return at_ == characters_.size(); }

  void skip_space() {
    while (!at_end()) {
      char32_t c = characters_[at_];
      if (c == '%') {
        at_ = std::min(characters_.find('\n', at_), characters_.size());
      } else if (is_space(c)) {
        if (c == '\n') ++line_;
        ++at_;
      } else {
        return;
      }
    }
  }

  void take_name(Token& token) {
    while (!at_end() && is_in_name(characters_[at_])) token.text += characters_[at_++];
  }

  Token name(Token token) {
    take_name(token);
    token.kind = is_reserved(utf8(token.text)) ? Token::Kind::word : Token::Kind::atom;
    return token;
  }

  Result<Token> number(Token token) {
    token.kind = Token::Kind::integer;
    if (auto read = digits(10, token); !read) return read.error();
    if (!at_end() && characters_[at_] == '#') {
      auto radix = token.number;
      if (radix < 2 || radix > 36) return wrong_at(line_, "a radix is 2 to 36");
      ++at_;
      if (at_end() || digit_value(characters_[at_]) >= radix) return wrong_at(line_, "digits are missing");
      if (auto read = digits(static_cast<int>(radix), token); !read) return read.error();
    }
    if (at_ + 1 < characters_.size() && characters_[at_] == '.' && is_digit(characters_[at_ + 1]))
      return wrong_at(line_, "no option is a number with a fraction");
    return token;
  }

  Outcome digits(int radix, Token& token) {
    constexpr std::int64_t largest = std::int64_t{1} << 53;  // more than any option takes
    token.number = 0;
    for (; !at_end(); ++at_) {
      bool separates = characters_[at_] == '_' && at_ + 1 < characters_.size() &&
                       digit_value(characters_[at_ + 1]) < radix;
      if (separates) continue;
      int value = digit_value(characters_[at_]);
      if (value >= radix) break;
      token.number = token.number * radix + value;
      if (token.number > largest) return wrong_at(line_, "the number is too large");
    }
    return done;
  }

  Result<Token> quoted(Token token, char32_t quote) {
    token.kind = quote == '"' ? Token::Kind::string : Token::Kind::atom;
    const char* closed = quote == '"' ? "the string that begins here has no end"
                                      : "the atom that begins here has no end: a ' is missing";
    for (++at_; !at_end() && characters_[at_] != quote;) {
      if (characters_[at_] == '\n') ++line_;
      if (characters_[at_] != '\\') {
        token.text += characters_[at_++];
        continue;
      }
      auto c = escaped();
      if (!c) return c.error();
      token.text += *c;
    }
    if (at_end()) return wrong_at(token.line, closed);
    ++at_;
    return token;
  }

  Result<Token> character(Token token) {
    token.kind = Token::Kind::integer;
    ++at_;
    if (at_end()) return wrong_at(line_, "a character is missing behind $");
    if (characters_[at_] == '\\') {
      auto c = escaped();
      if (!c) return c.error();
      token.number = static_cast<std::int64_t>(*c);
      return token;
    }
    if (characters_[at_] == '\n') ++line_;
    token.number = static_cast<std::int64_t>(characters_[at_++]);
    return token;
  }

  // The character of the escape sequence at at_, which moves behind it.
  Result<char32_t> escaped() {
    ++at_;
    if (at_end()) return wrong_at(line_, "the file ends within an escape sequence");
    char32_t c = characters_[at_++];
    if (c == 'x') return hexadecimal();
    if (c >= '0' && c <= '7') {
      char32_t value = c - '0';
      for (int i = 0; i < 2 && !at_end() && characters_[at_] >= '0' && characters_[at_] <= '7'; ++i)
        value = value * 8 + (characters_[at_++] - '0');
      return value;
    }
    if (c == '^') {
      if (at_end()) return wrong_at(line_, "the file ends within an escape sequence");
      return characters_[at_++] & 31;
    }
    constexpr std::string_view letters = "nrtvbfesd", values = "\n\r\t\v\b\f\033 \177";
    auto at = c < 0x80 ? letters.find(static_cast<char>(c)) : std::string_view::npos;
    if (c == '\n') ++line_;
    return at == std::string_view::npos ? c : static_cast<char32_t>(values[at]);
  }

  // \x41 or \x{1F600}
  Result<char32_t> hexadecimal() {
    bool braces = !at_end() && characters_[at_] == '{';
    if (braces) ++at_;
    char32_t value = 0;
    int count = 0;
    for (; !at_end() && digit_value(characters_[at_]) < 16 && (braces || count < 2); ++count) {
      value = value * 16 + static_cast<char32_t>(digit_value(characters_[at_++]));
      if (value > last_character) return wrong_at(line_, "an escape sequence is no character");
    }
    bool complete = braces ? count > 0 && !at_end() && characters_[at_] == '}' : count == 2;
    if (!complete || (value >= 0xD800 && value <= 0xDFFF))
      return wrong_at(line_, "an escape sequence is no character");
    if (braces) ++at_;
    return value;
  }

  Result<Token> dot(Token token) {
    ++at_;
    token.kind = Token::Kind::dot;
    if (!at_end() && characters_[at_] != '%' && !is_space(characters_[at_])) {
      token.kind = Token::Kind::symbol;
      token.text = U".";
    }
    return token;
  }

  std::u32string characters_;
  std::size_t at_ = 0;
  int line_ = 1;
};

// By recursive descent: each level of brackets is one call deeper, up to max_expression_depth.
class Parser {
 public:
  Parser(std::u32string characters, bool is_utf8) : lexer_{std::move(characters)}, utf8_{is_utf8} {}

  Result<Expression> whole() {
    if (auto ready = advance(); !ready) return ready.error();
    if (token_.kind == Token::Kind::end) return wrong_at(1, "the file is empty");
    auto found = expression(0);
    if (!found) return found;
    if (token_.is(U",")) return wrong_at(token_.line, "the file has more than one expression");
    if (token_.kind == Token::Kind::end)
      return wrong_at(token_.line, "the file ends without the dot behind the last bracket");
    if (token_.kind != Token::Kind::dot) return unexpected("the dot that ends the expression");
    if (auto ready = advance(); !ready) return ready.error();
    if (token_.kind != Token::Kind::end)
      return wrong_at(token_.line, "the file goes on behind the dot that ends the expression");
    return found;
  }

 private:
  Outcome advance() {
    auto next = lexer_.next();
    if (!next) return next.error();
    token_ = std::move(*next);
    return done;
  }

  Error unexpected(const std::string& wanted) const {
    if (token_.kind == Token::Kind::variable)
      return wrong_at(token_.line, "a variable stands here, and variables have no values in this file");
    return wrong_at(token_.line, token_name(token_) + " stands where " + wanted + " is needed");
  }

  Outcome expect(std::u32string_view symbol) {
    if (!token_.is(symbol)) return unexpected("\"" + utf8(symbol) + "\"");
    return advance();
  }

  // Operands of ++, which is associative for lists.
  Result<Expression> expression(int depth) {
    auto left = operand(depth);
    while (left && token_.is(U"++")) {
      if (auto ready = advance(); !ready) return ready.error();
      auto right = operand(depth);
      if (!right) return right;
      if (auto joined = append(*left, std::move(*right)); !joined) return joined.error();
    }
    return left;
  }

  Outcome append(Expression& left, Expression right) {
    for (const auto* side : {&left, &right})
      if (side->kind != Kind::list && side->kind != Kind::string)
        return wrong_at(side->line, "++ joins lists and strings only");
    auto is_empty = [](const Expression& list) { return list.kind == Kind::list && list.parts.empty(); };
    if (is_empty(right)) return done;
    if (is_empty(left)) return left = std::move(right), done;
    if (left.kind == Kind::list && right.kind == Kind::list) {
      std::move(right.parts.begin(), right.parts.end(), std::back_inserter(left.parts));
      return done;
    }
    for (auto* side : {&left, &right})
      if (auto text = to_string(*side); !text) return text.error();
    left.text += right.text;
    return done;
  }

  // A list of characters becomes a string.
  Outcome to_string(Expression& list) {
    if (list.kind == Kind::string) return done;
    for (const auto& part : list.parts) {
      if (part.kind != Kind::integer || part.number < 0 || part.number > last_character)
        return wrong_at(list.line, "++ joins a string and a list that is no string");
      append_character(list.text, static_cast<char32_t>(part.number));
    }
    list.kind = Kind::string;
    list.parts.clear();
    return done;
  }

  void append_character(std::string& out, char32_t c) const {
    if (!utf8_ && c < 0x100)
      out += static_cast<char>(c);
    else
      append_utf8(out, c);
  }

  Result<Expression> operand(int depth) {
    if (depth > max_expression_depth)
      return wrong_at(token_.line, "brackets are nested deeper than " + std::to_string(max_expression_depth));
    Expression made{.line = token_.line};
    switch (token_.kind) {
      case Token::Kind::integer: return integer(std::move(made), 1);
      case Token::Kind::string: return string(std::move(made));
      case Token::Kind::atom: return atom_or_call(std::move(made), depth);
      default: break;
    }
    if (token_.is_word("fun")) return function(std::move(made));
    bool is_sign = token_.is(U"-");
    bool is_bracket =
        token_.is(U"[") || token_.is(U"{") || token_.is(U"(") || token_.is(U"<<") || token_.is(U"#");
    if (!is_sign && !is_bracket) return unexpected("a value");
    std::u32string opening = token_.text;
    if (auto ready = advance(); !ready) return ready.error();
    if (is_sign)
      return token_.kind == Token::Kind::integer ? integer(std::move(made), -1) : unexpected("a number");
    if (opening == U"[") return list(std::move(made), depth);
    if (opening == U"{") return sequence(std::move(made), Kind::tuple, U"}", depth);
    if (opening == U"<<") return binary(std::move(made));
    if (opening == U"#") return map(std::move(made), depth);
    auto inner = expression(depth + 1);
    if (!inner) return inner;
    if (auto closed = expect(U")"); !closed) return closed.error();
    return inner;
  }

  Result<Expression> integer(Expression made, int sign) {
    made.kind = Kind::integer;
    made.number = sign * token_.number;
    if (auto ready = advance(); !ready) return ready.error();
    return made;
  }

  // Adjacent strings are one.
  Result<Expression> string(Expression made) {
    made.kind = Kind::string;
    while (token_.kind == Token::Kind::string) {
      for (char32_t c : token_.text) append_character(made.text, c);
      if (auto ready = advance(); !ready) return ready.error();
    }
    return made;
  }

  Result<Expression> atom_or_call(Expression made, int depth) {
    made.kind = Kind::atom;
    made.text = utf8(token_.text);
    if (auto ready = advance(); !ready) return ready.error();
    if (token_.is(U":")) {
      if (auto ready = advance(); !ready) return ready.error();
      if (token_.kind != Token::Kind::atom) return unexpected("the name of a function");
      made.text += ":" + utf8(token_.text);
      if (auto ready = advance(); !ready) return ready.error();
      if (!token_.is(U"(")) return unexpected("\"(\"");
    }
    if (!token_.is(U"(")) return made;
    if (auto ready = advance(); !ready) return ready.error();
    return sequence(std::move(made), Kind::call, U")", depth);
  }

  // fun Module:Function/Arity, or a fun with a body, which is passed over.
  Result<Expression> function(Expression made) {
    if (auto ready = advance(); !ready) return ready.error();
    if (token_.is(U"(")) return code(std::move(made));
    made.kind = Kind::function;
    auto take = [&](Token::Kind kind, const char* wanted) -> Outcome {
      if (token_.kind != kind) return unexpected(wanted);
      made.text += kind == Token::Kind::integer ? std::to_string(token_.number) : utf8(token_.text);
      return advance();
    };
    auto separate = [&](std::u32string_view symbol) {
      made.text += utf8(symbol);
      return expect(symbol);
    };
    if (auto taken = take(Token::Kind::atom, "the name of a module"); !taken) return taken.error();
    if (auto taken = separate(U":"); !taken) return taken.error();
    if (auto taken = take(Token::Kind::atom, "the name of a function"); !taken) return taken.error();
    if (auto taken = separate(U"/"); !taken) return taken.error();
    if (auto taken = take(Token::Kind::integer, "a number of arguments"); !taken) return taken.error();
    return made;
  }

  Result<Expression> code(Expression made) {
    made.kind = Kind::code;
    std::size_t open = 1;
    bool after_fun = false;
    while (open > 0) {
      if (token_.kind == Token::Kind::end || token_.kind == Token::Kind::dot)
        return wrong_at(made.line, "the fun that begins here has no end");
      if (token_.is_word("end")) --open;
      if (token_.kind == Token::Kind::word && is_closed_by_end(utf8(token_.text))) ++open;
      if (after_fun && token_.is(U"(")) ++open;
      after_fun = token_.is_word("fun");
      if (auto ready = advance(); !ready) return ready.error();
    }
    return made;
  }

  // Elements up to `closing`, which belongs to them.
  Result<Expression> sequence(Expression made, Kind kind, std::u32string_view closing, int depth) {
    made.kind = kind;
    while (!token_.is(closing)) {
      auto part = expression(depth + 1);
      if (!part) return part;
      made.parts.push_back(std::move(*part));
      if (token_.is(closing)) break;
      if (auto comma = separator(closing); !comma) return comma.error();
    }
    if (auto ready = advance(); !ready) return ready.error();
    return made;
  }

  Outcome separator(std::u32string_view closing) {
    if (!token_.is(U",")) return unexpected("\",\" or \"" + utf8(closing) + "\"");
    if (auto ready = advance(); !ready) return ready;
    if (token_.is(closing)) return unexpected("a value");
    return done;
  }

  // Also [a, b | Rest], with a list as the rest.
  Result<Expression> list(Expression made, int depth) {
    made.kind = Kind::list;
    while (!token_.is(U"]")) {
      auto part = expression(depth + 1);
      if (!part) return part;
      made.parts.push_back(std::move(*part));
      if (token_.is(U"]")) break;
      if (!token_.is(U"|")) {
        if (auto comma = separator(U"]"); !comma) return comma.error();
        continue;
      }
      if (auto ready = advance(); !ready) return ready.error();
      auto rest = expression(depth + 1);
      if (!rest) return rest;
      if (rest->kind != Kind::list && rest->kind != Kind::string)
        return wrong_at(rest->line, "what follows | is no list");
      if (auto joined = append(made, std::move(*rest)); !joined) return joined.error();
      if (!token_.is(U"]")) return unexpected("\"]\"");
    }
    if (auto ready = advance(); !ready) return ready.error();
    return made;
  }

  // Segments are strings, with /utf8 or without, and bytes.
  Result<Expression> binary(Expression made) {
    made.kind = Kind::binary;
    while (!token_.is(U">>")) {
      std::u32string characters;
      if (token_.kind == Token::Kind::integer) {
        characters = static_cast<char32_t>(token_.number);
      } else if (token_.kind == Token::Kind::string) {
        characters = token_.text;
      } else {
        return unexpected("a string or a byte");
      }
      if (auto ready = advance(); !ready) return ready.error();
      bool is_encoded = token_.is(U"/");
      if (is_encoded) {
        if (auto ready = advance(); !ready) return ready.error();
        if (token_.kind != Token::Kind::atom || token_.text != U"utf8") return unexpected("utf8");
        if (auto ready = advance(); !ready) return ready.error();
      }
      for (char32_t c : characters) {
        if (is_encoded && c > last_character) return wrong_at(made.line, "a number is no character");
        if (is_encoded)
          append_utf8(made.text, c);
        else
          made.text += static_cast<char>(c & 0xFF);
      }
      if (token_.is(U">>")) break;
      if (auto comma = separator(U">>"); !comma) return comma.error();
    }
    if (auto ready = advance(); !ready) return ready.error();
    return made;
  }

  Result<Expression> map(Expression made, int depth) {
    if (auto opened = expect(U"{"); !opened) return opened.error();
    made.kind = Kind::map;
    while (!token_.is(U"}")) {
      for (bool is_key : {true, false}) {
        auto part = expression(depth + 1);
        if (!part) return part;
        made.parts.push_back(std::move(*part));
        if (!is_key) break;
        if (auto arrow = expect(U"=>"); !arrow) return arrow.error();
      }
      if (token_.is(U"}")) break;
      if (auto comma = separator(U"}"); !comma) return comma.error();
    }
    if (auto ready = advance(); !ready) return ready.error();
    return made;
  }

  Lexer lexer_;
  Token token_{};
  bool utf8_;
};

}  // namespace

Error wrong_at(int line, const std::string& what) {
  return Error{Errc::configuration, "line " + std::to_string(line) + ": " + what};
}

Result<Expression> read_expression(std::string_view source) {
  if (source.size() > max_optfile_bytes)
    return wrong_at(1, "the file has more than " + std::to_string(max_optfile_bytes) + " bytes");
  if (source.substr(0, 3) == "\xEF\xBB\xBF")
    return wrong_at(1, "the file begins with a byte order mark: remove it");
  bool is_utf8 = says_utf8(source);
  std::u32string characters;
  characters.reserve(source.size());
  int line = 1;
  for (std::size_t at = 0; at < source.size();) {
    if (source[at] == '\n') ++line;
    auto c =
        is_utf8 ? next_utf8(source, at) : std::optional{char32_t{static_cast<unsigned char>(source[at++])}};
    if (!c) return wrong_at(line, "a character is not UTF-8, which the first lines promise");
    characters += *c;
  }
  return Parser{std::move(characters), is_utf8}.whole();
}

}  // namespace noderuntime::tls
