#include "common/net/pool_task.h"

#include "common/net/uv_support.h"

namespace noderuntime::net {

struct PoolTask::Request {
  uv_work_t work;
  std::function<void()> run, finished;
  PoolTask* task;
};

PoolTask::PoolTask(Loop& loop, std::function<void()> work, std::function<void()> finished)
    : request_{new Request{{}, std::move(work), std::move(finished), this}} {
  request_->work.data = request_;
  auto run = [](uv_work_t* work) { static_cast<Request*>(work->data)->run(); };
  auto finish = [](uv_work_t* work, int) {
    std::unique_ptr<Request> request{static_cast<Request*>(work->data)};
    if (!request->task) return;
    request->task->request_ = nullptr;
    run_step(work->loop, "the end of a task of the pool", [&] { request->finished(); });
  };
  // It can only fail without a function to run.
  (void)uv_queue_work(loop.raw(), &request_->work, run, finish);
}

PoolTask::~PoolTask() {
  if (!request_) return;
  request_->task = nullptr;
  uv_cancel(reinterpret_cast<uv_req_t*>(&request_->work));  // if it has not begun
}

}  // namespace noderuntime::net
