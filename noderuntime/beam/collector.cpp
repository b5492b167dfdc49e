#include "noderuntime/beam/collector.h"

#include "noderuntime/beam/mover.h"

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
  release_dead(heap.take_off_heap());
  fresh.set_limit(heap.limit());
  heap = std::move(fresh);
}

}  // namespace noderuntime
