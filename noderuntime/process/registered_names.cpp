#include "noderuntime/process/registered_names.h"

#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime {

bool RegisteredNames::register_name(Atom name, Process& process) {
  if (name == atoms::undefined || slots_.contains(name) || process.relations().name != Atom{}) return false;
  auto& relations = process.relations();
  slots_.emplace(name, process.slot());
  relations.name = name;
  return true;
}

bool RegisteredNames::unregister_name(Atom name) {
  Process* process = whereis(name);
  if (!process) return false;
  process->relations().name = Atom{};
  return slots_.erase(name) > 0;
}

Process* RegisteredNames::whereis(Atom name) const {
  auto found = slots_.find(name);
  return found == slots_.end() ? nullptr : table_.in_slot(found->second);
}

void RegisteredNames::forget(const Relations& relations) {
  if (relations.name != Atom{}) slots_.erase(relations.name);
}

}  // namespace noderuntime
