// Measures how evenly a hash function distributes keys over buckets.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <unordered_map>
#include <vector>

#include "test/unit/catch.h"

namespace noderuntime::test {

// The size of the largest bucket of a table that holds `keys`, which are all different, with a load factor of
// at most 1.
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

// With a random hash and a load factor of at most 1, thousands of keys practically never put more into one
// bucket.
inline constexpr std::size_t usual_bucket = 16;

}  // namespace noderuntime::test
