#include "noderuntime/command/term.h"

#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iterator>

#include "noderuntime/command/output.h"
#include "noderuntime/external_format/decode.h"
#include "noderuntime/external_format/encode.h"
#include "noderuntime/external_format/hex_view.h"
#include "noderuntime/notation/base64.h"
#include "noderuntime/notation/notation.h"

namespace noderuntime::command {

// The three verbs differ in what they start from and end with.
void TermOptions::add_verb(CLI::App& app, const char* name, const char* text, const char* from,
                           const char* to) {
  auto* verb = app.add_subcommand(name, text);
  bool reads_text = std::string{from} == "erlang", reads_bytes = std::string{from} == "etf";
  bool writes_text = std::string{to} == "erlang", converts = std::string{name} == "convert";
  verb->add_option("term", typed, "the term, or its bytes; without it --file or standard input is read");
  verb->add_option("--file", file, "where to read it")->check(CLI::ExistingFile);
  auto notations = std::vector<std::string>{"erlang", "lfe", "elixir", "json"};
  auto bytes = std::vector<std::string>{"etf", "hex", "base64"};
  auto both = notations;
  both.insert(both.end(), bytes.begin(), bytes.end());
  if (reads_text)
    verb->add_option("--from", this->from, "notation that is read (erlang)")
        ->check(CLI::IsMember(converts ? std::vector<std::string>{"erlang", "lfe", "elixir", "json", "etf"}
                                       : notations));
  if (reads_bytes || converts)
    verb->add_option("--input", input,
                     "how the bytes are spelled: raw, hex or base64 (raw; hex for an argument)")
        ->check(CLI::IsMember({"raw", "hex", "base64"}));
  verb->add_option("--to", this->to, std::string{"what is written ("} + to + ")")
      ->check(CLI::IsMember(converts      ? both
                            : writes_text ? notations
                                          : bytes));
  if (!writes_text || converts)
    verb->add_flag("--compressed", compressed, "as term_to_binary(Term, [compressed])");
  if (writes_text) verb->add_flag("--pretty", pretty, "break long lines");
  verb->add_flag("--hex", view, "the bytes of the external format, explained");
  verb->callback([this, from, to] {
    if (this->from.empty()) this->from = from;
    if (this->to.empty()) this->to = to;
  });
}

void TermOptions::add_to(CLI::App& app) {
  app.require_subcommand(1);
  add_verb(app, "encode", "a term to bytes of the external format", "erlang", "etf");
  add_verb(app, "decode", "bytes of the external format to a term", "etf", "erlang");
  add_verb(app, "convert", "a term from one notation to another", "erlang", "erlang");
}

namespace {

std::string read_all(std::FILE* file) {
  std::string text;
  for (char buffer[65536]; std::size_t count = std::fread(buffer, 1, sizeof buffer, file);)
    text.append(buffer, count);
  return text;
}

std::string what_is_read(const TermOptions& options) {
  if (!options.typed.empty()) return options.typed;
  if (options.file.empty()) return read_all(stdin);
  std::ifstream file{options.file, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

int hexadecimal_digit(char c) {
  return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Pairs of digits, with any space between them; or <<131,97,5>>, as a shell prints bytes.
std::optional<std::string> from_hexadecimal(std::string_view text) {
  auto start = text.find_first_not_of(" \t\r\n");
  if (start != std::string_view::npos && text.substr(start, 2) == "<<") {
    auto binary = read_term(text, Notation::erlang);
    auto bytes = binary && binary->term().is_bitstring() ? aligned_bytes(binary->term()) : std::nullopt;
    return bytes ? std::optional{std::string{as_text(*bytes)}} : std::nullopt;
  }
  std::string out;
  int high = -1;
  for (char c : text) {
    if (high < 0 && is_space(c)) continue;
    int digit = hexadecimal_digit(c);
    if (digit < 0) return std::nullopt;
    if (high >= 0) out += static_cast<char>(high << 4 | digit);
    high = high >= 0 ? -1 : digit;
  }
  return high < 0 ? std::optional{out} : std::nullopt;
}

std::optional<std::string> from_base64_lines(std::string_view text) {
  std::string joined;
  for (char c : text)
    if (!is_space(c)) joined += c;
  return notation::from_base64(joined);
}

std::string to_hexadecimal(Bytes bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (Byte byte : bytes) out += digits[byte >> 4], out += digits[byte & 15];
  return out;
}

Result<Buffer> bytes_in(const TermOptions& options, const std::string& read) {
  bool raw = options.input.empty() ? options.typed.empty() : options.input == "raw";
  auto bytes = raw                         ? std::optional{read}
               : options.input == "base64" ? from_base64_lines(read)
                                           : from_hexadecimal(read);
  if (!bytes)
    return Error{Errc::bad_text, options.input == "base64" ? "not base64" : "not hexadecimal digits"};
  return Buffer{bytes->begin(), bytes->end()};
}

Result<OwnedTerm> decoded(Bytes bytes) {
  Heap heap;
  auto read = decode_with_version(heap, bytes, {});
  if (!read) return read.error();
  if (read->consumed != bytes.size())
    return Error{Errc::bad_term, std::to_string(bytes.size() - read->consumed) + " bytes behind the term"};
  return OwnedTerm{std::move(heap), read->term};
}

Result<Buffer> encoded(Term term, bool compressing) {
  auto plain = encode(term, {.version = true});
  auto shorter = plain && compressing ? compressed(*plain, 6) : std::nullopt;
  return shorter ? std::move(*shorter) : std::move(plain);
}

int refuse(const Error& error) { return complain(error.message()), bad_term; }

int write(std::string_view text, std::string_view end = "\n") {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fwrite(end.data(), 1, end.size(), stdout);
  return std::fflush(stdout) == 0 ? success : (complain("standard output is closed"), internal);
}

int write_bytes(const TermOptions& options, Bytes bytes) {
  if (options.to == "hex") return write(to_hexadecimal(bytes));
  if (options.to == "base64") return write(notation::base64(as_text(bytes)));
  return write(as_text(bytes), "");
}

// What the bytes mean, whether they are a term or not.
int write_view(Bytes bytes, bool whole) {
  int status = write(hex_view(bytes), "");
  return whole ? status : bad_term;
}

}  // namespace

int term(const TermOptions& options) {
  std::string read = what_is_read(options);
  Buffer bytes;
  Result<OwnedTerm> term = Error{Errc::bad_term, {}};
  if (auto notation = notation_of(options.from)) {
    term = read_term(read, *notation);
  } else {
    auto found = bytes_in(options, read);
    if (!found) return refuse(found.error());
    bytes = std::move(*found);
    term = decoded(bytes);
    if (options.view) return write_view(bytes, term.ok());
  }
  if (!term) return refuse(term.error());
  if (auto notation = notation_of(options.to); notation && !options.view)
    return write(write_term(term->term(), *notation, {.pretty = options.pretty}));
  auto result = encoded(term->term(), options.compressed);
  if (!result) return refuse(result.error());
  return options.view ? write_view(*result, true) : write_bytes(options, *result);
}

}  // namespace noderuntime::command
