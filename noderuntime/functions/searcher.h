// Finding byte strings in a text, at the pace of the process.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "noderuntime/term/memory.h"

namespace noderuntime {

// Finds one pattern. Looks for its first byte and compares the rest, which is fast for most texts. When the
// comparisons have taken much more than the text is long, it goes on with the algorithm of Knuth, Morris and Pratt,
// so that the time is linear for all texts.
//
// Text and pattern must outlive it. Throws HeapLimitExceeded.
class PatternSearch {
 public:
  explicit PatternSearch(std::string_view pattern) : pattern_{pattern} {}  // not empty

  // The place of the first match at or after `from`; npos: none.
  std::size_t find(std::string_view text, std::size_t from);
  std::size_t size() const { return pattern_.size(); }

 private:
  std::size_t compare_from(std::string_view text, std::size_t from, std::size_t& stopped);
  std::size_t find_linear(std::string_view text, std::size_t from);
  void prepare();

  std::string_view pattern_;
  std::int64_t credit_ = 1 << 14;  // bytes that may still be compared in vain
  // prefix_[i]: the longest proper prefix of the first i + 1 bytes that is also their end; empty: not needed yet.
  std::vector<std::uint32_t, HeldAllocator<std::uint32_t>> prefix_;
};

// The place of the first `byte` at or after `from`; npos: none.
std::size_t find_byte(std::string_view text, char byte, std::size_t from);
// The length of the common prefix, or suffix, of two texts.
std::size_t common_prefix(std::string_view a, std::string_view b);
std::size_t common_suffix(std::string_view a, std::string_view b);

}  // namespace noderuntime
