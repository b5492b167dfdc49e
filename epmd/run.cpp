#include "epmd/run.h"

#include <csignal>
#include <cstdio>
#include <cstring>
#include <vector>

#include "common/metrics/endpoint.h"
#include "common/net/first_process.h"
#include "common/net/host.h"
#include "common/net/signals.h"
#include "common/net/tcp.h"
#include "common/program/failure.h"
#include "common/program/logging.h"
#include "epmd/addresses.h"
#include "epmd/ask.h"
#include "epmd/daemonize.h"
#include "epmd/log.h"
#include "epmd/metrics.h"
#include "epmd/privileges.h"
#include "epmd/server.h"
#include "epmd/service.h"

namespace noderuntime::epmd {
namespace {
constexpr std::size_t remembered = 1001;
constexpr std::size_t remembered_in_debug = 6;
constexpr int total_timeout_factor = 10;

// The result of a start that failed, or need not continue.
struct Stopped {
  int status;
  std::string text;  // for the log; empty: silent
};
using Start = std::optional<Stopped>;  // nullopt: the server listens

// erl_epmd only accepts the port that it has asked. So the port of a passed socket is announced, unless
// another one is configured.
std::uint32_t announced_port(const Options& options, const Inheritance& inheritance) {
  if (options.port_given || inheritance.listeners.empty()) return options.port;
  auto address = net::local_address(inheritance.listeners.front().get());
  return address ? address->port().value() : options.port;
}

Server::Settings settings_of(const Options& options, Inheritance& inheritance) {
  auto descriptors = net::raise_descriptor_limit();
  Server::Settings settings;
  settings.rules.announced_port = announced_port(options, inheritance);
  settings.rules.relaxed = options.relaxed;
  settings.rules.registrars = options.registrars;
  settings.rules.packet_timeout = options.packet_timeout;
  settings.max_remembered = options.debug > 0 ? remembered_in_debug : remembered;
  settings.rules.total_timeout = options.total_timeout.count() != 0
                                     ? options.total_timeout
                                     : total_timeout_factor * options.packet_timeout;
  settings.bounds = bounds_within(descriptors, options.bounds);
  settings.delay_accept = options.delay_accept;
  settings.delay_write = options.delay_write;
  return settings;
}

std::string system_text(const Error& error) {
  return error.system != 0 ? std::strerror(error.system) : error.context;
}

// If an epmd has the port already, the start ends silently with success: every `erl` runs `epmd
// -daemon` and relies on that.
Stopped port_in_use(Port port) {
  constexpr std::size_t enough = 4;
  constexpr Milliseconds patience{2000};
  auto answer = ask(port, {encode(Request{Names{}}), enough, patience});
  if (!answer || answer->size() < enough)
    return {1, "port " + std::to_string(port.value()) + " is in use by another program"};
  program::log_debug("there is already a epmd running at port " + std::to_string(port.value()));
  return {0, ""};
}

Start open_listener(std::vector<net::Descriptor>& listeners, const ListenAddress& wanted) {
  auto socket = net::open_listening_socket(wanted.address);
  if (socket) {
    listeners.push_back(std::move(*socket));
    return {};
  }
  const auto& error = socket.error();
  if (net::is_address_in_use(error)) return port_in_use(wanted.address.port());
  if (net::is_missing_family(error)) return {};
  auto text = "failed to bind on ipaddr " + wanted.address.host_text() + ": " + system_text(error);
  if (wanted.asked_for) return Stopped{1, text};
  program::log_error(text);
  return {};
}

Start open_listeners(std::vector<net::Descriptor>& listeners, const Options& options) {
  auto addresses = addresses_to_listen(options.addresses, options.listen_port());
  if (!addresses) return Stopped{1, addresses.error().context};
  for (const auto& address : *addresses)
    if (auto stopped = open_listener(listeners, address)) return stopped;
  if (listeners.empty()) return Stopped{1, "unable to bind any address"};
  return {};
}

Start listen_on_all(Server& server, std::vector<net::Descriptor>& listeners) {
  if (listeners.empty()) return Stopped{1, "systemd provides no sockets"};
  for (auto& listener : listeners)
    if (auto outcome = server.listen_on(std::move(listener)); !outcome)
      return Stopped{1, "failed to listen on socket from systemd: " + system_text(outcome.error())};
  return {};
}

void warn_about_addresses(const Options& options) {
  if (!options.addresses.empty())
    program::log_warning("ERL_EPMD_ADDRESS or -address (" + options.addresses +
                         ") has NO EFFECT: systemd has opened the sockets. Set ListenStream= with: systemctl "
                         "edit epmd.socket");
}

Start become_wanted_user(const Options& options) {
  if (options.user.empty()) return {};
  auto outcome = become_user(options.user);
  if (!outcome) return Stopped{1, outcome.error().context};
  return {};
}

using Metrics = std::unique_ptr<metrics::Endpoint>;  // null: nobody wants them

// A service, and a daemon that has names, go on without metrics when their address is not free.
Start open_metrics(Metrics& endpoint, const Options& options, net::Loop& loop, const Server& server) {
  if (options.metrics.empty()) return {};
  auto made = metrics::Endpoint::open(loop, options.metrics,
                                      {.write =
                                           [&](metrics::Exposition& out, const http::Server::Counts& counts) {
                                             write_metrics({loop, server, counts}, out);
                                           },
                                       .unready = [] { return std::nullopt; }});
  if (made) {
    endpoint = std::move(*made);
    if (!endpoint->is_local())
      program::log_warning("metrics: everybody who reaches " + endpoint->address() + " can read them");
    return {};
  }
  auto text = "-metrics: " + made.error().message();
  if (!options.systemd && server.names().registered().empty()) return Stopped{1, text};
  program::log_error(text);
  return {};
}

std::string failure_line(const std::string& text) { return text.empty() ? text : "epmd: " + text + "\n"; }

int report(const Stopped& stopped, StartupReport& startup) {
  if (!stopped.text.empty()) program::log_error(stopped.text);
  startup.report(stopped.status, failure_line(stopped.text));
  return stopped.status;
}

// Sockets are opened before the change to the background: if the port is in use, as for every `erl` but the
// first, no process is left to be reaped. The log is opened again there, because its descriptors are not
// kept; its waiting lines are written once.
StartupReport startup_report_for(bool in_background, const Inheritance& inheritance, const Options& options) {
  if (!in_background) return StartupReport::in_foreground();
  std::vector<int> kept;
  for (const auto& listener : inheritance.listeners) kept.push_back(listener.get());
  program::close_log();
  auto startup = StartupReport::into_background(kept);
  set_up_log(options.daemon, options.debug > 0);
  return startup;
}

int serve(const Options& options, const Program& program, Inheritance& inheritance, StartupReport& startup) {
  net::Loop loop;
  program::LogService log{loop};
  Server server{loop, settings_of(options, inheritance)};
  auto orphans = inheritance.restore_to(server);
  auto stopped = listen_on_all(server, inheritance.listeners);
  Metrics endpoint;
  if (!stopped) stopped = open_metrics(endpoint, options, loop, server);
  if (!stopped) stopped = become_wanted_user(options);
  if (stopped) return report(*stopped, startup);
  std::optional<Service> service;
  if (auto manager = net::ServiceManager::from_environment()) {
    service.emplace(loop, server, std::move(*manager));
    if (options.systemd) service->keep_names(inheritance, orphans);
    service->ready();
  }
  net::Signals signals{loop, {handover_signal}, [&](int) {
                         auto error = program.execute_again(server, service ? service->generation() : 0);
                         program::log_error("the program could not be executed again: " + error.message());
                       }};
  bool told_to_end = false;
  auto ends = net::is_first_process() ? std::vector<int>{SIGTERM, SIGINT} : std::vector<int>{};
  net::Signals end_signals{loop, ends, [&](int) {
                             told_to_end = true;
                             loop.stop();
                           }};
  net::OrphanReaper children{loop};
  allow_handover_signal();
  startup.report(0);
  program::log_debug("listening on port " + std::to_string(options.listen_port().value()));
  try {
    loop.run();  // until a KILL is granted, or as process 1 until a signal
  } catch (...) { program::end_for_current_exception(); }
  if (service) service->forget_names();
  if (!options.daemon && !told_to_end) program::log_warning("got KILL_REQ - terminates normal");
  return 0;
}
}  // namespace

int run_daemon(const Options& options, const Program& program) {
  auto image = inherit_from_image();
  net::ignore_write_signals();
  set_up_log(options.daemon, options.debug > 0);
  bool in_background = options.daemon && !image;
  bool listens_already = image || options.systemd;
  auto inheritance = image ? std::move(*image) : options.systemd ? inherit_from_systemd() : Inheritance{};
  if (options.systemd) warn_about_addresses(options);
  if (auto stopped = listens_already ? Start{} : open_listeners(inheritance.listeners, options)) {
    if (!stopped->text.empty()) program::log_error(stopped->text);
    if (in_background) std::fputs(failure_line(stopped->text).c_str(), stderr);
    return stopped->status;
  }
  auto startup = startup_report_for(in_background, inheritance, options);
  return serve(options, program, inheritance, startup);
}

}  // namespace noderuntime::epmd
