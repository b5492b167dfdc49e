#include "noderuntime/node/given_names.h"

#include <cstdint>
#include <utility>

#include <noderuntime/atom.h>
#include "noderuntime/term/memory.h"

namespace noderuntime {

namespace {

constexpr std::uint32_t least_creation = 4;  // the smaller ones are of versions of OTP before 23

Creation following(Creation creation) {
  return Creation{creation.value() == UINT32_MAX ? least_creation : creation.value() + 1};
}

Result<distribution::Identity> invent(const std::string& host, const std::function<std::uint64_t()>& random) {
  static constexpr char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  std::string text;
  for (std::uint64_t left = random(); text.size() < 12; left /= 36) text += digits[left % 36];
  auto name = NodeName::parse(text + "@" + host);
  if (!name) return name.error();
  return distribution::Identity{*name, Creation{static_cast<std::uint32_t>(random()) | least_creation}};
}

}  // namespace

Result<GivenNames::Given> GivenNames::give(const std::string& host,
                                           const std::function<std::uint64_t()>& random) {
  std::optional<distribution::Identity> identity;
  if (auto row = free_->find(host); row != free_->end()) {
    identity = std::move(row->second.back());
    row->second.pop_back();
    if (row->second.empty()) free_->erase(row);
  } else {
    auto invented = invent(host, random);
    if (!invented) return invented.error();
    identity = std::move(*invented);
  }
  // A name whose owner did not prove the cookie is no atom, and is forgotten. Without memory a name is lost, too.
  auto give_back = [free = free_, host, given = *identity](void*) {
    if (!Atom::find(given.name.full())) return;
    (void)has_memory_for([&] { (*free)[host].push_back({given.name, following(given.creation)}); });
  };
  return Given{std::move(*identity), std::shared_ptr<void>{nullptr, std::move(give_back)}};
}

}  // namespace noderuntime
