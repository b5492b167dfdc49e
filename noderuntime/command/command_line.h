// The command line of noderuntime: its verbs and their options.
#pragma once

namespace noderuntime::command {

// Carries out the arguments of main(); returns the exit status.
int run_command_line(int count, char** arguments);

}  // namespace noderuntime::command
