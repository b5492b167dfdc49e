// Heaps, which hold terms; the layouts of boxed objects; builders and readers of terms.
#pragma once

#include <concepts>
#include <cstdint>
#include <cstring>
#include <functional>
#include <initializer_list>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include <noderuntime/pid.h>
#include "noderuntime/term/layout.h"
#include "noderuntime/term/memory.h"

namespace noderuntime {

// An object on a heap that owns memory elsewhere (a slice, a counted reference). Its heap keeps a list of
// them and releases them when it is cleared.
struct OffHeapObject;

// A list of chunks with bump allocation, and the list of its outside objects. Allocation moves nothing: a
// term is valid until its heap is destroyed, cleared or moved out of by its owner's collector. Movable, not
// copyable. Loop thread only.
//
// Allocation throws HeapLimitExceeded if it would exceed the heap's limit or the program's bound. Within a
// time slice, Scheduler::run_slice catches it and the running process exits; everywhere else the caller
// catches it where it allocates (has_memory_for in memory.h).
class Heap {
 public:
  static constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

  Heap() = default;
  explicit Heap(std::size_t limit_in_words) : limit_{limit_in_words} {}
  Heap(Heap&& other) noexcept { take(other); }
  Heap& operator=(Heap&& other) noexcept {
    if (this == &other) return *this;
    if (!empty()) clear();
    take(other);
    return *this;
  }
  ~Heap() {
    if (!empty()) clear();
  }

  // Returns `words` uninitialised words; for 0 a valid pointer. Throws HeapLimitExceeded.
  Word* allocate(std::size_t words) {
    if (words > static_cast<std::size_t>(end_ - top_)) grow(words);
    Word* taken = top_;
    top_ += words;
    return taken;
  }
  // Makes the next `words` words come from one chunk. An empty heap gets a first chunk of exactly this size.
  // Throws HeapLimitExceeded, before anything large is built.
  void reserve(std::size_t words) {
    if (words > static_cast<std::size_t>(end_ - top_)) grow(words, true);
  }
  Word* end() const { return end_; }  // of the memory that has pages; changes when there is more
  Word* top() const { return top_; }  // where the next allocation starts, if it fits the chunk
  // Frees the end of the last allocation, from `top` on, which lies inside it.
  void shrink_to(Word* top) { top_ = top; }

  // Takes over all chunks and outside objects of `fragment`. Nothing is moved; the limit is not checked.
  void adopt(Heap&& fragment);
  // Frees everything. The rest of a large heap waits for the reclaimer (reclaimer.h), so that its outside objects may
  // live a little longer.
  void clear();
  // Frees until `steps` are used up (Reclaimer says what they are), and leaves what is left of them. Chunks of at least
  // `large` bytes are given to the reclaimer. Returns how many bytes of chunks it has freed or given. The heap may only
  // be cleared or destroyed after this.
  std::size_t clear_some(std::int64_t& steps, std::size_t large);

  std::size_t used_words() const;  // in full chunks, and in the last one up to its top
  std::size_t off_heap_bytes() const { return off_heap_bytes_; }
  // The bytes of all chunks, used or not, and of what the outside objects own. Visits each chunk.
  std::size_t held_bytes() const;
  std::size_t limit() const { return limit_; }
  void set_limit(std::size_t words) { limit_ = words; }
  bool contains(const void* place) const;  // whether it points into one of the chunks
  // Visits the words of all chunks, unused ones included: for callers that look for pointers to something.
  void for_each_chunk(const std::function<void(std::span<const Word>)>& visit) const;
  bool empty() const { return chunks_ == nullptr && off_heap_ == nullptr; }

  // adds it to the list; `bytes` count as off_heap_bytes()
  void hold(OffHeapObject* object, std::size_t bytes);
  OffHeapObject* outside() const { return off_heap_; }

  // For the collector: empties the list of outside objects; the caller releases each, or holds it again.
  OffHeapObject* take_off_heap() {
    off_heap_bytes_ = 0, off_heap_last_ = nullptr;
    return std::exchange(off_heap_, nullptr);
  }

  void swap(Heap& other) noexcept;

  // For the collector, which keeps an old generation in a heap: the last chunk, and the last outside objects.
  struct Old {
    Word* top = nullptr;  // where it ends; null: there is none
    OffHeapObject* outside = nullptr;
    std::size_t outside_bytes = 0;
  };
  // The old generation as a heap of its own. It is not the only chunk. Pauses before it changes anything.
  Heap detach_old(const Old& old);
  // Appends the only chunk of `old`. Precondition: this heap has a chunk.
  Old attach_old(Heap&& old);
  Word* chunk_begin() const;  // of the chunk that top() is in
  Word* chunk_end() const;

 private:
  struct Chunk;
  void grow(std::size_t words, bool exact = false);
  void provide(std::size_t words);
  void forget() {
    top_ = end_ = nullptr;
    chunks_ = nullptr, off_heap_ = nullptr, off_heap_last_ = nullptr;
    full_words_ = off_heap_bytes_ = 0;
  }
  void take(Heap& other) {
    top_ = other.top_, end_ = other.end_, chunks_ = other.chunks_, full_words_ = other.full_words_;
    off_heap_ = other.off_heap_, off_heap_last_ = other.off_heap_last_,
    off_heap_bytes_ = other.off_heap_bytes_;
    limit_ = std::exchange(other.limit_, unlimited);
    other.forget();
  }

  Word* top_ = nullptr;
  Word* end_ = nullptr;         // of what has been provided of the first chunk
  Chunk* chunks_ = nullptr;     // the first is the one that top_ points into
  std::size_t full_words_ = 0;  // used words of the other chunks
  OffHeapObject* off_heap_ = nullptr;
  OffHeapObject* off_heap_last_ = nullptr;
  std::size_t off_heap_bytes_ = 0;
  std::size_t limit_ = unlimited;
};

// Bytes shared by any number of slices on any heaps, with a reference count. `data` may move when they grow,
// so slices keep offsets. Code that is paused has addresses: while there is such code, bytes with several references stay
// where they were too until the last reference goes. Loop thread only.
struct RefcBinary : HeldObject {
  std::size_t count = 1;
  std::size_t used = 0;  // bytes that belong to some slice; appending to the last slice raises it
  std::size_t capacity = 0;
  std::uint8_t* data = nullptr;
  struct Former {
    Former* next;
    std::uint8_t* data;
    std::size_t capacity;
  };
  Former* former = nullptr;

  static inline std::size_t all_bytes = 0;  // of all there are, without these records

  static RefcBinary* create(std::size_t capacity);  // with one reference; used is 0
  static void keep(RefcBinary* bytes) { ++bytes->count; }
  static void release(RefcBinary* bytes);  // frees at zero
  void reserve(std::size_t capacity);      // may move data

 private:
  void move_and_keep(std::size_t capacity);
};

// An object that references of this node can own: it is deleted with the last of them. Loop thread only.
class MagicObject : public HeldObject {
 public:
  MagicObject() = default;
  MagicObject(const MagicObject&) = delete;
  MagicObject& operator=(const MagicObject&) = delete;
  virtual ~MagicObject() = default;

  virtual std::size_t bytes() const = 0;  // that each heap with a reference to it counts
  static void keep(MagicObject* object) { ++object->count_; }
  static void release(MagicObject* object) {
    if (--object->count_ == 0) delete object;
  }

 private:
  std::size_t count_ = 0;  // references on heaps
};

// Layouts of boxed objects. The first member is always the header.
struct OffHeapObject {
  Word header;
  OffHeapObject* next;
};
struct SubBinary {
  Word header;
  OffHeapObject* next;
  RefcBinary* bytes;
  std::uint64_t bit_offset, bit_size;
};
struct HeapBinary {
  Word header;
  std::uint64_t bit_size;
  std::uint8_t data[1];
};  // data in whole words, unused bits zero
struct LocalReference {
  Word header;
  std::uint32_t words[3];
  std::uint32_t unused;
};
struct MagicReference {
  Word header;
  OffHeapObject* next;
  MagicObject* object;
  std::uint32_t words[3];
  std::uint32_t unused;
};
struct ExternalReference {
  Word header;
  Term node;
  std::uint32_t creation, count;
  std::uint32_t words[6];
};
struct ExternalPid {
  Word header;
  Term node;
  std::uint32_t creation, unused, id, serial;
};
struct ExternalPort {
  Word header;
  Term node;
  std::uint32_t creation, unused;
  std::uint64_t id;
};
struct ExportFun {
  Word header;
  Term module, function;
  std::uint64_t arity;
  void* code;
};
struct FunObject {
  Word header;
  std::uint8_t uniq[16];  // MD5 of the module
  std::uint32_t index;
  std::uint16_t arity;
  std::uint16_t free_count;
  std::int64_t old_index;  // as received
  void* code;              // the machine's binding; null: not bound yet. Copies of the fun keep it.
  Term module;             // atom
  Term old_uniq, creator;  // integer; pid
  Term free_variables[1];  // free_count of them; part of size()
};
// At most 32 pairs. `keys` is a tuple in the order of compare_keys(); maps that differ only in
// their values share it.
struct FlatMap {
  static constexpr std::size_t max_pairs = 32;
  Word header;  // size(): 1 + the number of pairs
  Term keys;
  Term values[1];
};
// A map of more than 32 pairs as a hash trie. Equal pairs always give the same shape.
struct TrieMap {
  Word header;
  std::uint64_t count;
  Word hash;
  Term root;
};  // hash: of the whole map; 0: not yet known
// Its children are in the order of the 4 bits of the key's hash that this level uses: each is a list cell
// [Key|Value] or another trie_node. present == 0: all 64 bits are used up; the children are cells whose keys
// have the same hash, in compare_keys() order.
struct TrieNode {
  Word header;
  Word present;
  Term children[1];
};
struct FloatObject {
  Word header;
  double value;
};
struct NativeRecord {
  Word header;
  std::uint64_t exported, count;
  Term module, name;  // atoms
  Term fields[1];     // count names, then count values
};

// Builders. All of them may throw HeapLimitExceeded.
Term make_tuple(Heap&, std::span<const Term> elements);
// For vectors and arrays. Without it, argument-dependent look-up would find std::make_tuple.
template <class Elements>
requires std::convertible_to<Elements, std::span<const Term>> Term make_tuple(Heap& heap,
                                                                              Elements&& elements) {
  return make_tuple(heap, std::span<const Term>{elements});
}
inline Term make_tuple(Heap& heap, std::initializer_list<Term> elements) {
  return make_tuple(heap, std::span{elements.begin(), elements.size()});
}
inline Term make_cons(Heap& heap, Term head, Term tail) {
  auto* cell = reinterpret_cast<Term*>(heap.allocate(2));
  cell[0] = head, cell[1] = tail;
  return list_at(cell);
}
Term make_list(Heap&, std::span<const Term> elements, Term tail = Term::nil());
inline Term make_list(Heap& heap, std::initializer_list<Term> elements) {
  return make_list(heap, std::span{elements.begin(), elements.size()});
}
Term make_integer(Heap&, std::int64_t value);
Term make_unsigned(Heap&, std::uint64_t value);
Term make_float(Heap&, double value);                          // precondition: finite
Term make_binary(Heap&, std::span<const std::uint8_t> bytes);  // at most 64 bytes in the heap, else counted
inline Term make_binary(Heap& heap, std::string_view text) {
  return make_binary(heap, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}
Term make_bitstring(Heap&, const std::uint8_t* data, std::uint64_t bit_offset,
                    std::uint64_t bit_size);  // copies
Term make_slice(Heap&, RefcBinary* bytes, std::uint64_t bit_offset,
                std::uint64_t bit_size);                     // adds a reference
Term make_string(Heap&, std::string_view latin1);            // list of bytes
Term make_pid(Heap&, const NodeIdentity& self, const Pid&);  // a local_pid if it is of this node
Term make_reference(Heap&, const NodeIdentity& self, const Reference&);
Term make_magic_reference(Heap&, const Reference&, MagicObject* object);  // adds a reference
Term make_port(Heap&, Atom node, std::uint32_t creation, std::uint64_t id);
Term make_export(Heap&, Atom module, Atom function, std::uint32_t arity);

// For objects that begin with an OffHeapObject.
void keep_off_heap(OffHeapObject* object);
void release_off_heap(OffHeapObject* object);
std::size_t bytes_off_heap(const OffHeapObject* object);

// Readers. Precondition: the term is of the right kind.
const std::uint32_t* local_reference_words(Term);  // three words; null: not a reference of this node
Pid to_pid(const NodeIdentity& self, Term);
Reference to_reference(const NodeIdentity& self, Term);
double to_double(Term);                      // a float
std::optional<std::int64_t> to_int64(Term);  // nullopt: not an integer, or out of range
std::optional<std::uint64_t> to_uint64(Term);
struct BitView {
  const std::uint8_t* data;
  std::uint64_t bit_offset, bit_size;
  bool whole_bytes() const { return bit_size % 8 == 0; }
};
BitView bits_of(Term);  // any bitstring; the view borrows from the term
std::optional<std::span<const std::uint8_t>> aligned_bytes(
    Term);  // a binary whose offset is whole bytes; nullopt otherwise

Term copy(Term, Heap& to);        // deep, into one chunk, without recursion; immediates cost nothing
std::size_t size_in_words(Term);  // what copy() allocates
// As copy(), into `room`, which has size_in_words(term) words; outside objects are linked in front of `held`, which
// has those that were copied also when an exception leaves it.
Term copy_into(Term term, Word* room, OffHeapObject*& held);

// A term, and the heap that holds it.
class OwnedTerm {
 public:
  OwnedTerm() = default;
  OwnedTerm(Heap&& heap, Term term) : heap_{std::move(heap)}, term_{term} {}
  static OwnedTerm copy_of(Term term) {  // throws HeapLimitExceeded
    Heap heap;
    Term copied = copy(term, heap);
    return OwnedTerm{std::move(heap), copied};
  }
  Term term() const { return term_; }
  Heap& heap() { return heap_; }
  const Heap& heap() const { return heap_; }
  Heap take_heap() && { return std::move(heap_); }

 private:
  Heap heap_;
  Term term_;
};

}  // namespace noderuntime
