// Signals that have to wait: a copy that owns its terms.
#pragma once

#include "noderuntime/process/signal.h"

namespace noderuntime {

Signal copy_signal(const SignalBody& body);

}  // namespace noderuntime
