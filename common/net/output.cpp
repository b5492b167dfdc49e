#include "common/net/output.h"

#include <poll.h>

#include <algorithm>

namespace noderuntime::net {

Output::Output(std::unique_ptr<OutputTarget> target, std::size_t bound)
    : target_{std::move(target)}, bound_{bound} {}

Output::~Output() { finish(last_write_limit); }

Outcome Output::write(std::string piece) {
  if (piece.empty()) return done;
  waiting_bytes_ += piece.size();
  pieces_.push_back(std::move(piece));
  return write_waiting();
}

Outcome Output::write_waiting() {
  auto written = try_waiting();
  watch();
  return written;
}

void Output::attach(Loop& loop, std::function<void()> drained) {
  drained_ = std::move(drained);
  loop_ = &loop;
  room_ = std::make_unique<DescriptorSet>(loop, [this](DescriptorSet::Key key) {
    if (key == key_) on_room();
  });
  watch();
}

// May be called inside drained().
void Output::detach() {
  if (!room_) return;
  if (watched_ >= 0) room_->remove(watched_);
  watched_ = -1;
  loop_->drop_later(std::move(room_));
  loop_ = nullptr;
}

void Output::finish(std::chrono::milliseconds limit) {
  using Clock = std::chrono::steady_clock;
  auto end = Clock::now() + limit;
  while (try_waiting() && !pieces_.empty()) {
    auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
    if (left.count() <= 0) break;
    pollfd room{target_->descriptor(), POLLOUT, 0};
    poll(&room, 1, static_cast<int>(left.count()));
  }
  drop_waiting();
  watch();
}

Outcome Output::try_waiting() {
  while (!pieces_.empty()) {
    auto rest = std::string_view{pieces_.front()}.substr(written_of_first_);
    auto count = target_->write(rest);
    if (!count) {
      drop_waiting();
      return count.error();
    }
    waiting_bytes_ -= *count;
    written_of_first_ += *count;
    if (*count == 0) break;
    if (*count < rest.size()) continue;
    pieces_.pop_front();
    written_of_first_ = 0;
  }
  return done;
}

void Output::drop_waiting() {
  lost_ += pieces_.size();
  pieces_.clear();
  written_of_first_ = 0;
  waiting_bytes_ = 0;
}

// The loop watches for room as long as something waits. Meanwhile a target may get another descriptor.
void Output::watch() {
  if (!room_) return;
  int wanted = pieces_.empty() ? -1 : target_->descriptor();
  if (wanted == watched_) return;
  if (watched_ >= 0) room_->remove(watched_);
  watched_ = wanted;
  if (wanted >= 0 && !room_->add(wanted, ++key_, DescriptorSet::For::writing)) watched_ = -1;
}

void Output::on_room() {
  (void)write_waiting();  // the next write() reports an error
  if (pieces_.empty()) drained_();
}

}  // namespace noderuntime::net
