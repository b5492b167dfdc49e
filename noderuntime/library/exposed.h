// Functions of the embedding program, in the form in which the machine calls them.
#pragma once

#include "noderuntime/functions/native.h"
#include "noderuntime/library/states.h"

namespace noderuntime {

class Exposed final : public HostFunction {
 public:
  Exposed(LocalNode::State& node, std::uint32_t arity, Function code)
      : node_{node}, arity_{arity}, code_{std::move(code)} {}

  // A function that answers later() is called again when its caller is woken, for whatever reason. The entry
  // in State::awaited distinguishes such a call from the first one.
  NativeResult call(Context& context, const Term* arguments) override;

  LocalNode::State& node() { return node_; }

 private:
  LocalNode::State& node_;
  std::uint32_t arity_;
  Function code_;
};

}  // namespace noderuntime
