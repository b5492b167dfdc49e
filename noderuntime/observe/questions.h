// Calls on other nodes that are still to be made, and what their answers are for.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include <noderuntime/native_process.h>
#include <noderuntime/terms.h>

namespace noderuntime::observe {

// Builds a term that outlives the call.
Value built(const std::function<Term(Terms&)>& make);

// An engine: whoever asks gives a function that receives the answer; the owner makes the calls of take() and reports
// each outcome to on_answer(). A call whose answer never comes has to be reported as failed, with the reason
// `timeout`.
class Questions {
 public:
  using Answered = std::function<void(const CallResult&, Milliseconds now)>;
  struct Call {
    std::uint64_t id;
    Atom node, module, function;
    Value arguments;     // a list
    Milliseconds limit;  // for the answer; 0: the usual one
  };

  void ask(Atom node, std::string_view module, std::string_view function, Value arguments, Answered answered,
           Milliseconds limit = Milliseconds{0});
  std::vector<Call> take() { return std::exchange(calls_, {}); }
  // The answer of a call; unknown ids are ignored. May ask more.
  void on_answer(std::uint64_t id, const CallResult& result, Milliseconds now);
  void set_now(Milliseconds now) { now_ = now; }
  Milliseconds now() const { return now_; }  // of the last set_now() or on_answer()

 private:
  Milliseconds now_{0};
  std::uint64_t last_ = 0;
  std::vector<Call> calls_;
  std::map<std::uint64_t, Answered> waiting_;
};

}  // namespace noderuntime::observe
