// The options about the nodes that a node connects to by itself.
#pragma once

#include <string>
#include <vector>

namespace noderuntime {

// The node connects to these nodes when it is up, and again when they are lost. docs/operating.md,
// "Clusters", explains each. NodeOptions::join_wait says how many other nodes must be connected before the
// node has joined.
struct JoinOptions {
  std::vector<std::string> nodes{};  // NAME@HOST, or NAME on this host
  // NAME or NAME:PORT. A and AAAA records are the nodes BASENAME@ADDRESS, the SRV records of a NAME that
  // begins with an underscore are the nodes BASENAME@TARGET. With PORT the nodes are reached there, without
  // epmd.
  std::vector<std::string> dns{};
  std::string base_name{};   // empty: the part of the own name in front of '@'
  std::string hosts_file{};  // a file in the format of OTP's .hosts.erlang: all nodes that epmd lists there
};

}  // namespace noderuntime
