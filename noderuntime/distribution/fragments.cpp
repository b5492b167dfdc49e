#include "noderuntime/distribution/fragments.h"

#include <algorithm>

namespace noderuntime::distribution {

namespace {

Error bad_fragment(std::uint64_t id, std::uint64_t number) {
  return Error{Errc::bad_frame, "fragment " + std::to_string(number) + " of sequence " + std::to_string(id)};
}

}  // namespace

Result<std::optional<Fragments::Sequence>> Fragments::start(std::uint64_t id, std::uint64_t number,
                                                            const HeaderAtoms& atoms, Bytes bytes) {
  if (id == 0 || number == 0 || open_.contains(id)) return bad_fragment(id, number);
  if (open_.size() >= max_sequences_) return Error{Errc::too_large, "open fragment sequences"};
  auto& sequence = open_[id];
  sequence.next = number;
  sequence.atoms = atoms;
  return add(id, bytes);
}

Result<std::optional<Fragments::Sequence>> Fragments::go_on(std::uint64_t id, std::uint64_t number,
                                                            Bytes bytes) {
  auto found = open_.find(id);
  if (found == open_.end() || found->second.next != number) return bad_fragment(id, number);
  return add(id, bytes);
}

Result<std::optional<Fragments::Sequence>> Fragments::add(std::uint64_t id, Bytes bytes) {
  if (bytes.size() > max_bytes_ - held_bytes_) return Error{Errc::too_large, "bytes in fragments"};
  auto& sequence = open_.at(id);
  // As if the others were as large as this one; but at most four times what is here.
  auto held = sequence.bytes ? sequence.bytes->used : 0;
  auto coming = std::min(sequence.next, max_bytes_ / (bytes.size() + 1)) * bytes.size();
  make_room(sequence.bytes, std::min(std::max(bytes.size(), coming), 3 * held + bytes.size()), max_bytes_);
  add_bytes(sequence.bytes, bytes, max_bytes_);
  held_bytes_ += bytes.size();
  if (--sequence.next > 0) return std::optional<Sequence>{};

  auto whole = std::optional{std::move(sequence)};
  open_.erase(id);
  if (whole->bytes) held_bytes_ -= whole->bytes->used;
  return whole;
}

}  // namespace noderuntime::distribution
