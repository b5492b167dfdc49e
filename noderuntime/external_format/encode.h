// Encodes terms to bytes of the external term format.
// Source: erl_ext_dist; docs/protocol/distribution.md, "The canonical form".
#pragma once

#include <limits>
#include <optional>
#include <vector>

#include <noderuntime/bytes.h>
#include <noderuntime/result.h>
#include "noderuntime/term/frame_stack.h"
#include "noderuntime/term/map.h"

namespace noderuntime {

// Output: own bytes, with ranges of counted bytes between them. Holds a reference to each range.
class Segments {
 public:
  struct Kept {
    std::size_t at;  // the range comes before own()[at]
    RefcBinary* bytes;
    std::size_t offset, size;
  };

  Segments() = default;
  Segments(Segments&& other) noexcept { swap(other); }
  Segments& operator=(Segments&& other) noexcept {
    Segments taken{std::move(other)};
    swap(taken);
    return *this;
  }
  ~Segments() { clear(); }

  Buffer& own() { return own_; }
  const Buffer& own() const { return own_; }
  const std::vector<Kept>& kept() const { return kept_; }
  std::size_t size() const { return own_.size() + kept_size_; }  // of everything
  std::size_t kept_size() const { return kept_size_; }
  bool empty() const { return size() == 0; }

  void keep(RefcBinary* bytes, std::size_t offset,
            std::size_t size);  // at the end of own(); adds a reference
  void clear();
  void swap(Segments& other) noexcept;

  // Calls each(Bytes) for all pieces in order. They are valid until the segments change or are destroyed.
  template <class Each>
  void for_each(Each each) const {
    std::size_t from = 0;
    for (const auto& kept : kept_) {
      if (kept.at > from) each(Bytes{own_}.subspan(from, kept.at - from));
      each(Bytes{kept.bytes->data + kept.offset, kept.size});
      from = kept.at;
    }
    if (own_.size() > from) each(Bytes{own_}.subspan(from));
  }
  Buffer flatten() const;

 private:
  Buffer own_;
  std::vector<Kept> kept_;
  std::size_t kept_size_ = 0;
};

// The distribution's atom cache, as the encoder sees it.
class AtomNumbers {
 public:
  virtual int number(Atom atom) = 0;  // 0 to 254: written as ATOM_CACHE_REF; -1: written as text

 protected:
  ~AtomNumbers() = default;
};

struct EncodeOptions {
  NodeIdentity self;             // what local pids and references are written as
  bool deterministic = false;    // entries of all maps in the order of keys (flat ones are so anyway)
  bool version = false;          // 131 in front
  bool latin1_atoms = false;     // as before OTP 26, where the text allows: ATOM_EXT
  bool text_floats = false;      // as before R11B: FLOAT_EXT
  AtomNumbers* atoms = nullptr;  // null: every atom as text
  std::size_t keep_from =
      std::numeric_limits<std::size_t>::max();  // binaries of this many bytes on are kept, not copied
  bool count_only = false;                      // what is written is thrown away: for Encoder::count()
};

// Long output, which stays where it was written.
class Pieces {
 public:
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::size_t own_capacity() const { return own_capacity_; }  // of the pieces that were not taken
  void add(Segments&& piece);
  // The bytes of own() at `at`, counted over all pieces. Precondition: none was taken, and they lie in one of them.
  Byte* own_at(std::size_t at);
  // Takes the first piece away. Precondition: not empty.
  Segments take_first();
  // Calls each(Bytes) for everything in order.
  template <class Each>
  void for_each(Each each) const {
    for (std::size_t i = taken_; i < pieces_.size(); ++i) pieces_[i].bytes.for_each(each);
  }

 private:
  struct Piece {
    std::size_t at;  // of its own()
    Segments bytes;
  };
  std::vector<Piece> pieces_;
  std::size_t taken_ = 0;  // pieces
  std::size_t own_size_ = 0, size_ = 0, own_capacity_ = 0;
};

// Appends one term to `out`, in as many calls as the caller likes; `out` must not be changed in between, except by
// move_to() and count(). The term and the options must outlive the encoder.
//
//   errors  too_large  a binary, list or bitstring beyond the format's 32-bit counts
//           bad_term   a term without external form (a match context)
class Encoder {
 public:
  Encoder(Segments& out, Term term, const EncodeOptions& options);
  Encoder(Segments& out, Term term, EncodeOptions&& options) = delete;

  // Takes about `budget` steps: one per term, more for long binaries. True: everything is written.
  Result<bool> run(std::size_t budget);

  // Between two calls of run(), or after the last one: moves what `out` has to `pieces`, which has to be the same each
  // time.
  void move_to(Pieces& pieces);
  // Likewise, with count_only: throws away what `out` has, and returns how long it was.
  std::size_t count();

 private:
  // What to write next, and where a count or size must be filled in.
  struct Frame {
    enum Kind : std::uint64_t { terms, list, flat_map, trie, sorted_map, fun_end } kind;
    const Term* at;                // list: the cell; flat_map: the key; trie: the child
    const Term* values = nullptr;  // flat_map: the next one; trie: of the key that was written last
    std::size_t left = 0;          // list: cells so far; flat_map: keys and values
    std::size_t blank = 0;         // list, fun_end: where in the own bytes the count or size belongs
    std::size_t start = 0;         // fun_end: size of everything before the fun's size field
  };

  struct Loop;

  Result<bool> run_on(std::size_t budget);
  std::optional<Error> other(Term term);
  void push(const Frame& inner);
  Byte* room(std::size_t bytes);
  // A place in the own bytes, those that were moved to pieces included.
  std::size_t place_of(const Byte* at) const {
    return moved_ + static_cast<std::size_t>(at - out_.own().data());
  }
  void fill_in(std::size_t place, std::size_t value);
  bool string(Term list);
  void atom(Atom atom);
  void integer(Term term);
  void float_text(double value);
  void pid(Term term);
  void port(Term term);
  void reference(Term term);
  void fun(Term term);
  std::optional<Error> bitstring(Term term);
  void keep_copy(const BitView& view);
  void trie(Term term);

  Segments& out_;
  Pieces* pieces_ = nullptr;
  std::size_t moved_ = 0, moved_kept_ = 0;  // own and kept bytes that are no longer in out_
  std::size_t skipped_ = 0;  // with count_only: bytes that were not written since the last count()
  const EncodeOptions& options_;
  Term root_;
  Byte* at_ = nullptr;  // during run(): the end of the written bytes
  Byte* end_ = nullptr;
  bool started_ = false;
  Frame now_;
  FrameStack<Frame, 8> open_;
  std::vector<std::vector<map::Entry>> sorted_;  // entries of large maps, for `deterministic`
};

// Encodes the whole term at once.
Result<Buffer> encode(Term term, const EncodeOptions& options);

// These go on at the pace of their process (pace.h). They throw HeapLimitExceeded.

Result<Pieces> encode_in_pieces(Term term, EncodeOptions options);  // decides itself what is kept
Result<std::size_t> encoded_size(Term term, EncodeOptions options);
// The binary of all bytes. Takes each piece away when it is copied.
Term make_binary(Heap& heap, Pieces&& pieces);
// Compresses everything behind the version byte of an encoded term; `level`: 1 to 9. Empty: the result would not be
// shorter.
Pieces compressed(const Pieces& plain, int level);
std::optional<Buffer> compressed(Bytes plain, int level);  // nullopt: the result would not be shorter

}  // namespace noderuntime
