// noderuntime doctor NODE: finds out why a node cannot be reached.
#pragma once

#include <string>

#include "noderuntime/command/client.h"

namespace noderuntime::command {

struct DoctorOptions {
  ClientOptions client;
  std::string node;
  void add_to(CLI::App& app);
};

// Prints the steps of a connection, a line each: `ok STEP WHAT` or `FAIL STEP WHAT`, with advice below. Stops
// at the first step that fails; the status is that step's.
int doctor(const DoctorOptions& options);

}  // namespace noderuntime::command
