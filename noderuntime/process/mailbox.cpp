#include "noderuntime/process/mailbox.h"

namespace noderuntime {

void Mailbox::push(OwnedTerm&& message) {
  words_ += message.heap().used_words();
  auto* entry = new Entry{nullptr, pushed_++, std::move(message)};
  *last_ = entry;
  last_ = &entry->next;
  ++size_;
}

std::unique_ptr<Mailbox::Entry> Mailbox::unlink(Entry** at) {
  std::unique_ptr<Entry> entry{*at};
  if (position_ == &entry->next) position_ = at;
  if (last_ == &entry->next) last_ = at;
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

void Mailbox::advance_to(Mark mark) {
  rewind();
  while (has_current() && (*position_)->number < mark) advance();
}

void Mailbox::clear() {
  while (first_) unlink(&first_);
  rewind();
}

}  // namespace noderuntime
