// The functions of module erlang that match specifications may call.
#pragma once

#include <optional>
#include <string_view>

#include "noderuntime/functions/native.h"
#include "noderuntime/tables/match_specification.h"

namespace noderuntime {

class GuardFunctions : public tables::Functions {
 public:
  explicit GuardFunctions(Context& context) : context_{context} {}
  Function find(std::string_view name, std::size_t arity) override;
  std::optional<Term> call(Function function, Heap& heap, const Term* arguments) override;

 protected:
  Context& context_;
};

}  // namespace noderuntime
