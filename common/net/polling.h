// Whether a loop that has nothing to do had better look for input over and over for a moment than sleep.
#pragma once

#include <chrono>

namespace noderuntime::net {

// To be woken up takes longer than most answers: who asks and waits for each answer is served sooner, and with
// less work, by a loop that is still awake when the next question comes. It pays only while the traffic is of
// that kind: for a number of rests in a row there was one read, one write, and the next read came within
// `limit`. The loop rests between finishing what there was to do and the next read. Pure: times come in.
class Polling {
 public:
  using Time = std::chrono::nanoseconds;
  static constexpr int needed = 16;  // exchanges in a row: streams look like this for a moment, too

  explicit Polling(Time limit) : limit_{limit} {}

  Time limit() const { return limit_; }
  bool on() const { return limit_ > Time{0}; }

  void rests(Time now) {
    bool exchange = reads_ == 1 && writes_ == 1 && waited_ <= limit_;
    exchanges_ = !exchange ? 0 : exchanges_ < needed ? exchanges_ + 1 : needed;
    reads_ = writes_ = 0;
    resting_since_ = now;
  }
  bool pays() const { return on() && exchanges_ == needed; }

  bool first_read() const { return reads_ == 0; }  // since it rests: only of this one the time matters
  void read(Time now) {
    if (reads_++ == 0) waited_ = now - resting_since_;
  }
  void wrote() { ++writes_; }

 private:
  Time limit_, resting_since_{0}, waited_ = Time::max();
  unsigned reads_ = 0, writes_ = 0;  // since it rests
  int exchanges_ = 0;
};

}  // namespace noderuntime::net
