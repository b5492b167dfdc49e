#include "noderuntime/command/passwords.h"

#include <algorithm>

#include "noderuntime/notation/base64.h"

namespace noderuntime::command {

namespace {

Error wrong(std::size_t line, const std::string& what) {
  return {Errc::configuration, "line " + std::to_string(line) + ": " + what};
}

bool is_hash(std::string_view secret) { return secret.starts_with('$'); }

}  // namespace

std::optional<NameAndPassword> basic_authorization(std::string_view header) {
  constexpr std::string_view scheme = "basic ";
  if (header.size() < scheme.size()) return std::nullopt;
  for (std::size_t i = 0; i < scheme.size(); ++i) {
    char c = header[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != scheme[i]) return std::nullopt;
  }
  header.remove_prefix(scheme.size());
  auto text = notation::from_base64(header);
  auto colon = text ? text->find(':') : std::string::npos;
  if (colon == std::string::npos) return std::nullopt;
  return NameAndPassword{text->substr(0, colon), text->substr(colon + 1)};
}

bool same_secret(std::string_view typed, std::string_view secret) {
  unsigned differs = typed.size() == secret.size() ? 0 : 1;
  for (std::size_t i = 0; i < typed.size(); ++i)
    differs |= static_cast<unsigned char>(typed[i] ^ (secret.empty() ? '\1' : secret[i % secret.size()]));
  return differs == 0 && !secret.empty();
}

Result<Passwords> Passwords::parse(std::string_view text) {
  if (text.size() > most_bytes) return Error{Errc::configuration, "it is longer than 64 KiB"};
  Passwords passwords;
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    auto colon = line.find(':');
    if (colon == line.npos || colon == 0) return wrong(number, "it is not NAME:PASSWORD");
    auto secret = line.substr(colon + 1);
    if (secret.empty()) return wrong(number, "the password is empty");
    if (passwords.secrets_.size() == most_users) return wrong(number, "there are more than 1,000 users");
    if (!passwords.secrets_.emplace(line.substr(0, colon), secret).second)
      return wrong(number, "the name stands in the file twice");
  }
  if (passwords.secrets_.empty()) return Error{Errc::configuration, "it has no line NAME:PASSWORD"};
  return passwords;
}

Passwords::Secret Passwords::secret_of(std::string_view name) const {
  if (auto found = secrets_.find(name); found != secrets_.end())
    return {found->second, is_hash(found->second), true};
  auto other = hashes();
  if (!other.empty()) return {other.front(), true, false};
  return {secrets_.begin()->second, false, false};
}

std::vector<std::string> Passwords::hashes() const {
  std::vector<std::string> all;
  for (auto& [name, secret] : secrets_)
    if (is_hash(secret)) all.push_back(secret);
  return all;
}

void WrongPasswords::begin_period(Milliseconds now) {
  if (now - began_ < period) return;
  began_ = now;
  all_ = 0;
  by_host_.clear();
}

bool WrongPasswords::may_try(const std::string& host, Milliseconds now) {
  begin_period(now);
  auto found = by_host_.find(host);
  return all_ < most_of_all && (found == by_host_.end() || found->second < most);
}

void WrongPasswords::add(const std::string& host, Milliseconds now) {
  begin_period(now);
  if (all_ >= most_of_all) return;
  ++all_;
  ++by_host_[host];
}

}  // namespace noderuntime::command
