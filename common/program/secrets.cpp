#include "common/program/secrets.h"

#include <algorithm>
#include <vector>

namespace noderuntime::program {
namespace {

constexpr std::string_view hidden = "***", cut_off = "...", setter = "set_cookie";
constexpr std::size_t long_enough = 8;     // to be searched for inside words
constexpr std::size_t shortest_start = 3;  // of a secret at which a text may have been cut

// One spelling of a secret.
struct Spelling {
  std::string text;
  bool in_words;  // also found inside longer words
};

std::vector<Spelling>& spellings() {
  static std::vector<Spelling> all;
  return all;
}

std::string between(char quote, std::string_view secret) {
  std::string text;
  for (char c : secret) {
    if (c == quote || c == '\\') text += '\\';
    text += c;
  }
  return text;
}

std::string as_numbers(std::string_view secret) {
  std::string text;
  for (char c : secret) text += (text.empty() ? "" : ",") + std::to_string(static_cast<unsigned char>(c));
  return text;
}

void add(std::string text, bool in_words) {
  auto known = [&](const Spelling& spelling) { return spelling.text == text; };
  auto& all = spellings();
  if (std::none_of(all.begin(), all.end(), known)) all.push_back({std::move(text), in_words});
}

bool is_in_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '@';
}

bool stands_alone(std::string_view text, std::size_t at, std::size_t size) {
  return (at == 0 || !is_in_word(text[at - 1])) && (at + size == text.size() || !is_in_word(text[at + size]));
}

void hide(std::string& text, const Spelling& spelling) {
  for (std::size_t at = 0; (at = text.find(spelling.text, at)) != std::string::npos;) {
    if (spelling.in_words || stands_alone(text, at, spelling.text.size())) {
      text.replace(at, spelling.text.size(), hidden);
      at += hidden.size();
    } else {
      ++at;
    }
  }
}

// Hides "…secr..." in a text that was cut within the secret.
void hide_start(std::string& text, const Spelling& spelling) {
  for (std::size_t dots = 0; (dots = text.find(cut_off, dots)) != std::string::npos; ++dots) {
    for (auto size = std::min(spelling.text.size() - 1, dots); size >= shortest_start; --size) {
      if (text.compare(dots - size, size, spelling.text, 0, size) != 0) continue;
      text.replace(dots - size, size, hidden);
      dots += hidden.size() - size;
      break;
    }
  }
}

// The end of what begins at `at`: the bracket that closes the enclosing one, or the end of the text.
std::size_t end_of_enclosed(std::string_view text, std::size_t at) {
  int depth = 0;
  for (; at < text.size(); ++at) {
    char c = text[at];
    if (c == '\'' || c == '"') {
      for (++at; at < text.size() && text[at] != c; ++at)
        if (text[at] == '\\') ++at;
    } else if (c == '(' || c == '[' || c == '{') {
      ++depth;
    } else if (c == ')' || c == ']' || c == '}') {
      if (--depth < 0) return at;
    }
  }
  return text.size();
}

void hide_set_cookies(std::string& text) {
  for (std::size_t at = 0; (at = text.find(setter, at)) != std::string::npos;) {
    at += setter.size();
    auto end = end_of_enclosed(text, at);
    if (end == at) continue;
    text.replace(at, end - at, " " + std::string{hidden});
    at += 1 + hidden.size();
  }
}

}  // namespace

void keep_secret(std::string_view secret) {
  if (secret.empty()) return;
  bool in_words = secret.size() >= long_enough;
  add(std::string{secret}, in_words);
  add(between('\'', secret), in_words);
  add(between('"', secret), in_words);
  add(as_numbers(secret), false);
}

std::string without_secrets(std::string_view text) {
  std::string shown{text};
  hide_set_cookies(shown);
  for (const auto& spelling : spellings()) {
    hide(shown, spelling);
    hide_start(shown, spelling);
  }
  return shown;
}

}  // namespace noderuntime::program
