// The outer format of a module's file: named chunks.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include <noderuntime/result.h>
#include "common/wire/md5.h"

namespace noderuntime {

struct Chunks {
  // The contents of the first chunk with this name, in the order of beam_lib; nullopt: there is none.
  std::optional<Bytes> find(std::string_view name) const;
  // The value of module_info(md5): over the essential chunks, with the uniq fields of funs set to zero.
  Digest md5() const;

  Buffer inflated;  // the contents of a gzipped file; the chunks point into it
  struct Chunk {
    std::string_view name;
    Bytes contents;
  };
  std::vector<Chunk> chunks;
};

// The chunks borrow from `file`.
Result<Chunks> read_chunks(Bytes file, std::size_t max_inflated);

// Inflates a zlib stream of a known size. Errors: bad_module, too_large.
Result<Buffer> inflate_exactly(Bytes deflated, std::size_t size, std::size_t max_inflated);

}  // namespace noderuntime
