#include "noderuntime/command/echo.h"

#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime::command {

void Echo::on_message(Process& self, Term message) {
  if (!message.is_tuple(2)) return;
  if (message.element(0).is_pid()) send(self, message.element(0), message.element(1));
  if (message.element(0).is(atoms::exit)) self.set_exit(copy(message.element(1), self.heap));
}

}  // namespace noderuntime::command
