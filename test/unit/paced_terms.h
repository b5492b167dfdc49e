// Runs code as a process would run it: it is paused when its time slice is used up, and can be cancelled there.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <utility>

#include "noderuntime/term/heap.h"
#include "noderuntime/term/pace.h"
#include "test/unit/catch.h"

namespace noderuntime::test {

class PacedRun final : private Pace::Pauser {
 public:
  static constexpr std::int64_t usual_slice = 30'000;  // steps of some 3 ns
  static constexpr std::size_t never = std::numeric_limits<std::size_t>::max();

  // `cancelled_at`: the number of the pause, from 1 on, in which the process is killed.
  explicit PacedRun(std::int64_t slice, std::size_t cancelled_at = never)
      : slice_{slice}, cancelled_at_{cancelled_at} {}
  // What others do in each pause.
  PacedRun(std::int64_t slice, std::function<void()> meanwhile)
      : slice_{slice}, meanwhile_{std::move(meanwhile)} {}

  // The result of `work`; nullopt: it was cancelled.
  template <class Work>
  auto operator()(Work work) -> std::optional<decltype(work())> {
    Pauser* before = pace.set_pauser(this);
    pace.start_slice(slice_);
    std::optional<decltype(work())> result;
    try {
      MayPause may_pause;
      result.emplace(work());
    } catch (const ProcessCancelled&) {}
    note_overdraft();
    pace.set_pauser(before);
    pace.start_slice(0);
    return result;
  }

  std::size_t pauses() const { return pauses_; }
  // The most steps that were done after the slice was used up.
  std::int64_t overdraft() const { return overdraft_; }

 private:
  void pause() override {
    note_overdraft();
    if (++pauses_ == cancelled_at_) throw ProcessCancelled{};
    if (meanwhile_) meanwhile_();
    pace.start_slice(slice_);
  }
  void note_overdraft() { overdraft_ = std::max(overdraft_, -pace.left()); }

  std::int64_t slice_;
  std::size_t cancelled_at_ = never, pauses_ = 0;
  std::function<void()> meanwhile_;
  std::int64_t overdraft_ = 0;
};

// Runs work(Heap&) in short time slices, none exceeded by `most_behind` steps, and cancels it in `cancelled` of its
// pauses. What it leaves on the heap is released.
template <class Work>
void check_paced(Work work_on, std::int64_t most_behind, std::size_t cancelled) {
  Heap heap;
  auto work = [&] { return work_on(heap); };
  PacedRun whole{PacedRun::usual_slice};
  REQUIRE(whole(work));
  heap.clear();
  CHECK(whole.pauses() > 0);
  CHECK(whole.overdraft() < most_behind);
  for (std::size_t at = 1; at <= whole.pauses(); at += 1 + whole.pauses() / cancelled) {
    PacedRun run{PacedRun::usual_slice, at};
    CHECK(!run(work));
    heap.clear();
    CHECK(run.pauses() == at);
  }
}

}  // namespace noderuntime::test
