#include "noderuntime/membership/hosts_file.h"

#include <algorithm>
#include <optional>

namespace noderuntime::membership {

namespace {

constexpr std::size_t longest_host = 255;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_word(char c) {
  return is_lower(c) || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '@';
}

class HostsReader {
 public:
  explicit HostsReader(std::string_view text) : text_{text} {}

  bool at_end() {
    while (at_ < text_.size() && (is_space(text_[at_]) || text_[at_] == '%'))
      at_ = text_[at_] == '%' ? std::min(text_.find('\n', at_), text_.size()) : at_ + 1;
    return at_ == text_.size();
  }
  // One atom and its dot; nullopt if something else stands here.
  std::optional<std::string> host() {
    auto name = peek() == '\'' ? quoted() : plain();
    if (!name || name->empty() || name->size() > longest_host) return std::nullopt;
    at_end();  // white space and comments may stand in front of the dot
    if (peek() != '.') return std::nullopt;
    ++at_;
    if (at_ < text_.size() && !is_space(text_[at_]) && text_[at_] != '%') return std::nullopt;
    return name;
  }
  std::size_t line() const {
    return 1 + static_cast<std::size_t>(
                   std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at_), '\n'));
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  std::optional<std::string> quoted() {
    auto end = text_.find('\'', at_ + 1);
    if (end == text_.npos) return std::nullopt;
    std::string name{text_.substr(at_ + 1, end - at_ - 1)};
    if (name.find_first_of("\\\n") != name.npos)
      return std::nullopt;  // no host has a character to be escaped
    at_ = end + 1;
    return name;
  }
  std::optional<std::string> plain() {
    if (!is_lower(peek())) return std::nullopt;
    auto begin = at_;
    while (is_word(peek())) ++at_;
    return std::string{text_.substr(begin, at_ - begin)};
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Result<std::vector<std::string>> hosts_in(std::string_view text, const std::string& file) {
  std::vector<std::string> hosts;
  for (HostsReader reader{text}; !reader.at_end();) {
    auto host = reader.host();
    if (!host)
      return Error{Errc::configuration, file + ", line " + std::to_string(reader.line()) +
                                            ": write a host and a dot: 'host.example.org'."};
    hosts.push_back(std::move(*host));
  }
  return hosts;
}

}  // namespace noderuntime::membership
