#include "noderuntime/node/epmd_port.h"

#include <charconv>

#include "common/epmd_protocol/messages.h"
#include "common/program/environment.h"

namespace noderuntime {

Result<Port> epmd_port_of_environment() {
  auto text = program::environment("ERL_EPMD_PORT");
  if (!text || text->empty()) return epmd::default_port;
  std::uint16_t port = 0;
  const char* last = text->data() + text->size();
  auto [end, error] = std::from_chars(text->data(), last, port);
  if (error != std::errc{} || end != last || port == 0)
    return Error{Errc::configuration, "ERL_EPMD_PORT=" + *text + " is no port"};
  return Port{port};
}

}  // namespace noderuntime
