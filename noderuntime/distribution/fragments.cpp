#include "noderuntime/distribution/fragments.h"

#include <algorithm>

namespace noderuntime::distribution {

namespace {

Error bad_fragment(std::uint64_t id, std::uint64_t number) {
  return Error{Errc::bad_frame, "fragment " + std::to_string(number) + " of sequence " + std::to_string(id)};
}

// Room for announced bytes, per byte received: unwritten memory costs next to nothing.
constexpr std::size_t room_for_each_byte = 15;

}  // namespace

Fragments::Ended Fragments::start(std::uint64_t id, std::uint64_t number, const HeaderAtoms& atoms,
                                  Bytes bytes, RefcBinary* owner) {
  if (id == 0 || number == 0 || open_.contains(id)) return bad_fragment(id, number);
  if (open_.size() >= max_sequences_) return Error{Errc::too_large, "open fragment sequences"};
  under_way_ = &*open_.try_emplace(id).first;
  auto& sequence = under_way_->second;
  sequence.next = number;
  sequence.atoms = atoms;
  if (owner) {
    RefcBinary::keep(owner);
    sequence.bytes.reset(owner);
    sequence.begin = owner->used - bytes.size();
    held_bytes_ += sequence.begin;
    owner->used = sequence.begin;  // the rest is added in place
  }
  return add(bytes, 0);
}

Fragments::Ended Fragments::go_on(std::uint64_t id, std::uint64_t number, Bytes bytes, std::size_t missing) {
  auto found = open_.find(id);
  if (found == open_.end() || found->second.next != number) return bad_fragment(id, number);
  under_way_ = &*found;
  auto& sequence = found->second;
  // Assumes that the other fragments are as large as this one.
  auto size = bytes.size() + missing;
  auto coming = size < max_bytes_ / number ? size * number : max_bytes_;
  auto held = sequence.bytes ? sequence.bytes->used : 0;
  make_room(sequence.bytes, std::min(coming, room_for_each_byte * held), max_bytes_);
  return add(bytes, missing);
}

Fragments::Ended Fragments::add(Bytes bytes, std::size_t missing) {
  if (held_bytes_ + bytes.size() > max_bytes_) return Error{Errc::too_large, "bytes in fragments"};
  auto& sequence = under_way_->second;
  add_bytes(sequence.bytes, bytes, max_bytes_);
  held_bytes_ += bytes.size();
  if (missing > 0 || --sequence.next > 0) return std::optional<Sequence>{};

  auto ended = std::optional{std::move(sequence)};
  open_.erase(under_way_->first);
  if (ended->bytes) held_bytes_ -= ended->bytes->used;
  return ended;
}

std::span<Byte> Fragments::place(std::size_t missing) {
  if (held_bytes_ + missing > max_bytes_) return {};  // add() will report the error
  return place_in(under_way_->second.bytes, missing, max_bytes_);
}

}  // namespace noderuntime::distribution
