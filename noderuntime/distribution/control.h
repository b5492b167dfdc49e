// Control messages: one table maps opcodes to Signals, both ways.
// Source: erl_dist_protocol, "Protocol between Connected Nodes"; what is tolerated: measured on OTP 25 to 29.
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

// The form of a received control message. Errors: bad_control (no tuple, unknown opcode, wrong size, or a
// form that this peer must not send).
Result<const ControlForm*> form_of(Term control, const ControlContext& between);

// The signal that `control` (and `payload`, if the form has one) says. Its terms are those given, not copies.
// Sequential trace tokens are dropped. An error (bad_control; context: form and field) closes the connection;
// what merely addresses something that does not exist is a signal all the same.
Result<SignalBody> decode_control(const ControlForm& form, Term control, Term payload,
                                  const ControlContext& between);

struct EncodedControl {
  const ControlForm* form;
  Term control;                 // its tuple lies on the heap that was given
  std::optional<Term> payload;  // the signal's own term
};

// How a signal is said under the negotiated flags. Empty: it cannot be said to this peer (a monitor, spawn or
// alias that it does not understand, an acknowledgement of the old UNLINK); the caller drops it.
std::optional<EncodedControl> encode_control(const SignalBody& signal, const ControlContext& between,
                                             Heap& heap);

// For logs: "SEND_SENDER {22,<0.1.0>,<9012.3.0>} <- hello". Cut to `limit` characters.
std::string trace(const SignalBody& signal, const ControlContext& between, std::size_t limit = 1000);

}  // namespace noderuntime::distribution
