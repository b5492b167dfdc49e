// Deep copies: first the exact size, then one pass over the growing copy, as a copying collector does. A copy that is
// left by an exception is half built; the outside objects that it has so far are linked and kept.
#include "noderuntime/term/pieces.h"
#include "noderuntime/term/visit.h"

namespace noderuntime {
namespace {

struct OnHeap {
  Heap& heap;
  Word* allocate(std::size_t words) { return heap.allocate(words); }
  Word* top() const { return heap.top(); }
  void hold(OffHeapObject* object) { heap.hold(object, bytes_off_heap(object)); }
};

struct InRoom {
  Word* next;
  OffHeapObject*& held;
  Word* allocate(std::size_t words) { return std::exchange(next, next + words); }
  Word* top() const { return next; }
  void hold(OffHeapObject* object) { object->next = held, held = object; }
};

// A slice that its process may change in place (machine/binaries.h) is copied as a plain one.
std::size_t words_of_copy(Term box) {
  return is_kind(box, Kind::slice) ? sizeof(SubBinary) / sizeof(Word) : 1 + box_size(box);
}

template <class Place>
class Copier {
 public:
  explicit Copier(Place to) : to_{to}, start_{to.top()} {}

  Term copy(Term term) {
    return is_immediate(term) ? term : term.is_cons() ? copy_list(term) : copy_box(term);
  }

  // Copies the objects that the copied words still refer to elsewhere. Lists are copied as wholes, so their
  // tails are done already.
  void finish() {
    for (Word* at = start_; at != to_.top();) {
      rounds_.next();
      Term word = from_word(*at);
      if (is_header(word)) {
        auto inner = terms_in(at);
        for (std::size_t i = 0; i < inner.count; ++i) rounds_.next(), settle(inner.first[i]);
        at += 1 + header_size(*at);
      } else {
        settle(reinterpret_cast<Term&>(*at));
        ++at;
      }
    }
  }

 private:
  void settle(Term& term) {
    if (is_immediate(term)) return;
    auto* target = reinterpret_cast<Word*>(word_of(term) & ~Word{3});
    if (target < start_ || target >= to_.top()) term = copy(term);
  }

  Term copy_list(Term list) {
    Word* first = to_.top();
    for (;;) {
      rounds_.next();
      auto* cell = reinterpret_cast<Term*>(to_.allocate(2));
      cell[0] = list.head();
      list = list.tail();
      if (!list.is_cons()) {
        cell[1] = list;
        return list_at(reinterpret_cast<Term*>(first));
      }
      cell[1] = list_at(cell + 2);
    }
  }

  Term copy_box(Term term) {
    std::size_t words = words_of_copy(term);
    Word* box = to_.allocate(words);
    if (holds_outside(kind_of(term))) {
      std::memcpy(box, box_of(term), words * sizeof(Word));
      box[0] = box_header(kind_of(term), words - 1);
      auto* object = reinterpret_cast<OffHeapObject*>(box);
      keep_off_heap(object);
      to_.hold(object);
      return box_at(box);
    }
    if (words <= small_box) {
      std::memcpy(box, box_of(term), words * sizeof(Word));
      return box_at(box);
    }
    auto *to = reinterpret_cast<char*>(box), *from = reinterpret_cast<char*>(box_of(term));
    in_pieces(words * sizeof(Word), Pace::copied_bytes,
              [&](std::size_t at, std::size_t size) { std::memcpy(to + at, from + at, size); });
    return box_at(box);
  }

  static constexpr std::size_t small_box = 64;  // words

  Place to_;
  Word* start_;  // the copy is everything from here to the top: one chunk
  Rounds rounds_;
};

}  // namespace

std::size_t size_in_words(Term term) {
  std::size_t words = 0;
  for_each_term(term, [&](Term part) {
    words += part.is_cons() ? 2 : is_boxed(part) ? words_of_copy(part) : 0;
  });
  return words;
}

Term copy(Term term, Heap& to) {
  if (is_immediate(term)) return term;
  to.reserve(size_in_words(term));
  Copier copier{OnHeap{to}};
  Term copied = copier.copy(term);
  copier.finish();
  return copied;
}

Term copy_into(Term term, Word* room, OffHeapObject*& held) {
  if (is_immediate(term)) return term;
  Copier copier{InRoom{room, held}};
  Term copied = copier.copy(term);
  copier.finish();
  return copied;
}

}  // namespace noderuntime
