#include "noderuntime/services/report_text.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "common/wire/utf8.h"
#include "noderuntime/term/bits.h"
#include "noderuntime/term/text.h"

namespace noderuntime {

namespace {

bool utf8_character(std::int64_t number) {
  return number >= 0 && number < 0x110000 && (number < 0xD800 || number > 0xDFFF);
}

// The text of nested lists of characters and binaries; nullopt: not such a list.
std::optional<std::string> characters(Term term) {
  if (!term.is_cons() && !term.is_nil() && !term.is_bitstring()) return std::nullopt;
  std::string text;
  std::vector<Term> waiting{term};
  while (!waiting.empty() && text.size() < max_report) {
    Term next = waiting.back();
    waiting.pop_back();
    if (next.is_cons()) {
      waiting.push_back(next.tail());
      waiting.push_back(next.head());
    } else if (next.is_small() && utf8_character(next.as_small())) {
      utf8::append(text, static_cast<char32_t>(next.as_small()));
    } else if (next.is_bitstring()) {
      BitView view = bits_of(next);
      std::string bytes(std::min(view.bit_size / 8, max_report), '\0');
      bits::copy_to_front(view.data, view.bit_offset, reinterpret_cast<std::uint8_t*>(bytes.data()),
                          bytes.size() * 8);
      text += bytes;
    } else if (!next.is_nil()) {
      return std::nullopt;
    }
  }
  return text;
}

// Replaces control characters, so that a report cannot forge lines of the log.
std::string on_one_line(std::string text) {
  for (auto& character : text)
    if (static_cast<unsigned char>(character) < ' ' || character == 0x7F) character = ' ';
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

struct Directive {
  char letter = '~';
  int stars = 0;  // widths taken from arguments
};

// Parses the directive whose `~` is before `at`; `at` is moved behind it.
Directive directive(const std::string& format, std::size_t& at) {
  constexpr std::string_view modifiers = "0123456789*.-tlkK";
  Directive found;
  for (; at < format.size() && modifiers.find(format[at]) != modifiers.npos; ++at)
    found.stars += format[at] == '*';
  if (at < format.size()) found.letter = format[at++];
  return found;
}

std::string character(Term number) {
  std::string text;
  if (!number.is_small() || !utf8_character(number.as_small())) return "?";
  utf8::append(text, static_cast<char32_t>(number.as_small()));
  return text;
}

}  // namespace

std::string report_text(Term report) { return to_text(report, {.strings = true, .limit = max_report}); }

std::string logged_text(Term what) {
  auto text = characters(what);
  return text && !text->empty() ? on_one_line(*text) : report_text(what);
}

std::string logged_text(Term format, Term arguments) {
  auto text = format.is_atom() ? std::string{format.as_atom().text()} : characters(format).value_or("");
  std::string out;
  auto next = [&] {
    Term argument = arguments.is_cons() ? arguments.head() : Term::nil();
    if (arguments.is_cons()) arguments = arguments.tail();
    return argument;
  };
  for (std::size_t at = 0; at < text.size() && out.size() < max_report;) {
    char plain = text[at++];
    if (plain != '~') {
      out += plain;
      continue;
    }
    auto [letter, stars] = directive(text, at);
    while (stars-- > 0) next();
    switch (letter) {
      case '~': out += '~'; break;
      case 'n': out += ' '; break;
      case 's': {
        Term argument = next();
        out += characters(argument).value_or(report_text(argument));
        break;
      }
      case 'c': out += character(next()); break;
      case 'i': next(); break;
      default:
        out += report_text(next());
        if (letter == 'P' || letter == 'W') next();  // the depth
        if (letter == 'x' || letter == 'X') next();  // the prefix of the number
    }
  }
  return on_one_line(std::move(out));
}

}  // namespace noderuntime
