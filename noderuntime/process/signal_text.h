// Signals as text, for people who follow what nodes say to each other.
#pragma once

#include <string>

#include "noderuntime/process/signal.h"

namespace noderuntime {

// One line: the kind, who it is for, and what it carries; terms are cut after `term_limit` bytes.
//
//     message to {acksvr} from <vm@host.90.0>: {<0.90.0>,1,1}
std::string signal_text(const SignalBody& body, std::size_t term_limit = 300);

}  // namespace noderuntime
