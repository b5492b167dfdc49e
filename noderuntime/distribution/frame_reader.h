// Cuts the stream after the handshake into frames: length:32, then that many bytes. Length 0 is a tick.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "noderuntime/bytes.h"
#include "noderuntime/distribution/counted.h"
#include "noderuntime/result.h"

namespace noderuntime::distribution {

struct Frame {
  Bytes bytes;                   // empty: a tick
  SharedBytes* owner = nullptr;  // what the bytes lie in; null: in the input
  bool goes_on = false;          // these follow the bytes given last, of the same frame
  std::size_t missing = 0;       // so many are still to come
};

class FrameReader {
 public:
  // What is read to a place may go on behind the frame, for so many bytes: one read brings the end of a large
  // frame and the begin of the next.
  static constexpr std::size_t read_ahead = 4096;

  explicit FrameReader(std::size_t max_frame) : max_frame_{max_frame} {}

  // Borrows `input` until next() has returned nullopt or an error.
  void feed(Bytes input);
  // The next frame, valid until the next call of next() or feed(). A frame that lies whole in the input is
  // not copied; a next fragment is given in pieces, as it comes, the first with its whole head; others are
  // gathered. Error: too_large.
  Result<std::optional<Frame>> next();
  // See Channel::place(). Not while pieces of a large fragment are missing: these belong elsewhere.
  std::span<Byte> place();
  std::size_t missing_pieces() const { return in_pieces_ && large_ ? length_ : 0; }

  std::size_t held_bytes() const { return gathered_ ? gathered_->used : 0; }

 private:
  std::span<Byte> ahead();
  // Bytes of the frame under way.
  std::size_t missing() const { return in_pieces_ || !gathered_ ? length_ : length_ - gathered_->used; }
  Result<bool> read_length();  // false: its bytes are not all here
  bool begins_fragment() const;
  Frame piece(bool goes_on);
  std::optional<Frame> gather();

  std::size_t max_frame_;
  Bytes input_, behind_;  // in turn
  Byte length_bytes_[4] = {};
  std::size_t length_have_ = 0;
  bool in_frame_ = false, in_pieces_ = false;
  std::size_t length_ = 0;  // of the frame under way; when it is given in pieces, what is missing
  CountedBytes gathered_;   // of the frame under way, or the one given last
  bool given_ = false;
  bool large_ = false;             // the last frame: another one may follow
  std::unique_ptr<Byte[]> ahead_;  // for the begin of the frame behind a large one; made when needed
};

}  // namespace noderuntime::distribution
