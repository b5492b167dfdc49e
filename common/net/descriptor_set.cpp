#include "common/net/descriptor_set.h"

#include <sys/epoll.h>

namespace noderuntime::net {
namespace {
constexpr int events_per_turn = 128;

epoll_event event_of(DescriptorSet::Key key, DescriptorSet::For what) {
  epoll_event event{};
  event.events = what == DescriptorSet::For::reading ? EPOLLIN | EPOLLRDHUP : EPOLLOUT;
  event.data.u64 = key;
  return event;
}
}  // namespace

DescriptorSet::DescriptorSet(Loop& loop, std::function<void(Key)> ready)
    : ready_{std::move(ready)}, epoll_{epoll_create1(EPOLL_CLOEXEC)}, watch_{loop, epoll_.get(), [this] {
                                                                               take_events();
                                                                             }} {}

DescriptorSet::~DescriptorSet() = default;

bool DescriptorSet::add(int descriptor, Key key, For what) {
  auto event = event_of(key, what);
  return epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) == 0;
}

void DescriptorSet::change(int descriptor, Key key, For what) {
  auto event = event_of(key, what);
  epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, descriptor, &event);
}

void DescriptorSet::remove(int descriptor) {
  epoll_event ignored{};
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, descriptor, &ignored);
}

void DescriptorSet::take_events() {
  epoll_event events[events_per_turn];
  int count = epoll_wait(epoll_.get(), events, events_per_turn, 0);
  for (int i = 0; i < count; ++i) ready_(events[i].data.u64);
}

}  // namespace noderuntime::net
