#include "noderuntime/distribution/send_queues.h"

#include <algorithm>
#include <iterator>

#include "common/wire/writer.h"
#include "noderuntime/distribution/frame_layout.h"

namespace noderuntime::distribution {

namespace {

std::size_t size_of(const Segments& frames) { return frames.size(); }
std::size_t size_of(const FragmentedMessage& message) { return message.left(); }

void move_to(Segments& out, Segments& frames) {
  SegmentCursor{}.take(frames, frames.size(), out);
  frames.clear();
}

}  // namespace

void SegmentCursor::take(const Segments& from, std::size_t count, Segments& to) {
  while (count > 0) {
    bool at_kept = kept_ < from.kept().size() && from.kept()[kept_].at == own_;
    count -= at_kept ? take_kept(from, count, to) : take_own(from, count, to);
  }
}

std::size_t SegmentCursor::take_own(const Segments& from, std::size_t count, Segments& to) {
  auto end = kept_ < from.kept().size() ? from.kept()[kept_].at : from.own().size();
  auto taken = std::min(count, end - own_);
  append(to.own(), Bytes{from.own()}.subspan(own_, taken));
  own_ += taken;
  return taken;
}

std::size_t SegmentCursor::take_kept(const Segments& from, std::size_t count, Segments& to) {
  const auto& kept = from.kept()[kept_];
  auto taken = std::min(count, kept.size - inside_kept_);
  to.keep(kept.bytes, kept.offset + inside_kept_, taken);
  inside_kept_ += taken;
  if (inside_kept_ == kept.size) ++kept_, inside_kept_ = 0;
  return taken;
}

void FragmentedMessage::next_frame(Segments& out) {
  auto number = (left_ + fragment_bytes - 1) / fragment_bytes;
  auto size = std::min(left_, fragment_bytes);
  bool first = left_ == size_;
  append_big_endian<4>(out.own(), fragment_head + (first ? 1 : 0) + size);
  append(out.own(), std::array<Byte, 2>{version, first ? first_fragment : next_fragment});
  append_big_endian<8>(out.own(), sequence_);
  append_big_endian<8>(out.own(), number);
  if (first) out.own().push_back(0);  // no atoms
  take(size, out);
  left_ -= size;
}

void FragmentedMessage::take(std::size_t bytes, Segments& out) {
  while (bytes > 0) {
    if (left_in_piece_ == 0) {
      piece_ = terms_.take_first();
      left_in_piece_ = piece_.size();
      cutter_ = {};
      held_.set(terms_.own_capacity() + piece_.own().capacity());
    }
    auto count = std::min(bytes, left_in_piece_);
    cutter_.take(piece_, count, out);
    left_in_piece_ -= count;
    bytes -= count;
  }
}

SendQueues::Queue& SendQueues::queue_of(const std::optional<Pid>& sender) {
  if (!sender && !everybody_) join_all();
  if (everybody_) return queues_.front();
  auto [found, fresh] = of_sender_.try_emplace(*sender);
  if (fresh) {
    found->second = queues_.emplace(queues_.end());
    found->second->senders.push_back(*sender);
  }
  return *found->second;
}

void SendQueues::join_all() {
  everybody_ = true;
  if (queues_.empty()) queues_.emplace_back();
  while (queues_.size() > 1) {
    Queue& first = queues_.front();
    Queue& second = *std::next(queues_.begin());
    for (const Pid& sender : second.senders) of_sender_[sender] = queues_.begin();
    std::move(second.senders.begin(), second.senders.end(), std::back_inserter(first.senders));
    std::move(second.parts.begin(), second.parts.end(), std::back_inserter(first.parts));
    queues_.erase(std::next(queues_.begin()));
  }
}

void SendQueues::add(const std::optional<Pid>& sender, FragmentedMessage message) {
  bytes_ += message.left();
  queue_of(sender).parts.emplace_back(std::move(message));
}

void SendQueues::add(const std::optional<Pid>& sender, Segments frames) {
  bytes_ += frames.size();
  queue_of(sender).parts.emplace_back(std::move(frames));
}

void SendQueues::take_frame(Segments& out) {
  auto& parts = queues_.front().parts;
  auto left = [&] { return std::visit([](const auto& part) { return size_of(part); }, parts.front()); };
  auto before = left();
  if (auto* message = std::get_if<FragmentedMessage>(&parts.front()))
    message->next_frame(out);
  else
    move_to(out, std::get<Segments>(parts.front()));
  bytes_ -= before - left();
  if (left() == 0) parts.pop_front();

  queues_.splice(queues_.end(), queues_, queues_.begin());
  if (!queues_.back().parts.empty()) return;
  for (const Pid& sender : queues_.back().senders) of_sender_.erase(sender);
  everybody_ = false;
  queues_.pop_back();
}

}  // namespace noderuntime::distribution
