#include "noderuntime/node/node_background.h"

#include <utility>

#include "common/net/pool_task.h"

namespace noderuntime {

NodeBackground::NodeBackground(net::Loop& loop, Processes& processes, std::size_t most,
                               std::function<void()> woken)
    : loop_{loop}, processes_{processes}, most_{most}, woken_{std::move(woken)} {}

NodeBackground::~NodeBackground() = default;

void NodeBackground::stop() {
  stopped_ = true;
  waiting_.clear();
  tasks_.clear();
}

bool NodeBackground::start(Process& process, std::unique_ptr<Work> work) {
  if (stopped_ || of_processes_ >= most_) return false;
  ++of_processes_;
  auto key = word_of(process.self());
  tasks_[key].work = std::move(work);
  waiting_.push_back(key);
  begin_waiting();
  return true;
}

bool NodeBackground::has(const Process& process) {
  auto found = tasks_.find(word_of(process.self()));
  return found != tasks_.end() && !found->second.forgotten;
}

std::shared_ptr<Background::Work> NodeBackground::take(const Process& process) {
  auto found = tasks_.find(word_of(process.self()));
  if (found == tasks_.end() || !found->second.has_run) return nullptr;
  auto work = found->second.work;
  drop(found);
  return work;
}

void NodeBackground::drop(Tasks::iterator task) {
  if (task->second.work) --of_processes_;
  tasks_.erase(task);
}

void NodeBackground::forget(const Process& process) {
  auto found = tasks_.find(word_of(process.self()));
  if (found == tasks_.end()) return;
  if (found->second.runs)
    found->second.forgotten = true;
  else
    drop(found);
}

void NodeBackground::clear_up(std::function<void()> work) {
  if (stopped_) return work();
  auto key = ++last_number_ << 4;  // no word of a pid ends with four zero bits
  tasks_[key].end = std::move(work);
  waiting_.push_back(key);
  begin_waiting();
}

void NodeBackground::begin_waiting() {
  while (running_ < most_running && !waiting_.empty()) {
    auto key = waiting_.front();
    waiting_.pop_front();
    auto found = tasks_.find(key);
    if (found == tasks_.end()) continue;  // forgotten
    auto& task = found->second;
    auto run = task.end ? std::function<void()>{std::move(task.end)} : [work = task.work] { work->run(); };
    ++running_;
    task.runs = std::make_unique<net::PoolTask>(loop_, std::move(run), [this, key] { finished(key); });
  }
}

void NodeBackground::finished(Word key) {
  --running_;
  auto found = tasks_.find(key);
  auto& task = found->second;
  loop_.drop_later(std::move(task.runs));
  task.has_run = true;
  auto* process = task.work && !task.forgotten ? processes_.table().find(from_word(key)) : nullptr;
  if (process)
    processes_.scheduler().wake(*process);
  else
    drop(found);
  begin_waiting();
  if (process) woken_();
}

}  // namespace noderuntime
