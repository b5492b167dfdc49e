// user: the node's console as a device of the I/O protocol. Output goes to the program's standard
// output; there is no input.
// Source: io_protocol in stdlib's users guide;
// docs/protocol/distribution.md, "Group leaders, the I/O protocol, user".
#pragma once

#include <deque>
#include <functional>

#include "noderuntime/functions/system.h"
#include "noderuntime/services/gen.h"

namespace noderuntime {

// The group leader of processes without another one. Texts that must be computed first (io_lib:format and so
// on) are computed by module `user` of the prelude, in a process in the realm of the requester, and come
// back. While the console is full, because it is not read, requests wait here in order, and their senders for
// the answers; other processes do not wait.
class User final : public NativeBody {
 public:
  User(const ThisNode& node, const ProcessTable& table, Spawner& spawner, SignalRouter& signals,
       System& system)
      : NativeBody{signals}, node_{node}, table_{table}, spawner_{spawner}, system_{system} {}

  // Bytes of requests that may wait. Further ones are answered with {error, terminated}.
  static constexpr std::size_t bytes_waiting = std::size_t{16} << 20;
  // The message upon which it tries to write to the console again.
  static Term console_drained();

  void visit(const std::function<void(Term)>& visit) override;

 private:
  void on_message(Process& self, Term message) override;
  void serve(Process& self, Term message);
  void serve_waiting(Process& self);
  void keep(Process& self, Term message);
  void reply(Process& self, Term message, Term answer);
  struct Answer {
    Term reply;
    bool failed = false, computes = false;  // computes: the request must be converted first
  };
  Answer answer(Process& self, Term request);
  Answer answer_all(Process& self, Term requests);
  Answer print(Process& self, Term text);
  void compute(Process& self, Term message);

  const ThisNode& node_;
  const ProcessTable& table_;
  Spawner& spawner_;
  System& system_;
  std::deque<OwnedTerm> waiting_;
  std::size_t waiting_bytes_ = 0;
};

// standard_error: its requests go to `user`, which answers them, so that all output keeps its order.
class StandardError final : public NativeBody {
 public:
  explicit StandardError(SignalRouter& signals) : NativeBody{signals} {}

 private:
  void on_message(Process& self, Term message) override;
};

}  // namespace noderuntime
