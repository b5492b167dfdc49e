#include "noderuntime/command/ping.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdio>

#include "common/net/host.h"
#include "common/net/signals.h"
#include "common/program/logging.h"
#include "noderuntime/command/exit_status.h"
#include "noderuntime/node/epmd_port.h"
#include "noderuntime/node/node.h"
#include "noderuntime/node/own_name.h"
#include "noderuntime/services/gen.h"

namespace noderuntime::command {

namespace {

using Clock = std::chrono::steady_clock;

// Asks net_kernel of the other node whether it is there, as net_adm:ping/1 does.
class Asker final : public NativeBody {
 public:
  Asker(Processes& processes, Atom node, std::function<void(Outcome)> done)
      : NativeBody{processes}, node_{node}, done_{std::move(done)} {}

 private:
  void on_start(Process& self) override {
    Heap& heap = self.heap;
    Term net_kernel = gen::name_at(heap, atoms::net_kernel, node_);
    auto reference = processes().monitor(self, net_kernel, {.alias = Relations::AliasEnd::reply_demonitor});
    Term alias = make_reference(heap, processes().self(), *reference);
    Term from = make_tuple(heap, {self.self(), make_cons(heap, Term::atom(atoms::alias), alias)});
    Term question = make_tuple(heap, {Term::atom(atoms::is_auth), Term::atom(processes().self().name)});
    send(self, net_kernel, make_tuple(heap, {Term::atom(atoms::gen_call), from, question}));
  }
  void on_message(Process& self, Term message) override {
    bool yes = message.is_tuple(2) && message.element(1).is(atoms::yes);
    self.set_exit(Term::atom(atoms::normal));
    done_(yes ? Outcome{done} : Outcome{Error{Errc::unexpected, "it has no net_kernel"}});
  }

  Atom node_;
  std::function<void(Outcome)> done_;
};

// A node has the host that it was asked under: short for short names.
Result<NodeName> target(const std::string& typed, const std::string& own_host) {
  if (typed.find('@') != std::string::npos) return NodeName::parse(typed);
  return own_node_name(typed, NameKind::short_name, own_host);
}

struct Pinged {
  Outcome outcome = Error{Errc::timeout, {}};
  double milliseconds = 0;
};

Pinged ping_one(const NodeName& name, const NodeConfiguration& configuration, std::chrono::seconds limit) {
  net::Loop loop;
  Pinged result;
  auto atom = Atom::intern(name.full());
  if (!atom) return {atom.error()};
  auto finish = [&](Outcome outcome) {
    result.outcome = std::move(outcome);
    loop.stop();
  };
  Node node{loop, configuration, {}};
  net::Timer timer{loop};
  timer.start(limit, [&] { finish(Error{Errc::timeout, name.full()}); });
  Clock::time_point asked;
  node.connect(*atom, [&](Outcome connected) {
    if (!connected) return finish(std::move(connected));
    asked = Clock::now();
    auto body = std::make_unique<Asker>(node.processes(), *atom, [&](Outcome outcome) {
      result.milliseconds = std::chrono::duration<double, std::milli>(Clock::now() - asked).count();
      finish(std::move(outcome));
    });
    node.processes().spawn(nullptr, std::move(body), {});
    node.schedule();
  });
  loop.run();
  node.stop();
  return result;
}

}  // namespace

void PingOptions::add_to(CLI::App& app) {
  app.add_option("node", nodes, "NAME@HOST, or NAME on this host")->required();
  app.add_option("--timeout", timeout, "seconds to wait for each node")->capture_default_str();
  common.log_level = "error";
  common.add_to(app);
}

int ping(const PingOptions& options) {
  auto level = program::parse_log_level(options.common.log_level);
  if (!level) return spdlog::error("{}", level.error().message()), usage;
  program::set_up_logging("noderuntime", *level);
  net::ignore_broken_pipe();
  auto fail = [](const Error& error) { return spdlog::error("{}", error.message()), exit_status(error); };

  NodeConfiguration configuration;
  auto cookie = options.common.find_cookie();
  if (!cookie) return fail(cookie.error());
  auto epmd_port = epmd_port_of_environment();
  if (!epmd_port) return fail(epmd_port.error());
  auto host = net::host_name();
  if (!host) return fail(host.error());
  configuration.cookie = *cookie;
  configuration.epmd_port = *epmd_port;
  configuration.hidden = true;
  configuration.family = options.common.family();

  int status = success;
  for (auto& typed : options.nodes) {
    auto name = target(typed, *host);
    auto result =
        name ? ping_one(*name, configuration, std::chrono::seconds{options.timeout}) : Pinged{name.error()};
    if (result.outcome) {
      std::printf("pong %s %.1f ms\n", name->full().c_str(), result.milliseconds);
    } else {
      std::printf("pang %s\n", typed.c_str());
      std::fflush(stdout);
      int failed = fail(result.outcome.error());
      if (status == success) status = failed;
    }
  }
  return status;
}

}  // namespace noderuntime::command
