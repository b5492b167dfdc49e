// Cuts the stream after the handshake into frames: length:32, then that many bytes. Length 0 is a tick.
#pragma once

#include <optional>

#include "noderuntime/bytes.h"
#include "noderuntime/distribution/counted.h"
#include "noderuntime/result.h"

namespace noderuntime::distribution {

struct Frame {
  Bytes bytes;                   // empty: a tick
  SharedBytes* owner = nullptr;  // what the bytes lie in; null: in the input
};

class FrameReader {
 public:
  explicit FrameReader(std::size_t max_frame) : max_frame_{max_frame} {}

  // Borrows `input` until next() has returned nullopt or an error.
  void feed(Bytes input);
  // The next frame, valid until the next call of next() or feed(). A frame that lies whole in the input is
  // not copied; others are gathered as their bytes come. Error: too_large.
  Result<std::optional<Frame>> next();
  // See Channel::place().
  std::span<Byte> place();

  std::size_t held_bytes() const { return gathered_ ? gathered_->used : 0; }

 private:
  Result<bool> read_length();  // false: its bytes are not all here
  std::optional<Frame> gather();

  std::size_t max_frame_;
  Bytes input_;
  Byte length_bytes_[4] = {};
  std::size_t length_have_ = 0;
  bool in_frame_ = false;
  std::size_t length_ = 0;
  CountedBytes gathered_;  // of the frame under way, or the one given last
  bool given_ = false;
};

}  // namespace noderuntime::distribution
