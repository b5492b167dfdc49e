#include "noderuntime/process/spawner.h"

#include <algorithm>
#include <utility>

#include "noderuntime/process/exits.h"
#include "noderuntime/process/scheduler.h"
#include "noderuntime/term/pace.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime {

Process* Spawner::add(Process* parent, const SpawnOptions& options) {
  if (parent && held_memory.is_full()) return nullptr;
  Process* added = table_.add();
  if (!added) return nullptr;
  Process& process = *added;
  process.heap.set_limit(std::min(options.max_heap_words, table_.limits().heap_words));
  process.group_leader = options.leader ? *options.leader
                         : parent       ? parent->group_leader
                         : leader_      ? *leader_
                                        : table_.pid_of(process);
  if (parent) process.parent = table_.pid_of(*parent);
  process.origin = options.origin ? *options.origin : parent ? parent->origin : node_.identity().name;
  bool related = has_memory_for([&] {
    if (options.settings) table_.apply(*options.settings, process);
    if (parent && options.link) {
      process.relations().links.emplace(table_.pid_of(*parent), Relations::LinkState{});
      parent->relations().links.emplace(table_.pid_of(process),
                                        Relations::LinkState{.priority = options.linking.priority});
    }
    if (parent && options.monitor) {
      Pid pid = table_.pid_of(process);
      relations_.add_monitored_by(process, *options.monitor, {table_.pid_of(*parent), pid});
      relations_.add_monitor(*parent, *options.monitor, pid, node_.identity().name, options.monitoring);
    }
  });
  if (related) return &process;
  exits_.exit(process, Term::atom(atoms::killed));
  return nullptr;
}

void Spawner::start(Process& process, const Process* spawner, Atom module, Atom function, Term arguments) {
  scheduler_.start(process, host_.start_function(process, spawner, module, function, arguments));
  auto* events = spawner && spawner->trace ? &spawner->trace->events : events_;
  if (events)
    events->spawned(spawner ? table_.find(spawner->self()) : nullptr, process, module, function, arguments);
}

Process* Spawner::spawn(Process* parent, std::unique_ptr<Body> body, const SpawnOptions& options) {
  Process* process = add(parent, options);
  if (process) scheduler_.start(*process, std::move(body));
  return process;
}

Process* Spawner::spawn(Process* parent, Atom module, Atom function, Term arguments,
                        const SpawnOptions& options) {
  Heap terms;
  Term copied = arguments;
  bool has_terms = has_memory_for([&] {
    MayPause here;
    copied = copy(arguments, terms);
  });
  Process* process = add(parent, options);
  if (!process) return nullptr;
  bool fits = has_terms && terms.used_words() <= process->heap.limit();
  bool started = fits && has_memory_for([&] {
                   process->heap.adopt(std::move(terms));
                   start(*process, parent, module, function, copied);
                 });
  if (!started) exits_.exit(*process, Term::atom(atoms::killed));
  return process;
}

}  // namespace noderuntime
