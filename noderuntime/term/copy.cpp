// Deep copies: first the exact size, then one pass over the growing copy, as a copying collector does.
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

template <class Place>
class Copier {
 public:
  explicit Copier(Place to) : to_{to}, start_{to.top()} {}

  Term copy(Term term) {
    return term.is_immediate() ? term : term.is_cons() ? copy_list(term) : copy_box(term);
  }

  // Copies the objects that the copied words still refer to elsewhere. Lists are copied as wholes, so their
  // tails are done already.
  void finish() {
    for (Word* at = start_; at != to_.top();) {
      Term word = Term::from_word(*at);
      if (word.is_header()) {
        auto inner = terms_in(at);
        for (std::size_t i = 0; i < inner.count; ++i) settle(inner.first[i]);
        at += 1 + (*at >> 8);
      } else {
        settle(reinterpret_cast<Term&>(*at));
        ++at;
      }
    }
  }

 private:
  void settle(Term& term) {
    if (term.is_immediate()) return;
    auto* target = reinterpret_cast<Word*>(term.word() & ~Word{3});
    if (target < start_ || target >= to_.top()) term = copy(term);
  }

  Term copy_list(Term list) {
    Word* first = to_.top();
    for (;;) {
      auto* cell = reinterpret_cast<Term*>(to_.allocate(2));
      cell[0] = list.head();
      list = list.tail();
      if (!list.is_cons()) {
        cell[1] = list;
        return Term::list(reinterpret_cast<Term*>(first));
      }
      cell[1] = Term::list(cell + 2);
    }
  }

  Term copy_box(Term term) {
    std::size_t words = 1 + term.size();
    Word* box = to_.allocate(words);
    std::memcpy(box, term.boxed(), words * sizeof(Word));
    if (holds_outside(term.kind())) {
      auto* object = reinterpret_cast<OffHeapObject*>(box);
      keep_off_heap(object);
      to_.hold(object);
    }
    return Term::box(box);
  }

  Place to_;
  Word* start_;  // the copy is everything from here to the top: one chunk
};

}  // namespace

std::size_t size_in_words(Term term) {
  std::size_t words = 0;
  for_each_term(term, [&](Term part) {
    words += part.is_cons() ? 2 : part.is_boxed() ? 1 + part.size() : 0;
  });
  return words;
}

Term copy(Term term, Heap& to) {
  if (term.is_immediate()) return term;
  to.reserve(size_in_words(term));
  Copier copier{OnHeap{to}};
  Term copied = copier.copy(term);
  copier.finish();
  return copied;
}

Term copy_into(Term term, Word* room, OffHeapObject*& held) {
  if (term.is_immediate()) return term;
  Copier copier{InRoom{room, held}};
  Term copied = copier.copy(term);
  copier.finish();
  return copied;
}

}  // namespace noderuntime
