// Signals as text, for people who trace what nodes send each other.
#pragma once

#include <string>

#include "noderuntime/process/signal.h"

namespace noderuntime {

// One line with the kind, the receiver and the content; terms are cut after `term_limit` bytes.
//
//     message to {acksvr} from <vm@host.90.0>: {<0.90.0>,1,1}
std::string signal_text(const SignalBody& body, std::size_t term_limit = 300);

}  // namespace noderuntime
