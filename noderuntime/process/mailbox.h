// The mailbox of a process: messages in the order of arrival, priority messages first, with a save pointer
// for selective receive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "noderuntime/term/heap.h"

namespace noderuntime {

// Owned by its process. Each message lies on a heap of its own until it is taken; the receiver then
// adopts that heap, so nothing is copied or moved. The save pointer (position_) keeps its place when
// messages are added behind it.
//
// A priority message is inserted behind the waiting priority messages and before all others. If the
// save pointer is past that place, it makes a detour: it visits the new priority messages and then
// returns to where it was.
class Mailbox {
  struct Entry;

 public:
  Mailbox() = default;
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;
  ~Mailbox() { clear(); }

  void push(OwnedTerm&& message);
  void push_priority(OwnedTerm&& message);
  std::size_t size() const { return size_; }
  std::size_t words() const { return words_; }  // of the waiting messages

  // Selective receive: looks at one message after the other, and takes the one that matches.
  bool has_current() const { return *position_ != nullptr; }
  Term current() const { return (*position_)->message.term(); }  // precondition: has_current()
  // The current message, marked as being looked at until advance(), take_current() or rewind().
  Term look() { return looking_ = true, current(); }
  const Heap* looked_at() const {  // null: no message is being looked at
    return looking_ && has_current() ? &(*position_)->message.heap() : nullptr;
  }
  void advance() {  // precondition: has_current()
    looking_ = false;
    if (course_ != Course::straight) [[unlikely]]
      return advance_on_detour();
    position_ = &(*position_)->next;
  }
  OwnedTerm take_current();  // also rewinds to the first message
  void rewind() { position_ = &first_, looking_ = false, course_ = Course::straight; }

  // Receive markers: the end of the mailbox at the time a reference was made. A receive that waits
  // for that reference can start there. Only the last few marks are kept; for a forgotten one a
  // receive starts at the front.
  using Mark = std::uint64_t;
  Mark mark();
  // Moves to the priority messages, and after them to the first message that arrived after `mark`.
  void advance_to(Mark mark);
  void forget(Mark mark);

  template <class Visit>
  void for_each(Visit visit) {
    for (auto* at = first_; at; at = at->next) visit(at->message.term());
  }
  // Visits the waiting messages piece by piece. is_valid() becomes false when a message is taken or overtakes others;
  // then only the owner of the mailbox, which has taken none, may go on.
  class Reader {
   public:
    explicit Reader(const Mailbox& mailbox)
        : mailbox_{mailbox}, next_{mailbox.first_}, changes_{mailbox.changes_} {}
    bool is_valid() const { return mailbox_.changes_ == changes_; }
    // nullopt: there are no more.
    std::optional<Term> next();

   private:
    const Mailbox& mailbox_;
    const Entry* next_;
    std::uint32_t changes_;
  };
  std::size_t held_bytes() const;  // everything it makes the program hold; visits each message
  template <class Visit>
  void for_each_heap(Visit visit) const {
    for (auto* at = first_; at; at = at->next) visit(at->message.heap());
  }
  // Removes the first message that `matches`; the save pointer stays valid. False: there is none.
  template <class Matches>
  bool remove_first(Matches matches) {
    for (auto** at = &first_; *at; at = &(*at)->next)
      if (matches((*at)->message.term())) return unlink(at), end_detour_if_due(), true;
    return false;
  }
  // Destroys the first message. False: there is none. After it the save pointer is at the front.
  bool drop_first();
  void clear();

 private:
  struct Entry : HeldObject {
    Entry(Entry* next, OwnedTerm&& message) : next{next}, message{std::move(message)} {}
    Entry* next;
    OwnedTerm message;
  };
  // The state of the save pointer. straight: in order of arrival. overtaken: a priority message arrived while
  // the current message was being looked at; the detour begins with the next advance(). detour: it visits
  // priority messages and will return to the link in marked_[after_detour].
  enum class Course : std::uint8_t { straight, overtaken, detour };
  struct Marked {
    Mark mark;
    Entry** link;  // the link that holds the first message after the mark, or will hold it
  };
  // marked_ begins with two rows of its own as soon as a priority message has arrived:
  static constexpr Mark behind_priority = ~Mark{0};  // [0]: the link for the next priority message
  // [1]: where the detour returns to; while overtaken: where it begins
  static constexpr std::size_t after_detour = 1;
  static constexpr std::size_t reserved = 2;
  bool had_priority() const { return !marked_.empty() && marked_.front().mark == behind_priority; }
  bool among_priority(Entry** link) const;

  std::unique_ptr<Entry> unlink(Entry** at);
  void advance_on_detour();
  void begin_detour(Entry** from, Entry** back);
  void end_detour_if_due();
  Entry* first_ = nullptr;
  Entry** last_ = &first_;  // the link for the next message
  Entry** position_ = &first_;
  std::size_t size_ = 0, words_ = 0;
  std::vector<Marked> marked_;
  Mark next_mark_ = 0;
  bool looking_ = false;  // the current message is being looked at
  Course course_ = Course::straight;
  std::uint32_t changes_ = 0;  // of the order: for Reader
};

inline std::optional<Term> Mailbox::Reader::next() {
  if (!next_) return std::nullopt;
  return std::exchange(next_, next_->next)->message.term();
}

}  // namespace noderuntime
