#include "noderuntime/machine/collector.h"

#include <sys/mman.h>

#include "noderuntime/term/visit.h"

namespace noderuntime {

namespace {

// Replaces the head of a list cell that was moved; the tail then points to the new cell.
constexpr Word moved_cell = 0x1B;

constexpr bool is_header(Word word) { return (word & 3) == 0; }

template <class Place>
class Mover {
 public:
  Mover(Place& place, const LiteralSpace* literals, const Heap* looked_at,
        std::span<LiteralArea* const> retired = {})
      : place_{place}, literals_{literals}, looked_at_{looked_at}, retired_{retired} {}

  void move(Term& term) {
    if (term.is_cons()) {
      move_cell(term);
    } else if (term.is_boxed()) {
      move_box(term);
    }
  }

  // Moves what the objects from `at` to place.top() refer to; they grow as it goes.
  void scan(Word* at) {
    while (at != place_.top()) {
      if (!is_header(*at)) {
        auto* cell = reinterpret_cast<Term*>(at);
        move(cell[0]), move(cell[1]);
        at += 2;
        continue;
      }
      std::size_t size = *at >> 8;
      if (static_cast<Kind>(*at >> 2 & 0x3F) == Kind::match_context) {
        move(reinterpret_cast<MatchContext*>(at)->binary);
      } else {
        auto terms = terms_in(at);
        for (std::size_t i = 0; i < terms.count; ++i) move(terms.first[i]);
      }
      at += 1 + size;
    }
  }

 private:
  void move_cell(Term& term) {
    Term* cell = term.cell();
    if (cell[0].word() == moved_cell) {
      term = cell[1];
      return;
    }
    if (stays(cell)) return;
    auto* to = reinterpret_cast<Term*>(place_.allocate(2));
    to[0] = cell[0], to[1] = cell[1];
    term = Term::list(to);
    cell[0] = Term::from_word(moved_cell), cell[1] = term;
  }

  void move_box(Term& term) {
    Word* box = term.boxed();
    if (!is_header(*box)) {
      term = Term::from_word(*box);
      return;
    }
    if (stays(box)) return;
    std::size_t words = 1 + (*box >> 8);
    Word* to = place_.allocate(words);
    std::memcpy(to, box, words * sizeof(Word));
    term = Term::box(to);
    if (holds_outside(static_cast<Kind>(*box >> 2 & 0x3F))) place_.hold(reinterpret_cast<Outside*>(to));
    *box = term.word();
  }

  bool stays(const void* place) const {
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
void release_dead(Outside* object) {
  while (object) {
    Outside* next = object->next;
    if (is_header(object->header)) release_outside(object);
    object = next;
  }
}

void release_all(Outside* object) {
  while (object) {
    Outside* next = object->next;
    release_outside(object);
    object = next;
  }
}

struct NewHeap {
  Heap& heap;
  Word* allocate(std::size_t words) { return heap.allocate(words); }
  Word* top() const { return heap.top(); }
  // Slices of one binary share its size between them.
  void hold(Outside* object) {
    bool slice = static_cast<Kind>(object->header >> 2 & 0x3F) == Kind::slice;
    auto* bytes = slice ? reinterpret_cast<BinarySlice*>(object)->bytes : nullptr;
    heap.hold(object, bytes ? bytes->used / bytes->count : bytes_outside(object));
  }
};

}  // namespace

void collect(Heap& heap, const LiteralSpace& literals, const Heap* looked_at, const Roots& roots,
             std::span<LiteralArea* const> retired) {
  Heap fresh;
  fresh.reserve(heap.used_words());
  Word* first = fresh.top();
  NewHeap place{fresh};
  Mover mover{place, &literals, looked_at, retired};
  for (auto& range : std::span{roots.ranges, roots.count})
    for (Term& term : range) mover.move(term);
  mover.scan(first);
  release_dead(heap.take_outside());
  fresh.set_limit(heap.limit());
  heap = std::move(fresh);
}

LiteralSpace::LiteralSpace(std::size_t bytes) {
  for (void* place = MAP_FAILED; place == MAP_FAILED; bytes /= 2) {
    if (bytes < 4096) return;
    place = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (place == MAP_FAILED) continue;
    begin_ = top_ = static_cast<char*>(place);
    size_ = bytes;
  }
}

LiteralSpace::~LiteralSpace() {
  for (auto& row : outside_) release_all(row.second);
  if (begin_) munmap(begin_, size_);
}

// Takes the first hole that is large enough, or room at the end.
char* LiteralSpace::take(std::size_t bytes) {
  for (auto hole = holes_.begin(); hole != holes_.end(); ++hole) {
    auto [place, size] = *hole;
    if (size < bytes) continue;
    holes_.erase(hole);
    if (size > bytes) holes_.emplace(place + bytes, size - bytes);
    return place;
  }
  if (bytes > size_ - static_cast<std::size_t>(top_ - begin_)) throw HeapLimitExceeded{};
  return std::exchange(top_, top_ + bytes);
}

void LiteralSpace::give_back(char* place, std::size_t bytes) {
  if (bytes == 0) return;
  auto next = holes_.lower_bound(place);
  if (next != holes_.end() && next->first == place + bytes) bytes += next->second, next = holes_.erase(next);
  if (next != holes_.begin()) {
    auto former = std::prev(next);
    if (former->first + former->second == place)
      place = former->first, bytes += former->second, holes_.erase(former);
  }
  if (place + bytes == top_) {
    top_ = place;
  } else {
    holes_.emplace(place, bytes);
  }
}

// A block that is large enough for everything, filled by bump allocation.
struct LiteralSpace::Destination {
  Word* end;
  Outside* outside = nullptr;
  Word* allocate(std::size_t words) { return std::exchange(end, end + words); }
  Word* top() const { return end; }
  void hold(Outside* object) { object->next = outside, outside = object; }
};

std::span<const Word> LiteralSpace::move_in(Heap from, std::span<Term> roots) {
  std::size_t bytes = from.used_words() * sizeof(Word);
  char* place = take(bytes);
  auto* first = reinterpret_cast<Word*>(place);
  Destination to{first};
  Mover mover{to, this, nullptr};
  for (Term& term : roots) mover.move(term);
  mover.scan(first);
  release_dead(from.take_outside());
  auto moved = static_cast<std::size_t>(to.end - first);
  give_back(place + moved * sizeof(Word), bytes - moved * sizeof(Word));
  used_ += moved * sizeof(Word);
  if (to.outside) outside_.emplace(first, to.outside);
  return {first, moved};
}

void LiteralSpace::release(std::span<const Word> block) {
  if (block.empty()) return;
  if (auto held = outside_.extract(block.data())) release_all(held.mapped());
  used_ -= block.size_bytes();
  char* place = const_cast<char*>(reinterpret_cast<const char*>(block.data()));
  constexpr std::uintptr_t page = 1 << 16;  // a multiple of every page size
  auto first = (reinterpret_cast<std::uintptr_t>(place) + page - 1) / page * page;
  auto last = reinterpret_cast<std::uintptr_t>(place + block.size_bytes()) / page * page;
  if (first < last) madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
  give_back(place, block.size_bytes());
}

LiteralArea* LiteralArea::create(std::shared_ptr<LiteralSpace> space, Term value) {
  auto owned = OwnedTerm::copy_of(value);
  std::unique_ptr<LiteralArea> area{new LiteralArea};
  area->term_ = owned.term();
  try {
    area->block_ = space->move_in(std::move(owned).take_heap(), {&area->term_, 1});
  } catch (const HeapLimitExceeded&) { return nullptr; }
  area->space_ = std::move(space);
  return area.release();
}

LiteralArea::~LiteralArea() {
  if (space_) space_->release(block_);
}

}  // namespace noderuntime
