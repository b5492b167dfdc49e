#include "noderuntime/library/exposed.h"

#include <atomic>

namespace noderuntime {

namespace {

Returned native_exception(Terms& terms, std::string_view text) {
  return Returned::error(terms.tuple("native_exception"_atom, text));
}

template <class Code>
Returned guarded(Terms& terms, Code code) {
  try {
    return code();
  } catch (const HeapLimitExceeded&) { throw; } catch (const std::exception& exception) {
    return native_exception(terms, exception.what());
  } catch (...) { return native_exception(terms, "an exception of an unknown type"); }
}

NativeResult native_result(const Returned& returned) {
  using Status = NativeResult::Status;
  constexpr Status statuses[] = {Status::value, Status::error, Status::exit, Status::throw_};
  return {returned.term(), statuses[static_cast<int>(returned.kind())]};
}

}  // namespace

NativeResult Exposed::call(Context& context, const Term* arguments) {
  Term caller = context.process.self();
  if (auto waits = node_.awaited.find(word_of(caller)); waits != node_.awaited.end()) {
    if (!waits->second->give) return {Term::nil(), NativeResult::Status::suspended};
    auto answer = std::move(waits->second);
    node_.awaited.erase(waits);
    Terms terms{context.heap, context.processes.self()};
    return native_result(guarded(terms, [&] { return answer->give(terms); }));
  }
  Call call{context.heap, context.processes.self(), caller, *this};
  auto returned = guarded(call, [&] { return code_(call, {arguments, arity_}); });
  if (call.waits_) return {Term::nil(), NativeResult::Status::suspended};
  return native_result(returned);
}

Term Call::caller() const { return caller_; }

// Its copies may be on any thread; an answer is passed to the loop thread.
struct Answer::State {
  ~State() {
    if (!given) settle([](Terms& terms) { return native_exception(terms, "no answer"); });
  }

  void settle(Give give) {
    poster->post([node = node, alive = alive, caller = caller, awaited = awaited, give = std::move(give)] {
      if (alive.expired() || awaited->give) return;
      awaited->give = give;
      if (Process* process = node->processes().table().find(caller)) {
        node->processes().scheduler().wake(*process);
        node->schedule();
      } else {
        node->awaited.erase(word_of(caller));
      }
    });
  }

  std::shared_ptr<Poster> poster;
  LocalNode::State* node;
  std::weak_ptr<bool> alive;
  Term caller;
  std::shared_ptr<AwaitedAnswer> awaited;
  std::atomic<bool> given{false};
};

void Answer::operator()(Give give) const {
  if (!state_->given.exchange(true)) state_->settle(std::move(give));
}

Returned Call::later(const std::function<void(Answer)>& start) {
  auto& node = function_.node();
  auto awaited = std::make_shared<AwaitedAnswer>();
  node.awaited[word_of(caller_)] = awaited;
  waits_ = true;
  auto state = std::make_shared<Answer::State>();
  state->poster = node.loop.state().poster;
  state->node = &node, state->alive = node.alive, state->caller = caller_, state->awaited = awaited;
  start(Answer{std::move(state)});
  return Term::nil();
}

}  // namespace noderuntime
