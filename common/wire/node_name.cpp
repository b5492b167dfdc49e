#include <noderuntime/node_name.h>

#include <algorithm>

#include "common/wire/utf8.h"

namespace noderuntime {

namespace {

constexpr std::size_t max_characters = 255;

bool may_be_in_name(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '-';
}

bool may_be_in_host(char c) {
  auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte != 0x7F && c != '@';
}

}  // namespace

Result<NodeName> NodeName::parse(std::string_view text) {
  auto characters = utf8::length(text);
  auto at = std::min(text.find('@'), text.size());
  auto name = text.substr(0, at), host = text.substr(std::min(at + 1, text.size()));
  bool good = characters && *characters <= max_characters && !name.empty() && !host.empty() &&
              std::all_of(name.begin(), name.end(), may_be_in_name) &&
              std::all_of(host.begin(), host.end(), may_be_in_host);
  if (!good) return Error{Errc::bad_node_name, std::string{text.substr(0, max_characters)}};
  return NodeName{std::string{text}, at};
}

}  // namespace noderuntime
