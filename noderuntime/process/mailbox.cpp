#include "noderuntime/process/mailbox.h"

namespace noderuntime {

std::size_t Mailbox::held_bytes() const {
  std::size_t bytes = size_ * sizeof(Entry);
  for (auto* at = first_; at; at = at->next) bytes += at->message.heap().held_bytes();
  return bytes;
}

void Mailbox::push(OwnedTerm&& message) {
  words_ += message.heap().used_words();
  auto* entry = new Entry{nullptr, std::move(message)};
  *last_ = entry;
  last_ = &entry->next;
  ++size_;
}

void Mailbox::push_priority(OwnedTerm&& message) {
  if (!had_priority())
    marked_.insert(marked_.begin(), {{behind_priority, &first_}, {behind_priority, &first_}});
  auto** at = marked_.front().link;
  bool is_next = position_ == at && !looking_;
  bool comes = is_next || course_ != Course::straight || among_priority(position_);
  words_ += message.heap().used_words();
  auto* entry = new Entry{*at, std::move(message)};
  *at = entry;
  ++size_, ++changes_;
  if (last_ == at) last_ = &entry->next;
  for (auto& row : marked_)
    if (row.link == at && !(course_ == Course::overtaken && &row == &marked_[after_detour]))
      row.link = &entry->next;
  if (looking_ && position_ == at) position_ = &entry->next;
  if (comes) return;
  if (looking_)
    marked_[after_detour].link = at, course_ = Course::overtaken;
  else
    begin_detour(at, position_);
}

// Whether `link` holds a priority message.
bool Mailbox::among_priority(Entry** link) const {
  auto* const* at = &first_;
  for (; at != marked_.front().link; at = &(*at)->next)
    if (at == link) return true;
  return false;
}

void Mailbox::begin_detour(Entry** from, Entry** back) {
  position_ = from, course_ = Course::detour;
  marked_[after_detour].link = back;
  end_detour_if_due();
}

void Mailbox::advance_on_detour() {
  auto** next = &(*position_)->next;
  if (course_ == Course::overtaken) return begin_detour(marked_[after_detour].link, next);
  position_ = next;
  end_detour_if_due();
}

void Mailbox::end_detour_if_due() {
  if (course_ != Course::detour || looking_ || position_ != marked_.front().link) return;
  position_ = marked_[after_detour].link;
  course_ = Course::straight;
}

std::unique_ptr<Mailbox::Entry> Mailbox::unlink(Entry** at) {
  std::unique_ptr<Entry> entry{*at};
  if (position_ == &entry->next) position_ = at;
  if (last_ == &entry->next) last_ = at;
  for (auto& row : marked_)
    if (row.link == &entry->next) row.link = at;
  *at = entry->next;
  --size_, ++changes_;
  words_ -= entry->message.heap().used_words();
  return entry;
}

OwnedTerm Mailbox::take_current() {
  auto entry = unlink(position_);
  rewind();
  return std::move(entry->message);
}

Mailbox::Mark Mailbox::mark() {
  constexpr std::size_t most = 16;
  auto kept = had_priority() ? reserved : 0;
  if (marked_.size() == most + kept) marked_.erase(marked_.begin() + static_cast<std::ptrdiff_t>(kept));
  marked_.push_back({next_mark_, last_});
  return next_mark_++;
}

void Mailbox::advance_to(Mark mark) {
  rewind();
  for (auto& row : marked_)
    if (row.mark == mark)
      return had_priority() ? begin_detour(&first_, row.link) : void(position_ = row.link);
}

void Mailbox::forget(Mark mark) {
  std::erase_if(marked_, [&](auto& row) { return row.mark == mark; });
}

bool Mailbox::drop_first() {
  if (!first_) return false;
  rewind();
  unlink(&first_);
  return true;
}

void Mailbox::clear() {
  marked_.clear();
  while (first_) unlink(&first_);
  rewind();
}

}  // namespace noderuntime
