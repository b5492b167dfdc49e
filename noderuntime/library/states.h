// The private state of the public objects.
#pragma once

#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include <noderuntime/local_node.h>
#include "common/net/async_wake_up.h"
#include "common/net/signals.h"
#include "common/net/timer.h"
#include "common/program/logging.h"
#include "noderuntime/process/processes.h"

namespace noderuntime {

class Node;

// Work of other threads on its way to the loop thread. Threads that post may outlive the loop.
class Poster {
 public:
  void open(net::AsyncWakeUp* wake) { wake_ = wake; }
  void close();
  void post(std::function<void()> work);  // any thread
  void run();                             // loop thread

 private:
  std::mutex mutex_;
  net::AsyncWakeUp* wake_ = nullptr;
  std::vector<std::function<void()>> waiting_;
};

struct EventLoop::State {
  State() { poster->open(&wake); }

  net::Loop loop;
  program::LogService log{loop};
  std::shared_ptr<Poster> poster = std::make_shared<Poster>();
  net::AsyncWakeUp wake{loop, [this] { poster->run(); }};
  std::vector<std::unique_ptr<net::Signals>> signals;
  std::list<std::unique_ptr<net::Timer>> timers;
};

// The answer that a process suspended in a function of the program awaits. Loop thread only.
struct AwaitedAnswer {
  Answer::Give give;  // empty: none yet
};

struct LocalNode::State {
  EventLoop& loop;
  Events events;
  LocalNode* self = nullptr;
  std::unique_ptr<Node> node;
  bool up = false, stopped = false, scheduled = false;
  std::optional<Error> failure;
  bool has_name = false;
  std::vector<std::function<void(bool up)>> when_up;  // called when the node is up, or has failed
  std::uint16_t port = 0;
  Term client = Term::nil();                                         // the process of act()
  std::unordered_map<Word, std::shared_ptr<AwaitedAnswer>> awaited;  // by the waiting process's pid
  // for callbacks that may come after the end
  std::shared_ptr<bool> alive = std::make_shared<bool>(true);

  State(EventLoop& runs_on, Events wanted);
  ~State();
  Processes& processes();
  bool has_identity();
  // True: `then` will be called with whether the node came up. False: there is nothing to wait for.
  bool tell_when_up(std::function<void(bool up)> then);
  // Runs `action` in the loop's next turn, unless the node is destroyed before.
  void later(std::function<void()> action);
  // Lets processes run that became runnable outside a time slice.
  void schedule();
};

}  // namespace noderuntime
