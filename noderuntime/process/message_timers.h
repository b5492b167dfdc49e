// The timers of erlang:send_after and start_timer: each sends a message when it is due.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include "noderuntime/process/signal_router.h"
#include "noderuntime/process/timers.h"

namespace noderuntime {

// The bytes of a timer count as held by its holder: the receiver, or if that is a name, the process that started the
// timer. Owned by the Machine, which calls process_ends(). Loop thread only.
class MessageTimers {
 public:
  MessageTimers(Timers& timers, ThisNode& node, const ProcessTable& table, const RegisteredNames& names,
                const Scheduler& scheduler, SignalRouter& signals)
      : timers_{timers},
        node_{node},
        table_{table},
        names_{names},
        scheduler_{scheduler},
        signals_{signals} {}

  // `deadline`: milliseconds of the monotonic clock. `to`: a local pid or a name; one that is gone is ignored.
  // `wrapped`: the message is {timeout, Timer, Message}. Throws HeapLimitExceeded. The
  // calling process may be paused while the message is copied.
  Reference start(std::int64_t deadline, Term to, Term message, bool wrapped);
  std::optional<std::int64_t> deadline_of(const Reference& timer) const;  // nullopt: fired, stopped, or none
  void stop(const Reference& timer);

  // As on OTP, a timer ends with its receiver if that is a pid; a timer to a name continues.
  // Calls `breathe` after each; timers may fire meanwhile.
  void process_ends(Process& process, const std::function<void()>& breathe);

 private:
  struct Row {
    Timers::Id id;
    Term to, holder;
    OwnedTerm message;
    std::size_t bytes() const;
  };
  void fire(const Reference& timer);
  std::optional<Row> take(const Reference& timer);

  Timers& timers_;
  ThisNode& node_;
  const ProcessTable& table_;
  const RegisteredNames& names_;
  const Scheduler& scheduler_;
  SignalRouter& signals_;
  HeldMap<Reference, Row> rows_;
  HeldMap<Word, HeldSet<Reference>> of_holder_;  // by the holder's pid
};

}  // namespace noderuntime
