// Asks the epmd of a host for its registered names, or for more about each.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/epmd_protocol/client.h"
#include "common/net/resolver.h"
#include "common/net/tcp.h"
#include "common/net/timer.h"

namespace noderuntime {

// One request. Destroying it cancels it. `done` is called once, not from inside the constructor; from there
// the owner may drop the request with Loop::drop_later.
//
// errors  unknown_host  the host has no address
//         no_epmd       no epmd answers there
//         timeout       it took longer than `limit`
//         truncated     of EpmdDetails: epmd does not know the request
template <class Listing>
class EpmdListing {
 public:
  using Rows = std::vector<typename Listing::Row>;
  using Done = std::function<void(Result<Rows>)>;
  EpmdListing(net::Loop& loop, const std::string& host, Port epmd_port, net::Address::Family family,
              net::Milliseconds limit, Done done);

 private:
  void on_resolved(net::Resolution::Answer answer);
  void ask();
  void finish(Result<Rows> result);

  net::Loop& loop_;
  Done done_;
  net::Timer timer_;
  Listing listing_;
  std::unique_ptr<net::Resolution> resolution_;
  net::Address::Family family_;
  std::vector<net::Address> addresses_;  // to be tried; the next one is last
  std::unique_ptr<net::TcpStream> stream_;
};

using EpmdNames = EpmdListing<epmd::Listing>;
using EpmdDetails = EpmdListing<epmd::DetailsListing>;

}  // namespace noderuntime
