// noderuntime start: runs a node in the foreground.
#pragma once

#include "noderuntime/command/options.h"

namespace noderuntime::command {

int start(const StartOptions& options);

}  // namespace noderuntime::command
