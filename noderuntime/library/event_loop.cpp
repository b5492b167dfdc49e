#include <noderuntime/event_loop.h>

#include <list>

#include "common/net/signals.h"
#include "common/net/timer.h"
#include "common/program/logging.h"
#include "common/program/memory.h"
#include "noderuntime/library/states.h"

namespace noderuntime {

namespace {

// Starts a timer that destroys itself after it has fired.
void start_timer(EventLoop::State& state, Milliseconds delay, std::function<void()> work) {
  auto& timers = state.timers;
  auto place = timers.emplace(timers.end(), std::make_unique<net::Timer>(state.loop));
  (*place)->start(delay, [&state, place, work = std::move(work)] {
    auto timer = std::move(*place);
    state.timers.erase(place);
    state.loop.drop_later(std::move(timer));
    work();
  });
}

}  // namespace

void Poster::post(std::function<void()> work) {
  std::lock_guard guard{mutex_};
  if (!wake_) return;
  waiting_.push_back(std::move(work));
  wake_->wake();
}

void Poster::run() {
  std::vector<std::function<void()>> ready;
  {
    std::lock_guard guard{mutex_};
    ready.swap(waiting_);
  }
  for (auto& work : ready) {
    work();
    work = nullptr;
  }
}

// The dropped work may post again when it is destroyed, so that happens outside the lock.
void Poster::close() {
  std::vector<std::function<void()>> dropped;
  {
    std::lock_guard guard{mutex_};
    wake_ = nullptr;
    dropped.swap(waiting_);
  }
}

EventLoop::EventLoop() : state_{std::make_unique<State>()} {
  net::ignore_write_signals();
  static const bool has_log = (program::set_up_logging("noderuntime", program::LogLevel::warning), true);
  (void)has_log;
}

EventLoop::~EventLoop() { state_->poster->close(); }

void EventLoop::run() { state_->loop.run(); }  // the waker keeps it running
void EventLoop::stop() { state_->loop.stop(); }

bool EventLoop::run_until(const std::function<bool()>& condition, Milliseconds limit) {
  bool over = false;
  net::Timer timer{state_->loop};
  if (limit != no_limit) timer.start(limit, [&] { over = true; });
  while (!condition()) {
    if (over) return false;
    state_->loop.turn(true);
  }
  return true;
}

void EventLoop::poll_before_sleep(std::chrono::microseconds limit) { state_->loop.poll_before_sleep(limit); }

int EventLoop::descriptor() const { return state_->loop.descriptor(); }
std::optional<Milliseconds> EventLoop::timeout() const { return state_->loop.wait(); }
void EventLoop::run_ready() { state_->loop.turn(false); }

void EventLoop::post(std::function<void()> work) { state_->poster->post(std::move(work)); }

void EventLoop::after(Milliseconds delay, std::function<void()> work) {
  start_timer(*state_, delay, std::move(work));
}

void EventLoop::on_signals(const std::vector<int>& numbers, std::function<void(int)> callback) {
  state_->signals.push_back(std::make_unique<net::Signals>(state_->loop, numbers, std::move(callback)));
}

void EventLoop::keep_freed_memory() { program::keep_freed_memory(); }

void EventLoop::log_level(const char* level) {
  if (auto parsed = program::parse_log_level(level)) program::set_up_logging("noderuntime", *parsed);
}

}  // namespace noderuntime
