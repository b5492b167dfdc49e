// Node names in handshake messages: Latin-1, while ours are UTF-8.
// Source: docs/protocol/distribution.md, "Handshake messages".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <noderuntime/node_name.h>
#include "common/wire/utf8.h"

namespace noderuntime::distribution {

inline Result<NodeName> node_name_from_latin1(std::string_view text) {
  return NodeName::parse(utf8::from_latin1(text));
}

// nullopt: a character above U+00FF.
inline std::optional<std::string> to_latin1(std::string_view text) {
  std::string latin1;
  for (std::size_t at = 0; at < text.size();) {
    auto code_point = utf8::next(text, at);
    if (!code_point || *code_point > 0xFF) return std::nullopt;
    latin1 += static_cast<char>(*code_point);
  }
  return latin1;
}

}  // namespace noderuntime::distribution
