// Memory that the table lies in: it outlives the process in the hands of who else has its descriptors.
//
// Normally a file in memory. Where no file may be written (LimitFSIZE=0) a pipe that nobody reads from, which
// has room for about 20,000 names.
#pragma once

#include <optional>
#include <vector>

#include "common/net/descriptor.h"
#include "noderuntime/bytes.h"
#include "noderuntime/result.h"

namespace noderuntime::epmd {

class TableFile {
 public:
  static Result<TableFile> create(Bytes content);  // not empty: writing it shows what is allowed
  bool append(Bytes more);                         // false: there is no room
  // What has to be kept so that read_table() finds the content: one descriptor, or both ends of a pipe.
  std::vector<int> descriptors() const;

 private:
  net::Descriptor written_;
  net::Descriptor read_end_;
};

// The content of what a TableFile's descriptor refers to, which stays there. nullopt: it is something else,
// or the end of a pipe that is written.
std::optional<Buffer> read_table(int descriptor);

}  // namespace noderuntime::epmd
