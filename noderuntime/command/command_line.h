// The command line of noderuntime: its verbs and their options.
#pragma once

namespace noderuntime::command {

// Reads the arguments of main() and does what they say. The result is the exit status.
int run_command_line(int count, char** arguments);

}  // namespace noderuntime::command
