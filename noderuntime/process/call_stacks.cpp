#include "noderuntime/process/call_stacks.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include <boost/context/fiber.hpp>
#include <boost/context/protected_fixedsize_stack.hpp>

#include "noderuntime/process/thread_sanitizer.h"
#include "noderuntime/term/address_sanitizer.h"

#if NODERUNTIME_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#elif NODERUNTIME_THREAD_SANITIZER
#include <sanitizer/tsan_interface.h>
#endif

namespace noderuntime {

namespace context = boost::context;

namespace {

#if NODERUNTIME_ADDRESS_SANITIZER || NODERUNTIME_THREAD_SANITIZER
constexpr std::size_t stack_bytes = std::size_t{2} << 20;  // its frames are larger
#else
constexpr std::size_t stack_bytes = std::size_t{512} << 10;  // GMP takes 64 KiB for a nested call
#endif

// A stack with a page behind its end that nobody may touch. Remembers where it is, for the sanitizer.
class StackMemory {
 public:
  explicit StackMemory(context::stack_context& place) : place_{place} {}
  context::stack_context allocate() {
    place_ = memory_.allocate();
#if NODERUNTIME_ADDRESS_SANITIZER
    // The sanitizer still knows the last frames of an earlier stack at this place.
    __asan_unpoison_memory_region(static_cast<char*>(place_.sp) - place_.size, place_.size);
#endif
    return place_;
  }
  void deallocate(context::stack_context& place) { memory_.deallocate(place); }

 private:
  context::protected_fixedsize_stack memory_{stack_bytes};
  context::stack_context& place_;
};

}  // namespace

class CallStack {
 public:
  CallStack() {
    inside_ = context::fiber{std::allocator_arg, StackMemory{place_}, [this](context::fiber&& outside) {
                               arrived(nullptr);
                               outside_ = std::move(outside);
                               for (; !ends_; leave()) work();
                               last_leave();
                               return std::move(outside_);
                             }};
  }
  ~CallStack() {
    ends_ = true;
    enter();
#if NODERUNTIME_THREAD_SANITIZER
    __tsan_destroy_fiber(inner_);
#endif
  }
  CallStack(const CallStack&) = delete;
  CallStack& operator=(const CallStack&) = delete;

  // Called outside: runs what is inside until it leaves.
  void enter() {
#if NODERUNTIME_ADDRESS_SANITIZER
    void* fake = nullptr;
    __sanitizer_start_switch_fiber(&fake, static_cast<char*>(place_.sp) - place_.size, place_.size);
#elif NODERUNTIME_THREAD_SANITIZER
    outer_ = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(inner_, 0);
#endif
    inside_ = std::move(inside_).resume();
#if NODERUNTIME_ADDRESS_SANITIZER
    __sanitizer_finish_switch_fiber(fake, nullptr, nullptr);
#endif
  }
  // Called inside: what entered goes on.
  void leave() {
    void* fake = nullptr;
#if NODERUNTIME_ADDRESS_SANITIZER
    __sanitizer_start_switch_fiber(&fake, outer_bottom_, outer_size_);
#elif NODERUNTIME_THREAD_SANITIZER
    __tsan_switch_to_fiber(outer_, 0);
#endif
    outside_ = std::move(outside_).resume();
    arrived(fake);
  }

  std::function<void()> job;
  std::exception_ptr thrown;
  bool paused = false, cancelled = false;

 private:
  void work() noexcept {
    try {
      job();
    } catch (const ProcessCancelled&) {
    } catch (...) { thrown = std::current_exception(); }
  }
  void last_leave() {
#if NODERUNTIME_ADDRESS_SANITIZER
    __sanitizer_start_switch_fiber(nullptr, outer_bottom_, outer_size_);
#elif NODERUNTIME_THREAD_SANITIZER
    __tsan_switch_to_fiber(outer_, 0);
#endif
  }
  void arrived([[maybe_unused]] void* fake) {
#if NODERUNTIME_ADDRESS_SANITIZER
    __sanitizer_finish_switch_fiber(fake, &outer_bottom_, &outer_size_);
#endif
  }

  context::stack_context place_;
  context::fiber inside_, outside_;
  bool ends_ = false;
#if NODERUNTIME_ADDRESS_SANITIZER
  const void* outer_bottom_ = nullptr;
  std::size_t outer_size_ = 0;
#elif NODERUNTIME_THREAD_SANITIZER
  void* inner_ = __tsan_create_fiber(0);
  void* outer_ = nullptr;
#endif
};

CallStacks::CallStacks() = default;

CallStacks::~CallStacks() {
  assert(in_use() == 0);
  held_memory.subtract(all_.size() * counted_bytes);
}

CallStack* CallStacks::take() {
  if (free_.empty()) {
    if (all_.size() == most) return nullptr;
    bool made = has_memory_for([&] {
      free_.reserve(all_.size() + 1);
      all_.push_back(std::make_unique<CallStack>());
    });
    if (!made) return nullptr;
    held_memory.add(counted_bytes);
    return all_.back().get();
  }
  auto* stack = free_.back();
  free_.pop_back();
  return stack;
}

void CallStacks::give_back(CallStack* stack) {
  free_.push_back(stack);
  if (free_.size() <= kept_free) return;
  auto* last = free_.front();
  free_.erase(free_.begin());
  std::erase_if(all_, [&](auto& each) { return each.get() == last; });
  held_memory.subtract(counted_bytes);
}

CallStacks::Outcome CallStacks::run(CallStack& stack, std::function<void()> job) {
  stack.job = std::move(job);
  return enter(stack);
}

CallStacks::Outcome CallStacks::resume(CallStack& stack) { return enter(stack); }

CallStacks::Outcome CallStacks::cancel(CallStack& stack) {
  stack.cancelled = true;
  return enter(stack);
}

CallStacks::Outcome CallStacks::enter(CallStack& stack) {
  stack.paused = false;
  auto* outer = std::exchange(current_, &stack);
  auto* outer_pauser = pace.set_pauser(this);
  {
    NoPause outside_of_its_scopes;
    stack.enter();
  }
  pace.set_pauser(outer_pauser);
  current_ = outer;
  if (stack.paused) return Outcome::paused;
  stack.job = nullptr;
  if (auto thrown = std::exchange(stack.thrown, nullptr)) std::rethrow_exception(thrown);
  return Outcome::ended;
}

void CallStacks::pause() {
  auto& stack = *current_;
  stack.paused = true;
  stack.leave();
  if (std::exchange(stack.cancelled, false)) throw ProcessCancelled{};
}

}  // namespace noderuntime
