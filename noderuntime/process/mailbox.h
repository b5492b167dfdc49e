// Messages in the order of their arrival, those with priority in front, with
// a position for selective receive.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "noderuntime/term/heap.h"
#include "noderuntime/term/spare.h"

namespace noderuntime {

// Each message lies on its own heap until it is taken; taking it gives that heap to the receiver, which
// adopts it: nothing is copied or moved. The position stays when messages arrive behind it.
//
// A message with priority stands behind those with priority and before all others. When the position was past
// that place, it makes a detour: over what came with priority, and back to where it was.
class Mailbox {
 public:
  Mailbox() = default;
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;
  ~Mailbox() { clear(); }

  void push(OwnedTerm&& message);
  void push_priority(OwnedTerm&& message);
  std::size_t size() const { return size_; }
  std::size_t words() const { return words_; }  // used by the waiting messages

  // Selective receive: look at messages one after the other, take the one that matches.
  bool has_current() const { return *position_ != nullptr; }
  Term current() const { return (*position_)->message.term(); }  // precondition: has_current()
  // The current message, which stays that until advance(), take_current() or rewind().
  Term look() { return looking_ = true, current(); }
  const Heap* looked_at() const {  // null: none
    return looking_ && has_current() ? &(*position_)->message.heap() : nullptr;
  }
  void advance() {  // precondition: has_current()
    looking_ = false;
    if (course_ != Course::straight) [[unlikely]]
      return advance_on_detour();
    position_ = &(*position_)->next;
  }
  OwnedTerm take_current();  // and back to the first message
  void rewind() { position_ = &first_, looking_ = false, course_ = Course::straight; }

  // Receive markers: where the mailbox ended when a reference was made; a receive that waits
  // for that reference may start there, at once. Only the last few marks are known; from
  // others a receive starts at the front.
  using Mark = std::uint64_t;
  Mark mark();
  // Position on what has priority, then on the first message that arrived after `mark`.
  void advance_to(Mark mark);
  void forget(Mark mark);

  template <class Visit>
  void for_each(Visit visit) {
    for (auto* at = first_; at; at = at->next) visit(at->message.term());
  }
  std::size_t held_bytes() const;  // of all that it makes the program hold; looks at each message
  template <class Visit>
  void for_each_heap(Visit visit) const {
    for (auto* at = first_; at; at = at->next) visit(at->message.heap());
  }
  // Takes away the first message that `matches`; the position stays valid. False: there is none.
  template <class Matches>
  bool remove_first(Matches matches) {
    for (auto** at = &first_; *at; at = &(*at)->next)
      if (matches((*at)->message.term())) return unlink(at), end_detour_if_due(), true;
    return false;
  }
  void clear();

 private:
  struct Entry {
    Entry* next = nullptr;
    OwnedTerm message;

    static void* operator new(std::size_t size);
    static void operator delete(void* entry);
  };
  // Of the position. Overtaken: while it looks at a message, so that the detour begins after that.
  enum class Course : std::uint8_t { straight, overtaken, detour };
  struct Marked {
    Mark mark;
    Entry** link;  // where the first message after it hangs, or will
  };
  // The first rows of marks, once there was a message with priority.
  static constexpr Mark behind_priority = ~Mark{0};  // where the next message with priority will hang
  static constexpr std::size_t after_detour = 1;     // where it leads; before it: where it begins
  static constexpr std::size_t reserved = 2;
  bool had_priority() const { return !marked_.empty() && marked_.front().mark == behind_priority; }
  bool among_priority(Entry** link) const;

  std::unique_ptr<Entry> unlink(Entry** at);
  void advance_on_detour();
  void begin_detour(Entry** from, Entry** back);
  void end_detour_if_due();
  Entry* first_ = nullptr;
  Entry** last_ = &first_;  // the link that the next message is hung on
  Entry** position_ = &first_;
  std::size_t size_ = 0, words_ = 0;
  std::vector<Marked> marked_;
  Mark next_mark_ = 0;
  bool looking_ = false;  // at the current message
  Course course_ = Course::straight;
};

}  // namespace noderuntime
