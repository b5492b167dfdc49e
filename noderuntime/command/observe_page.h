// The page of `noderuntime observe`, for browsers.
#pragma once

#include "noderuntime/command/observation.h"
#include "noderuntime/command/observe.h"
#include "noderuntime/command/web_access.h"

namespace noderuntime::command {

// Serves the page until interrupted; prints its address. Errors: the address is not of this host alone while
// `access` has no TLS and no passwords, or it is taken.
int show_page(Client& client, Observation& observation, const ObserveOptions& options, WebAccess& access);

}  // namespace noderuntime::command
