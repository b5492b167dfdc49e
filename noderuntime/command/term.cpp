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

// Bytes as pairs of digits with optional space, or as <<131,97,5>>, which shells print.
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

int write_all(std::string_view text, std::string_view end = "\n") {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fwrite(end.data(), 1, end.size(), stdout);
  return std::fflush(stdout) == 0 ? success : (complain("standard output is closed"), internal);
}

int write_bytes(const TermOptions& options, Bytes bytes) {
  if (options.to == "hex") return write_all(to_hexadecimal(bytes));
  if (options.to == "base64") return write_all(notation::base64(as_text(bytes)));
  return write_all(as_text(bytes), "");
}

// Prints the meaning of the bytes, whether they are a term or not.
int write_view(Bytes bytes, bool whole) {
  int status = write_all(hex_view(bytes), "");
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
    return write_all(write_term(term->term(), *notation, {.pretty = options.pretty}));
  auto result = encoded(term->term(), options.compressed);
  if (!result) return refuse(result.error());
  return options.view ? write_view(*result, true) : write_bytes(options, *result);
}

}  // namespace noderuntime::command
