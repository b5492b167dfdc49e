// Processes: spawning, messages, links, monitors, names, flags, information.
#include <map>

#include "noderuntime/functions/bytes_of.h"
#include "noderuntime/functions/erlang.h"
#include "noderuntime/functions/node_access.h"
#include "noderuntime/process/processes.h"
#include "noderuntime/term/integer.h"
#include "noderuntime/term/map.h"
#include "noderuntime/term/order.h"
#include "noderuntime/term/shared_walk.h"

namespace noderuntime::erlang {

namespace {

Term yes() { return Term::atom(atoms::true_); }

// {Name, Node} for this node becomes the name alone.
Term local_name(Context& context, Term to) {
  bool ours = to.is_tuple(2) && to.element(0).is_atom() && to.element(1).is(context.processes.self().name);
  return ours ? to.element(0) : to;
}

bool is_target(Term to) {
  return to.is_pid() || to.is_atom() || to.is_reference() || to.is_port() ||
         (to.is_tuple(2) && to.element(0).is_atom() && to.element(1).is_atom());
}

NativeResult noproc() { return error(atoms::noproc); }
NativeResult bad_options() { return badarg(atoms::badopt); }

}  // namespace

NativeResult self_0(Context& context, const Term*) { return context.process.self(); }

// --- messages

namespace {

// {Name, Node} for this node is no error if the name is not registered.
bool send(Context& context, const Term* a, bool priority) {
  if (!is_target(a[0])) return false;
  Term to = local_name(context, a[0]);
  auto sent = context.processes.signals().send(context.process, to, a[1], priority);
  return sent == SignalRouter::Sent::ok || a[0].is_tuple();
}

bool reachable(Context& context, Term to) {
  auto& self = context.processes.self();
  Atom node = self.name;
  if (to.is_tuple(2) && to.element(1).is_atom()) node = to.element(1).as_atom();
  if (to.is_pid()) node = to_pid(self, to).node.name;
  if (to.is_reference()) node = to_reference(self, to).node.name;
  return node == self.name || context.node.cluster.connected(node);
}

}  // namespace

NativeResult send_2(Context& context, const Term* a) {
  return send(context, a, false) ? NativeResult{a[1]} : badarg();
}

NativeResult send_3(Context& context, const Term* a) {
  Term options = a[2];
  bool connects = true, priority = false;
  for (; options.is_cons(); options = options.tail()) {
    if (options.head().is(atoms::noconnect))
      connects = false;
    else if (options.head().is(atoms::priority))
      priority = true;
    else if (!options.head().is(atoms::nosuspend))
      return bad_options();
  }
  if (!options.is_nil()) return bad_options();
  if (!is_target(a[0])) return badarg();
  if (!connects && !reachable(context, a[0])) return Term::atom(atoms::noconnect);
  return send(context, a, priority) ? NativeResult{Term::atom(atoms::ok)} : badarg();
}

// --- spawning

namespace {

struct Spawn {
  std::optional<LinkOptions> link;
  std::optional<MonitorOptions> monitor;
  std::optional<Settings> settings;
};

bool set_option(Spawn& spawn, Term option) {
  if (option.is(atoms::link)) return spawn.link = spawn.link.value_or(LinkOptions{}), true;
  if (option.is(atoms::monitor)) return spawn.monitor = MonitorOptions{}, true;
  if (!option.is_tuple(2) || !option.element(0).is_atom()) return false;
  Term name = option.element(0), value = option.element(1);
  if (name.is(atoms::link)) return (spawn.link = link_options(value)).has_value();
  if (name.is(atoms::monitor)) return (spawn.monitor = monitor_options(value)).has_value();
  if (!spawn.settings) spawn.settings.emplace();
  return set_spawn_option(*spawn.settings, name.as_atom(), value);
}

// The options of spawn_opt. nullopt: badarg.
std::optional<Spawn> spawn_options(Term list) {
  Spawn spawn;
  MayPause here;
  Rounds rounds{4};
  for (; list.is_cons(); list = list.tail(), rounds.next())
    if (!set_option(spawn, list.head())) return std::nullopt;
  return list.is_nil() ? std::optional{spawn} : std::nullopt;
}

Spawn linked() {
  Spawn spawn;
  spawn.link.emplace();
  return spawn;
}

Spawn monitored() {
  Spawn spawn;
  spawn.monitor.emplace();
  return spawn;
}

NativeResult spawn(Context& context, Term module, Term function, Term arguments, const Spawn& how) {
  auto length = paced_length_of(arguments);
  if (!module.is_atom() || !function.is_atom() || !length) return badarg();
  SpawnOptions options;
  options.link = how.link.has_value();
  options.linking = how.link.value_or(LinkOptions{});
  options.settings = how.settings;
  if (how.monitor) {
    options.monitor = context.processes.this_node().make_reference();
    options.monitoring = *how.monitor;
  }
  auto* process = context.processes.spawner().spawn(&context.process, module.as_atom(), function.as_atom(),
                                                    arguments, options);
  if (!process) return error(atoms::system_limit);
  if (!options.monitor) return process->self();
  Term reference = make_reference(context.heap, context.processes.self(), *options.monitor);
  return make_tuple(context.heap, {process->self(), reference});
}

NativeResult spawn_fun(Context& context, Term fun, const Spawn& how) {
  if (!fun.is_fun()) return badarg();
  Term arguments = make_list(context.heap, {fun, Term::nil()});
  return spawn(context, Term::atom(atoms::erlang), Term::atom(atoms::apply), arguments, how);
}

}  // namespace

NativeResult spawn_1(Context& context, const Term* a) { return spawn_fun(context, a[0], {}); }
NativeResult spawn_3(Context& context, const Term* a) { return spawn(context, a[0], a[1], a[2], {}); }
NativeResult spawn_link_1(Context& context, const Term* a) { return spawn_fun(context, a[0], linked()); }
NativeResult spawn_link_3(Context& context, const Term* a) {
  return spawn(context, a[0], a[1], a[2], linked());
}
NativeResult spawn_monitor_1(Context& context, const Term* a) {
  return spawn_fun(context, a[0], monitored());
}
NativeResult spawn_monitor_3(Context& context, const Term* a) {
  return spawn(context, a[0], a[1], a[2], monitored());
}
NativeResult spawn_opt_2(Context& context, const Term* a) {
  auto options = spawn_options(a[1]);
  return options ? spawn_fun(context, a[0], *options) : bad_options();
}
NativeResult spawn_opt_4(Context& context, const Term* a) {
  auto options = spawn_options(a[3]);
  return options ? spawn(context, a[0], a[1], a[2], *options) : bad_options();
}

namespace {

NativeResult request(Context& context, Term node, Term module, Term function, Term arguments, Term options) {
  if (!node.is_atom() || !module.is_atom() || !function.is_atom() || !paced_length_of(options))
    return badarg();
  auto reference = context.processes.signals().spawn_request(
      context.process, node.as_atom(), module.as_atom(), function.as_atom(), arguments, options);
  return reference ? NativeResult{make_reference(context.heap, context.processes.self(), *reference)}
                   : badarg();
}

NativeResult request_fun(Context& context, Term node, Term fun, Term options) {
  if (!fun.is_fun()) return badarg();
  return request(context, node, Term::atom(atoms::erlang), Term::atom(atoms::apply),
                 make_list(context.heap, {fun, Term::nil()}), options);
}

}  // namespace

NativeResult spawn_request_abandon_1(Context& context, const Term* a) {
  if (!a[0].is_reference()) return badarg();
  return yes_or_no(context.processes.signals().abandon_spawn_request(
      context.process, to_reference(context.processes.self(), a[0])));
}

NativeResult spawn_request_1(Context& context, const Term* a) {
  return request_fun(context, Term::atom(context.processes.self().name), a[0], Term::nil());
}
NativeResult spawn_request_2(Context& context, const Term* a) {
  Term ours = Term::atom(context.processes.self().name);
  return a[0].is_fun() ? request_fun(context, ours, a[0], a[1])
                       : request_fun(context, a[0], a[1], Term::nil());
}
NativeResult spawn_request_3(Context& context, const Term* a) {
  if (a[1].is_fun()) return request_fun(context, a[0], a[1], a[2]);
  return request(context, Term::atom(context.processes.self().name), a[0], a[1], a[2], Term::nil());
}
NativeResult spawn_request_4(Context& context, const Term* a) {
  if (a[2].is_atom()) return request(context, a[0], a[1], a[2], a[3], Term::nil());
  return request(context, Term::atom(context.processes.self().name), a[0], a[1], a[2], a[3]);
}
NativeResult spawn_request_5(Context& context, const Term* a) {
  return request(context, a[0], a[1], a[2], a[3], a[4]);
}

// --- links and monitors

NativeResult link_2(Context& context, const Term* a) {
  auto options = link_options(a[1]);
  if (!options) return bad_options();
  if (!a[0].is_pid()) return badarg();
  return context.processes.signals().link(context.process, a[0], *options) ? NativeResult{yes()} : noproc();
}

NativeResult link_1(Context& context, const Term* a) {
  Term arguments[] = {a[0], Term::nil()};
  return link_2(context, arguments);
}

NativeResult unlink_1(Context& context, const Term* a) {
  if (!a[0].is_pid()) return badarg();
  context.processes.signals().unlink(context.process, a[0]);
  return yes();
}

NativeResult exit_3(Context& context, const Term* a) {
  auto options = link_options(a[2]);  // the same: [priority] or nothing
  if (!options) return bad_options();
  if (a[0].is_port()) return yes();
  if (!a[0].is_pid() && !a[0].is_reference()) return badarg();
  context.processes.signals().exit_signal(context.process, a[0], a[1], options->priority);
  return yes();
}

NativeResult exit_2(Context& context, const Term* a) {
  Term arguments[] = {a[0], a[1], Term::nil()};
  return exit_3(context, arguments);
}

// As exit/3, but a process does not end by its own `normal`.
NativeResult exit_signal_3(Context& context, const Term* a) {
  bool ends = a[0] == context.process.self() && a[1].is(atoms::normal) && !context.process.trap_exit;
  if (ends && link_options(a[2])) return yes();
  return exit_3(context, a);
}

NativeResult exit_signal_2(Context& context, const Term* a) {
  Term arguments[] = {a[0], a[1], Term::nil()};
  return exit_signal_3(context, arguments);
}

NativeResult monitor_3(Context& context, const Term* a) {
  auto options = monitor_options(a[2]);
  if (!options) return bad_options();
  static const Atom time_offset = Atom::of("time_offset"), clock_service = Atom::of("clock_service");
  // Changes of the offset are not told.
  if (a[0].is(time_offset) && a[1].is(clock_service))
    return make_reference(context.heap, context.processes.self(),
                          context.processes.this_node().make_reference());
  if (!a[0].is(atoms::process)) return badarg();
  auto reference = context.processes.signals().monitor(context.process, a[1], *options);
  return reference ? NativeResult{make_reference(context.heap, context.processes.self(), *reference)}
                   : badarg();
}

NativeResult monitor_node_2(Context& context, const Term* a) {
  bool flag = a[1].is(atoms::true_) || a[1].is(atoms::false_);
  if (!a[0].is_atom() || !flag) return badarg();
  context.processes.signals().monitor_node(context.process, a[0].as_atom(), a[1].is(atoms::true_));
  return yes();
}

NativeResult monitor_node_3(Context& context, const Term* a) {
  Term options = a[2];
  while (options.is_cons() && options.head().is(Atom::of("allow_passive_connect"))) options = options.tail();
  return options.is_nil() ? monitor_node_2(context, a) : badarg();
}

NativeResult monitor_2(Context& context, const Term* a) {
  Term arguments[] = {a[0], a[1], Term::nil()};
  return monitor_3(context, arguments);
}

NativeResult demonitor_2(Context& context, const Term* a) {
  if (!a[0].is_reference()) return badarg();
  bool flush = false, info = false;
  Term options = a[1];
  for (; options.is_cons(); options = options.tail()) {
    if (options.head().is(atoms::flush))
      flush = true;
    else if (options.head().is(atoms::info))
      info = true;
    else
      return badarg();
  }
  if (!options.is_nil()) return badarg();
  Reference reference = to_reference(context.processes.self(), a[0]);
  bool existed = context.processes.signals().demonitor(context.process, reference, flush);
  return info ? yes_or_no(existed) : NativeResult{yes()};
}

NativeResult demonitor_1(Context& context, const Term* a) {
  Term arguments[] = {a[0], Term::nil()};
  return demonitor_2(context, arguments);
}

NativeResult alias_1(Context& context, const Term* a) {
  auto options = alias_options(a[0]);
  if (!options) return badarg();
  return make_reference(context.heap, context.processes.self(),
                        context.processes.signals().alias(context.process, *options));
}

NativeResult alias_0(Context& context, const Term*) {
  Term none = Term::nil();
  return alias_1(context, &none);
}

NativeResult unalias_1(Context& context, const Term* a) {
  if (!a[0].is_reference()) return badarg();
  return yes_or_no(
      context.processes.signals().unalias(context.process, to_reference(context.processes.self(), a[0])));
}

// --- suspending

namespace {

struct SuspendOptions {
  bool unless_suspending = false, asynchronous = false;
  std::optional<Term> reply_tag;
};

std::optional<SuspendOptions> suspend_options(Term list) {
  static const Atom unless_suspending = Atom::of("unless_suspending"),
                    asynchronous = Atom::of("asynchronous");
  SuspendOptions options;
  for (; list.is_cons(); list = list.tail()) {
    Term option = list.head();
    if (option.is(unless_suspending))
      options.unless_suspending = true;
    else if (option.is(asynchronous))
      options.asynchronous = true;
    else if (option.is_tuple(2) && option.element(0).is(asynchronous))
      options.asynchronous = true, options.reply_tag = option.element(1);
    else
      return std::nullopt;
  }
  return list.is_nil() ? std::optional{options} : std::nullopt;
}

}  // namespace

// A process that is not running is suspended at once, so `asynchronous` only says how the caller is told.
NativeResult suspend_process_2(Context& context, const Term* a) {
  static const Atom suspended = Atom::of("suspended");
  if (!a[0].is_local_pid() || a[0] == context.process.self()) return badarg();
  auto options = suspend_options(a[1]);
  if (!options) return bad_options();
  auto* process = context.processes.table().find(a[0]);
  if (!process && !options->asynchronous) return badarg();
  bool did = !process ||
             context.processes.scheduler().suspend(*process, context.process, !options->unless_suspending);
  if (options->reply_tag) {
    Term reply =
        make_tuple(context.heap, {*options->reply_tag, Term::atom(process ? suspended : atoms::badarg)});
    context.processes.signals().send(context.process, context.process.self(), reply, false);
  }
  return yes_or_no(did);
}

NativeResult suspend_process_1(Context& context, const Term* a) {
  Term arguments[] = {a[0], Term::nil()};
  return suspend_process_2(context, arguments);
}

NativeResult resume_process_1(Context& context, const Term* a) {
  if (!a[0].is_local_pid()) return badarg();
  Pid pid = to_pid(context.processes.self(), a[0]);
  return context.processes.scheduler().resume(pid, context.process) ? NativeResult{yes()} : badarg();
}

// --- names and places

NativeResult register_2(Context& context, const Term* a) {
  if (!a[0].is_atom()) return badarg();
  auto* process = context.processes.table().find(a[1]);
  if (!process || !context.processes.names().register_name(a[0].as_atom(), *process)) return badarg();
  if (auto* events = process->traced(trace_flag::procs)) events->happened(*process, atoms::register_, a[0]);
  return yes();
}

NativeResult unregister_1(Context& context, const Term* a) {
  auto& names = context.processes.names();
  auto* process = a[0].is_atom() ? names.whereis(a[0].as_atom()) : nullptr;
  if (!process || !names.unregister_name(a[0].as_atom())) return badarg();
  if (auto* events = process->traced(trace_flag::procs)) events->happened(*process, atoms::unregister, a[0]);
  return yes();
}

NativeResult whereis_1(Context& context, const Term* a) {
  if (!a[0].is_atom()) return badarg();
  auto* process = context.processes.names().whereis(a[0].as_atom());
  return process ? process->self() : Term::atom(atoms::undefined);
}

// Names that are registered all the time are in the list once; others perhaps.
NativeResult registered_0(Context& context, const Term*) {
  Term list = Term::nil();
  context.processes.names().visit_all(
      [&] { list = Term::nil(); },
      [&](Atom name) { list = make_cons(context.heap, Term::atom(name), list); });
  return list;
}

// As on OTP: the processes that existed when it was called.
NativeResult processes_0(Context& context, const Term*) {
  constexpr std::size_t slots_at_once = 1000;
  constexpr std::int64_t steps_per_slot = 4;
  ListBuilder list{context.heap};
  ProcessTable::Census census{context.processes.table()};
  while (census.next(slots_at_once, [&](Term pid) { list.add(pid); }))
    let_others_run(slots_at_once * steps_per_slot);
  return list.finish();
}

NativeResult is_process_alive_1(Context& context, const Term* a) {
  if (!a[0].is_local_pid()) return badarg();
  auto* process = context.processes.table().find(a[0]);
  return yes_or_no(process && !process->has_pending_exit());
}

NativeResult group_leader_0(Context& context, const Term*) {
  return make_pid(context.heap, context.processes.self(), context.process.group_leader);
}

NativeResult group_leader_2(Context& context, const Term* a) {
  if (!a[0].is_pid() || !a[1].is_pid()) return badarg();
  if (a[1].is_local_pid() && !context.processes.table().find(a[1])) return badarg();
  context.processes.signals().set_group_leader(a[0], a[1]);
  return yes();
}

NativeResult node_0(Context& context, const Term*) { return Term::atom(context.processes.self().name); }

NativeResult node_1(Context& context, const Term* a) {
  if (a[0].is_local_pid() || (is_boxed(a[0]) && local_reference_words(a[0]))) return node_0(context, a);
  if (is_kind(a[0], Kind::external_pid)) return box_as<ExternalPid>(a[0])->node;
  if (is_kind(a[0], Kind::external_reference)) return box_as<ExternalReference>(a[0])->node;
  if (is_kind(a[0], Kind::external_port)) return box_as<ExternalPort>(a[0])->node;
  return badarg();
}

NativeResult is_alive_0(Context& context, const Term*) {
  return yes_or_no(context.processes.self().name != atoms::nonode);
}

namespace {

// The nodes of the wanted kinds, each with its kind; nullopt: no such kind.
using NodesWithKinds = std::map<Atom, Atom>;
std::optional<NodesWithKinds> nodes_of(Context& context, Term asked) {
  using NodeKind = Cluster::NodeKind;
  NodesWithKinds found;
  auto add = [&](NodeKind kind, Atom name) {
    for (Atom node : context.node.cluster.connected_nodes(kind)) found.emplace(node, name);
  };
  Term kinds = asked.is_list() ? asked : make_list(context.heap, {asked});
  for (; kinds.is_cons(); kinds = kinds.tail()) {
    Term kind = kinds.head();
    bool all = kind.is(atoms::connected) || kind.is(atoms::known);
    bool ours = kind.is(atoms::this_) || kind.is(atoms::known);
    bool visible = all || kind.is(atoms::visible), hidden = all || kind.is(atoms::hidden);
    if (!ours && !visible && !hidden) return std::nullopt;
    if (ours) found.emplace(context.processes.self().name, atoms::this_);
    if (visible) add(NodeKind::visible, atoms::visible);
    if (hidden) add(NodeKind::hidden, atoms::hidden);
  }
  return kinds.is_nil() ? std::optional{found} : std::nullopt;
}

}  // namespace

NativeResult nodes_1(Context& context, const Term* a) {
  auto found = nodes_of(context, a[0]);
  if (!found) return badarg();
  Term list = Term::nil();
  for (auto& row : *found) list = make_cons(context.heap, Term::atom(row.first), list);
  return list;
}

// connection_id is undefined: connections have no numbers here.
NativeResult nodes_2(Context& context, const Term* a) {
  auto found = nodes_of(context, a[0]);
  if (!found || !a[1].is_map()) return badarg();
  const Term id = Term::atom(Atom::of("connection_id")), type = Term::atom(Atom::of("node_type"));
  auto wanted = [&](Term key) { return map::get(a[1], key); };
  auto ids = wanted(id), types = wanted(type);
  auto is_flag = [](std::optional<Term> value) {
    return !value || value->is(atoms::true_) || value->is(atoms::false_);
  };
  bool only_known = map::size(a[1]) == (ids ? 1u : 0u) + (types ? 1u : 0u);
  if (!is_flag(ids) || !is_flag(types) || !only_known) return badarg();
  Term list = Term::nil();
  for (auto& [node, kind] : *found) {
    std::vector<map::Entry> entries;
    if (ids && ids->is(atoms::true_)) entries.push_back({id, Term::atom(atoms::undefined)});
    if (types && types->is(atoms::true_)) entries.push_back({type, Term::atom(kind)});
    Term information = *map::from_entries(context.heap, entries);
    list = make_cons(context.heap, make_tuple(context.heap, {Term::atom(node), information}), list);
  }
  return list;
}

NativeResult nodes_0(Context& context, const Term*) {
  Term visible = Term::atom(atoms::visible);
  return nodes_1(context, &visible);
}

NativeResult make_ref_0(Context& context, const Term*) {
  return context.processes.this_node().make_reference_term(context.heap);
}

// Accepts only <Node.Id.Serial> of this node, where Node is 0.
NativeResult list_to_pid_1(Context&, const Term* a) {
  auto text = text_of_identifier(a[0]);
  unsigned node = 1, id = 0, serial = 0;
  int used = 0;
  if (!text || std::sscanf(text->c_str(), "<%u.%u.%u>%n", &node, &id, &serial, &used) != 3 || node != 0 ||
      static_cast<std::size_t>(used) != text->size() || id >= (1u << 28))
    return badarg();
  return local_pid(id, serial);
}

// --- flags and information

namespace {

NativeResult set_flag(Context& context, Process& process, Atom name, Term value) {
  auto settings = process.settings();
  if (!set_process_flag(settings, name, value)) return badarg();
  Term before = *setting(context.heap, process.settings(), name);
  context.processes.table().apply(settings, process);
  return before;
}

}  // namespace

NativeResult process_flag_2(Context& context, const Term* a) {
  if (!a[0].is_atom()) return badarg();
  if (a[0].is(atoms::trap_exit)) {
    if (!a[1].is(atoms::true_) && !a[1].is(atoms::false_)) return badarg();
    return yes_or_no(std::exchange(context.process.trap_exit, a[1].is(atoms::true_)));
  }
  return set_flag(context, context.process, a[0].as_atom(), a[1]);
}

// Of another process, only save_calls can be set.
NativeResult process_flag_3(Context& context, const Term* a) {
  auto* process = context.processes.table().find(a[0]);
  if (!process || !a[1].is(atoms::save_calls)) return badarg();
  return set_flag(context, *process, atoms::save_calls, a[2]);
}

}  // namespace noderuntime::erlang
