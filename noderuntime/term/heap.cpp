#include "noderuntime/term/heap.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>

#include "noderuntime/term/bits.h"
#include "noderuntime/term/pace.h"
#include "noderuntime/term/reclaimer.h"
#include "noderuntime/term/small_blocks.h"

namespace noderuntime {

struct Heap::Chunk {
  Chunk* next;
  std::size_t capacity;

  Word* begin() { return reinterpret_cast<Word*>(this + 1); }
};

namespace {

constexpr std::size_t smallest_chunk = 30;  // with its header: 256 bytes
constexpr std::size_t largest_step = std::size_t{1} << 19;
constexpr std::size_t heap_binary_bytes = 64;

}  // namespace

// Makes the next words of the first chunk usable: so many, and some more.
void Heap::provide(std::size_t words) {
  Word* from = end_;
  constexpr std::size_t more = provided_at_once / sizeof(Word);
  auto left = static_cast<std::size_t>(chunk_end() - top_);
  end_ = top_ + std::min(left, words + more);
  std::size_t fresh = std::min(static_cast<std::size_t>(end_ - from), more);
  if (fresh >= more / 8) provide_pages(from, fresh * sizeof(Word));
}

void Heap::grow(std::size_t words, bool exact) {
  if (chunks_ && words <= static_cast<std::size_t>(chunk_end() - top_)) {
    if (!exact) provide(words);
    return;
  }
  std::size_t used = used_words();
  if (used > limit_ || words > limit_ - used) throw HeapLimitExceeded{};
  std::size_t capacity = words;
  if (!exact || chunks_) capacity = std::max(words, std::clamp(used / 2, smallest_chunk, largest_step));
  capacity = std::min(capacity, limit_ - used);

  std::size_t bytes = sizeof(Chunk) + capacity * sizeof(Word);
  constexpr std::size_t most = std::numeric_limits<std::ptrdiff_t>::max() / sizeof(Word) - sizeof(Chunk);
  if (capacity > most) throw HeapLimitExceeded{};
  void* memory = held_memory.allocate_unprovided(bytes);
  if (!memory) throw HeapLimitExceeded{};
  full_words_ = used;
  chunks_ = new (memory) Chunk{chunks_, capacity};
  top_ = end_ = chunks_->begin();
  provide(exact ? 0 : words);
}

std::size_t Heap::used_words() const {
  return full_words_ + (chunks_ ? static_cast<std::size_t>(top_ - chunks_->begin()) : 0);
}

std::size_t Heap::held_bytes() const {
  std::size_t bytes = off_heap_bytes_;
  for (Chunk* chunk = chunks_; chunk; chunk = chunk->next)
    bytes += sizeof(Chunk) + chunk->capacity * sizeof(Word);
  return bytes;
}

bool Heap::contains(const void* place) const {
  auto* word = static_cast<const Word*>(place);
  for (Chunk* chunk = chunks_; chunk; chunk = chunk->next)
    if (word >= chunk->begin() && word < chunk->begin() + chunk->capacity) return true;
  return false;
}

void Heap::for_each_chunk(const std::function<void(std::span<const Word>)>& visit) const {
  for (Chunk* chunk = chunks_; chunk; chunk = chunk->next)
    visit({chunk->begin(),
           chunk == chunks_ ? static_cast<std::size_t>(top_ - chunk->begin()) : chunk->capacity});
}

void Heap::adopt(Heap&& fragment) {
  if (fragment.empty()) return;
  if (empty()) {
    swap(fragment);
    std::swap(limit_, fragment.limit_);
    return;
  }
  if (fragment.chunks_) {
    full_words_ += fragment.used_words();
    Chunk* last = fragment.chunks_;
    while (last->next) last = last->next;
    last->next = std::exchange(chunks_->next, fragment.chunks_);
  }
  if (fragment.off_heap_) {
    fragment.off_heap_last_->next = off_heap_;
    if (!off_heap_) off_heap_last_ = fragment.off_heap_last_;
    off_heap_ = fragment.off_heap_;
    off_heap_bytes_ += fragment.off_heap_bytes_;
  }
  fragment.forget();
}

void Heap::clear() {
  if (empty()) return;
  if (!off_heap_ && chunks_ && !chunks_->next && chunks_->capacity == smallest_chunk) {  // of most messages
    held_memory.free(chunks_, sizeof(Chunk) + smallest_chunk * sizeof(Word));
    pace.charge(Reclaimer::chunk_steps);
    return forget();
  }
  std::size_t words = used_words();
  auto steps = Reclaimer::steps_at_once;
  std::size_t freed = clear_some(steps, Reclaimer::large);
  pace.charge(Reclaimer::steps_at_once - steps);
  if (chunks_) {
    std::size_t bytes = words * sizeof(Word);
    reclaimer.take(std::move(*this), bytes - std::min(bytes, freed));
  }
  forget();
}

// The outside objects lie in the chunks, so they go first.
std::size_t Heap::clear_some(std::int64_t& steps, std::size_t large) {
  while (off_heap_ && steps > 0) {
    release_off_heap(std::exchange(off_heap_, off_heap_->next));
    steps -= Reclaimer::object_steps;
  }
  std::size_t freed = 0;
  while (chunks_ && steps > 0) {
    Chunk* chunk = std::exchange(chunks_, chunks_->next);
    std::size_t bytes = sizeof(Chunk) + chunk->capacity * sizeof(Word);
    freed += bytes;
    steps -= Reclaimer::chunk_steps;
    if (bytes >= large) {
      reclaimer.take(chunk, bytes);
    } else {
      held_memory.free(chunk, bytes);
      steps -= static_cast<std::int64_t>(bytes / Reclaimer::bytes_per_step);
    }
  }
  return freed;
}

void Heap::hold(OffHeapObject* object, std::size_t bytes) {
  object->next = off_heap_;
  if (!off_heap_) off_heap_last_ = object;
  off_heap_ = object;
  off_heap_bytes_ += bytes;
}

void Heap::swap(Heap& other) noexcept {
  std::swap(top_, other.top_);
  std::swap(end_, other.end_);
  std::swap(chunks_, other.chunks_);
  std::swap(full_words_, other.full_words_);
  std::swap(off_heap_, other.off_heap_);
  std::swap(off_heap_last_, other.off_heap_last_);
  std::swap(off_heap_bytes_, other.off_heap_bytes_);
  std::swap(limit_, other.limit_);
}

Word* Heap::chunk_begin() const { return chunks_->begin(); }

Word* Heap::chunk_end() const { return chunks_->begin() + chunks_->capacity; }

Heap Heap::detach_old(const Old& old) {
  OffHeapObject* before = nullptr;
  Rounds rounds{2};
  for (auto* object = off_heap_; object != old.outside; object = object->next) before = object, rounds.next();
  Chunk** link = &chunks_;
  for (; (*link)->next; link = &(*link)->next) rounds.next();

  Heap detached;
  detached.chunks_ = std::exchange(*link, nullptr);
  detached.top_ = old.top;
  detached.end_ = old.top;
  full_words_ -= detached.used_words();
  if (!old.outside) return detached;
  detached.off_heap_ = old.outside;
  detached.off_heap_last_ = std::exchange(off_heap_last_, before);
  detached.off_heap_bytes_ = old.outside_bytes;
  off_heap_bytes_ -= old.outside_bytes;
  (before ? before->next : off_heap_) = nullptr;
  return detached;
}

Heap::Old Heap::attach_old(Heap&& old) {
  Old attached{old.top_, old.off_heap_, old.off_heap_bytes_};
  Chunk* last = chunks_;
  while (last->next) last = last->next;
  last->next = old.chunks_;
  full_words_ += old.used_words();
  if (old.off_heap_) {
    (off_heap_ ? off_heap_last_->next : off_heap_) = old.off_heap_;
    off_heap_last_ = old.off_heap_last_;
    off_heap_bytes_ += old.off_heap_bytes_;
  }
  old.forget();
  return attached;
}

namespace {

bool is_slice(const OffHeapObject* object) { return header_kind(object->header) == Kind::slice; }

}  // namespace

void keep_off_heap(OffHeapObject* object) {
  if (is_slice(object))
    RefcBinary::keep(reinterpret_cast<SubBinary*>(object)->bytes);
  else
    MagicObject::keep(reinterpret_cast<MagicReference*>(object)->object);
}

void release_off_heap(OffHeapObject* object) {
  if (is_slice(object))
    RefcBinary::release(reinterpret_cast<SubBinary*>(object)->bytes);
  else
    MagicObject::release(reinterpret_cast<MagicReference*>(object)->object);
}

std::size_t bytes_off_heap(const OffHeapObject* object) {
  if (is_slice(object)) return (reinterpret_cast<const SubBinary*>(object)->bit_size + 7) / 8;
  return reinterpret_cast<const MagicReference*>(object)->object->bytes();
}

RefcBinary* RefcBinary::create(std::size_t capacity) {
  auto bytes = std::make_unique<RefcBinary>();
  if (capacity > 0) bytes->reserve(capacity);
  return bytes.release();
}

void RefcBinary::release(RefcBinary* bytes) {
  if (--bytes->count > 0) return;
  all_bytes -= bytes->capacity;
  held_memory.free(bytes->data, bytes->capacity);
  while (bytes->former) {
    Former former = *bytes->former;
    all_bytes -= former.capacity;
    held_memory.free(former.data, former.capacity);
    held_memory.free(std::exchange(bytes->former, former.next), sizeof(Former));
  }
  delete bytes;
}

void RefcBinary::reserve(std::size_t wanted) {
  if (wanted <= capacity) return;
  if (data && count > 1 && pace.has_paused()) return move_and_keep(wanted);
  auto* moved = held_memory.reallocate(data, capacity, wanted);
  if (!moved) throw HeapLimitExceeded{};
  data = static_cast<std::uint8_t*>(moved);
  all_bytes += wanted - std::exchange(capacity, wanted);
}

void RefcBinary::move_and_keep(std::size_t wanted) {
  auto* record = static_cast<Former*>(held_memory.allocate(sizeof(Former)));
  auto* moved = record ? static_cast<std::uint8_t*>(held_memory.allocate(wanted)) : nullptr;
  if (!moved) {
    held_memory.free(record, sizeof(Former));
    throw HeapLimitExceeded{};
  }
  std::memcpy(moved, data, capacity);
  former = new (record) Former{former, data, capacity};
  data = moved, capacity = wanted;
  all_bytes += wanted;
}

Term make_tuple(Heap& heap, std::span<const Term> elements) {
  Word* box = heap.allocate(1 + elements.size());
  box[0] = box_header(Kind::tuple, elements.size());
  std::copy(elements.begin(), elements.end(), reinterpret_cast<Term*>(box + 1));
  return box_at(box);
}

Term make_list(Heap& heap, std::span<const Term> elements, Term tail) {
  auto* cell = reinterpret_cast<Term*>(heap.allocate(2 * elements.size()));
  Term list = elements.empty() ? tail : list_at(cell);
  for (std::size_t i = 0; i < elements.size(); ++i, cell += 2) {
    cell[0] = elements[i];
    cell[1] = i + 1 < elements.size() ? list_at(cell + 2) : tail;
  }
  return list;
}

namespace {

Term make_limb(Heap& heap, Kind kind, std::uint64_t magnitude) {
  Word* box = heap.allocate(2);
  box[0] = box_header(kind, 1);
  box[1] = magnitude;
  return box_at(box);
}

}  // namespace

Term make_integer(Heap& heap, std::int64_t value) {
  if (Term::fits_small(value)) return Term::small(value);
  if (value >= 0) return make_limb(heap, Kind::positive_integer, static_cast<std::uint64_t>(value));
  return make_limb(heap, Kind::negative_integer, -static_cast<std::uint64_t>(value));
}

Term make_unsigned(Heap& heap, std::uint64_t value) {
  if (value <= static_cast<std::uint64_t>(Term::small_max))
    return Term::small(static_cast<std::int64_t>(value));
  return make_limb(heap, Kind::positive_integer, value);
}

Term make_float(Heap& heap, double value) {
  Word* box = heap.allocate(2);
  box[0] = box_header(Kind::floating, 1);
  std::memcpy(box + 1, &value, sizeof value);
  return box_at(box);
}

Term make_binary(Heap& heap, std::span<const std::uint8_t> bytes) {
  if (bytes.size() > heap_binary_bytes)
    return make_bitstring(heap, bytes.data(), 0, 8 * std::uint64_t{bytes.size()});
  std::size_t words = 1 + (bytes.size() + 7) / 8;
  Word* box = heap.allocate(1 + words);
  box[0] = box_header(Kind::binary, words);
  box[1] = 8 * bytes.size();
  if (words > 1) {
    box[words] = 0;
    std::memcpy(box + 2, bytes.data(), bytes.size());
  }
  return box_at(box);
}

Term make_bitstring(Heap& heap, const std::uint8_t* data, std::uint64_t bit_offset, std::uint64_t bit_size) {
  std::size_t size = (bit_size + 7) / 8;
  if (size <= heap_binary_bytes) {
    std::size_t words = 1 + (size + 7) / 8;
    Word* box = heap.allocate(1 + words);
    box[0] = box_header(Kind::binary, words);
    box[1] = bit_size;
    if (words > 1) box[words] = 0;
    bits::copy_to_front(data, bit_offset, reinterpret_cast<std::uint8_t*>(box + 2), bit_size);
    return box_at(box);
  }
  heap.reserve(sizeof(SubBinary) / sizeof(Word));
  std::unique_ptr<RefcBinary, void (*)(RefcBinary*)> bytes{RefcBinary::create(size), RefcBinary::release};
  bits::copy_to_front(data, bit_offset, bytes->data, bit_size);
  bytes->used = size;
  return make_slice(heap, bytes.get(), 0, bit_size);
}

Term make_slice(Heap& heap, RefcBinary* bytes, std::uint64_t bit_offset, std::uint64_t bit_size) {
  constexpr std::size_t words = sizeof(SubBinary) / sizeof(Word);
  Word* box = heap.allocate(words);
  new (box) SubBinary{box_header(Kind::slice, words - 1), nullptr, bytes, bit_offset, bit_size};
  RefcBinary::keep(bytes);
  heap.hold(reinterpret_cast<OffHeapObject*>(box), (bit_size + 7) / 8);
  return box_at(box);
}

Term make_string(Heap& heap, std::string_view latin1) {
  auto* cell = reinterpret_cast<Term*>(heap.allocate(2 * latin1.size()));
  Term list = latin1.empty() ? Term::nil() : list_at(cell);
  for (std::size_t i = 0; i < latin1.size(); ++i, cell += 2) {
    cell[0] = Term::small(static_cast<unsigned char>(latin1[i]));
    cell[1] = i + 1 < latin1.size() ? list_at(cell + 2) : Term::nil();
  }
  return list;
}

namespace {

template <class Object>
Object* new_object(Heap& heap, Kind kind) {
  constexpr std::size_t words = sizeof(Object) / sizeof(Word);
  Word* box = heap.allocate(words);
  std::memset(box, 0, sizeof(Object));
  box[0] = box_header(kind, words - 1);
  return reinterpret_cast<Object*>(box);
}

Term boxed(const void* object) { return box_at(static_cast<const Word*>(object)); }

}  // namespace

Term make_pid(Heap& heap, const NodeIdentity& self, const Pid& pid) {
  if (pid.node == self && pid.id < (std::uint32_t{1} << 28)) return local_pid(pid.id, pid.serial);
  auto* object = new_object<ExternalPid>(heap, Kind::external_pid);
  object->node = Term::atom(pid.node.name);
  object->creation = pid.node.creation.value();
  object->id = pid.id, object->serial = pid.serial;
  return boxed(object);
}

Term make_reference(Heap& heap, const NodeIdentity& self, const Reference& reference) {
  if (reference.node == self && reference.count == 3) {
    auto* object = new_object<LocalReference>(heap, Kind::reference);
    std::copy_n(reference.words.begin(), 3, object->words);
    return boxed(object);
  }
  auto* object = new_object<ExternalReference>(heap, Kind::external_reference);
  object->node = Term::atom(reference.node.name);
  object->creation = reference.node.creation.value();
  object->count = reference.count;
  std::copy_n(reference.words.begin(), reference.count, object->words);
  return boxed(object);
}

Term make_magic_reference(Heap& heap, const Reference& reference, MagicObject* object) {
  auto* box = new_object<MagicReference>(heap, Kind::magic_reference);
  box->object = object;
  std::copy_n(reference.words.begin(), 3, box->words);
  MagicObject::keep(object);
  heap.hold(reinterpret_cast<OffHeapObject*>(box), object->bytes());
  return boxed(box);
}

Term make_port(Heap& heap, Atom node, std::uint32_t creation, std::uint64_t id) {
  auto* object = new_object<ExternalPort>(heap, Kind::external_port);
  object->node = Term::atom(node);
  object->creation = creation;
  object->id = id;
  return boxed(object);
}

Term make_export(Heap& heap, Atom module, Atom function, std::uint32_t arity) {
  auto* object = new_object<ExportFun>(heap, Kind::export_fun);
  object->module = Term::atom(module), object->function = Term::atom(function);
  object->arity = arity;
  return boxed(object);
}

const std::uint32_t* local_reference_words(Term term) {
  if (is_kind(term, Kind::reference)) return box_as<LocalReference>(term)->words;
  return is_kind(term, Kind::magic_reference) ? box_as<MagicReference>(term)->words : nullptr;
}

Pid to_pid(const NodeIdentity& self, Term term) {
  if (term.is_local_pid()) return {self, pid_slot(term), pid_serial(term)};
  auto* pid = box_as<ExternalPid>(term);
  return {{pid->node.as_atom(), Creation{pid->creation}}, pid->id, pid->serial};
}

Reference to_reference(const NodeIdentity& self, Term term) {
  Reference reference;
  if (auto* words = local_reference_words(term)) {
    reference.node = self;
    reference.count = 3;
    std::copy_n(words, 3, reference.words.begin());
    return reference;
  }
  auto* external = box_as<ExternalReference>(term);
  reference.node = {external->node.as_atom(), Creation{external->creation}};
  reference.count = static_cast<std::uint8_t>(external->count);
  std::copy_n(external->words, external->count, reference.words.begin());
  return reference;
}

double to_double(Term term) {
  assert(term.is_float());
  return box_as<FloatObject>(term)->value;
}

std::optional<std::int64_t> to_int64(Term term) {
  if (term.is_small()) return term.as_small();
  constexpr std::uint64_t half = std::uint64_t{1} << 63;
  if (!is_boxed(term) || box_size(term) != 1) return std::nullopt;
  Word magnitude = box_of(term)[1];
  if (is_kind(term, Kind::positive_integer) && magnitude < half) return static_cast<std::int64_t>(magnitude);
  if (is_kind(term, Kind::negative_integer) && magnitude <= half)
    return static_cast<std::int64_t>(-magnitude);
  return std::nullopt;
}

std::optional<std::uint64_t> to_uint64(Term term) {
  if (term.is_small()) {
    if (term.as_small() < 0) return std::nullopt;
    return static_cast<std::uint64_t>(term.as_small());
  }
  if (is_kind(term, Kind::positive_integer) && box_size(term) == 1) return box_of(term)[1];
  return std::nullopt;
}

BitView bits_of(Term term) {
  assert(term.is_bitstring());
  if (is_kind(term, Kind::binary)) {
    auto* binary = box_as<HeapBinary>(term);
    return {binary->data, 0, binary->bit_size};
  }
  auto* slice = box_as<SubBinary>(term);
  return {slice->bytes->data, slice->bit_offset, slice->bit_size};
}

std::optional<std::span<const std::uint8_t>> aligned_bytes(Term term) {
  if (!term.is_bitstring()) return std::nullopt;
  auto view = bits_of(term);
  if (view.bit_offset % 8 != 0 || view.bit_size % 8 != 0) return std::nullopt;
  return std::span{view.data + view.bit_offset / 8, view.bit_size / 8};
}

}  // namespace noderuntime
