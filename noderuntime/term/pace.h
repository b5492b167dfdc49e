// The pace of long work: how code that works long on terms or bytes lets others run in between.
//
// Code in C++ can be paused like Erlang code: it counts its work in steps, and when the steps of the time slice
// are used up, it waits in spend() until its process gets another slice. What it has on its stack stays. It
// can be paused only inside of a MayPause, which says that nobody else can change what it works on: its
// process's heap and stack, its arguments, what it has on its own stack. No collection happens meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>

namespace noderuntime {

// Thrown by spend() into code that was paused and whose process has to end. Not a std::exception, like
// HeapLimitExceeded: only what runs processes catches it.
struct ProcessCancelled {};

// One for the program. Loop thread only.
class Pace {
 public:
  // About what the interpreter does in one reduction: a step is some 3 ns, the visit of a term or of a list cell.
  static constexpr std::int64_t steps_per_reduction = 8;
  // What a step is for code that works on bytes.
  static constexpr std::size_t copied_bytes = 64;  // memcpy, memcmp, memchr
  static constexpr std::size_t converted_bytes =
      4;  // one after the other, with a decision for each: UTF-8, hashes

  // Pauses the running code. pause() returns when it may go on, or throws ProcessCancelled.
  class Pauser {
   public:
    virtual void pause() = 0;

   protected:
    ~Pauser() = default;
  };

  // Counts `steps` of work. If the time slice is used up, and inside of a MayPause, it returns in another time
  // slice, or throws ProcessCancelled.
  void spend(std::int64_t steps) {
    if ((left_ -= steps) < 0) [[unlikely]]
      used_up();
  }
  // The same without a pause: for destructors and for callbacks of C code.
  void charge(std::int64_t steps) noexcept { left_ -= steps; }
  // Whether spend() pauses at the end of the time slice.
  bool can_pause() const { return may_pause_ && pauser_; }
  // Whether the time slice is used up, for work in pieces that others may see only between two of them.
  bool is_over() const { return left() < 0 && pauser_; }
  // Whether spend(0) would pause, for callbacks of C code, which must not be left by an exception.
  bool should_pause() const { return left() < 0 && can_pause(); }
  // For those callbacks: pauses. False: the process has to end; the callback makes the C code give up, and its
  // caller throws ProcessCancelled.
  [[nodiscard]] bool pause_here() noexcept {
    try {
      used_up();
      return true;
    } catch (const ProcessCancelled&) { return false; }
  }
  // Whether some code is paused now. It may hold addresses of bytes that processes share, so those must not move.
  bool has_paused() const { return paused_ > 0; }

  // --- for what runs processes

  void start_slice(std::int64_t steps) {
    left_ = steps < between_looks ? steps : between_looks;
    later_ = steps - left_, ends_at_ = 0;
  }
  // Until the next slice starts, nothing is used up.
  void end_slice() { left_ = std::numeric_limits<std::int64_t>::max() / 2, later_ = 0; }
  // Steps of the slice; below 0: more was done than the slice has.
  std::int64_t left() const { return left_ + later_; }
  // From now on a slice is used up after so many nanoseconds of this clock, too, which spend() looks at every few thousand
  // steps: in cold caches or on fresh memory a step can take fifty times as long. Null: there is no such limit.
  using Clock = std::int64_t (*)();
  void limit_time(Clock clock, std::int64_t nanoseconds) { clock_ = clock, slice_nanoseconds_ = nanoseconds; }
  // Returns the one before. Null: nothing can be paused.
  Pauser* set_pauser(Pauser* pauser) { return std::exchange(pauser_, pauser); }

 private:
  friend class MayPause;
  friend class NoPause;
  friend class OneStep;
  // Others run meanwhile, with scopes of their own.
  class Absence {
   public:
    explicit Absence(Pace& pace) : pace_{pace} { pace_.may_pause_ = false, ++pace_.paused_; }
    ~Absence() { pace_.may_pause_ = true, --pace_.paused_; }
    Absence(const Absence&) = delete;
    Absence& operator=(const Absence&) = delete;

   private:
    Pace& pace_;
  };
  void used_up() {
    if (has_more() || !can_pause()) return;
    Absence absence{*this};
    pauser_->pause();
  }
  // Looks at the clock, and goes on with the steps that are left for later, unless the time is over.
  bool has_more() {
    if (later_ == 0) return false;
    if (clock_) {
      auto now = clock_();
      if (ends_at_ == 0) ends_at_ = now + slice_nanoseconds_;
      if (now >= ends_at_) {
        later_ = 0;
        return false;
      }
    }
    auto next = later_ < between_looks - left_ ? later_ : between_looks - left_;
    left_ += next, later_ -= next;
    return left_ >= 0;
  }

  static constexpr std::int64_t between_looks = 4096;  // steps
  std::int64_t left_ = 0;                              // until the next look at the clock
  std::int64_t later_ = 0;                             // behind that
  std::int64_t ends_at_ = 0, slice_nanoseconds_ = 0;   // ends_at_: 0: not known yet
  Clock clock_ = nullptr;
  bool may_pause_ = false, must_not_ = false;  // must_not_: inside of a OneStep
  std::size_t paused_ = 0;
  Pauser* pauser_ = nullptr;
};

inline Pace pace;

// In its scope the running code can be paused. Natives and instructions open one around work on terms that
// only their own process can reach. They do not call what others change (tables, names, other processes) in it.
class MayPause {
 public:
  MayPause() : before_{std::exchange(pace.may_pause_, !pace.must_not_)} {}
  ~MayPause() { pace.may_pause_ = before_; }
  MayPause(const MayPause&) = delete;
  MayPause& operator=(const MayPause&) = delete;

 private:
  bool before_;
};

// In its scope the running code is not paused.
class NoPause {
 public:
  NoPause() : before_{std::exchange(pace.may_pause_, false)} {}
  ~NoPause() { pace.may_pause_ = before_; }
  NoPause(const NoPause&) = delete;
  NoPause& operator=(const NoPause&) = delete;

 private:
  bool before_;
};

// In its scope the running code is not paused, even if what it calls opens a MayPause: for work on what others change
// that calls code which usually works on what is its own.
class OneStep {
 public:
  OneStep() : before_{std::exchange(pace.must_not_, true)} {}
  ~OneStep() { pace.must_not_ = before_; }
  OneStep(const OneStep&) = delete;
  OneStep& operator=(const OneStep&) = delete;

 private:
  NoPause no_pause_;
  bool before_;
};

// Counts the rounds of a tight loop, and spends them many at a time.
class Rounds {
 public:
  Rounds() = default;
  explicit Rounds(std::int64_t steps_per_round) : steps_{steps_per_round} {}
  Rounds(const Rounds&) = delete;
  Rounds& operator=(const Rounds&) = delete;
  ~Rounds() { pace.charge(done_ * steps_); }
  void next() {
    if (++done_ == at_once) [[unlikely]]
      spend();
  }

 private:
  static constexpr std::int64_t at_once = 256;
  void spend() {
    done_ = 0;
    pace.spend(at_once * steps_);
  }
  std::int64_t done_ = 0, steps_ = 1;
};

}  // namespace noderuntime
