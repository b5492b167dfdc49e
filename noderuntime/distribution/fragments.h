// Reassembles fragmented messages. Source: erl_dist_protocol, "Distribution Header for fragmented messages";
// docs/protocol/distribution.md, "Fragments".
//
// The first fragment has their count as its number, the last one number 1. Sequences may interleave with each
// other and with whole frames; the fragments of each come in order.
#pragma once

#include <optional>
#include <span>
#include <unordered_map>

#include "common/entropy/keyed_hash.h"
#include "noderuntime/distribution/atom_cache.h"
#include "noderuntime/distribution/counted.h"

namespace noderuntime::distribution {

class Fragments {
 public:
  Fragments(std::size_t max_sequences, std::size_t max_bytes)
      : max_sequences_{max_sequences}, max_bytes_{max_bytes} {}

  struct Sequence {
    std::uint64_t next = 0;  // of the next fragment
    HeaderAtoms atoms;       // of the first fragment, for the whole message
    CountedBytes bytes;
    std::size_t begin = 0;  // of the message in `bytes`

    Bytes message() const { return bytes ? Bytes{bytes->data, bytes->used}.subspan(begin) : Bytes{}; }
  };
  using Ended = Result<std::optional<Sequence>>;  // the sequence, if this was its last fragment

  // Takes a fragment of sequence `id`. `missing`: bytes of it that will follow by add(). If not null, `owner`
  // holds the bytes at its end: the sequence keeps it and continues there.
  //
  // errors  bad_frame  a gap, an unknown or already open sequence, id or number 0
  //         too_large  too many open sequences, or too many bytes in all of them
  Ended start(std::uint64_t id, std::uint64_t number, const HeaderAtoms& atoms, Bytes bytes,
              RefcBinary* owner = nullptr);
  Ended go_on(std::uint64_t id, std::uint64_t number, Bytes bytes, std::size_t missing = 0);
  Ended add(Bytes bytes, std::size_t missing);  // error: too_large
  // Where the missing bytes of a fragment may be read to; empty: anywhere.
  std::span<Byte> place(std::size_t missing);

  std::size_t open_sequences() const { return open_.size(); }
  std::size_t held_bytes() const { return held_bytes_; }

 private:
  // keyed: the peer chooses the ids
  using Open = std::unordered_map<std::uint64_t, Sequence, keyed_hash::OfWord>;

  std::size_t max_sequences_, max_bytes_;
  Open open_;
  Open::value_type* under_way_ = nullptr;  // the sequence of the last fragment
  std::size_t held_bytes_ = 0;
};

}  // namespace noderuntime::distribution
