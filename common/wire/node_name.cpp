#include "noderuntime/node_name.h"

#include <algorithm>

#include "common/wire/utf8.h"

namespace noderuntime {

namespace {
constexpr std::size_t max_characters = 255;
}

Result<NodeName> NodeName::parse(std::string_view text) {
  auto characters = utf8::length(text);
  auto at = text.find('@');
  bool control = std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; });
  bool good = characters && *characters <= max_characters && !control && at != std::string_view::npos &&
              at > 0 && at + 1 < text.size() && text.find('@', at + 1) == std::string_view::npos;
  if (!good) return Error{Errc::bad_node_name, std::string{text.substr(0, max_characters)}};
  return NodeName{std::string{text}, at};
}

}  // namespace noderuntime
