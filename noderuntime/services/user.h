// user: the console of the node as a device of the I/O protocol. What is printed there goes to the program's
// standard output; there is nothing to read. While nobody reads what is printed, requests wait in the mailbox
// of this process, and those who sent them for their answers; nobody else waits. Source: io_protocol in
// stdlib's users guide.
#pragma once

#include "noderuntime/services/gen.h"

namespace noderuntime {

// Group leader of processes that nobody else leads. Texts that have to be computed first (io_lib:format and
// its like) are computed by module `user` of the prelude, in a process of the realm of who asks, and come
// back.
class User final : public NativeBody {
 public:
  using NativeBody::NativeBody;

 private:
  void on_message(Process& self, Term message) override;
  struct Answer {
    Term reply;
    bool failed = false, computes = false;  // computes: the request has to be made simple first
  };
  Answer answer(Process& self, Term request);
  Answer answer_all(Process& self, Term requests);
  Answer print(Process& self, Term text);
  void compute(Process& self, Term message);
};

}  // namespace noderuntime
