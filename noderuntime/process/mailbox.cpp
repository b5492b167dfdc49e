#include "noderuntime/process/mailbox.h"

#include <new>

namespace noderuntime {

void* Mailbox::Entry::operator new(std::size_t) {
  auto* memory = Spare<sizeof(Entry)>::take();
  if (!memory) throw std::bad_alloc{};
  return memory;
}

void Mailbox::Entry::operator delete(void* entry) { Spare<sizeof(Entry)>::give(entry); }

void Mailbox::push(OwnedTerm&& message) {
  words_ += message.heap().used_words();
  auto* entry = new Entry{nullptr, std::move(message)};
  *last_ = entry;
  last_ = &entry->next;
  ++size_;
}

void Mailbox::push_priority(OwnedTerm&& message) {
  bool first = marked_.empty() || marked_.front().mark != behind_priority;
  auto** at = first ? &first_ : marked_.front().link;
  words_ += message.heap().used_words();
  auto* entry = new Entry{*at, std::move(message)};
  *at = entry;
  ++size_;
  if (last_ == at) last_ = &entry->next;
  marked_.assign(1, {behind_priority, &entry->next});  // from an older mark it would not be seen
  if (look_ == Look::none) return rewind();
  if (position_ == at) position_ = &entry->next;
  look_ = Look::overtaken;
}

std::unique_ptr<Mailbox::Entry> Mailbox::unlink(Entry** at) {
  std::unique_ptr<Entry> entry{*at};
  if (position_ == &entry->next) position_ = at;
  if (last_ == &entry->next) last_ = at;
  for (auto& row : marked_)
    if (row.link == &entry->next) row.link = at;
  *at = entry->next;
  --size_;
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
  if (marked_.size() == most) marked_.erase(marked_.begin() + (marked_.front().mark == behind_priority));
  marked_.push_back({next_mark_, last_});
  return next_mark_++;
}

void Mailbox::advance_to(Mark mark) {
  rewind();
  for (auto& row : marked_)
    if (row.mark == mark) position_ = row.link;
}

void Mailbox::forget(Mark mark) {
  std::erase_if(marked_, [&](auto& row) { return row.mark == mark; });
}

void Mailbox::clear() {
  marked_.clear();
  while (first_) unlink(&first_);
  rewind();
}

}  // namespace noderuntime
