// Spawn requests: those of this node's processes, and those of peers.
// Source: erl_dist_protocol, SPAWN_REQUEST and SPAWN_REPLY; erlang:spawn_request/5.
#include "noderuntime/process/signal_router.h"
#include "noderuntime/term/copy_at_pace.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime {

namespace {

using PendingSpawn = Relations::PendingSpawn;

// The options for the child's node.
struct ChildOptions {
  bool link = false, monitor = false;
  std::optional<Settings> settings;
};

// Options of one spawn. Nobody has so many.
constexpr std::size_t most_options = 1000;

// nullopt: an option that the child's node does not know, or more than most_options besides `link` and `monitor`.
std::optional<ChildOptions> child_options(Term list) {
  ChildOptions options;
  for (std::size_t left = most_options + 2; list.is_cons() && left > 0; list = list.tail(), --left) {
    Term option = list.head();
    if (option.is(atoms::link)) {
      options.link = true;
    } else if (option.is(atoms::monitor)) {
      options.monitor = true;
    } else {
      if (!option.is_tuple(2) || !option.element(0).is_atom()) return std::nullopt;
      if (!options.settings) options.settings.emplace();
      if (!set_spawn_option(*options.settings, option.element(0).as_atom(), option.element(1)))
        return std::nullopt;
    }
  }
  return list.is_nil() ? std::optional{options} : std::nullopt;
}

bool set_reply(PendingSpawn& spawn, Term value) {
  bool no = value.is(atoms::no), success = value.is(atoms::success_only),
       failure = value.is(atoms::error_only);
  if (!no && !success && !failure && !value.is(atoms::yes)) return false;
  spawn.reply_on_success = !no && !failure;
  spawn.reply_on_error = !no && !success;
  return true;
}

bool set_monitor(PendingSpawn& spawn, const std::optional<MonitorOptions>& options) {
  if (!options) return false;
  spawn.monitor = true;
  spawn.monitor_priority = options->priority;
  spawn.monitor_tag = options->tag;
  spawn.alias = options->alias;
  return true;
}

bool set_link(PendingSpawn& spawn, const std::optional<LinkOptions>& options) {
  if (!options) return false;
  spawn.link = true;
  spawn.link_priority = options->priority;
  return true;
}

// `spawn` gets the options that concern the spawner; `rest` those for the child's node.
struct SplitOptions {
  std::vector<Term> rest;
  bool known = true;  // false: an option for the spawner is not valid
};

std::optional<SplitOptions> split_options(Term list, PendingSpawn& spawn) {
  SplitOptions split;
  MayPause here;
  Rounds rounds{8};
  for (; list.is_cons(); list = list.tail(), rounds.next()) {
    Term option = list.head(), name = option.is_tuple(2) ? option.element(0) : Term::nil();
    if (option.is(atoms::link))
      spawn.link = true;
    else if (option.is(atoms::monitor))
      set_monitor(spawn, MonitorOptions{});
    else if (name.is(atoms::link))
      split.known &= set_link(spawn, link_options(option.element(1)));
    else if (name.is(atoms::monitor))
      split.known &= set_monitor(spawn, monitor_options(option.element(1)));
    else if (name.is(atoms::reply))
      split.known &= set_reply(spawn, option.element(1));
    else if (name.is(atoms::reply_tag))
      spawn.reply_tag = keep_at_pace(option.element(1));
    else if (split.rest.size() < most_options)
      split.rest.push_back(option);
    else
      split.known = false;
  }
  if (!list.is_nil()) return std::nullopt;
  if (spawn.link) split.rest.push_back(Term::atom(atoms::link));
  if (spawn.monitor) split.rest.push_back(Term::atom(atoms::monitor));
  return split;
}

std::optional<std::size_t> proper_length(Term list) {
  std::size_t length = 0;
  Rounds rounds;
  for (; list.is_cons(); list = list.tail(), rounds.next()) ++length;
  return list.is_nil() ? std::optional{length} : std::nullopt;
}

// Whether it is a list, or so long that the process ends with system_limit.
bool may_be_arguments(Term list) {
  constexpr int longest = 1023;
  for (int count = 0; list.is_cons() && count <= longest; ++count) list = list.tail();
  return list.is_list();
}

}  // namespace

std::optional<Reference> SignalRouter::spawn_request(Process& from, Atom node, Atom module, Atom function,
                                                     Term arguments, Term options) {
  auto arity = [&] {
    MayPause here;
    return proper_length(arguments);
  }();
  PendingSpawn spawn{.node = node, .era = relations_.era()};
  auto split = split_options(options, spawn);
  if (!arity || !split) return std::nullopt;
  OwnedTerm own = is_ours(node) ? copy_at_pace(arguments) : OwnedTerm{};
  Reference request = node_.make_reference();
  if (spawn.alias) relations_.add_alias(from, request, {*spawn.alias});
  from.relations().spawns.emplace(request, std::move(spawn));
  if (!split->known) {
    act_on(signal::SpawnReply{request, table_.pid_of(from), 0, atoms::badopt}, Heap{});
    return request;
  }
  relations_.relate(from, node);
  Heap scratch;
  signal::SpawnRequest signal{request,           table_.pid_of(from),
                              from.group_leader, module,
                              function,          make_list(scratch, split->rest),
                              arguments,         static_cast<std::uint32_t>(*arity)};
  if (!is_ours(node)) return route(&from, node, signal), request;
  signal.arguments = own.term();
  on(signal, std::move(own).take_heap());
  return request;
}

bool SignalRouter::abandon_spawn_request(Process& from, const Reference& request) {
  if (!from.has_relations()) return false;
  auto spawn = from.relations().spawns.extract(request);
  if (spawn && spawn.mapped().alias) relations_.drop_alias(from, request);
  return !spawn.empty();
}

void SignalRouter::on(const signal::SpawnRequest& request, Heap&& terms) {
  auto refuse = [&](Atom reason) {
    route(nullptr, request.from.node.name, signal::SpawnReply{request.request, request.from, 0, reason});
  };
  auto options = child_options(request.options);
  if (!options) return refuse(atoms::badopt);
  if (!may_be_arguments(request.arguments)) return refuse(atoms::badarg);

  SpawnOptions spawn;
  spawn.leader = request.leader;
  spawn.settings = options->settings;
  Process* process = held_memory.is_full() ? nullptr : spawner_.add(nullptr, spawn);
  if (!process) return refuse(atoms::system_limit);
  Process* spawner = table_.find(request.from);
  process->origin = spawner ? spawner->origin : request.from.node.name;
  process->parent = request.from;
  Pid pid = table_.pid_of(*process);
  std::uint32_t flags = 0;
  bool related = has_memory_for([&] {
    if (options->link) {
      relations_.add_link_of(*process, request.from);
      flags |= signal::SpawnReply::link;
    }
    if (options->monitor) {
      relations_.add_monitored_by(*process, request.request, {request.from, pid});
      flags |= signal::SpawnReply::monitor;
    }
  });
  if (!related) {
    exits_.exit(*process, Term::atom(atoms::killed));
    return refuse(atoms::system_limit);
  }
  route(nullptr, request.from.node.name, signal::SpawnReply{request.request, request.from, flags, pid});
  bool started = has_memory_for([&] {
    bool keeps = !terms.empty() && terms.used_words() <= process->heap.limit();
    if (keeps) process->heap.adopt(std::move(terms));
    Term arguments = keeps ? request.arguments : copy(request.arguments, process->heap);
    spawner_.start(*process, spawner, request.module, request.function, arguments);
  });
  if (!started) exits_.exit(*process, Term::atom(atoms::killed));
}

namespace {

// A reply from a peer counts only if the request went to that peer.
bool awaits(Process* process, const signal::SpawnReply& reply) {
  if (!process || !process->has_relations()) return false;
  auto& spawns = process->relations().spawns;
  auto found = spawns.find(reply.request);
  return found != spawns.end() && (reply.said_by == Atom{} || found->second.node == reply.said_by);
}

}  // namespace

void SignalRouter::on(const signal::SpawnReply& reply, Heap&&) {
  auto* pid = std::get_if<Pid>(&reply.result);
  Process* process = table_.find(reply.to);
  // The requester is dead, has abandoned the request, or asked another node: the child must not depend on it.
  if (!awaits(process, reply)) {
    if (pid && (reply.flags & signal::SpawnReply::monitor))
      route(nullptr, pid->node.name, signal::Demonitor{reply.to, *pid, reply.request});
    if (pid && (reply.flags & signal::SpawnReply::link))
      route(nullptr, pid->node.name,
            signal::Exit{reply.to, *pid, Term::atom(process ? Atom::of("abandoned") : atoms::noproc)});
    return;
  }
  auto& relations = process->relations();
  auto spawn = std::move(relations.spawns.extract(reply.request).mapped());
  if (pid) {
    if (reply.flags & signal::SpawnReply::link)
      relations.links.try_emplace(
          *pid, Relations::LinkState{.priority = spawn.link_priority, .era = relations_.era()});
    if (reply.flags & signal::SpawnReply::monitor)
      relations.monitors.emplace(reply.request, Relations::Monitor{.target = *pid,
                                                                   .node = pid->node.name,
                                                                   .tag = spawn.monitor_tag,
                                                                   .priority = spawn.monitor_priority,
                                                                   .era = relations_.era()});
  } else if (spawn.alias) {
    relations_.drop_alias(*process, reply.request);
  }
  if (pid ? !spawn.reply_on_success : !spawn.reply_on_error) return;
  post(*process, Heap{}, false, [&](Heap& heap) {
    Term tag = tag_on(heap, spawn.reply_tag, atoms::spawn_reply);
    Term reference = noderuntime::make_reference(heap, node_.identity(), reply.request);
    if (pid)
      return make_tuple(heap,
                        {tag, reference, Term::atom(atoms::ok), make_pid(heap, node_.identity(), *pid)});
    Atom why = std::get<Atom>(reply.result);
    return make_tuple(heap, {tag, reference, Term::atom(atoms::error), Term::atom(why)});
  });
}

}  // namespace noderuntime
