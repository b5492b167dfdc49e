#include "noderuntime/services/services.h"

#include "noderuntime/services/global_name_server.h"
#include "noderuntime/services/log_sink.h"
#include "noderuntime/services/net_kernel.h"
#include "noderuntime/services/rex.h"
#include "noderuntime/services/spoken_atoms.h"
#include "noderuntime/services/user.h"

namespace noderuntime {

namespace {

template <class Service, class... Parts>
void start(Processes& processes, Atom name, Parts&... parts) {
  Process* process = processes.spawner().spawn(nullptr, std::make_unique<Service>(processes, parts...), {});
  if (process) processes.names().register_name(name, *process);
  if (process) process->essential = true;
  if (process && name == atoms::user) processes.spawner().set_leader(*process);
}

}  // namespace

void start_services(Processes& processes, System& system, Cluster& cluster) {
  for (auto text : spoken_atoms) Atom::of(text);
  start<User>(processes, atoms::user, system);  // first, because it is the group leader of the others
  start<NetKernel>(processes, atoms::net_kernel);
  start<GlobalNameServer>(processes, atoms::global_name_server, cluster);
  start<Rex>(processes, atoms::rex);
  start<LogSink>(processes, atoms::logger_proxy);
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
