#include "noderuntime/code/comparer.h"

#include <algorithm>

#include "noderuntime/functions/bytes_of.h"
#include "noderuntime/term/memory.h"

namespace noderuntime {

void Comparer::compare(Realm& realm) {
  give_up(realm.node());
  auto modules = registry_.borrowed(realm);
  realm.lender.compares = !modules.empty();
  if (modules.empty() || !cluster_.lends_code(realm.node())) return;
  auto& comparison = comparisons_[realm.node()];
  comparison.left = std::move(modules);
  set_timer(realm.node(), comparison);
  borrower_.meet(realm);
  ask(realm.node(), comparison);
}

void Comparer::ask(Atom node, Comparison& comparison) {
  while (!comparison.left.empty() && comparison.requests.size() < most_at_once) {
    Atom module = comparison.left.back();
    comparison.left.pop_back();
    send(node, comparison, module, false);
  }
  if (comparison.requests.empty()) finish(node);
}

void Comparer::send(Atom node, Comparison& comparison, Atom module, bool file) {
  static const Atom get_module_info = Atom::of("get_module_info"), md5 = Atom::of("md5"),
                    code = Atom::of("code"), get_object_code = Atom::of("get_object_code");
  auto answered = [this, node, file](const Reference& request, Term reason) {
    auto take = [&] { file ? on_file(node, request, reason) : on_version(node, request, reason); };
    if (!has_memory_for(take)) give_up(node);
  };
  auto request = file ? requests_.call(node, code, get_object_code, {Term::atom(module)}, answered)
                      : requests_.call(node, atoms::erlang, get_module_info,
                                       {Term::atom(module), Term::atom(md5)}, answered);
  if (request)
    comparison.requests[*request] = module;
  else
    comparison.all = false;
}

// The comparison that the request belongs to, and its module. Null: it is over.
Comparer::Comparison* Comparer::answered(Atom node, const Reference& request, Term reason, Atom& module) {
  auto found = comparisons_.find(node);
  if (found == comparisons_.end()) return nullptr;
  auto row = found->second.requests.extract(request);
  if (!row) return nullptr;
  if (reason.is(atoms::noconnection)) return give_up(node), nullptr;
  module = row.mapped();
  set_timer(node, found->second);
  return &found->second;
}

namespace {

bool is_digest(Term term, const Digest& digest) {
  if (!term.is_bitstring()) return false;
  auto bytes = aligned_bytes(term);
  return bytes && std::equal(bytes->begin(), bytes->end(), digest.begin(), digest.end());
}

}  // namespace

void Comparer::on_version(Atom node, const Reference& request, Term reason) {
  Atom module;
  auto* comparison = answered(node, request, reason, module);
  Realm* realm = registry_.find_realm(node);
  if (!comparison || !realm) return;
  auto* instance = realm->find(module);
  auto value = Requests::value_in(reason);
  if (instance && !(value && is_digest(*value, instance->image->md5))) send(node, *comparison, module, true);
  ask(node, *comparison);
}

void Comparer::on_file(Atom node, const Reference& request, Term reason) {
  Atom module;
  auto* comparison = answered(node, request, reason, module);
  Realm* realm = registry_.find_realm(node);
  if (!comparison || !realm) return;
  auto file = object_file(reason, module);
  auto version = file ? registry_.version(module, file->contents, file->name)
                      : Result<ModuleRegistry::Version>{Error{Errc::not_found, {}}};
  comparison->all &= static_cast<bool>(version);
  auto* instance = realm->find(module);
  if (version && instance && version->image != instance->image)
    comparison->versions.push_back(std::move(*version));
  ask(node, *comparison);
}

// Gives a peer that does not answer up until it is heard of again.
void Comparer::set_timer(Atom node, Comparison& comparison) {
  if (comparison.timer != 0) timers_.stop(comparison.timer);
  auto now = host_.monotonic_milliseconds();
  comparison.timer = timers_.start(now + Borrower::time_limit, [this, node] {
    give_up(node);
    if (Realm* realm = registry_.find_realm(node)) borrower_.falls_silent(*realm);
  });
}

void Comparer::finish(Atom node) {
  auto over = comparisons_.extract(node);
  Realm* realm = registry_.find_realm(node);
  if (!over) return;
  auto& [left, requests, versions, all, timer] = over.mapped();
  timers_.stop(timer);
  if (!realm) return;
  std::vector<Atom> modules;
  for (auto& version : versions) modules.push_back(version.image->module);
  realm->lender.compares = false;
  registry_.replace(*realm, std::move(versions), all);
  if (!modules.empty()) replaced_(*realm, modules);
}

void Comparer::give_up(Atom node) {
  auto over = comparisons_.extract(node);
  if (!over) return;
  timers_.stop(over.mapped().timer);
  for (auto& [request, module] : over.mapped().requests) requests_.cancel(request);
}

}  // namespace noderuntime
