// Memory for the table that outlives the process, held by whoever else has its descriptors.
//
// Usually a memory file. If files may not be written (LimitFSIZE=0), a pipe that is not read, with room
// for about 20,000 names.
#pragma once

#include <optional>
#include <vector>

#include <noderuntime/bytes.h>
#include <noderuntime/result.h>
#include "common/net/descriptor.h"

namespace noderuntime::epmd {

class TableFile {
 public:
  // `content` must not be empty: writing it shows what is allowed
  static Result<TableFile> create(Bytes content);
  bool append(Bytes more);  // false: no room
  // The descriptors that must be kept so that read_table() finds the content: one, or both ends of a pipe.
  std::vector<int> descriptors() const;

 private:
  net::Descriptor written_;
  net::Descriptor read_end_;
};

// The content behind a TableFile's descriptor, which stays there. nullopt: something else, or the
// writing end of a pipe.
std::optional<Buffer> read_table(int descriptor);

}  // namespace noderuntime::epmd
