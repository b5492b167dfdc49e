#include "noderuntime/functions/searcher.h"

#include <algorithm>
#include <cstring>

#include "noderuntime/term/pieces.h"

namespace noderuntime {

namespace {

constexpr std::size_t npos = std::string_view::npos;
constexpr std::size_t compared_at_once = 256;

}  // namespace

std::size_t find_byte(std::string_view text, char byte, std::size_t from) {
  constexpr std::size_t piece = std::size_t{64} << 10;
  while (from < text.size()) {
    std::size_t size = std::min(piece, text.size() - from);
    auto* found = static_cast<const char*>(std::memchr(text.data() + from, byte, size));
    if (found) {
      auto at = static_cast<std::size_t>(found - text.data());
      pace.spend(static_cast<std::int64_t>((at - from) / Pace::copied_bytes));
      return at;
    }
    from += size;
    pace.spend(static_cast<std::int64_t>(size / Pace::copied_bytes));
  }
  return npos;
}

std::size_t common_prefix(std::string_view a, std::string_view b) {
  std::size_t size = std::min(a.size(), b.size()), at = 0;
  Rounds rounds{compared_at_once / Pace::copied_bytes};
  while (size - at >= compared_at_once && std::memcmp(a.data() + at, b.data() + at, compared_at_once) == 0)
    at += compared_at_once, rounds.next();
  while (at < size && a[at] == b[at]) ++at;
  return at;
}

std::size_t common_suffix(std::string_view a, std::string_view b) {
  std::size_t size = std::min(a.size(), b.size()), at = 0;
  auto *end_a = a.data() + a.size(), *end_b = b.data() + b.size();
  Rounds rounds{compared_at_once / Pace::copied_bytes};
  while (size - at >= compared_at_once &&
         std::memcmp(end_a - at - compared_at_once, end_b - at - compared_at_once, compared_at_once) == 0)
    at += compared_at_once, rounds.next();
  while (at < size &&
         end_a[-static_cast<std::ptrdiff_t>(at) - 1] == end_b[-static_cast<std::ptrdiff_t>(at) - 1])
    ++at;
  return at;
}

std::size_t PatternSearch::find(std::string_view text, std::size_t from) {
  if (from > text.size() || text.size() - from < pattern_.size()) return npos;
  if (!prefix_.empty()) return find_linear(text, from);
  std::size_t stopped = 0;
  auto found = compare_from(text, from, stopped);
  return stopped == 0 ? found : find_linear(text, stopped);
}

// Gives up, at `stopped` (not 0), when the credit is used up.
std::size_t PatternSearch::compare_from(std::string_view text, std::size_t from, std::size_t& stopped) {
  constexpr std::int64_t per_byte = 8;  // comparisons in vain that each byte of the text pays for
  Rounds rounds{4};
  auto rest = pattern_.substr(1);
  for (std::size_t last = text.size() - pattern_.size(); from <= last;) {
    auto at = find_byte(text.substr(0, last + 1), pattern_[0], from);
    if (at == npos) return npos;
    auto same = common_prefix(text.substr(at + 1, rest.size()), rest);
    if (same == rest.size()) return at;
    rounds.next();
    credit_ += per_byte * static_cast<std::int64_t>(at + 1 - from) - static_cast<std::int64_t>(same);
    from = at + 1;
    if (credit_ < 0 && pattern_.size() <= UINT32_MAX) {
      stopped = from;
      return npos;
    }
  }
  return npos;
}

void PatternSearch::prepare() {
  prefix_.reserve(pattern_.size());
  prefix_.push_back(0);
  Rounds rounds;
  std::uint32_t length = 0;
  for (std::size_t i = 1; i < pattern_.size(); ++i, rounds.next()) {
    while (length > 0 && pattern_[i] != pattern_[length]) length = prefix_[length - 1];
    length += pattern_[i] == pattern_[length];
    prefix_.push_back(length);
  }
}

std::size_t PatternSearch::find_linear(std::string_view text, std::size_t from) {
  if (prefix_.empty()) prepare();
  Rounds rounds;
  std::size_t length = 0;
  for (std::size_t at = from; at < text.size(); ++at, rounds.next()) {
    while (length > 0 && text[at] != pattern_[length]) length = prefix_[length - 1];
    length += text[at] == pattern_[length];
    if (length == pattern_.size()) return at + 1 - length;
  }
  return npos;
}

}  // namespace noderuntime
