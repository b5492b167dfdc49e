// A piece of output: bytes that stay where they are until they are written.
#pragma once

#include <memory>

#include "noderuntime/bytes.h"

namespace noderuntime::distribution {

// Either `buffer`, or `length` bytes at `borrowed`, which `keeper` keeps alive (a counted binary sent without a copy).
struct Segment {
  Buffer buffer;
  Bytes borrowed;
  std::shared_ptr<const void> keeper;

  Bytes bytes() const { return keeper ? borrowed : Bytes{buffer}; }
};

}  // namespace noderuntime::distribution
