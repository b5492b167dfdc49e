// How a native function works in the background: it is called, starts its work, and its process waits; when the work has
// run, it is called again with the same arguments, and gives the result.
//
//     return in_background(context, [&]() -> Prepared {
//       ... looks at the arguments; returns a NativeResult, or what background_work() returns
//     });
#pragma once

#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <variant>

#include "noderuntime/functions/background.h"
#include "noderuntime/functions/node_access.h"

namespace noderuntime {

using Prepared = std::variant<NativeResult, std::unique_ptr<Background::Work>>;

// The error of a function that the node has no room for.
NativeResult too_much_in_background(Context& context);

// `run`, on another thread, returns a value; `finish(context, value)`, on the loop thread, makes the result of it. What
// both own is destroyed on the loop thread.
template <class Run, class Finish>
std::unique_ptr<Background::Work> background_work(Run run, Finish finish) {
  using Value = std::invoke_result_t<Run&>;
  class Both final : public Background::Work {
   public:
    Both(Run run, Finish finish) : run_{std::move(run)}, finish_{std::move(finish)} {}
    void run() noexcept override {
      try {
        value_ = std::make_unique<Value>(run_());
      } catch (const std::bad_alloc&) { value_.reset(); }
    }
    NativeResult result(Context& context) override {
      return value_ ? finish_(context, std::move(*value_)) : too_much_in_background(context);
    }

   private:
    Run run_;
    Finish finish_;
    std::unique_ptr<Value> value_;
  };
  return std::make_unique<Both>(std::move(run), std::move(finish));
}

// Starts the work. Where the node has no other threads (in tests), it runs at once.
inline NativeResult start_background(Context& context, std::unique_ptr<Background::Work> work) {
  auto background = context.node.system.background();
  if (!background) {
    work->run();
    return work->result(context);
  }
  if (!background->start(context.process, std::move(work))) return too_much_in_background(context);
  return {Term::nil(), NativeResult::Status::suspended};
}

template <class Prepare>
NativeResult in_background(Context& context, Prepare prepare) {
  if (auto background = context.node.system.background(); background && background->has(context.process)) {
    auto work = background->take(context.process);
    return work ? work->result(context) : NativeResult{Term::nil(), NativeResult::Status::suspended};
  }
  Prepared prepared = prepare();
  if (auto* result = std::get_if<NativeResult>(&prepared)) return *result;
  return start_background(context, std::move(std::get<std::unique_ptr<Background::Work>>(prepared)));
}

}  // namespace noderuntime
