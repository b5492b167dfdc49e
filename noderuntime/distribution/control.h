// Control messages: one table maps opcodes to Signals and back.
// Source: erl_dist_protocol, "Protocol between Connected Nodes"; docs/protocol/distribution.md, "Control
// messages" and, for what is tolerated, "What closes the connection".
#pragma once

#include <optional>
#include <span>
#include <string>

#include "noderuntime/distribution/flags.h"
#include "noderuntime/process/signal.h"

namespace noderuntime::distribution {

// The two nodes, and the capabilities that both have.
struct ControlContext {
  NodeIdentity self;
  NodeIdentity peer;
  Flags flags;
  // at most, of this node's references: longer ones with its name are forged
  std::uint8_t reference_words = 3;
};

// A form of control message.
struct ControlLayout {
  std::uint8_t opcode;
  std::string_view name;            // as in the specification: "SEND_SENDER"
  std::uint8_t min_size, max_size;  // elements of the tuple, including the opcode
  bool payload;                     // a term follows; the message may be fragmented
};

std::span<const ControlLayout> control_forms();      // the whole table, by opcode
const ControlLayout* control_form(unsigned opcode);  // null: no such row

class ControlReader;
class ControlWriter;

// Reads a control message: `body` becomes its signal, without the payload; returns its form.
// Sequential trace tokens are dropped. An error closes the connection. A signal to a target that does
// not exist is not an error.
//
// errors  bad_control  not a tuple, an unknown opcode, a wrong size, a form that this peer must not send, or
//                      a wrong field; context: form and element
//         the decoder's
Result<const ControlLayout*> read_control(ControlReader& in, const ControlContext& between, SignalBody& body);
void set_payload(const ControlLayout& form, SignalBody& body, Term payload);

// The form in which a signal is sent under the negotiated flags. Null: the peer does not support it (a
// monitor, spawn or alias, an acknowledgement of the old UNLINK); the caller drops the signal.
const ControlLayout* chosen_form(const SignalBody& signal, Flags flags);
void write_control(const ControlLayout& form, const SignalBody& signal, ControlWriter& out);
std::optional<Term> payload_of(const ControlLayout& form, const SignalBody& signal);

// A control message as terms, for logs and tests.
struct SpelledControl {
  const ControlLayout* form;
  Term control;                 // the tuple, on the heap that was given
  std::optional<Term> payload;  // borrowed from the signal
};
std::optional<SpelledControl> spell_control(const SignalBody& signal, const ControlContext& between,
                                            Heap& heap);

// For logs: "SEND_SENDER {22,<0.1.0>,<9012.3.0>} <- hello", cut to `limit` characters.
std::string trace(const SignalBody& signal, const ControlContext& between, std::size_t limit = 1000);

}  // namespace noderuntime::distribution
