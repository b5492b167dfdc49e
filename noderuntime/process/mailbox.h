// Messages in the order of their arrival, those with priority in front, with a position for selective
// receive.
#pragma once

#include <cstddef>
#include <memory>

#include "noderuntime/term/heap.h"
#include "noderuntime/term/spare.h"

namespace noderuntime {

// Each message lies on its own heap until it is taken; taking it gives that heap to the receiver, which
// adopts it: nothing is copied or moved. The position stays when messages arrive behind it.
//
// A message with priority stands behind those with priority and before all others. It is the next that is
// looked at: the position goes back to the front, at once or, when a message is being looked at, after that.
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
  // The current message stays the current one until advance(), take_current() or rewind().
  Term look() {
    if (look_ == Look::none) look_ = Look::looking;
    return current();
  }
  const Heap* looked_at() const {  // null: none is looked at
    return look_ != Look::none && has_current() ? &(*position_)->message.heap() : nullptr;
  }
  void advance() {  // precondition: has_current()
    position_ = look_ == Look::overtaken ? &first_ : &(*position_)->next;
    look_ = Look::none;
  }
  OwnedTerm take_current();  // and back to the first message
  void rewind() { position_ = &first_, look_ = Look::none; }

  // Receive markers: where the mailbox ended when a reference was made; a receive that waits for that
  // reference may start there, at once. Only the last few marks are known, and none from before a message
  // with priority; from others a receive starts at the front.
  using Mark = std::uint64_t;
  Mark mark();
  void advance_to(Mark mark);  // position on the first message that arrived after `mark`
  void forget(Mark mark);

  template <class Visit>
  void for_each(Visit visit) {
    for (auto* at = first_; at; at = at->next) visit(at->message.term());
  }
  template <class Visit>
  void for_each_heap(Visit visit) const {
    for (auto* at = first_; at; at = at->next) visit(at->message.heap());
  }
  // Takes away the first message that `matches`; the position stays valid. False: there is none.
  template <class Matches>
  bool remove_first(Matches matches) {
    for (auto** at = &first_; *at; at = &(*at)->next)
      if (matches((*at)->message.term())) return unlink(at), true;
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
  enum class Look : std::uint8_t { none, looking, overtaken };  // overtaken: by one with priority
  std::unique_ptr<Entry> unlink(Entry** at);
  Entry* first_ = nullptr;
  Entry** last_ = &first_;  // the link that the next message is hung on
  Entry** position_ = &first_;
  std::size_t size_ = 0, words_ = 0;
  struct Marked {
    Mark mark;
    Entry** link;  // where the first message after it hangs, or will
  };
  static constexpr Mark behind_priority = ~Mark{0};  // where the next message with priority will hang
  std::vector<Marked> marked_;  // the row of `behind_priority`, once there was such a message, is the first
  Mark next_mark_ = 0;
  Look look_ = Look::none;
};

}  // namespace noderuntime
