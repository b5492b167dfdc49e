// A piece of output whose bytes stay in place until they are written.
#pragma once

#include <memory>

#include <noderuntime/bytes.h>

namespace noderuntime::net {

class Segment {
 public:
  Segment(Buffer buffer) : buffer_{std::move(buffer)}, bytes_{buffer_} {}
  // Borrows bytes, with an object that keeps them alive: for instance a counted binary sent without a copy.
  Segment(Bytes bytes, std::shared_ptr<const void> keeper) : keeper_{std::move(keeper)}, bytes_{bytes} {}
  Segment(Segment&&) = default;  // moving a vector does not move its bytes
  Segment& operator=(Segment&&) = default;

  Bytes bytes() const { return bytes_; }

 private:
  Buffer buffer_;
  std::shared_ptr<const void> keeper_;
  Bytes bytes_;
};

}  // namespace noderuntime::net
