#include "noderuntime/distribution/connections.h"

namespace noderuntime::distribution {

std::string_view status_text(Status status) {
  switch (status) {
    case Status::ok: return "ok";
    case Status::ok_simultaneous: return "ok_simultaneous";
    case Status::nok: return "nok";
    case Status::not_allowed: return "not_allowed";
    case Status::alive: return "alive";
    case Status::named: return "named:";
  }
  return {};
}

Status answer_to(const NodeName& self, const NodeName& caller, ExistingConnection standing) {
  if (caller == self) return Status::nok;
  switch (standing) {
    case ExistingConnection::none:
    case ExistingConnection::accepting: return Status::ok;
    case ExistingConnection::connecting: return self > caller ? Status::nok : Status::ok_simultaneous;
    case ExistingConnection::up: return Status::alive;
  }
  return Status::nok;
}

}  // namespace noderuntime::distribution
