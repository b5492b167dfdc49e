// Resolves host names. The system is asked on a thread of libuv's pool, so epmd does not use it:
// it may not have threads.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/net/address.h"
#include "common/net/loop.h"

namespace noderuntime::net {

// One query. Destroying it drops the answer. `done` is called once, never from inside the constructor.
class Resolution {
 public:
  enum class Want { v4, v6, any };
  using Answer = Result<std::vector<Address>>;  // not empty; in the system's order of preference
  // `addresses` with those of `family` first.
  static std::vector<Address> preferring(Address::Family family, std::vector<Address> addresses);

  Resolution(Loop& loop, const std::string& host, Port port, Want want, std::function<void(Answer)> done);
  ~Resolution();
  Resolution(const Resolution&) = delete;
  Resolution& operator=(const Resolution&) = delete;

 private:
  struct Query;
  Query* query_;  // owned by libuv while in progress
};

}  // namespace noderuntime::net
