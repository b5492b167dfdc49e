// Puts fragmented messages together again. Source: erl_dist_protocol, "Distribution Header for fragmented
// messages".
//
// The first fragment carries how many there are, the last has number 1; sequences may interleave with each
// other and with whole frames, but each is in order.
#pragma once

#include <optional>
#include <unordered_map>

#include "noderuntime/distribution/atom_cache.h"
#include "noderuntime/distribution/counted.h"

namespace noderuntime::distribution {

class Fragments {
 public:
  Fragments(std::size_t max_sequences, std::size_t max_bytes)
      : max_sequences_{max_sequences}, max_bytes_{max_bytes} {}

  struct Sequence {
    std::uint64_t next = 0;  // the number that must come next
    HeaderAtoms atoms;       // of the first fragment, for the whole message
    CountedBytes bytes;
  };

  // A fragment of sequence `id`. The sequence when this was its last one.
  //
  // errors  bad_frame  a gap, an unknown or already open sequence, id or number 0
  //         too_large  too many open sequences, or too many bytes in all of them
  Result<std::optional<Sequence>> start(std::uint64_t id, std::uint64_t number, const HeaderAtoms& atoms,
                                        Bytes bytes);
  Result<std::optional<Sequence>> go_on(std::uint64_t id, std::uint64_t number, Bytes bytes);

  std::size_t open_sequences() const { return open_.size(); }
  std::size_t held_bytes() const { return held_bytes_; }

 private:
  Result<std::optional<Sequence>> add(std::uint64_t id, Bytes bytes);

  std::size_t max_sequences_, max_bytes_;
  std::unordered_map<std::uint64_t, Sequence> open_;
  std::size_t held_bytes_ = 0;
};

}  // namespace noderuntime::distribution
