// Cuts the stream after the handshake into frames: length:32, then that many bytes. Length 0 is a tick.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include <noderuntime/bytes.h>
#include <noderuntime/result.h>
#include "common/wire/endian.h"
#include "noderuntime/distribution/counted.h"

namespace noderuntime::distribution {

struct Frame {
  Bytes bytes;                  // empty: a tick
  RefcBinary* owner = nullptr;  // holds the bytes; null: they are in the input
  bool goes_on = false;         // they follow the previous bytes of the same frame
  std::size_t missing = 0;      // bytes of the frame still to come
};

class FrameReader {
 public:
  // Bytes behind a large frame that one read may also take: it then brings the end of the frame and the
  // beginning of the next.
  static constexpr std::size_t read_ahead = 4096;

  explicit FrameReader(std::size_t max_frame) : max_frame_{max_frame} {}

  // Borrows `input` until next() has returned nullopt or an error.
  void feed(Bytes input);
  // The next frame, valid until the next call of next() or feed(). A frame that is whole in the input is not
  // copied. A next fragment is returned in pieces as they come, the first with its whole head. Other frames
  // are gathered. Error: too_large.
  Result<std::optional<Frame>> next();
  // The next frame, if no frame is begun and it is whole in the input: what next() would return, for less. Otherwise
  // nullopt, and next() is to be called.
  std::optional<Bytes> next_whole() {
    if (in_frame_ || given_ || length_have_ > 0 || input_.size() < sizeof length_bytes_) return std::nullopt;
    std::size_t length = load_big_endian<std::uint32_t>(input_.data());
    if (length >= large || length > max_frame_ || input_.size() - sizeof length_bytes_ < length)
      return std::nullopt;
    large_ = false;
    auto frame = input_.subspan(sizeof length_bytes_, length);
    input_ = input_.subspan(sizeof length_bytes_ + length);
    return frame;
  }
  // Copies the input that was not read yet, so that it is no longer borrowed; it is not read again in place.
  void keep_input();
  // See Channel::place(). Empty while pieces of a large fragment are missing: they are read elsewhere.
  std::span<Byte> place();
  std::size_t missing_pieces() const { return in_pieces_ && large_ ? length_ : 0; }

  std::size_t held_bytes() const { return (gathered_ ? gathered_->used : 0) + kept_.size(); }

 private:
  // below this, an ordinary read brings several frames at once
  static constexpr std::size_t large = std::size_t{32} << 10;

  std::span<Byte> ahead();
  // The missing bytes of the current frame.
  std::size_t missing() const { return in_pieces_ || !gathered_ ? length_ : length_ - gathered_->used; }
  Result<bool> read_length();  // false: its bytes are incomplete
  bool begins_fragment() const;
  Frame piece(bool goes_on);
  std::optional<Frame> gather();

  std::size_t max_frame_;
  Bytes input_, behind_;  // read in turn
  Buffer kept_;           // what they are in, after keep_input()
  Byte length_bytes_[4] = {};
  std::size_t length_have_ = 0;
  bool in_frame_ = false, in_pieces_ = false;
  std::size_t length_ = 0;  // of the current frame; if that comes in pieces: what is missing
  CountedBytes gathered_;   // of the current frame, or of the one returned last
  bool given_ = false;
  bool large_ = false;             // the last frame was: another one may follow
  std::unique_ptr<Byte[]> ahead_;  // for the beginning of the frame behind a large one; made when needed
};

}  // namespace noderuntime::distribution
