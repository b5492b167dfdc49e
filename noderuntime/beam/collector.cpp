#include "noderuntime/beam/collector.h"

#include <algorithm>
#include <utility>

#include "noderuntime/beam/mover.h"
#include "noderuntime/term/pace.h"

namespace noderuntime {

namespace {

// Slices of one binary share its size between them.
std::size_t shared_bytes(OffHeapObject* object) {
  bool slice = header_kind(object->header) == Kind::slice;
  auto* bytes = slice ? reinterpret_cast<SubBinary*>(object)->bytes : nullptr;
  return bytes ? bytes->used / bytes->count : bytes_off_heap(object);
}

struct NewHeap {
  Heap& heap;
  Word* allocate(std::size_t words) { return heap.allocate(words); }
  Word* top() const { return heap.top(); }
  void hold(OffHeapObject* object) { heap.hold(object, shared_bytes(object)); }
};

// Where young objects go: mature ones to the old generation.
struct TwoHeaps {
  Heap &young, &old;
  const Word *mature_begin, *mature_end;
  const Word *old_begin = old.chunk_begin(), *old_end = old.chunk_end();

  bool stays(const void* object) const { return object >= old_begin && object < old_end; }
  Word* allocate(std::size_t words, const void* object) {
    bool mature = object >= mature_begin && object < mature_end;
    return (mature ? old : young).allocate(words);
  }
  void hold(OffHeapObject* object) { (stays(object) ? old : young).hold(object, shared_bytes(object)); }
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

template <class Place>
void move_roots(Mover<Place>& mover, const Roots& roots) {
  Rounds rounds{2};
  for (auto& range : std::span{roots.ranges, roots.count})
    for (Term& term : range) mover.move(term), rounds.next();
}

// Moves what the roots reach from `heap` to `fresh`.
void move_all(Heap& heap, Heap& fresh, const Collection& collection) {
  Word* first = fresh.top();
  NewHeap place{fresh};
  Mover mover{place, &collection.literals, collection.looked_at, collection.retired};
  try {
    move_roots(mover, collection.roots);
    mover.scan(first);
  } catch (const ProcessCancelled&) {
    release_dead(heap.take_off_heap());
    throw;
  }
}

// Where a young generation begins: a chunk that grows with what its process allocates.
constexpr std::size_t first_young_words = 512;

}  // namespace

void collect_all(Heap& heap, Generations& generations, const Collection& collection) {
  std::size_t used = heap.used_words();
  bool is_large = used >= collection.generations_from;
  Heap fresh;
  bool roomy = is_large && has_memory_for([&] { fresh.reserve(used + used / 2); });
  if (!roomy) fresh.reserve(used);
  move_all(heap, fresh, collection);
  generations = {};
  auto limit = heap.limit();
  heap.swap(fresh);
  release_dead_of(fresh);
  fresh.clear();

  std::size_t live = heap.used_words();
  if (is_large && live < used / 4) {  // it would keep much more than it needs
    Heap fitting;
    fitting.reserve(live + live / 2);
    move_all(heap, fitting, collection);
    heap.swap(fitting);
    release_dead_of(fitting);
  }
  // What survives may refer to the message that is looked at, which is young when it is taken.
  if (live >= collection.generations_from && !collection.looked_at) {
    Heap young;
    young.reserve(first_young_words);
    generations.outside_bytes = heap.off_heap_bytes();
    generations.old = young.attach_old(std::move(heap));
    heap = std::move(young);
  }
  heap.set_limit(limit);
}

bool collect_young(Heap& heap, Generations& generations, const Collection& collection) {
  auto mature = static_cast<std::size_t>(generations.mature_end - generations.mature_begin);
  std::size_t young_words = heap.used_words();  // and the old ones
  Heap old = heap.detach_old(generations.old);
  young_words -= old.used_words();
  Heap fresh;
  bool has_room = static_cast<std::size_t>(old.chunk_end() - old.top()) >= mature &&
                  has_memory_for([&] { fresh.reserve(std::max(young_words - mature, first_young_words)); });
  if (!has_room) {
    generations.old = heap.attach_old(std::move(old));
    return false;
  }
  Word *young_at = fresh.top(), *old_at = old.top();
  TwoHeaps place{fresh, old, generations.mature_begin, generations.mature_end};
  Mover mover{place, &collection.literals, collection.looked_at};
  try {
    move_roots(mover, collection.roots);
    while (young_at != fresh.top() || old_at != old.top()) {
      young_at = mover.scan(young_at, [&] { return fresh.top(); });
      old_at = mover.scan(old_at, [&] { return old.top(); });
    }
  } catch (const ProcessCancelled&) {
    release_dead(heap.take_off_heap());
    throw;
  }
  generations.mature_begin = fresh.chunk_begin();
  // What survives may refer to the message that is looked at, which is young when it is taken.
  generations.mature_end = collection.looked_at ? generations.mature_begin : fresh.top();
  generations.old = fresh.attach_old(std::move(old));
  ++generations.young_collections;
  fresh.set_limit(heap.limit());
  heap.swap(fresh);
  release_dead_of(fresh);
  return true;
}

}  // namespace noderuntime
