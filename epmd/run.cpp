#include "epmd/run.h"

#include <spdlog/spdlog.h>

#include "common/net/host.h"
#include "common/net/signals.h"
#include "common/net/systemd.h"
#include "epmd/addresses.h"
#include "epmd/ask.h"
#include "epmd/daemonize.h"
#include "epmd/log.h"
#include "epmd/server.h"

namespace noderuntime::epmd {
namespace {
constexpr std::size_t reserved_descriptors = 32;  // for the loop, the log, listeners and what libraries open
constexpr std::size_t remembered = 1001;
constexpr std::size_t remembered_in_debug = 6;

// The start has come to its end, for better or worse.
struct Stopped {
  int status;
  std::string text;  // for the log; empty: silent
};
using Start = std::optional<Stopped>;  // nullopt: the server listens

Server::Settings settings_of(const Options& options) {
  auto descriptors = net::raise_descriptor_limit();
  Server::Settings settings;
  settings.rules.announced_port = options.port;
  settings.rules.relaxed = options.relaxed;
  settings.rules.packet_timeout = options.packet_timeout;
  settings.max_remembered = options.debug > 0 ? remembered_in_debug : remembered;
  settings.max_connections = descriptors > 2 * reserved_descriptors ? descriptors - reserved_descriptors : 16;
  settings.delay_accept = options.delay_accept;
  settings.delay_write = options.delay_write;
  return settings;
}

std::string system_text(const Error& error) { return error.context.substr(error.context.find(": ") + 2); }

// A port in use by an epmd ends the start with success and without a word: every `erl` runs `epmd -daemon`
// and counts on it.
Stopped port_in_use(Port port) {
  constexpr std::size_t enough = 4;
  constexpr Milliseconds patience{2000};
  auto answer = ask(port, {encode(Request{Names{}}), enough}, patience);
  if (!answer || answer->size() < enough)
    return {1, "port " + std::to_string(port.value()) + " is in use by another program"};
  spdlog::debug("there is already a epmd running at port {}", port.value());
  return {0, ""};
}

Start listen_on_one(Server& server, const ListenAddress& wanted) {
  auto outcome = server.listen(wanted.address);
  if (outcome) return {};
  const auto& error = outcome.error();
  if (net::is_address_in_use(error)) return port_in_use(wanted.address.port());
  if (net::is_missing_family(error)) return {};
  auto text = "failed to bind on ipaddr " + wanted.address.host_text() + ": " + system_text(error);
  if (wanted.asked_for) return Stopped{1, text};
  spdlog::error(text);
  return {};
}

Start listen_on_addresses(Server& server, const Options& options) {
  auto addresses = addresses_to_listen(options.addresses, options.listen_port());
  if (!addresses) return Stopped{1, addresses.error().context};
  for (const auto& address : *addresses)
    if (auto stopped = listen_on_one(server, address)) return stopped;
  if (!server.listens()) return Stopped{1, "unable to bind any address"};
  return {};
}

Start listen_on_passed_sockets(Server& server) {
  auto descriptors = net::take_passed_descriptors();
  if (descriptors.empty()) return Stopped{1, "systemd provides no sockets"};
  for (int descriptor : descriptors)
    if (auto outcome = server.listen_on(descriptor); !outcome)
      return Stopped{1, "failed to listen on socket from systemd: " + system_text(outcome.error())};
  return {};
}

std::string failure_line(const std::string& text) { return text.empty() ? text : "epmd: " + text + "\n"; }
}  // namespace

int run_daemon(const Options& options) {
  auto launch = options.daemon ? Launch::into_background() : Launch::in_foreground();
  set_up_log(options.daemon, options.debug > 0);
  net::ignore_broken_pipe();
  net::Loop loop;
  Server server{loop, settings_of(options)};
  auto stopped = options.systemd ? listen_on_passed_sockets(server) : listen_on_addresses(server, options);
  if (stopped) {
    if (!stopped->text.empty()) spdlog::error(stopped->text);
    launch.report(stopped->status, failure_line(stopped->text));
    return stopped->status;
  }
  launch.report(0);
  net::notify_systemd("READY=1\nSTATUS=Processing port mapping requests...");
  spdlog::debug("listening on port {}", options.listen_port().value());
  loop.run();  // until a KILL is granted
  if (!options.daemon) spdlog::warn("got KILL_REQ - terminates normal");
  return 0;
}

}  // namespace noderuntime::epmd
