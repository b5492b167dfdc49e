#include "noderuntime/beam/literal_space.h"

#include <sys/mman.h>

#include <algorithm>
#include <utility>

#include "noderuntime/beam/mover.h"

namespace noderuntime {

namespace {

void release_all(OffHeapObject* object) {
  while (object) {
    OffHeapObject* next = object->next;
    release_off_heap(object);
    object = next;
  }
}

}  // namespace

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
  for (auto& row : off_heap_) release_all(row.second);
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

// A block that is large enough for everything, filled by bump allocation. If it is not finished, it is given back.
struct LiteralSpace::Destination {
  Destination(LiteralSpace& space, std::size_t bytes)
      : space{space}, bytes{bytes}, first{reinterpret_cast<Word*>(space.take(bytes))} {}
  ~Destination() {
    if (!unfinished) return;
    release_all(outside);
    space.give_back(reinterpret_cast<char*>(first), bytes);
  }
  Destination(const Destination&) = delete;
  Destination& operator=(const Destination&) = delete;

  Word* allocate(std::size_t words) {
    if (end + words > provided) provide(words);
    return std::exchange(end, end + words);
  }
  Word* top() const { return end; }
  void hold(OffHeapObject* object) { object->next = outside, outside = object; }
  void provide(std::size_t words) {
    auto left = bytes / sizeof(Word) - static_cast<std::size_t>(provided - first);
    auto more = std::min(left, words + provided_at_once / sizeof(Word));
    provide_pages(provided, std::min(more * sizeof(Word), provided_at_once));
    provided += more;
  }

  LiteralSpace& space;
  std::size_t bytes;
  Word *first, *end = first, *provided = first;
  OffHeapObject* outside = nullptr;
  bool unfinished = true;
};

std::span<const Word> LiteralSpace::move_in(Heap from, std::span<Term> roots) {
  struct Source {
    Heap& heap;
    ~Source() { release_dead(heap.take_off_heap()); }
  };
  std::size_t bytes = from.used_words() * sizeof(Word);
  Source source{from};
  Destination to{*this, bytes};
  Mover mover{to, this, nullptr};
  for (Term& term : roots) mover.move(term);
  mover.scan(to.first);
  if (to.outside) off_heap_.emplace(to.first, to.outside);
  to.unfinished = false;
  auto moved = static_cast<std::size_t>(to.end - to.first);
  give_back(reinterpret_cast<char*>(to.end), bytes - moved * sizeof(Word));
  used_ += moved * sizeof(Word);
  return {to.first, moved};
}

void LiteralSpace::release(std::span<const Word> block) {
  if (block.empty()) return;
  if (auto held = off_heap_.extract(block.data())) release_all(held.mapped());
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
