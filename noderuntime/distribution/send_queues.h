// Output that waits: the fragments of large messages, and later signals of the same senders.
//
// Each sender of a large message has a queue until its last frame has been taken. The queues give their
// frames in turn, and other senders' signals overtake them: a small message does not wait for a large
// one of another process.
#pragma once

#include <deque>
#include <list>
#include <optional>
#include <unordered_map>
#include <variant>
#include <vector>

#include <noderuntime/pid.h>
#include "noderuntime/external_format/encode.h"

namespace noderuntime::distribution {

// Takes the bytes of segments, in order, in pieces of any size.
class SegmentCursor {
 public:
  void take(const Segments& from, std::size_t count, Segments& to);  // always of the same segments

 private:
  std::size_t take_own(const Segments& from, std::size_t count, Segments& to);
  std::size_t take_kept(const Segments& from, std::size_t count, Segments& to);

  std::size_t own_ = 0, kept_ = 0, inside_kept_ = 0;
};

// A message that is sent in fragments: control and payload. Source: frame_layout.h.
class FragmentedMessage {
 public:
  static constexpr std::size_t fragment_bytes = 65536;  // of terms in each fragment but the last; as OTP

  FragmentedMessage(Pieces terms, std::uint64_t sequence)
      : terms_{std::move(terms)},
        held_{terms_.own_capacity()},
        size_{terms_.size()},
        left_{size_},
        sequence_{sequence} {}

  std::size_t left() const { return left_; }  // bytes of terms; 0: no frame is left
  void next_frame(Segments& out);

 private:
  void take(std::size_t bytes, Segments& out);

  Pieces terms_;
  HeldShare held_;
  Segments piece_;  // the piece that is cut now
  std::size_t left_in_piece_ = 0;
  SegmentCursor cutter_;
  std::size_t size_, left_;
  std::uint64_t sequence_;
};

class SendQueues {
 public:
  bool empty() const { return queues_.empty(); }
  std::size_t bytes() const { return bytes_; }
  // Whether a signal of this sender has to wait behind its queue. A signal of an unknown sender waits behind
  // all queues, and then all signals wait behind it.
  bool hold_back(const std::optional<Pid>& sender) const {
    return !queues_.empty() && (everybody_ || !sender || of_sender_.contains(*sender));
  }

  void add(const std::optional<Pid>& sender, FragmentedMessage message);
  void add(const std::optional<Pid>& sender, Segments frames);
  void take_frame(Segments& out);  // precondition: !empty()

 private:
  using Part = std::variant<Segments, FragmentedMessage>;  // whole frames, or a message
  struct Queue {
    std::vector<Pid> senders;
    std::deque<Part> parts;
  };
  using Position = std::list<Queue>::iterator;
  Queue& queue_of(const std::optional<Pid>& sender);
  void join_all();

  std::list<Queue> queues_;  // the first one has the next turn
  std::unordered_map<Pid, Position> of_sender_;
  bool everybody_ = false;  // there is one queue for all senders
  std::size_t bytes_ = 0;
};

}  // namespace noderuntime::distribution
