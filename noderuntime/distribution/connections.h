// Which of several connections between two nodes is kept: the acceptor's status for a caller's name.
// Source: erl_dist_protocol, "The Handshake in Detail", step 3;
// docs/protocol/distribution.md, "Two nodes that connect at the same time".
#pragma once

#include <string_view>

#include <noderuntime/node_name.h>

namespace noderuntime::distribution {

// The acceptor's status message. The texts of the rows are sent.
enum class Status { ok, ok_simultaneous, nok, not_allowed, alive, named };
std::string_view status_text(Status status);

// The existing connection to the calling node.
enum class ExistingConnection {
  none,
  connecting,  // this node is connecting to it
  accepting,   // an earlier call in that name has not proved the cookie yet
  up,
};

// The status to answer `caller` with.
//
//   none, accepting   ok. Several calls in one name may proceed: a name alone does not end a connection.
//   connecting        the attempt of the node with the greater name (bytewise) is kept: `nok` if that is this
//                     node, else `ok_simultaneous` (this node's attempt then ends by the peer's `nok`)
//   up                `alive`: the caller then says whether it knows the existing connection
//   our own name      `nok`
//
// When a call has proved the cookie (event Peer), the owner must drop every other connection and attempt with
// that node, and only then write the engine's output.
Status answer_to(const NodeName& self, const NodeName& caller, ExistingConnection standing);

}  // namespace noderuntime::distribution
