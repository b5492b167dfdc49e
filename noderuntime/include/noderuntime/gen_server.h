// A native process that other processes use as a gen_server.
#pragma once

#include <noderuntime/native_process.h>

namespace noderuntime {

// Implements the protocol of OTP's behaviour: gen_server:call, cast, stop and reply (GenServer in Elixir); of
// module sys: get_state and terminate. Other requests of sys are answered with an error. A call without a
// reply ends by the caller's timeout.
// Source: gen.erl, gen_server.erl, sys.erl of OTP 25 to 29.
class GenServer : public NativeProcess {
 public:
  // Answer it by reply(self, from, Answer), in this handler or in a later one; keep a
  // Value of `from` for that.
  virtual void on_call(Self& self, Term from, Term request) = 0;
  virtual void on_cast(Self& self, Term request);  // default: ignored
  virtual void on_info(Self& self, Term message);  // every other message; default: ignored
  // The result of sys:get_state; default: undefined. The node of the caller is asked for its OTP release before the
  // state is sent, because the form of the answer differs between releases.
  virtual Term state(Self& self);
  virtual void on_terminate(Self& self, Term reason);  // before gen_server:stop ends it

  template <class Reply>
  static void reply(Self& self, Term from, const Reply& answer) {
    reply_term(self, from, self.of(answer));
  }

 private:
  void on_message(Self& self, Term message) final;
  void on_system(Self& self, Term from, Term request);
  void reply_state(Self& self, Term from);
  static void reply_term(Self& self, Term from, Term answer);
};

}  // namespace noderuntime
