// Signals as text, spelled as in the control table.
#include "noderuntime/distribution/control.h"
#include "noderuntime/distribution/control_writer.h"
#include "noderuntime/external_format/decode.h"
#include "noderuntime/term/text.h"

namespace noderuntime::distribution {

std::optional<SpelledControl> spell_control(const SignalBody& signal, const ControlContext& between,
                                            Heap& heap) {
  auto* form = chosen_form(signal, between.flags);
  if (!form) return std::nullopt;
  Segments bytes;
  ControlWriter writer{bytes, {.self = between.self}};
  write_control(*form, signal, writer);
  auto control = decode(heap, bytes.own(), {.self = between.self});
  if (!writer.outcome() || !control) return std::nullopt;
  return SpelledControl{form, control->term, payload_of(*form, signal)};
}

std::string trace(const SignalBody& signal, const ControlContext& between, std::size_t limit) {
  Heap heap;
  auto everything = ControlContext{between.self, between.peer, visible_flags};
  auto encoded = spell_control(signal, everything, heap);
  if (!encoded) return "a signal without a form";
  TextOptions options{.limit = limit};
  auto text = std::string{encoded->form->name} + " " + to_text(encoded->control, options);
  if (encoded->payload) text += " <- " + to_text(*encoded->payload, options);
  return text;
}

}  // namespace noderuntime::distribution
