// The names that this node gives to nodes without one.
// Source: erl_dist_protocol, "Dynamic Node Names".
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include <noderuntime/result.h>
#include "noderuntime/distribution/handshake.h"

namespace noderuntime {

// A name that a node had is given again when that node is gone, with another creation, as on OTP. The table of atoms never
// forgets a name, so that without this each call of a command line tool would take an atom for ever.
//
// Owned by Peers. Loop thread only. What it gives may outlive it.
class GivenNames {
 public:
  struct Given {
    distribution::Identity identity;
    std::shared_ptr<void> lease;  // while it lives, nobody else gets the name
  };
  // A name NAME@host. Errors: bad_node_name.
  Result<Given> give(const std::string& host, const std::function<std::uint64_t()>& random);

 private:
  using Free = std::unordered_map<std::string, std::vector<distribution::Identity>>;  // by host
  std::shared_ptr<Free> free_ = std::make_shared<Free>();
};

}  // namespace noderuntime
