// One reader per notation.
#pragma once

#include <string_view>

#include "noderuntime/notation/notation.h"

namespace noderuntime::notation {

Result<OwnedTerm> read_lfe(std::string_view text, const ReadOptions& options);
Result<OwnedTerm> read_elixir(std::string_view text, const ReadOptions& options);
Result<OwnedTerm> read_json(std::string_view text, const ReadOptions& options);

Result<CallText> read_lfe_call(std::string_view text, const ReadOptions& options);
Result<CallText> read_elixir_call(std::string_view text, const ReadOptions& options);

}  // namespace noderuntime::notation
