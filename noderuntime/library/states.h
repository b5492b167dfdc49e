// What the public objects hold.
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

#include "common/net/signals.h"
#include "common/net/timer.h"
#include "common/net/wake.h"
#include "common/program/logging.h"
#include "noderuntime/local_node.h"
#include "noderuntime/process/processes.h"

namespace noderuntime {

class Node;

// Work of other threads on its way to the loop's. Whoever posts may outlive the loop.
class Poster {
 public:
  void open(net::Wake* wake) { wake_ = wake; }
  void close();
  void post(std::function<void()> work);  // any thread
  void run();                             // loop thread

 private:
  std::mutex mutex_;
  net::Wake* wake_ = nullptr;
  std::vector<std::function<void()>> waiting_;
};

struct EventLoop::State {
  State() { poster->open(&wake); }

  net::Loop loop;
  program::LogService log{loop};
  std::shared_ptr<Poster> poster = std::make_shared<Poster>();
  net::Wake wake{loop, [this] { poster->run(); }};
  std::vector<std::unique_ptr<net::Signals>> signals;
  std::list<std::unique_ptr<net::Timer>> timers;
};

// What a process that waits in a function of the program waits for. Loop thread only.
struct AwaitedAnswer {
  Answer::Give give;  // empty: none yet
};

struct LocalNode::State {
  EventLoop& loop;
  Events events;
  LocalNode* self = nullptr;
  std::unique_ptr<Node> node;
  bool up = false, scheduled = false;
  std::optional<Error> failure;
  bool has_name = false;
  std::vector<std::function<void(bool up)>> when_up;  // what waits until it is up, or has failed
  std::uint16_t port = 0;
  Term client = Term::nil();                                         // the process of act()
  std::unordered_map<Word, std::shared_ptr<AwaitedAnswer>> awaited;  // by the pid that waits
  std::shared_ptr<bool> alive = std::make_shared<bool>(true);        // for what may come back after the end

  State(EventLoop& runs_on, Events wanted);
  ~State();
  Processes& processes();
  bool has_identity();
  // True: `then` will be told whether the node came up; false: nobody has to wait for that.
  bool tell_when_up(std::function<void(bool up)> then);
  // What became runnable outside of a turn will run.
  void schedule();
};

}  // namespace noderuntime
