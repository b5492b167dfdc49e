// Loads files of compiled Erlang modules into images.
// Source: "The BEAM file format" (beam_lib, beam_asm of OTP); files of OTP 21 to 29, gzipped or not.
#pragma once

#include <memory>

#include <noderuntime/result.h>
#include "noderuntime/beam/image.h"
#include "noderuntime/term/atom_allowance.h"

namespace noderuntime {

struct Chunks;

struct LoadOptions {
  AtomAllowance* allowance = nullptr;               // for new atoms; null: only the table's own limit
  std::size_t max_inflated = std::size_t{1} << 28;  // bytes of a gzipped file or of the literals
};

//   errors  bad_module      damaged, or an instruction that no compiler since OTP 21 emits; context: where
//           too_many_atoms, too_large
//   throws  HeapLimitExceeded  the literal space is full
//   pauses  inside of a MayPause; `file` and `literals` must stay
Result<std::shared_ptr<Image>> load(Bytes file, LiteralSpace& literals, const LoadOptions& options = {});
// The same for chunks that have been read already; `version` is their MD5.
Result<std::shared_ptr<Image>> load(const Chunks& chunks, const Digest& version, LiteralSpace& literals,
                                    const LoadOptions& options = {});

}  // namespace noderuntime
