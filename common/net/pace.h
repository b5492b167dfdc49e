// How a loop that has nothing to do waits for input.
#pragma once

#include <chrono>
#include <cstddef>

namespace noderuntime::net {

// A loop rests between finishing what there was to do and the next read. To be woken up costs the reader, and
// the sender too, more than a message does:
//
//   poll    somebody asks and waits for each answer: it is served sooner, and with less work, by a loop that
//           still looks for input when the next question comes
//   gather  messages come one after the other and nobody waits for an answer: they are read
//           together when the loop looks away for a moment
//
// It polls or gathers only after a number of rests in a row showed such traffic; any other ends it at once.
// Pure: times come in.
class Pace {
 public:
  using Time = std::chrono::nanoseconds;
  enum class Rest { sleep, poll, gather };

  static constexpr int needed = 16;  // rests in a row
  static constexpr Time gather_time{25'000};
  static constexpr Time stream_gap{100'000};  // the next bytes are there before this, being woken up included
  static constexpr Time gathered_gap{20'000};  // the same behind a look away, or it gathers no more

  explicit Pace(Time poll_time) : poll_time_{poll_time} {}
  Time poll_time() const { return poll_time_; }  // at most so long in each rest; 0: never

  Rest next_rest() {
    bool one_answer = reads_ == 1 && writes_ == 1;
    bool no_answer = reads_ > 0 && writes_ == 0;
    count(exchanges_, one_answer && waited_ <= poll_time_);
    count(stream_, no_answer && waited_ <= (gathers_ ? gathered_gap : stream_gap));
    reads_ = writes_ = 0;
    gathers_ = stream_ == needed;
    if (exchanges_ == needed && poll_time_ > Time{0}) return Rest::poll;
    return gathers_ ? Rest::gather : Rest::sleep;
  }
  void rests_since(Time now) { since_ = now; }

  bool first_read() const { return reads_ == 0; }  // in this rest: only of that one the time matters
  void read(Time now) {
    if (reads_++ == 0) waited_ = now - since_;
  }
  void wrote() { ++writes_; }

 private:
  static void count(int& in_a_row, bool another) {
    in_a_row = !another ? 0 : in_a_row < needed ? in_a_row + 1 : needed;
  }

  Time poll_time_, since_{0}, waited_ = Time::max();
  std::size_t reads_ = 0, writes_ = 0;  // since it rests
  int exchanges_ = 0, stream_ = 0;
  bool gathers_ = false;
};

}  // namespace noderuntime::net
