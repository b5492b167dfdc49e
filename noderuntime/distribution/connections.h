// Which of several connections between two nodes is kept: the acceptor's answer to a caller's name.
// Source: erl_dist_protocol, "The Handshake in Detail", step 3;
// docs/protocol/distribution.md, "Two nodes that connect at the same time".
#pragma once

#include <string_view>

#include "noderuntime/node_name.h"

namespace noderuntime::distribution {

// The acceptor's first word. The rows' texts are what travels.
enum class Status { ok, ok_simultaneous, nok, not_allowed, alive, named };
std::string_view status_text(Status status);

// What we have already with the node that calls.
enum class Standing {
  none,
  connecting,  // an attempt of ours is under way
  accepting,   // an earlier call in that name has not proved the cookie yet
  up,
};

// The answer to `caller`.
//
//   none, accepting   ok. Several calls in one name may go on together: nothing is dropped for a name alone.
//   connecting        the attempt of the node with the greater name (bytewise) stays: `nok` when that is
//   ours,
//                     else `ok_simultaneous` (our attempt then ends by the peer's `nok`)
//   up                `alive`: the caller says whether it knows the connection that we have
//   our own name      `nok`
//
// The owner's part: when a call has proved the cookie (event Peer), it drops every other connection and
// attempt with that node, and only then writes the machine's output.
Status answer_to(const NodeName& self, const NodeName& caller, Standing standing);

}  // namespace noderuntime::distribution
