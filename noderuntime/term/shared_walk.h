// Walks over tables that others change, piece by piece.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "noderuntime/term/pace.h"

namespace noderuntime {

// Between two pieces of work on what others change: charges the first piece, and lets others run if the time slice is
// used up. No reference into what they change may be held meanwhile. Throws ProcessCancelled.
inline void let_others_run(std::int64_t steps) {
  MayPause here;
  pace.spend(steps);
}

// Visits the rows of the table that find() tells, a map; null: it is gone, and the walk ends with false. Between two
// pieces others may change it: rows that are there all the time are visited once, those that come or go meanwhile once
// or not at all. When a hash table gets other buckets meanwhile, start() is called again, and then all rows are visited
// again.
template <class Find, class Start, class Visit>
bool visit_in_pieces(Find find, Start start, Visit visit) {
  constexpr std::size_t piece = 512;
  constexpr std::int64_t steps_per_row = 8;
  auto* table = find();
  using Table = std::remove_pointer_t<decltype(table)>;
  if constexpr (requires(Table & hashed) { hashed.bucket_count(); }) {
    while (table) {
      start();
      std::size_t done = 0, buckets = table->bucket_count(), bucket = 0;
      for (; table && table->bucket_count() == buckets && bucket < buckets; ++bucket) {
        for (auto row = table->begin(bucket); row != table->end(bucket); ++row) visit(*row), ++done;
        if (++done < piece) continue;
        let_others_run(steps_per_row * static_cast<std::int64_t>(done));
        done = 0;
        table = find();
      }
      if (bucket == buckets) return true;
    }
    return false;
  } else {
    start();
    if (!table) return false;
    std::size_t done = 0;
    for (auto row = table->begin(); row != table->end();) {
      visit(*row);
      auto key = row->first;
      if (++row == table->end() || ++done < piece) continue;
      let_others_run(steps_per_row * static_cast<std::int64_t>(done));
      done = 0;
      if (!(table = find())) return false;
      row = table->upper_bound(key);
    }
    return true;
  }
}

}  // namespace noderuntime
