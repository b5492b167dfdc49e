#include "noderuntime/command/start.h"

#include <csignal>

#include <optional>
#include <vector>

#include "common/metrics/endpoint.h"
#include "common/net/first_process.h"
#include "common/net/host.h"
#include "common/net/signals.h"
#include "common/net/systemd.h"
#include "common/program/failure.h"
#include "common/program/logging.h"
#include "common/program/memory.h"
#include "noderuntime/command/echo.h"
#include "noderuntime/command/exit_status.h"
#include "noderuntime/command/output.h"
#include "noderuntime/command/service.h"
#include "noderuntime/command/web_access.h"
#include "noderuntime/node/node.h"
#include "noderuntime/node_metrics/node_metrics.h"
#include "noderuntime/term/memory.h"

namespace noderuntime::command {

namespace {

void start_echo(Node& node) {
  Process* echo =
      node.processes().spawner().spawn(nullptr, std::make_unique<Echo>(node.processes().signals()), {});
  node.processes().names().register_name(Atom::of("echo"), *echo);
}

using Metrics = std::unique_ptr<metrics::Endpoint>;  // null: nobody wants them

Result<Metrics> serve_metrics(const StartOptions& options, net::Loop& loop, Node& node, WebAccess& access) {
  if (options.metrics.empty()) return Metrics{};
  auto held = std::make_shared<HeldShare>();
  auto made = open_endpoint(loop, options.metrics, access,
                            {.write =
                                 [&](metrics::Exposition& out, const http::Server::Counts& endpoint) {
                                   node_metrics::write({loop, node, options.metrics_peers, endpoint}, out);
                                 },
                             .unready = [&node] { return node.unready(); },
                             .held_changed = [held](std::size_t bytes) { held->set(bytes); }});
  if (!made) return made;
  loop.measure_use();
  program::log_info(std::string{"metrics: http"} + (access.has_tls() ? "s" : "") + "://" +
                    (*made)->address() + "/metrics");
  if (!(*made)->is_local() && !access.has_passwords())
    program::log_warning("metrics: everybody who reaches " + (*made)->address() + " can read them");
  return made;
}

}  // namespace

int start(const StartOptions& options) {
  net::ignore_write_signals();
  auto level = program::parse_log_level(options.common.log_level);
  if (!level) return report(level.error());
  program::set_up_logging("noderuntime", *level);
  auto configuration = options.configuration();
  if (!configuration)
    return program::log_error(configuration.error().message()), exit_status(configuration.error());
  program::keep_freed_memory();
  set_atom_limit(options.max_atoms);
  program::keep_emergency_reserve();
  held_memory.set_bound(options.max_memory);
  net::raise_descriptor_limit();

  for (auto& passed : net::take_passed_descriptors())
    configuration->listen_descriptors.push_back(passed.descriptor.release());

  net::Loop loop;
  program::LogService log{loop};
  loop.poll_before_sleep(std::chrono::microseconds{options.poll_time});
  int status = success;
  std::string name = configuration->full_name->full();
  bool secure = configuration->credentials != nullptr;
  Service service{loop};
  std::unique_ptr<Node> node;
  Node::Events events;
  events.up = [&](Port port) {
    if (options.echo) start_echo(*node);
    bool waits = options.node.join_wait > 0;
    service.listening(port, waits);
    if (waits)
      program::log_info(name + " has port " + std::to_string(port.value()) + " and waits for " +
                        std::to_string(options.node.join_wait) + " other nodes (--join-wait)");
  };
  events.joined = [&] {
    program::log_info(name + " is up on port " + std::to_string(service.port().value()));
    service.ready();
  };
  events.failed = [&](Error error) {
    program::log_error(name + " cannot start: " + error.message());
    status = exit_status(error);
    loop.stop();
  };
  events.node_changed = [&](Atom other, bool up) {
    service.node_changed(up);
    program::log_info(std::string{other.text()} + (up ? " connected" : " disconnected"));
  };
  events.halted = [&](int wanted) {
    program::log_info(name + " ends with status " + std::to_string(wanted) + ", as it was told to");
    status = wanted;
    node->stop();
    loop.stop();
  };
  node = std::make_unique<Node>(loop, std::move(*configuration), std::move(events));
  auto access = WebAccess::create(loop, options.web);
  if (!access) return program::log_error(access.error().message()), exit_status(access.error());
  auto metrics = serve_metrics(options, loop, *node, **access);
  if (!metrics)
    return program::log_error("--metrics " + metrics.error().message()), exit_status(metrics.error());
  net::OrphanReaper orphans{loop};
  std::optional<net::Signals> reload;
  if (secure) reload.emplace(loop, std::vector<int>{SIGHUP}, [&](int) { node->reload_credentials(); });
  bool ending = false;
  net::Signals signals{loop, {SIGTERM, SIGINT}, [&](int) {
                         auto end = [&] {
                           node->stop();
                           loop.stop();
                         };
                         if (std::exchange(ending, true)) return end();
                         program::log_info(name + " ends");
                         service.stopping();
                         node->end_in_order(end);
                       }};
  try {
    loop.run();
  } catch (...) { program::end_for_current_exception(); }
  return status;
}

}  // namespace noderuntime::command
