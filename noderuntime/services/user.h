// user: the console of the node as a device of the I/O protocol. What is printed there goes to the program's
// standard output; there is nothing to read.
// Source: io_protocol in stdlib's users guide;
// docs/protocol/distribution.md, "Group leaders, the I/O protocol, user".
#pragma once

#include <deque>
#include <functional>

#include "noderuntime/services/gen.h"

namespace noderuntime {

// Group leader of processes that nobody else leads. Texts that have to be computed first (io_lib:format and
// its like) are computed by module `user` of the prelude, in a process of the realm of who asks, and come
// back. While the console is full, because nobody reads it, requests wait here in order, and those who sent
// them for their answers; nobody else waits.
class User final : public NativeBody {
 public:
  using NativeBody::NativeBody;

  // Bytes of requests that wait. Those beyond are answered with {error, terminated}.
  static constexpr std::size_t bytes_waiting = std::size_t{16} << 20;
  // The message that makes it look at the console again.
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
    bool failed = false, computes = false;  // computes: the request has to be made simple first
  };
  Answer answer(Process& self, Term request);
  Answer answer_all(Process& self, Term requests);
  Answer print(Process& self, Term text);
  void compute(Process& self, Term message);

  std::deque<OwnedTerm> waiting_;
  std::size_t waiting_bytes_ = 0;
};

}  // namespace noderuntime
