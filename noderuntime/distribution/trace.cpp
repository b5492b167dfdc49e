// Signals as text, in the spelling of the control table.
#include "noderuntime/distribution/control.h"
#include "noderuntime/term/text.h"

namespace noderuntime::distribution {

std::string trace(const SignalBody& signal, const ControlContext& between, std::size_t limit) {
  Heap heap;
  auto everything = ControlContext{between.self, between.peer, visible_flags};
  auto encoded = encode_control(signal, everything, heap);
  if (!encoded) return "a signal without a form";
  TextOptions options{.limit = limit};
  auto text = std::string{encoded->form->name} + " " + to_text(encoded->control, options);
  if (encoded->payload) text += " <- " + to_text(*encoded->payload, options);
  return text;
}

}  // namespace noderuntime::distribution
