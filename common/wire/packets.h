// Cuts a stream into packets that begin with their length.
#pragma once

#include <optional>
#include <string>

#include <noderuntime/result.h>
#include "common/wire/reader.h"

namespace noderuntime {

// feed() takes any cut of the stream. next() returns the next whole packet without its length field, valid
// until the next feed() or take_rest(). A length above `maximum` is an error, before memory is allocated for
// it.
class Packets {
 public:
  Packets(int length_width, std::size_t maximum) : width_{length_width}, maximum_{maximum} {}

  void feed(Bytes input) {
    if (taken_ > 0)
      buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(taken_)), taken_ = 0;
    append(buffer_, input);
  }

  Result<std::optional<Bytes>> next() {
    Reader in{Bytes{buffer_}.subspan(taken_)};
    if (in.remaining() < static_cast<std::size_t>(width_)) return std::optional<Bytes>{};
    std::size_t length = width_ == 2 ? in.u16() : in.u32();
    if (length > maximum_) return Error{Errc::too_large, std::to_string(length)};
    if (in.remaining() < length) return std::optional<Bytes>{};
    taken_ += static_cast<std::size_t>(width_) + length;
    return std::optional{in.bytes(length)};
  }

  Bytes front() const { return Bytes{buffer_}.subspan(taken_); }   // the bytes behind the packets returned
  std::size_t waiting() const { return buffer_.size() - taken_; }  // bytes behind the packets returned
  Buffer take_rest() {                                             // these bytes; feed() no more afterwards
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(taken_));
    return std::move(buffer_);
  }

 private:
  int width_;
  std::size_t maximum_;
  Buffer buffer_;
  std::size_t taken_ = 0;
};

}  // namespace noderuntime
