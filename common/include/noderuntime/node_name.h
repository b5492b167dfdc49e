// The name of a node: NAME@HOST.
#pragma once

#include <string>
#include <string_view>

#include <noderuntime/result.h>

namespace noderuntime {

// Always valid: exactly one '@'; the name has only ASCII letters, digits, '_' and '-'; both parts are
// non-empty; the whole is UTF-8 without control characters, of at most 255 characters.
// Source: erl_dist_protocol, "The Handshake in Detail"; valid_name_head() of net_kernel.erl, which answers
// "nok" to callers with other names.
class NodeName {
 public:
  static Result<NodeName> parse(std::string_view text);

  const std::string& full() const { return full_; }
  std::string_view name() const { return std::string_view{full_}.substr(0, at_); }
  std::string_view host() const { return std::string_view{full_}.substr(at_ + 1); }

  friend bool operator==(const NodeName& a, const NodeName& b) { return a.full_ == b.full_; }
  friend auto operator<=>(const NodeName& a, const NodeName& b) { return a.full_ <=> b.full_; }

 private:
  NodeName(std::string full, std::size_t at) : full_{std::move(full)}, at_{at} {}
  std::string full_;
  std::size_t at_;
};

}  // namespace noderuntime
