// Messages to tracers: built, and put into their mailboxes.
#pragma once

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <unordered_map>

#include "noderuntime/process/processes.h"

namespace noderuntime {

// Owned by Tracing. Loop thread only. A tracer that does not keep up loses messages: those that come while its mailbox is
// full are counted, and it is told {drop, Count} before the next one that it gets.
class TraceMessages {
 public:
  // What may wait in the mailbox of a process, in words, when a trace message comes: 256 MB, and not more than a quarter of
  // --max-memory.
  static constexpr std::size_t share_of_bound = 4;
  static std::size_t most_waiting() {
    constexpr std::size_t most_bytes = std::size_t{256} << 20;
    return std::min(most_bytes, held_memory.bound() / share_of_bound) / sizeof(Word);
  }
  // The longest message, in words, that is copied where nothing can be paused.
  static constexpr std::size_t most_at_once = std::size_t{1} << 17;

  explicit TraceMessages(Processes& processes) : processes_{processes} {}

  // Sends {trace, Parts…}, or {trace_ts, Parts…, Time} if one of `flags` says so, as a copy. `last`: one more part. Copies
  // at pace, inside of a MayPause. False: the tracer does not exist.
  bool send(Term tracer, std::uint32_t flags, std::initializer_list<Term> parts, const Term* last = nullptr);
  // Times of `timestamp` are those of this clock, in nanoseconds; null: the time of day.
  void use_processor_clock(std::function<std::int64_t()> clock) { processor_clock_ = std::move(clock); }
  // Counts a message that is not sent.
  void drop(Term tracer);
  std::uint64_t dropped() const { return dropped_in_all_; }

 private:
  Term time(Heap& heap, std::uint32_t flags);
  struct TermHash {
    std::size_t operator()(Term term) const { return std::hash<Word>{}(word_of(term)); }
  };
  Processes& processes_;
  std::unordered_map<Term, std::uint64_t, TermHash> dropped_;  // by tracer, since it was told
  std::uint64_t dropped_in_all_ = 0;
  std::int64_t last_unique_ = 0;
  std::function<std::int64_t()> processor_clock_;
  std::int64_t last_time_ = 0;  // microseconds: no two messages have the same
};

}  // namespace noderuntime
