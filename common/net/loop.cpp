#include "common/net/loop.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <thread>

#include "common/net/tcp.h"
#include "common/net/uv_support.h"

namespace noderuntime::net {
namespace {
constexpr std::size_t read_buffer_size = 256 * 1024;
constexpr std::uint64_t most_deferred_time = 1'000'000;  // nanoseconds of deferred calls in one step

bool threads_are_busy = false;  // of libuv's pool, for a loop that has ended

bool has_handles(uv_loop_t* loop) {
  bool found = false;
  uv_walk(
      loop, [](uv_handle_t*, void* any) { *static_cast<bool*>(any) = true; }, &found);
  return found;
}

Handle<uv_idle_t> open_idle(uv_loop_t* loop, void* owner) {
  auto handle = open_handle<uv_idle_t>(owner, [&](uv_idle_t* fresh) { return uv_idle_init(loop, fresh); });
  return std::move(handle).value();  // uv_idle_init cannot fail
}

std::chrono::nanoseconds processor_time() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}
}  // namespace

Loop::Loop()
    : loop_{std::make_unique<uv_loop_t>()},
      read_buffer_{std::make_unique_for_overwrite<Byte[]>(read_buffer_size)} {
  if (uv_loop_init(loop_.get()) < 0) std::abort();  // without epoll or descriptors nothing can run
  loop_->data = this;
  deferred_run_ = open_idle(loop_.get(), this);
}

std::span<Byte> Loop::read_buffer() { return {read_buffer_.get(), read_buffer_size}; }

Loop::~Loop() {
  while (!deferred_.empty()) run_deferred();
  deferred_run_.reset();
  auto check_closed = [](uv_handle_t* handle, void*) {
    assert(uv_is_closing(handle) && "something opened on the loop outlives it");
    if (!uv_is_closing(handle)) uv_close(handle, nullptr);  // a leak is better than a hang
  };
  uv_walk(loop_.get(), check_closed, nullptr);
  while (has_handles(loop_.get())) uv_run(loop_.get(), UV_RUN_NOWAIT);
  if (uv_loop_close(loop_.get()) == 0) return;
  // Threads will still report to the loop, so it is not freed. The list keeps it in sight of leak checkers.
  threads_are_busy = true;
  static auto& abandoned = *new std::vector<uv_loop_t*>;
  abandoned.push_back(loop_.release());
}

void Loop::end_program(int status) {
  if (!threads_are_busy) std::exit(status);
  std::fflush(nullptr);
  _exit(status);
}

void Loop::run() {
  bool open = true;
  while (open && !std::exchange(stopped_, false)) {
    begin_turn();
    open = (!has_work() && rest()) || uv_run(loop_.get(), UV_RUN_ONCE) != 0;
  }
  throw_escaped();
}

void Loop::note_work(const char* what, std::chrono::nanoseconds duration) {
  auto now = processor_time();
  Step step{std::min(duration, now - std::exchange(work_measured_, now)), what};
  if (step.duration > longest_work_lately_.step.duration) longest_work_lately_.step = step;
  if (step.duration > longest_work_.step.duration) longest_work_.step = step;
}

void Loop::begin_turn() {
  auto now = processor_time();
  auto turn = now - std::exchange(turn_began_, now);
  if (work_measured_ != std::chrono::nanoseconds{0}) {  // not the first one
    longest_work_lately_.turn = std::max(longest_work_lately_.turn, turn);
    longest_work_.turn = std::max(longest_work_.turn, turn);
  }
  work_measured_ = now;
}

void Loop::fail(std::exception_ptr escaped) noexcept {
  if (!escaped_) escaped_ = std::move(escaped);
  stop();
}

void Loop::throw_escaped() {
  if (escaped_) std::rethrow_exception(std::exchange(escaped_, nullptr));
}

void Loop::stop() {
  stopped_ = true;
  uv_stop(loop_.get());
}

void Loop::poll_before_sleep(std::chrono::microseconds limit) { idle_strategy_ = IdleStrategy{limit}; }

bool Loop::has_work() const { return uv_backend_timeout(loop_.get()) == 0; }

// True: input came and was handled. False: the loop may sleep.
bool Loop::rest() {
  auto begin = uv_hrtime();
  auto how = idle_strategy_.next_rest(IdleStrategy::Time{begin});
  if (how == IdleStrategy::Rest::poll) return poll();
  if (how == IdleStrategy::Rest::sleep) return false;
  if (how == IdleStrategy::Rest::gather) std::this_thread::sleep_for(IdleStrategy::gather_time);
  if (how == IdleStrategy::Rest::gather_much) gather_much();
  if (measured_since_ != 0) rested_ += uv_hrtime() - begin;
  return false;
}

bool Loop::poll() {
  auto begin = uv_hrtime(), now = begin;
  auto end = begin + static_cast<std::uint64_t>(idle_strategy_.poll_time().count());
  for (; now < end; now = uv_hrtime()) {
    uv_run(loop_.get(), UV_RUN_NOWAIT);
    if (!idle_strategy_.first_read() || stopped_ || has_work()) {
      rested_ += now - begin;
      return true;
    }
    sched_yield();
  }
  rested_ += now - begin;
  return false;
}

void Loop::measure_use() {
  if (measured_since_ != 0) return;
  uv_loop_configure(loop_.get(), UV_METRICS_IDLE_TIME);
  measured_since_ = uv_hrtime();
  rested_ = 0;
}

Loop::Use Loop::use() const {
  std::chrono::nanoseconds total{uv_hrtime() - measured_since_};
  std::chrono::nanoseconds idle{uv_metrics_idle_time(loop_.get()) + rested_};
  return {std::max(std::chrono::nanoseconds{0}, total - idle), total};
}

// A sender of much data must not wait for acknowledgements meanwhile; a sender of small messages puts more of
// them into one packet if it does wait.
void Loop::gather_much() {
  if (last_read_) last_read_->await_much(true);
  std::this_thread::sleep_for(IdleStrategy::gather_much_time);
  if (last_read_) last_read_->await_much(false);
}

void Loop::note_read(TcpStream& stream, std::size_t bytes, bool large) {
  last_read_ = &stream;
  idle_strategy_.read(idle_strategy_.first_read() ? IdleStrategy::Time{uv_hrtime()} : IdleStrategy::Time{0},
                      bytes, large);
}

bool Loop::turn(bool wait) {
  begin_turn();
  bool open = uv_run(loop_.get(), wait ? UV_RUN_ONCE : UV_RUN_NOWAIT) != 0;
  stopped_ = false;
  throw_escaped();
  return open;
}

Milliseconds Loop::now() const {
  uv_update_time(loop_.get());
  return Milliseconds{uv_now(loop_.get())};
}

int Loop::descriptor() const { return uv_backend_fd(loop_.get()); }

std::optional<Milliseconds> Loop::wait() const {
  uv_update_time(loop_.get());
  int timeout = uv_backend_timeout(loop_.get());
  return timeout < 0 ? std::nullopt : std::optional{Milliseconds{timeout}};
}

void Loop::later(std::function<void()> action) {
  deferred_.push_back(std::move(action));
  uv_idle_start(deferred_run_.get(), [](uv_idle_t* handle) {
    if (handle->data)
      run_step(handle->loop, "deferred calls", [&] { static_cast<Loop*>(handle->data)->run_deferred(); });
  });
}

void Loop::run_deferred() {
  auto end = uv_hrtime() + most_deferred_time;
  for (auto left = deferred_.size(); left > 0; --left) {
    auto action = std::move(deferred_.front());
    deferred_.pop_front();
    action();
    if (uv_hrtime() >= end) break;
  }
  if (deferred_.empty()) uv_idle_stop(deferred_run_.get());
}

IdleTask::IdleTask(Loop& loop, std::function<void()> callback)
    : callback_{std::move(callback)}, handle_{open_idle(loop.raw(), this)} {}
IdleTask::~IdleTask() = default;

void IdleTask::start() {
  uv_idle_start(handle_.get(), [](uv_idle_t* handle) {
    if (handle->data)
      run_step(handle->loop, "time slices", [&] { static_cast<IdleTask*>(handle->data)->callback_(); });
  });
}
void IdleTask::stop() { uv_idle_stop(handle_.get()); }
bool IdleTask::started() const { return uv_is_active(as_handle(handle_)) != 0; }

}  // namespace noderuntime::net
