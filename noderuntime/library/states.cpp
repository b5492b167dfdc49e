#include "noderuntime/library/states.h"

#include "noderuntime/node/node.h"

namespace noderuntime {

LocalNode::State::State(EventLoop& runs_on, Events wanted) : loop{runs_on}, events{std::move(wanted)} {}
LocalNode::State::~State() = default;

Processes& LocalNode::State::processes() { return node->processes(); }
bool LocalNode::State::has_identity() { return node->self().creation != Creation{0}; }

bool LocalNode::State::tell_when_up(std::function<void(bool up)> then) {
  if (!has_name || up || failure || stopped) return false;
  when_up.push_back(std::move(then));
  return true;
}

void LocalNode::State::later(std::function<void()> action) {
  loop.state().loop.later([action = std::move(action), held = std::weak_ptr{alive}] {
    if (!held.expired()) action();
  });
}

void LocalNode::State::schedule() {
  if (std::exchange(scheduled, true)) return;
  later([this] {
    scheduled = false;
    node->schedule();
  });
}

}  // namespace noderuntime
