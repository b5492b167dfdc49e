// Processes: life, names, links, monitors, messages, information.
#include <algorithm>

#include "noderuntime/functions/bytes_of.h"
#include "noderuntime/functions/erlang.h"
#include "noderuntime/term/integer.h"
#include "noderuntime/term/map.h"
#include "noderuntime/term/order.h"

namespace noderuntime::erlang {

namespace {

Term yes() { return Term::atom(atoms::true_); }

// {Name, Node} of ours is the name alone.
Term local_name(Context& context, Term to) {
  bool ours = to.is_tuple(2) && to.element(0).is_atom() && to.element(1).is(context.processes.self().name);
  return ours ? to.element(0) : to;
}

bool is_target(Term to) {
  return to.is_pid() || to.is_atom() || to.is_reference() || to.is_port() ||
         (to.is_tuple(2) && to.element(0).is_atom() && to.element(1).is_atom());
}

NativeResult noproc() { return error(atoms::noproc); }

}  // namespace

NativeResult self_0(Context& context, const Term*) { return context.process.self(); }

// --- messages
// -------------------------------------------------------------------------------------------------------------

// A name on this node written as {Name, Node} is no error when nobody has it.
NativeResult send_2(Context& context, const Term* a) {
  if (!is_target(a[0])) return badarg();
  Term to = local_name(context, a[0]);
  auto sent = context.processes.send(context.process, to, a[1]);
  return sent == Processes::Sent::ok || a[0].is_tuple() ? NativeResult{a[1]} : badarg();
}

NativeResult send_3(Context& context, const Term* a) {
  Term options = a[2];
  for (; options.is_cons(); options = options.tail())
    if (!options.head().is(atoms::nosuspend) && !options.head().is(atoms::noconnect) &&
        !options.head().is(atoms::priority))
      return badarg();
  if (!options.is_nil()) return badarg();
  auto sent = send_2(context, a);
  return sent.status == NativeResult::Status::value ? NativeResult{Term::atom(atoms::ok)} : sent;
}

// --- spawning
// -------------------------------------------------------------------------------------------------------------

namespace {

struct Spawn {
  bool link = false, monitor = false;
  std::size_t max_heap_words = Heap::unlimited;
};

// The options of spawn_opt; what only tunes the heap is accepted and ignored. nullopt: badarg.
std::optional<Spawn> spawn_options(Term list) {
  Spawn spawn;
  for (; list.is_cons(); list = list.tail()) {
    Term option = list.head();
    if (option.is(atoms::link)) {
      spawn.link = true;
    } else if (option.is(atoms::monitor)) {
      spawn.monitor = true;
    } else if (option.is_tuple(2) && option.element(0).is_atom()) {
      Term size = option.element(1);
      if (size.is_map()) size = map::get(size, Term::atom(Atom::of("size"))).value_or(Term::small(0));
      if (option.element(0).is(atoms::max_heap_size) && size.is_small() && size.as_small() > 0)
        spawn.max_heap_words = static_cast<std::size_t>(size.as_small());
    } else {
      return std::nullopt;
    }
  }
  return list.is_nil() ? std::optional{spawn} : std::nullopt;
}

NativeResult spawn(Context& context, Term module, Term function, Term arguments, const Spawn& how) {
  auto length = length_of(arguments);
  if (!module.is_atom() || !function.is_atom() || !length) return badarg();
  if (*length > 255) return error(atoms::system_limit);
  SpawnOptions options;
  options.link = how.link;
  options.max_heap_words = how.max_heap_words;
  if (how.monitor) options.monitor = context.processes.make_reference();
  auto* process =
      context.processes.spawn(&context.process, module.as_atom(), function.as_atom(), arguments, options);
  if (!process) return error(atoms::system_limit);
  if (!options.monitor) return process->self();
  Term reference = make_reference(context.heap, context.processes.self(), *options.monitor);
  return make_tuple(context.heap, {process->self(), reference});
}

NativeResult spawn_fun(Context& context, Term fun, const Spawn& how) {
  if (!fun.is_fun()) return badarg();
  bool fits = fun.is(Kind::fun) ? fun.as<FunObject>()->arity == 0 : fun.as<ExportFun>()->arity == 0;
  if (!fits) return badarg();
  Term arguments = make_list(context.heap, {fun, Term::nil()});
  return spawn(context, Term::atom(atoms::erlang), Term::atom(atoms::apply), arguments, how);
}

}  // namespace

NativeResult spawn_1(Context& context, const Term* a) { return spawn_fun(context, a[0], {}); }
NativeResult spawn_3(Context& context, const Term* a) { return spawn(context, a[0], a[1], a[2], {}); }
NativeResult spawn_link_1(Context& context, const Term* a) {
  return spawn_fun(context, a[0], {.link = true});
}
NativeResult spawn_link_3(Context& context, const Term* a) {
  return spawn(context, a[0], a[1], a[2], {.link = true});
}
NativeResult spawn_monitor_1(Context& context, const Term* a) {
  return spawn_fun(context, a[0], {.monitor = true});
}
NativeResult spawn_monitor_3(Context& context, const Term* a) {
  return spawn(context, a[0], a[1], a[2], {.monitor = true});
}
NativeResult spawn_opt_2(Context& context, const Term* a) {
  auto options = spawn_options(a[1]);
  return options ? spawn_fun(context, a[0], *options) : badarg();
}
NativeResult spawn_opt_4(Context& context, const Term* a) {
  auto options = spawn_options(a[3]);
  return options ? spawn(context, a[0], a[1], a[2], *options) : badarg();
}

namespace {

NativeResult request(Context& context, Term node, Term module, Term function, Term arguments, Term options) {
  if (!node.is_atom() || !module.is_atom() || !function.is_atom() || !length_of(options)) return badarg();
  auto reference = context.processes.spawn_request(context.process, node.as_atom(), module.as_atom(),
                                                   function.as_atom(), arguments, options);
  return reference ? NativeResult{make_reference(context.heap, context.processes.self(), *reference)}
                   : badarg();
}

NativeResult request_fun(Context& context, Term node, Term fun, Term options) {
  if (!fun.is_fun()) return badarg();
  return request(context, node, Term::atom(atoms::erlang), Term::atom(atoms::apply),
                 make_list(context.heap, {fun, Term::nil()}), options);
}

}  // namespace

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
// ---------------------------------------------------------------------------------------------------

NativeResult link_1(Context& context, const Term* a) {
  if (!a[0].is_pid()) return badarg();
  return context.processes.link(context.process, a[0]) ? NativeResult{yes()} : noproc();
}

NativeResult unlink_1(Context& context, const Term* a) {
  if (!a[0].is_pid()) return badarg();
  context.processes.unlink(context.process, a[0]);
  return yes();
}

NativeResult exit_2(Context& context, const Term* a) {
  if (a[0].is_port()) return yes();
  if (!a[0].is_pid()) return badarg();
  context.processes.exit_signal(context.process, a[0], a[1]);
  return yes();
}

NativeResult monitor_3(Context& context, const Term* a) {
  if (!a[0].is(atoms::process)) return badarg();
  MonitorOptions how;
  Term options = a[2];
  for (; options.is_cons(); options = options.tail()) {
    Term option = options.head();
    if (!option.is_tuple(2) || !option.element(0).is_atom()) return badarg();
    Term value = option.element(1);
    if (option.element(0).is(atoms::tag))
      how.tag = value;
    else if (option.element(0).is(atoms::alias) && value.is_atom())
      how.alias = value.is(atoms::reply_demonitor) ? Relations::AliasEnd::reply_demonitor
                  : value.is(atoms::demonitor)     ? Relations::AliasEnd::demonitor
                                                   : Relations::AliasEnd::unalias;
    else
      return badarg();
  }
  if (!options.is_nil()) return badarg();
  auto reference = context.processes.monitor(context.process, a[1], how);
  return reference ? NativeResult{make_reference(context.heap, context.processes.self(), *reference)}
                   : badarg();
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
  bool existed = context.processes.demonitor(context.process, reference, flush);
  return info ? yes_or_no(existed) : NativeResult{yes()};
}

NativeResult demonitor_1(Context& context, const Term* a) {
  Term arguments[] = {a[0], Term::nil()};
  return demonitor_2(context, arguments);
}

NativeResult alias_1(Context& context, const Term* a) {
  bool reply = false;
  Term options = a[0];
  for (; options.is_cons(); options = options.tail()) {
    if (options.head().is(atoms::reply))
      reply = true;
    else if (!options.head().is_atom() || options.head().as_atom().text() != "explicit_unalias")
      return badarg();
  }
  if (!options.is_nil()) return badarg();
  return make_reference(context.heap, context.processes.self(),
                        context.processes.alias(context.process, reply));
}

NativeResult alias_0(Context& context, const Term*) {
  Term none = Term::nil();
  return alias_1(context, &none);
}

NativeResult unalias_1(Context& context, const Term* a) {
  if (!a[0].is_reference()) return badarg();
  return yes_or_no(context.processes.unalias(context.process, to_reference(context.processes.self(), a[0])));
}

// --- names and places
// -----------------------------------------------------------------------------------------------------

NativeResult register_2(Context& context, const Term* a) {
  if (!a[0].is_atom()) return badarg();
  auto* process = context.processes.find(a[1]);
  if (!process || !context.processes.register_name(a[0].as_atom(), *process)) return badarg();
  return yes();
}

NativeResult unregister_1(Context& context, const Term* a) {
  return a[0].is_atom() && context.processes.unregister_name(a[0].as_atom()) ? NativeResult{yes()} : badarg();
}

NativeResult whereis_1(Context& context, const Term* a) {
  if (!a[0].is_atom()) return badarg();
  auto* process = context.processes.whereis(a[0].as_atom());
  return process ? process->self() : Term::atom(atoms::undefined);
}

NativeResult registered_0(Context& context, const Term*) {
  Term list = Term::nil();
  for (Atom name : context.processes.registered()) list = make_cons(context.heap, Term::atom(name), list);
  return list;
}

NativeResult processes_0(Context& context, const Term*) {
  return make_list(context.heap, std::span<const Term>{context.processes.all()});
}

NativeResult is_process_alive_1(Context& context, const Term* a) {
  if (!a[0].is_local_pid()) return badarg();
  return yes_or_no(context.processes.find(a[0]) != nullptr);
}

NativeResult group_leader_0(Context& context, const Term*) {
  return make_pid(context.heap, context.processes.self(), context.process.group_leader);
}

NativeResult group_leader_2(Context& context, const Term* a) {
  if (!a[0].is_pid() || !a[1].is_pid()) return badarg();
  if (a[1].is_local_pid() && !context.processes.find(a[1])) return badarg();
  context.processes.set_group_leader(a[0], a[1]);
  return yes();
}

NativeResult node_0(Context& context, const Term*) { return Term::atom(context.processes.self().name); }

NativeResult node_1(Context& context, const Term* a) {
  if (a[0].is_local_pid() || (a[0].is_boxed() && local_reference_words(a[0]))) return node_0(context, a);
  if (a[0].is(Kind::external_pid)) return a[0].as<ExternalPid>()->node;
  if (a[0].is(Kind::external_reference)) return a[0].as<ExternalReference>()->node;
  if (a[0].is(Kind::external_port)) return a[0].as<ExternalPort>()->node;
  return badarg();
}

NativeResult is_alive_0(Context& context, const Term*) {
  return yes_or_no(context.processes.self().name != atoms::nonode);
}

NativeResult nodes_1(Context& context, const Term* a) {
  using NodeKind = Surroundings::NodeKind;
  Term kinds = a[0].is_list() ? a[0] : make_list(context.heap, {a[0]});
  std::vector<Atom> found;
  auto add = [&](NodeKind kind) {
    for (Atom node : context.processes.surroundings().connected_nodes(kind)) found.push_back(node);
  };
  for (; kinds.is_cons(); kinds = kinds.tail()) {
    Term kind = kinds.head();
    if (kind.is(atoms::this_)) {
      found.push_back(context.processes.self().name);
    } else if (kind.is(atoms::visible)) {
      add(NodeKind::visible);
    } else if (kind.is(atoms::hidden)) {
      add(NodeKind::hidden);
    } else if (kind.is(atoms::connected)) {
      add(NodeKind::visible), add(NodeKind::hidden);
    } else if (kind.is(atoms::known)) {
      add(NodeKind::visible), add(NodeKind::hidden);
      found.push_back(context.processes.self().name);
    } else {
      return badarg();
    }
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  Term list = Term::nil();
  for (Atom node : found) list = make_cons(context.heap, Term::atom(node), list);
  return list;
}

NativeResult nodes_0(Context& context, const Term*) {
  Term visible = Term::atom(atoms::visible);
  return nodes_1(context, &visible);
}

NativeResult make_ref_0(Context& context, const Term*) {
  return context.processes.make_reference_term(context.heap);
}

// <Node.Id.Serial>: only our own, where Node is 0.
NativeResult list_to_pid_1(Context&, const Term* a) {
  auto text = text_of_list(a[0]);
  unsigned node = 1, id = 0, serial = 0;
  int used = 0;
  if (!text || std::sscanf(text->c_str(), "<%u.%u.%u>%n", &node, &id, &serial, &used) != 3 || node != 0 ||
      static_cast<std::size_t>(used) != text->size() || id >= (1u << 28))
    return badarg();
  return Term::local_pid(id, serial);
}

// --- flags and information
// ------------------------------------------------------------------------------------------------

NativeResult process_flag_2(Context& context, const Term* a) {
  if (!a[0].is_atom()) return badarg();
  if (a[0].is(atoms::trap_exit)) {
    if (!a[1].is(atoms::true_) && !a[1].is(atoms::false_)) return badarg();
    return yes_or_no(std::exchange(context.process.trap_exit, a[1].is(atoms::true_)));
  }
  if (a[0].is(atoms::priority)) return Term::atom(atoms::normal);
  if (a[0].is(atoms::message_queue_data)) return Term::atom(Atom::of("on_heap"));
  if (a[0].is(atoms::max_heap_size)) {
    Term size = a[1];
    if (size.is_map()) size = map::get(size, Term::atom(Atom::of("size"))).value_or(Term::small(0));
    if (!size.is_small() || size.as_small() < 0) return badarg();
    auto before = context.heap.limit();
    context.heap.set_limit(size.as_small() == 0 ? Heap::unlimited
                                                : static_cast<std::size_t>(size.as_small()));
    return before == Heap::unlimited ? Term::small(0) : Term::small(static_cast<std::int64_t>(before));
  }
  constexpr std::string_view ignored[] = {"min_heap_size", "min_bin_vheap_size", "fullsweep_after",
                                          "save_calls",    "sensitive",          "error_handler",
                                          "async_dist"};
  auto name = a[0].as_atom().text();
  if (std::find(std::begin(ignored), std::end(ignored), name) == std::end(ignored)) return badarg();
  if (name == "error_handler") return Term::atom(Atom::of("error_handler"));
  return name == "sensitive" || name == "async_dist" ? Term::atom(atoms::false_) : Term::small(0);
}

}  // namespace noderuntime::erlang
