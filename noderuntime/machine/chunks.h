// The outer form of a module's file: chunks by name.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "common/wire/md5.h"
#include "noderuntime/result.h"

namespace noderuntime {

struct Chunks {
  // The contents of the first of these chunks that the file has, in the order of beam_lib; nullopt: none.
  std::optional<Bytes> find(std::string_view name) const;
  // What module_info(md5) says: over the essential chunks, with the uniq fields of funs zero.
  Digest md5() const;

  Buffer inflated;  // of a gzipped file: what the chunks lie in
  struct Chunk {
    std::string_view name;
    Bytes contents;
  };
  std::vector<Chunk> chunks;
};

// `file` lives as long as the chunks.
Result<Chunks> read_chunks(Bytes file, std::size_t max_inflated);

// A zlib stream of a known size. errors: bad_module, too_large
Result<Buffer> inflate_exactly(Bytes deflated, std::size_t size, std::size_t max_inflated);

}  // namespace noderuntime
