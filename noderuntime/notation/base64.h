// Base64. Source: RFC 4648, section 4.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace noderuntime::notation {

std::string base64(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);  // padding is required; nullopt: not base64

}  // namespace noderuntime::notation
