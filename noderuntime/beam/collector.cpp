#include "noderuntime/beam/collector.h"

#include "noderuntime/beam/mover.h"
#include "noderuntime/term/pace.h"

namespace noderuntime {

namespace {

struct NewHeap {
  Heap& heap;
  Word* allocate(std::size_t words) { return heap.allocate(words); }
  Word* top() const { return heap.top(); }
  // Slices of one binary share its size between them.
  void hold(OffHeapObject* object) {
    bool slice = header_kind(object->header) == Kind::slice;
    auto* bytes = slice ? reinterpret_cast<SubBinary*>(object)->bytes : nullptr;
    heap.hold(object, bytes ? bytes->used / bytes->count : bytes_off_heap(object));
  }
};

// What is left of a list of outside objects; releases it at the end, without a pause.
struct Dead {
  OffHeapObject* next;
  ~Dead() { release_dead(next); }
};

// Releases the outside objects that were not moved.
void release_dead_of(Heap& old) {
  Dead dead{old.take_off_heap()};
  Rounds rounds{4};
  while (auto* object = dead.next) {
    dead.next = object->next;
    if (is_header(object->header)) release_off_heap(object);
    rounds.next();
  }
}

}  // namespace

void collect(Heap& heap, const LiteralSpace& literals, const Heap* looked_at, const Roots& roots,
             std::span<LiteralArea* const> retired) {
  Heap fresh;
  fresh.reserve(heap.used_words());
  Word* first = fresh.top();
  NewHeap place{fresh};
  Mover mover{place, &literals, looked_at, retired};
  try {
    Rounds rounds{2};
    for (auto& range : std::span{roots.ranges, roots.count})
      for (Term& term : range) mover.move(term), rounds.next();
    mover.scan(first);
  } catch (const ProcessCancelled&) {
    release_dead(heap.take_off_heap());
    throw;
  }
  fresh.set_limit(heap.limit());
  heap.swap(fresh);
  release_dead_of(fresh);
}

}  // namespace noderuntime
