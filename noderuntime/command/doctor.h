// noderuntime doctor NODE: why a node cannot be reached.
#pragma once

#include <string>

#include "noderuntime/command/client.h"

namespace noderuntime::command {

struct DoctorOptions {
  ClientOptions client;
  std::string node;
  void add_to(CLI::App& app);
};

// The steps of a connection, a line each: `ok STEP WHAT` or `FAIL STEP WHAT`, with advice below. The status
// is that of the step that failed; what comes after it is not tried.
int doctor(const DoctorOptions& options);

}  // namespace noderuntime::command
