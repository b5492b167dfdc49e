#include "noderuntime/command/output.h"

#include <unistd.h>

#include <cmath>
#include <cstdio>

#include "common/wire/utf8.h"
#include "noderuntime/external_format/encode.h"
#include "noderuntime/term/heap.h"

namespace noderuntime::command {

namespace {

Value built(const std::function<Term(Terms&)>& make) {
  Heap heap;
  NodeIdentity nobody{Atom{}, Creation{0}};
  Terms terms{heap, nobody};
  return Value::of(make(terms));
}

void write(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

}  // namespace

bool is_terminal() { return isatty(STDOUT_FILENO) == 1; }

void Progress::show(const std::string& text) {
  if (isatty(STDERR_FILENO) != 1) return;
  shown_ = true;
  std::fprintf(stderr, "\r\033[K%s", text.c_str());
}

Progress::~Progress() {
  if (shown_) std::fputs("\r\033[K", stderr);
}

std::string without_controls(std::string_view text) {
  std::string shown;
  for (std::size_t at = 0; at < text.size();) {
    auto start = at;
    auto character = utf8::next(text, at);
    if (!character) ++at;
    bool control = !character || *character < 0x20 || (*character >= 0x7f && *character < 0xa0);
    for (char byte : text.substr(start, at - start)) {
      char escaped[5];
      std::snprintf(escaped, sizeof escaped, "\\x%02x", static_cast<unsigned char>(byte));
      if (!control || byte == '\n' || byte == '\t')
        shown += byte;
      else
        shown += escaped;
    }
  }
  return shown;
}

void complain(std::string_view text) {
  std::fprintf(stderr, "noderuntime: %s\n", without_controls(text).c_str());
}

int report(const Error& error, std::string_view about) {
  std::string text = error.message();
  if (!about.empty() && error.context.find(about) == std::string::npos)
    text = std::string{about} + ": " + text;
  complain(text);
  return exit_status(error);
}

namespace {
// What a peer sends as one need not be one.
bool is_character(std::int64_t number) {
  return (number >= 0 && number < 0xD800) || (number > 0xDFFF && number <= 0x10FFFF);
}
}  // namespace

std::string characters(Term deep) {
  std::string text;
  std::vector<Term> waiting{deep};
  while (!waiting.empty()) {
    Term next = waiting.back();
    waiting.pop_back();
    if (next.is_small() && is_character(next.as_small()))
      utf8::append(text, static_cast<char32_t>(next.as_small()));
    else if (next.is_cons())
      waiting.push_back(next.tail()), waiting.push_back(next.head());
    else if (auto bytes = detail::read_bytes(next))
      text += as_text(*bytes);
  }
  return text;
}

Value text_value(std::string_view utf8) {
  return built([&](Terms& terms) { return terms.binary(utf8); });
}
Value number_value(double number) {
  return built([&](Terms& terms) { return terms.floating(number); });
}
Value integer_value(std::int64_t number) {
  return built([&](Terms& terms) { return terms.integer(number); });
}
double rounded(double number) { return std::round(number * 1000) / 1000; }

std::string Output::text(Term term) const { return write_term(term, notation_); }

void Output::value(Term term) const {
  if (form_ == Form::text) return write(write_term(term, notation_, {.pretty = true}) + "\n");
  auto bytes = encode(term, {.self = self_, .version = true});
  if (!bytes) return complain(bytes.error().message());
  write(as_text(*bytes));
}

void Output::line(std::string_view text) const { write(without_controls(text) + "\n"); }

void Output::clear_screen() const { write("\033[H\033[J"); }

void Output::object(std::initializer_list<Field> fields) const { object(std::vector<Field>{fields}); }

std::string Output::json_text(const std::vector<Field>& fields) {
  auto map = built([&](Terms& terms) {
    std::vector<std::pair<Term, Term>> entries;
    for (auto& [name, value] : fields) entries.emplace_back(terms.of(Atom::of(name)), value.term());
    return terms.map_of(entries);
  });
  return write_term(map.term(), Notation::json);
}

void Output::json_line(std::string_view json) const { write(std::string{json} + "\n"); }

void Output::object(const std::vector<Field>& fields) const { json_line(json_text(fields)); }

void Output::document(Term object) const { write(write_term(object, Notation::json) + "\n"); }

}  // namespace noderuntime::command
