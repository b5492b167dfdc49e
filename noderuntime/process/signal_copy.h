// A copy of a signal that owns its terms, for signals that have to wait.
#pragma once

#include "noderuntime/process/signal.h"

namespace noderuntime {

Signal copy_signal(const SignalBody& body);

}  // namespace noderuntime
