// The exit statuses. Source: sysexits.h, as rabbitmqctl uses it.
#pragma once

#include <noderuntime/result.h>

namespace noderuntime::command {

enum ExitStatus : int {
  success = 0,
  remote_failure = 1,
  partial = 2,
  usage = 64,
  bad_term = 65,
  no_host = 68,
  unreachable = 69,
  internal = 70,
  cannot_create = 73,
  temporary = 75,
  protocol = 76,
  not_permitted = 77,
  configuration = 78,
  by_interrupt = 130,  // by SIGINT, as shells report it
};

ExitStatus exit_status(const Error& error);

}  // namespace noderuntime::command
