// Control messages: one table maps opcodes to Signals, both ways.
// Source: erl_dist_protocol, "Protocol between Connected Nodes"; docs/protocol/distribution.md, "Control
// messages" and, for what is tolerated, "What closes the connection".
#pragma once

#include <optional>
#include <span>
#include <string>

#include "noderuntime/distribution/flags.h"
#include "noderuntime/process/signal.h"

namespace noderuntime::distribution {

// Between whom, and what both understand.
struct ControlContext {
  NodeIdentity self;
  NodeIdentity peer;
  Flags flags;
  std::uint8_t reference_words = 3;  // of our own references, at most: others with our name are forged
};

// A form on the wire.
struct ControlForm {
  std::uint8_t opcode;
  std::string_view name;            // the specification's: "SEND_SENDER"
  std::uint8_t min_size, max_size;  // elements of the tuple, the opcode included
  bool payload;                     // a term follows; such a message may be fragmented
};

std::span<const ControlForm> control_forms();      // by opcode; the whole table
const ControlForm* control_form(unsigned opcode);  // null: no such row

class ControlReader;
class ControlWriter;

// The signal that a control message says, without its payload, and its form. Sequential trace tokens are
// dropped. An error closes the connection; what merely addresses something that does not exist is a signal
// all the same.
//
// errors  bad_control (no tuple, unknown opcode, wrong size, a form that this peer must not send, a wrong
// field;
//         context: form and element), and the decoder's
Result<const ControlForm*> read_control(ControlReader& in, const ControlContext& between, SignalBody& body);
void set_payload(const ControlForm& form, SignalBody& body, Term payload);

// How a signal is said under the negotiated flags. Null: it cannot be said to this peer (a monitor, spawn or
// alias that it does not understand, an acknowledgement of the old UNLINK); the caller drops it.
const ControlForm* chosen_form(const SignalBody& signal, Flags flags);
void write_control(const ControlForm& form, const SignalBody& signal, ControlWriter& out);
std::optional<Term> payload_of(const ControlForm& form, const SignalBody& signal);

// The same as terms, for people and tests.
struct SpelledControl {
  const ControlForm* form;
  Term control;                 // its tuple lies on the heap that was given
  std::optional<Term> payload;  // the signal's own term
};
std::optional<SpelledControl> spell_control(const SignalBody& signal, const ControlContext& between,
                                            Heap& heap);

// For logs: "SEND_SENDER {22,<0.1.0>,<9012.3.0>} <- hello". Cut to `limit` characters.
std::string trace(const SignalBody& signal, const ControlContext& between, std::size_t limit = 1000);

}  // namespace noderuntime::distribution
