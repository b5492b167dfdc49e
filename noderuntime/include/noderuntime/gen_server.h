// A native process that other nodes use as a gen_server.
#pragma once

#include "noderuntime/native_process.h"

namespace noderuntime {

// Speaks the protocol of OTP's behaviour: gen_server:call, cast, stop, reply (GenServer in Elixir), and of
// module sys: get_state, terminate; other questions of sys are answered with an error. A call that is not
// replied to runs into the caller's time limit. Source: gen.erl, gen_server.erl, sys.erl of OTP 25 to 29.
class GenServer : public NativeProcess {
 public:
  // Answers by reply(self, from, Answer), now or later (from another handler: keep a Value of `from`).
  virtual void on_call(Self& self, Term from, Term request) = 0;
  virtual void on_cast(Self& self, Term request);      // default: ignored
  virtual void on_info(Self& self, Term message);      // any other message; default: ignored
  virtual Term state(Self& self);                      // for sys:get_state; default: undefined
  virtual void on_terminate(Self& self, Term reason);  // before it ends by gen_server:stop

  template <class Reply>
  static void reply(Self& self, Term from, const Reply& answer) {
    reply_term(self, from, self.of(answer));
  }

 private:
  void on_message(Self& self, Term message) final;
  void on_system(Self& self, Term from, Term request);
  static void reply_term(Self& self, Term from, Term answer);
};

}  // namespace noderuntime
