// For the sources of the two handshake engines only: their steps from packet to packet.
#pragma once

#include <optional>
#include <utility>

#include "noderuntime/distribution/handshake.h"

namespace noderuntime::distribution {

template <class Machine>
Result<typename Machine::Event> Handshake::next_event(Machine& machine, Milliseconds now) {
  if (machine.failure_) return *machine.failure_;
  auto event = run_steps(machine, now);
  if (!event) machine.failure_ = event.error();
  return event;
}

// Runs until input or an answer is needed, the peer has proved the cookie, or an error occurs.
template <class Machine>
Result<typename Machine::Event> Handshake::run_steps(Machine& machine, Milliseconds now) {
  using Awaiting = typename Machine::Awaiting;
  using Event = typename Machine::Event;
  while (machine.awaiting_ != Awaiting::nothing) {
    if (machine.awaiting_ == Awaiting::answer && !machine.answer_) return machine.question();
    Result<Awaiting> then = Awaiting::nothing;
    if (machine.awaiting_ == Awaiting::answer) {
      then = machine.on_answer();
    } else {
      auto input = machine.packet();
      if (!input) return input.error();
      if (!*input) return Event{NeedInput{}};
      then = machine.on_packet(Reader{**input});
    }
    if (!then) return then.error();
    machine.await(*then);
    machine.restart_clock(now);
  }
  if (!machine.peer_) return Event{NeedInput{}};
  return Event{*std::exchange(machine.peer_, std::nullopt)};
}

}  // namespace noderuntime::distribution
