// Decides how a loop that has nothing to do waits for input.
#pragma once

#include <chrono>
#include <cstddef>
#include <utility>

namespace noderuntime::net {

// A loop rests between the end of its work and the next read. Waking it up costs the reader, and the sender
// too, more than a message does:
//
//   poll    somebody asks and waits for each answer: a loop that still polls when the next question comes
//           answers sooner, and with less work
//   gather  messages come one after the other and nobody waits for an answer: the loop pauses for a moment
//           and reads them together; the pause is shorter if they are large or very many
//
// It polls or gathers only after several rests in a row have shown such traffic; any other traffic ends that
// at once. Pure: times are arguments.
class IdleStrategy {
 public:
  using Time = std::chrono::nanoseconds;
  enum class Rest { sleep, poll, gather, gather_much };

  static constexpr int needed = 16;              // rests in a row
  static constexpr std::size_t stream_rate = 4;  // bytes per microsecond, at least
  static constexpr Time gather_time{1'000'000}, gather_much_time{100'000};
  // Bytes between two rests: if more remained unread, their sender might have to stop.
  static constexpr std::size_t much = 256 * 1024;

  explicit IdleStrategy(Time poll_time) : poll_time_{poll_time} {}
  Time poll_time() const { return poll_time_; }  // for each rest at most; 0: never

  // To be called when a rest begins.
  Rest next_rest(Time now) {
    bool one_answer = reads_ == 1 && writes_ == 1;
    bool no_answer = reads_ > 0 && writes_ == 0;
    auto passed = static_cast<std::size_t>((now - std::exchange(rested_, now)).count());
    count(exchanges_, one_answer && waited_ <= poll_time_);
    count(stream_, no_answer && bytes_ * 1000 >= stream_rate * passed);
    bool much_comes = std::exchange(large_, false) || bytes_ >= much;
    reads_ = writes_ = bytes_ = 0;
    if (exchanges_ == needed && poll_time_ > Time{0}) return Rest::poll;
    if (stream_ == needed) return much_comes ? Rest::gather_much : Rest::gather;
    return Rest::sleep;
  }

  bool first_read() const { return reads_ == 0; }  // in this rest: only the first one's time matters
  // `large`: it is a part of a large message.
  void read(Time now, std::size_t bytes, bool large) {
    if (reads_++ == 0) waited_ = now - rested_;
    bytes_ += bytes;
    large_ |= large;
  }
  void read_large() { large_ = true; }  // what was read is a part of a large message
  void wrote() { ++writes_; }

 private:
  static void count(int& in_a_row, bool another) {
    in_a_row = !another ? 0 : in_a_row < needed ? in_a_row + 1 : needed;
  }

  Time poll_time_, rested_{0}, waited_ = Time::max();
  std::size_t reads_ = 0, writes_ = 0, bytes_ = 0;  // since the rest began
  bool large_ = false;
  int exchanges_ = 0, stream_ = 0;
};

}  // namespace noderuntime::net
