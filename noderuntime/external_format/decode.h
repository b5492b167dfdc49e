// Decodes bytes of the external term format to terms.
// Source: erl_ext_dist; which tags and forms are accepted: docs/protocol/distribution.md, "Terms".
#pragma once

#include <memory>
#include <optional>
#include <span>

#include <noderuntime/bytes.h>
#include <noderuntime/result.h>
#include "noderuntime/term/atom_allowance.h"
#include "noderuntime/term/frame_stack.h"
#include "noderuntime/term/heap.h"

namespace noderuntime {

struct DecodeOptions {
  NodeIdentity self;                             // identifiers with this name and creation become local
  AtomAllowance* allowance = nullptr;            // for new atoms; null: only the table's own limit
  std::span<const Atom> cached_atoms{};          // the atoms of ATOM_CACHE_REF; empty: the tag is refused
  RefcBinary* input_owner = nullptr;             // holds the input, if slices of it may be kept
  std::size_t max_depth = std::size_t{1} << 26;  // of nesting
  std::size_t max_inflated = std::size_t{1}
                             << 30;  // bytes of a compressed term; 0: compressed terms are refused
};

// Decodes the term at the start of `input`, after the version byte, in as many calls as the caller likes.
// Input and options must outlive the decoder. Nothing is allocated for a length or count that the rest of the
// input cannot fill. After an error, what was built stays on the heap. Large maps and long binaries are built at the
// pace of the process.
//
//   errors  bad_term        malformed, truncated, or a tag that is not accepted; context: the offset
//           too_many_atoms
//           too_deep, too_large   max_depth, max_inflated
//   throws  HeapLimitExceeded
class Decoder {
 public:
  Decoder(Heap& heap, Bytes input, const DecodeOptions& options);
  Decoder(Heap& heap, Bytes input, DecodeOptions&& options) = delete;
  ~Decoder();
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  // Takes about `budget` steps: one per term, more for long binaries and maps. True: the term is complete.
  Result<bool> run(std::size_t budget);

  Term term() const { return result_; }
  std::size_t consumed() const;  // bytes of the input; valid when complete

 private:
  // Slots to be filled one after another. stride 0: a map whose pairs are complete and begin at *slot.
  // rest_of_list: cells that are not linked yet.
  struct Frame {
    Term* slot;
    std::size_t left, stride;
  };
  static constexpr std::size_t rest_of_list = 3;
  struct Inflater;
  struct Loop;

  Result<bool> inflate(std::size_t& budget);
  Result<bool> decode_on(std::size_t budget);
  Outcome other(Term* slot, Byte tag);
  bool finish_map(Frame frame);
  bool start(Frame frame);

  bool take(std::size_t bytes);
  std::uint64_t number(std::size_t width);
  Error malformed() const;
  Result<Atom> atom();
  Result<Atom> atom_text(std::size_t size, bool latin1);
  std::optional<std::int64_t> small_integer();
  Outcome pid(Term* slot, Byte tag);
  Outcome port(Term* slot, Byte tag);
  Outcome reference(Term* slot, Byte tag);
  Outcome export_fun(Term* slot);
  Outcome fun(Term* slot);
  Outcome record(Term* slot);
  bool big(Term* slot, std::size_t size_width);
  bool float_text(Term* slot);
  bool binary(Term* slot, bool bits);

  Heap& heap_;
  Bytes input_;
  const DecodeOptions& options_;
  std::unique_ptr<Inflater> inflater_;
  const Byte* at_;
  std::size_t spare_;  // bytes of the input not yet promised to elements of open tuples, lists and maps
  Term result_;
  Frame now_;
  FrameStack<Frame, 8> open_;
};

struct Decoded {
  Term term;
  std::size_t consumed;
};

// Without the version byte. These two go on at the pace of their process (pace.h).
Result<Decoded> decode(Heap& heap, Bytes input, const DecodeOptions& options);
// with the version byte
Result<Decoded> decode_with_version(Heap& heap, Bytes input, const DecodeOptions& options);

}  // namespace noderuntime
