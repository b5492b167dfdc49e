// Long work of native functions, on the threads of the pool.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <unordered_map>

#include "common/net/loop.h"
#include "noderuntime/functions/background.h"
#include "noderuntime/process/processes.h"

namespace noderuntime::net {
class PoolTask;
}

namespace noderuntime {

// Owned by NodeSystem, and by files that close behind it. Loop thread only.
class NodeBackground final : public Background {
 public:
  // Of the four threads of the pool. The others stay free for host names and for handshakes of TLS, also when a disk
  // does not answer.
  static constexpr std::size_t most_running = 2;

  // `most`: pieces of work of processes that run or wait. `woken` is called when a process can go on.
  NodeBackground(net::Loop& loop, Processes& processes, std::size_t most, std::function<void()> woken);
  ~NodeBackground() override;

  // Nobody is woken any more, and what is cleared up is cleared up at once.
  void stop();

  bool start(Process& process, std::unique_ptr<Work> work) override;
  bool has(const Process& process) override;
  std::shared_ptr<Work> take(const Process& process) override;
  void forget(const Process& process) override;
  void clear_up(std::function<void()> work) override;

 private:
  struct Task {
    std::shared_ptr<Work> work;
    std::unique_ptr<net::PoolTask> runs;  // null: it waits, or has run
    std::function<void()> end;            // without `work`: what is cleared up
    bool has_run = false, forgotten = false;
  };
  using Tasks = std::unordered_map<Word, Task>;
  void drop(Tasks::iterator task);
  void begin_waiting();
  void finished(Word key);

  net::Loop& loop_;
  Processes& processes_;
  const std::size_t most_;
  std::function<void()> woken_;
  Tasks tasks_;  // by the pid of the process; those of clear_up() by small numbers
  std::deque<Word> waiting_;
  std::size_t running_ = 0, of_processes_ = 0;
  Word last_number_ = 0;
  bool stopped_ = false;
};

}  // namespace noderuntime
