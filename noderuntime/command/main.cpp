// noderuntime VERB …
#include "common/net/descriptor.h"
#include "common/net/loop.h"
#include "common/program/logging.h"
#include "noderuntime/command/command_line.h"

int main(int count, char** arguments) {
  noderuntime::net::open_standard_descriptors();
  int status = noderuntime::command::run_command_line(count, arguments);
  noderuntime::program::close_log();
  noderuntime::net::Loop::end_program(status);
}
