// The node's entry at epmd: registers it, keeps it, and registers it again when epmd comes back.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/epmd_protocol/client.h"
#include "common/net/child_process.h"
#include "common/net/tcp.h"
#include "common/net/timer.h"

namespace noderuntime {

// Owned by Node. Destroying it closes the connection to epmd, which then removes the name.
class EpmdRegistration {
 public:
  struct Events {
    std::function<void(Creation)> registered;  // only the first time
    std::function<void(Error)> failed;      // the first attempt failed: no_epmd, name_taken; nothing follows
    std::function<void(std::string)> note;  // for the log: lost, registered again, refused later
  };
  // start_epmd    run `epmd -daemon` if none answers the first time
  // retry         the pause between attempts once the name has been registered
  EpmdRegistration(net::Loop& loop, epmd::NodeEntry entry, Port epmd_port, bool start_epmd,
                   net::Milliseconds retry, Events events);

  bool is_registered() const { return registered_; }              // now
  std::uint64_t registrations() const { return registrations_; }  // all that there have been

 private:
  void attempt();
  void on_connected(Outcome outcome);
  void on_answer(Bytes input);
  void on_lost(Error error);
  void start_epmd();
  void fail(Error error);
  void again();

  net::Loop& loop_;
  epmd::NodeEntry entry_;
  Port epmd_port_;
  bool may_start_epmd_;
  net::Milliseconds retry_;
  Events events_;
  bool registered_once_ = false, registered_ = false;
  std::uint64_t registrations_ = 0;
  int attempts_left_ = 0;  // after starting epmd
  net::Timer timer_;
  std::optional<epmd::Registration> registration_;
  std::unique_ptr<net::TcpStream> stream_;
  std::unique_ptr<net::ChildProcess> epmd_;
};

}  // namespace noderuntime
