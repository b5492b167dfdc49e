#include "noderuntime/services/services.h"

#include "noderuntime/services/global_name_server.h"
#include "noderuntime/services/log_sink.h"
#include "noderuntime/services/net_kernel.h"
#include "noderuntime/services/rex.h"
#include "noderuntime/services/safe_supervisor.h"
#include "noderuntime/services/spoken_atoms.h"
#include "noderuntime/services/user.h"

namespace noderuntime {

namespace {

template <class Service, class... Parts>
void start(Processes& processes, Atom name, Parts&... parts) {
  auto body = std::make_unique<Service>(parts...);
  body->stand_for(name);
  Process* process = processes.spawner().spawn(nullptr, std::move(body), {});
  if (process) processes.names().register_name(name, *process);
  if (process) process->essential = true, process->priority = Process::Priority::max;
  if (process && name == atoms::user) processes.spawner().set_leader(*process);
  if (process && (name == atoms::rex || name == atoms::logger_proxy)) {  // as on OTP
    Settings settings;
    settings.message_queue_data = atoms::off_heap;
    process->set(settings);
  }
}

}  // namespace

void start_services(Processes& processes, System& system, Cluster& cluster) {
  for (auto text : spoken_atoms) Atom::of(text);
  auto& host = processes.host();
  auto& node = processes.this_node();
  auto& table = processes.table();
  auto& names = processes.names();
  auto& spawner = processes.spawner();
  auto& signals = processes.signals();
  // The first one is the group leader of the others.
  start<User>(processes, atoms::user, node, table, spawner, signals, system);
  start<NetKernel>(processes, atoms::net_kernel, node, table, spawner, signals);
  start<GlobalNameServer>(processes, atoms::global_name_server, host, node, table, spawner, signals, cluster);
  start<Rex>(processes, atoms::rex, node, table, names, spawner, signals);
  start<Init>(processes, Atom::of("init"), signals);
  start<KernelSupervisor>(processes, Atom::of("kernel_sup"), names, signals);
  start<SafeSupervisor>(processes, Atom::of("kernel_safe_sup"), table, spawner, signals);
  start<StandardError>(processes, Atom::of("standard_error"), signals);
  start<LogSink>(processes, atoms::logger_proxy, host, node, names, signals);
}

void announce_node(Processes& processes, Atom what, Atom node, bool visible) {
  Pid nobody{processes.self(), 0, 0};
  for (Atom service : {atoms::global_name_server, atoms::net_kernel}) {
    Heap heap;
    Term message = make_tuple(
        heap, {Term::atom(what), Term::atom(node), Term::atom(visible ? atoms::visible : atoms::hidden)});
    processes.signals().send_message(nobody, service, OwnedTerm{std::move(heap), message});
  }
}

void console_drained(Processes& processes) {
  processes.signals().send_message(Pid{processes.self(), 0, 0}, atoms::user,
                                   OwnedTerm::copy_of(User::console_drained()));
}

}  // namespace noderuntime
