// JSON for test data: enough to read what our own tools wrote. Ends the test on anything else.
#pragma once

#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace noderuntime::test {

struct Json {
  std::string text;  // of a string, number or word
  std::vector<Json> items;
  std::map<std::string, Json> fields;

  const Json& operator[](const std::string& name) const {
    static const Json none;
    auto found = fields.find(name);
    return found == fields.end() ? none : found->second;
  }
  bool has(const std::string& name) const { return fields.contains(name); }

  static Json parse(std::string_view in) {
    Json value = read(in);
    return value;
  }

 private:
  static void skip(std::string_view& in) {
    while (!in.empty() && (in[0] == ' ' || in[0] == '\n' || in[0] == ',' || in[0] == ':'))
      in.remove_prefix(1);
  }
  static std::string string(std::string_view& in) {
    std::string out;
    for (in.remove_prefix(1); in.at(0) != '"'; in.remove_prefix(1)) {
      if (in[0] != '\\') {
        out.push_back(in[0]);
        continue;
      }
      in.remove_prefix(1);
      char escaped = in.at(0);
      if (escaped == 'u') {  // only for what is printed in messages
        in.remove_prefix(4);
        out.push_back('?');
      } else {
        out.push_back(escaped == 'n' ? '\n' : escaped == 't' ? '\t' : escaped);
      }
    }
    in.remove_prefix(1);
    return out;
  }
  static Json read(std::string_view& in) {
    Json value;
    skip(in);
    REQUIRE_FALSE(in.empty());
    if (in[0] == '"') {
      value.text = string(in);
    } else if (in[0] == '[') {
      in.remove_prefix(1);
      for (skip(in); in.at(0) != ']'; skip(in)) value.items.push_back(read(in));
      in.remove_prefix(1);
    } else if (in[0] == '{') {
      in.remove_prefix(1);
      for (skip(in); in.at(0) != '}'; skip(in)) {
        auto name = string(in);
        value.fields.emplace(name, read(in));
      }
      in.remove_prefix(1);
    } else {
      while (!in.empty() && in[0] != ',' && in[0] != ']' && in[0] != '}')
        value.text.push_back(in[0]), in.remove_prefix(1);
    }
    return value;
  }
};

}  // namespace noderuntime::test
