// Remembers the control tuple of the last message, because the next one often has the same.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <variant>

#include <noderuntime/bytes.h>
#include "noderuntime/distribution/control.h"

namespace noderuntime::distribution {

// A process that sends many messages to one other writes the same bytes in front of each: the control tuple with its
// pid and the receiver. Equal bytes with equal cached atoms mean the same signal, so they are compared and not read.
// Owned by a Channel, whose ControlContext does not change. Loop thread only.
class RecentControl {
 public:
  struct Found {
    const ControlLayout* form;  // null: the message begins with another tuple
    std::size_t bytes = 0;      // of the tuple
  };
  // Looks whether `message` begins with the tuple that was kept; then `body` becomes its signal, without the payload.
  // `atoms`: the cached atoms of the message.
  Found find(Bytes message, std::span<const Atom> atoms, SignalBody& body) const {
    if (size_ == 0 || message.size() < size_ || atoms.size() < atom_count_) return {nullptr};
    if (!std::equal(bytes_.begin(), bytes_.begin() + size_, message.begin())) return {nullptr};
    if (!std::equal(atoms_.begin(), atoms_.begin() + atom_count_, atoms.begin())) return {nullptr};
    body = body_;
    return {form_, size_};
  }
  // Keeps a tuple that was read: its bytes, the first of the cached atoms, so many that it names no others, and what it
  // means. Only messages are kept, and short tuples.
  void keep(const ControlLayout& form, Bytes tuple, std::span<const Atom> atoms, const SignalBody& body) {
    auto* message = std::get_if<signal::Message>(&body);
    if (!message || tuple.size() > bytes_.size() || atoms.size() > atoms_.size()) return;
    std::ranges::copy(tuple, bytes_.begin());
    std::ranges::copy(atoms, atoms_.begin());
    size_ = tuple.size(), atom_count_ = atoms.size();
    form_ = &form, body_ = *message;
  }

 private:
  std::array<Byte, 128> bytes_;
  std::array<Atom, 4> atoms_;
  std::size_t size_ = 0, atom_count_ = 0;  // 0: nothing is kept
  const ControlLayout* form_ = nullptr;
  signal::Message body_;
};

}  // namespace noderuntime::distribution
