// Moves live terms to another place, breadth first (C. J. Cheney, "A nonrecursive list compacting algorithm",
// 1970). The cost is that of what lives; what is dead is not looked at.
#pragma once

#include <cstring>
#include <span>
#include <utility>

#include "noderuntime/beam/collector.h"
#include "noderuntime/term/pace.h"
#include "noderuntime/term/visit.h"

namespace noderuntime {

// Replaces the head of a list cell that was moved; the tail then points to the new cell.
constexpr Word moved_cell = 0x1B;

// Moves terms to `Place`, which has allocate(words), top() and hold(object). Terms in the literal space stay where
// they are, and so do those on `looked_at`; `seen` of those `retired` areas that are met is set. A place with
// generations has stays(object) and allocate(words, object), which choose by where the object is.
template <class Place>
class Mover {
 public:
  Mover(Place& place, const LiteralSpace* literals, const Heap* looked_at,
        std::span<LiteralArea* const> retired = {})
      : place_{place}, literals_{literals}, looked_at_{looked_at}, retired_{retired} {}

  void move(Term& term) {
    if (term.is_cons()) {
      move_cell(term);
    } else if (is_boxed(term)) {
      move_box(term);
    }
  }

  // Moves what the objects from `at` to place.top() refer to; they grow as it goes.
  void scan(Word* at) {
    scan(at, [this] { return place_.top(); });
  }
  // The same up to where top() is then; returns it.
  template <class Top>
  Word* scan(Word* at, Top top) {
    constexpr std::size_t at_once = 1024;  // words
    std::size_t words = 0;
    while (at != top()) {
      if (words >= at_once) pace.spend(static_cast<std::int64_t>(std::exchange(words, 0)));
      words += 2;
      if (!is_header(*at)) {
        auto* cell = reinterpret_cast<Term*>(at);
        move(cell[0]), move(cell[1]);
        at += 2;
        continue;
      }
      std::size_t size = header_size(*at);
      if (header_kind(*at) == Kind::match_context) {
        move(reinterpret_cast<MatchContext*>(at)->binary);
      } else {
        auto terms = terms_in(at);
        for (std::size_t i = 0; i < terms.count; ++i, ++words) {
          if (words >= at_once) pace.spend(static_cast<std::int64_t>(std::exchange(words, 0)));
          move(terms.first[i]);
        }
      }
      at += 1 + size;
    }
    return at;
  }

 private:
  void move_cell(Term& term) {
    Term* cell = cell_of(term);
    if (word_of(cell[0]) == moved_cell) {
      term = cell[1];
      return;
    }
    if (stays(cell)) return;
    auto* to = reinterpret_cast<Term*>(allocate(2, cell));
    to[0] = cell[0], to[1] = cell[1];
    term = list_at(to);
    cell[0] = from_word(moved_cell), cell[1] = term;
  }

  void move_box(Term& term) {
    Word* box = box_of(term);
    if (!is_header(*box)) {
      term = from_word(*box);
      return;
    }
    if (stays(box)) return;
    std::size_t words = 1 + header_size(*box);
    Word* to = allocate(words, box);
    std::memcpy(to, box, words * sizeof(Word));
    term = box_at(to);
    if (holds_outside(header_kind(*box))) place_.hold(reinterpret_cast<OffHeapObject*>(to));
    *box = word_of(term);
  }

  Word* allocate(std::size_t words, [[maybe_unused]] const void* object) {
    if constexpr (requires { place_.allocate(words, object); })
      return place_.allocate(words, object);
    else
      return place_.allocate(words);
  }

  bool stays(const void* place) const {
    if constexpr (requires { place_.stays(place); })
      if (place_.stays(place)) return true;
    if (literals_->contains(place)) {
      for (auto* area : retired_) area->seen = area->seen || area->contains(place);
      return true;
    }
    return looked_at_ && looked_at_->contains(place);
  }

  Place& place_;
  const LiteralSpace* literals_;
  const Heap* looked_at_;
  std::span<LiteralArea* const> retired_;
};

// Releases the outside objects that were not moved; the others are held by their new place.
inline void release_dead(OffHeapObject* object) {
  while (object) {
    OffHeapObject* next = object->next;
    if (is_header(object->header)) release_off_heap(object);
    object = next;
  }
}

}  // namespace noderuntime
