// Reads the files of test/data/notation, which hold what real Erlang, LFE and Elixir print.
#pragma once

#include <fstream>
#include <sstream>
#include <string>
#include <vector>
#include "test/unit/catch.h"

#include "noderuntime/external_format/decode.h"
#include "noderuntime/notation/notation.h"
#include "test/unit/paths.h"

namespace noderuntime::test {

inline std::string unescaped(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char next = text[i] == '\\' && i + 1 < text.size() ? text[++i] : '\0';
    out += next == '\0' ? text[i] : next == 'n' ? '\n' : next == 't' ? '\t' : next;
  }
  return out;
}

// The rows of a file. Tabs separate the fields of a row; \n, \t and \\ in a field are escaped.
inline std::vector<std::vector<std::string>> golden_rows(const std::string& name) {
  std::ifstream file{test_data() + "/notation/" + name};
  std::vector<std::vector<std::string>> all;
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields{line};
    all.emplace_back();
    for (std::string field; std::getline(fields, field, '\t');) all.back().push_back(unescaped(field));
  }
  REQUIRE(all.size() > 100);
  return all;
}

// Reads a term that is in Erlang syntax, or in the external format as hexadecimal digits.
inline OwnedTerm golden_term(const std::string& text) {
  if (text.size() < 4 || text.substr(0, 2) != "83") {
    auto parsed = read_term(text, Notation::erlang);
    REQUIRE(parsed);
    return std::move(*parsed);
  }
  Buffer bytes;
  for (std::size_t i = 0; i < text.size(); i += 2)
    bytes.push_back(static_cast<Byte>(std::stoi(text.substr(i, 2), nullptr, 16)));
  Heap heap;
  auto decoded = decode_with_version(heap, bytes, {});
  REQUIRE(decoded);
  return OwnedTerm{std::move(heap), decoded->term};
}

}  // namespace noderuntime::test
