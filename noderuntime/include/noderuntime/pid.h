// Identifiers of processes and references as plain C++ values, for tables and signals.
#pragma once

#include <array>
#include <cstdint>
#include <functional>

#include <noderuntime/atom.h>
#include <noderuntime/strong.h>

namespace noderuntime {

// A node and its incarnation. The name and creation of a node do not change while it runs.
struct NodeIdentity {
  Atom name;
  Creation creation;
  friend bool operator==(const NodeIdentity&, const NodeIdentity&) = default;
};

// A process of any node. A process of this node has this node's identity.
struct Pid {
  NodeIdentity node;
  std::uint32_t id = 0;  // id and serial are ID and Serial of NEW_PID_EXT
  std::uint32_t serial = 0;
  friend bool operator==(const Pid&, const Pid&) = default;
};

// A reference of any node; its words are in wire order. References of this node have 3
// words, the first below 2^18.
struct Reference {
  static constexpr std::size_t max_words = 5;
  NodeIdentity node;
  std::uint8_t count = 0;
  std::array<std::uint32_t, max_words> words{};
  friend bool operator==(const Reference& a, const Reference& b) {
    bool same = a.count == b.count;  // word by word: two of them nearly always differ in the first
    for (std::size_t i = 0; i < max_words && same; ++i) same = a.words[i] == b.words[i];
    return same && a.node == b.node;
  }
};

}  // namespace noderuntime

// Peers choose identifiers, but not which ones collide: the hashes are keyed per program.
template <>
struct std::hash<noderuntime::Pid> {
  std::size_t operator()(const noderuntime::Pid& pid) const;
};

template <>
struct std::hash<noderuntime::Reference> {
  std::size_t operator()(const noderuntime::Reference& reference) const;
};
