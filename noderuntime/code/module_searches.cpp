#include "noderuntime/code/module_searches.h"

namespace noderuntime {

ModuleSearch* ModuleSearches::find(const Realm& realm, Atom module) const {
  auto of_realm = by_realm_.find(&realm);
  if (of_realm == by_realm_.end()) return nullptr;
  auto found = of_realm->second.find(module);
  return found == of_realm->second.end() ? nullptr : found->second.get();
}

ModuleSearch* ModuleSearches::find(const Reference& request) const {
  auto found = by_request_.find(request);
  return found == by_request_.end() ? nullptr : found->second;
}

ModuleSearch& ModuleSearches::open(Realm& realm, Atom module) {
  if (ModuleSearch* known = find(realm, module)) return *known;
  auto fresh = std::make_unique<ModuleSearch>();
  fresh->realm = &realm, fresh->module = module;
  auto& row = by_realm_[&realm][module] = std::move(fresh);
  ++count_;
  return *row;
}

bool ModuleSearches::attach(ModuleSearch& search, const ModuleSearch::Request& request) {
  search.requests.reserve(search.requests.size() + 1);
  if (!by_request_.try_emplace(request.reference, &search).second) return false;
  search.requests.push_back(request);
  return true;
}

bool ModuleSearches::detach(const Reference& request) {
  auto found = by_request_.extract(request);
  if (!found) return false;
  std::erase_if(found.mapped()->requests, [&](auto& row) { return row.reference == request; });
  return true;
}

std::unique_ptr<ModuleSearch> ModuleSearches::close(ModuleSearch& search) {
  auto of_realm = by_realm_.find(search.realm);
  if (of_realm == by_realm_.end()) return nullptr;
  auto found = of_realm->second.find(search.module);
  if (found == of_realm->second.end() || found->second.get() != &search) return nullptr;
  for (auto& request : search.requests) by_request_.erase(request.reference);
  auto over = std::move(found->second);
  of_realm->second.erase(found);
  if (of_realm->second.empty()) by_realm_.erase(of_realm);
  --count_;
  return over;
}

void ModuleSearches::for_each(const std::function<void(ModuleSearch&)>& look) const {
  for (auto& [realm, searches] : by_realm_)
    for (auto& [module, search] : searches) look(*search);
}

}  // namespace noderuntime
