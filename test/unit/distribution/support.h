// Helpers of the distribution tests: channels and what they receive, hand-made signals, and terms as the
// captures print them.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "noderuntime/distribution/channel.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime::distribution::test {

inline NodeIdentity node_a() { return {Atom::of("a@127.0.0.1"), Creation{17}}; }
inline NodeIdentity node_b() { return {Atom::of("b@127.0.0.1"), Creation{99}}; }
inline Pid pid_of(const NodeIdentity& node, std::uint32_t id) { return {node, id, 0}; }
inline Reference reference_of(const NodeIdentity& node) { return {node, 3, {7, 8, 9, 0, 0}}; }

inline constexpr Flags both_header_flags = flag::DIST_HDR_ATOM_CACHE | flag::FRAGMENTS;

inline AtomAllowance& generous() {
  static AtomAllowance allowance{1000000};
  return allowance;
}

// The channel of `self` towards `peer`.
inline Channel channel(const NodeIdentity& self, const NodeIdentity& peer, Flags flags = visible_flags,
                       Channel::Limits limits = {}) {
  return Channel{{.self = self, .peer = peer, .flags = flags, .limits = limits, .atoms = &generous()},
                 Milliseconds{0}};
}

struct Received {
  std::vector<Signal> signals;
  std::optional<Error> error;
};

inline void feed(Channel& channel, Bytes bytes, Received& received) {
  if (received.error) return;
  channel.feed(bytes);
  while (true) {
    Signal signal;
    auto next = channel.next(signal);
    if (!next) {
      received.error = next.error();
      return;
    }
    if (!*next) return;
    received.signals.push_back(std::move(signal));
  }
}

inline Received feed_all(Channel& channel, Bytes bytes) {
  Received received;
  feed(channel, bytes, received);
  return received;
}

inline bool is_plain(const std::string& atom) {
  auto word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '@'; };
  return !atom.empty() && atom[0] >= 'a' && atom[0] <= 'z' && std::all_of(atom.begin(), atom.end(), word);
}

// A term as the .tsv files of the captures spell it. Only for types that control tuples have.
inline std::string spelled(Term term, const NodeIdentity& self) {
  if (term.is_nil()) return "[]";
  if (term.is_small()) return std::to_string(term.as_small());
  if (term.is_atom()) {
    std::string text{term.as_atom().text()};
    return is_plain(text) ? text : "'" + text + "'";
  }
  if (term.is_pid()) {
    auto pid = to_pid(self, term);
    return "<" + std::string{pid.node.name.text()} + ":" + std::to_string(pid.id) + "." +
           std::to_string(pid.serial) + "/" + std::to_string(pid.node.creation.value()) + ">";
  }
  if (term.is_reference()) {
    auto reference = to_reference(self, term);
    auto text = "#Ref<" + std::string{reference.node.name.text()} + "/" +
                std::to_string(reference.node.creation.value()) + ":";
    for (std::size_t i = 0; i < reference.count; ++i)
      text += (i ? "." : "") + std::to_string(reference.words[i]);
    return text + ">";
  }
  if (term.is_tuple()) {
    std::string text = "{";
    for (std::size_t i = 0; i < term.arity(); ++i) text += (i ? "," : "") + spelled(term.element(i), self);
    return text + "}";
  }
  if (term.is_cons()) {
    std::string text = "[";
    for (bool first = true; term.is_cons(); term = term.tail(), first = false)
      text += (first ? "" : ",") + spelled(term.head(), self);
    return text + "]";
  }
  return "?";
}

}  // namespace noderuntime::distribution::test
