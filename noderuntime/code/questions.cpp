#include "noderuntime/code/questions.h"

namespace noderuntime {

Question* Questions::find(const Realm& realm, Atom module) const {
  auto of_realm = by_realm_.find(&realm);
  if (of_realm == by_realm_.end()) return nullptr;
  auto found = of_realm->second.find(module);
  return found == of_realm->second.end() ? nullptr : found->second.get();
}

Question* Questions::find(const Reference& request) const {
  auto found = by_request_.find(request);
  return found == by_request_.end() ? nullptr : found->second;
}

Question& Questions::open(Realm& realm, Atom module) {
  if (Question* known = find(realm, module)) return *known;
  auto fresh = std::make_unique<Question>();
  fresh->realm = &realm, fresh->module = module;
  auto& row = by_realm_[&realm][module] = std::move(fresh);
  ++count_;
  return *row;
}

bool Questions::attach(Question& question, const Question::Request& request) {
  question.requests.reserve(question.requests.size() + 1);
  if (!by_request_.try_emplace(request.reference, &question).second) return false;
  question.requests.push_back(request);
  return true;
}

bool Questions::detach(const Reference& request) {
  auto found = by_request_.extract(request);
  if (!found) return false;
  std::erase_if(found.mapped()->requests, [&](auto& row) { return row.reference == request; });
  return true;
}

std::unique_ptr<Question> Questions::close(Question& question) {
  auto of_realm = by_realm_.find(question.realm);
  if (of_realm == by_realm_.end()) return nullptr;
  auto found = of_realm->second.find(question.module);
  if (found == of_realm->second.end() || found->second.get() != &question) return nullptr;
  for (auto& request : question.requests) by_request_.erase(request.reference);
  auto over = std::move(found->second);
  of_realm->second.erase(found);
  if (of_realm->second.empty()) by_realm_.erase(of_realm);
  --count_;
  return over;
}

void Questions::for_each(const std::function<void(Question&)>& look) const {
  for (auto& [realm, questions] : by_realm_)
    for (auto& [module, question] : questions) look(*question);
}

}  // namespace noderuntime
