// How well a hash spreads keys.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <unordered_map>
#include <vector>

#include "test/unit/catch.h"

namespace noderuntime::test {

// Of `keys`, all different, in a table with room for them: the most that share a bucket.
template <class Key, class Hash = std::hash<Key>>
std::size_t longest_bucket(const std::vector<Key>& keys, Hash hash = {}) {
  std::unordered_map<Key, int, Hash> table{1, hash};
  table.reserve(keys.size());
  for (const auto& key : keys) table.emplace(key, 0);
  REQUIRE(table.size() == keys.size());
  std::size_t longest = 0;
  for (std::size_t i = 0; i < table.bucket_count(); ++i) longest = std::max(longest, table.bucket_size(i));
  return longest;
}

// By chance, with a load of at most 1: thousands of keys have fewer than that in one bucket.
inline constexpr std::size_t usual_bucket = 16;

}  // namespace noderuntime::test
