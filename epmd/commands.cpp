#include "epmd/commands.h"

#include "common/wire/reader.h"

namespace noderuntime::epmd {
namespace {
constexpr std::size_t max_name_to_stop = 1000;
constexpr std::size_t whole_stream = SIZE_MAX;
constexpr std::size_t kill_answer = 2;  // OK, NO
constexpr std::size_t stop_answer = 7;  // STOPPED, NOEXIST; OTP's daemon adds STOPPED to NOEXIST

Report short_answer(Bytes answer) {
  return {"epmd: local epmd responded with <" + std::string{as_text(answer)} + ">\n", "", 1};
}

Report report_listing(Bytes answer) {
  Reader in{answer};
  auto port = in.u32();
  if (!in.ok()) return {"epmd: no response from local epmd\n", "", 1};
  std::string out = "epmd: up and running on port " + std::to_string(port) + " with data:\n";
  return {out.append(as_text(in.rest())), "", 0};
}

Report report_kill(Bytes answer) {
  if (answer.size() < kill_answer) return short_answer(answer);
  if (as_text(answer.first(kill_answer)) == "OK") return {"Killed\n", "", 0};
  return {"Killing not allowed - living nodes in database.\n", "", 1};
}

Report report_stop(Bytes answer) {
  if (answer.size() < stop_answer) return short_answer(answer);
  return {std::string{as_text(answer.first(stop_answer))} + "\n", "", 0};
}
}  // namespace

std::optional<Question> question_of(const Options& options) {
  switch (options.verb) {
    case Verb::serve: return std::nullopt;
    case Verb::names: return Question{encode(Request{Names{}}), whole_stream};
    case Verb::dump: return Question{encode(Request{Dump{}}), whole_stream};
    case Verb::kill: return Question{encode(Request{Kill{}}), kill_answer};
    case Verb::started: return Question{{}, 0};
    case Verb::stop:
      if (options.name.size() > max_name_to_stop) return std::nullopt;
      return Question{encode(Request{Stop{options.name}}), stop_answer};
  }
  return std::nullopt;
}

Report report(const Options& options, const std::optional<Buffer>& answer) {
  if (options.verb == Verb::stop && options.name.size() > max_name_to_stop)
    return {"epmd: Name too long!", "", 1};
  if (options.verb == Verb::started) return {"", "", answer ? 0 : 1};
  if (!answer) return {"", "epmd: Cannot connect to local epmd\n", 1};
  switch (options.verb) {
    case Verb::names:
    case Verb::dump: return report_listing(*answer);
    case Verb::kill: return report_kill(*answer);
    case Verb::stop: return report_stop(*answer);
    case Verb::serve:
    case Verb::started: break;
  }
  return {"", "", 1};
}

}  // namespace noderuntime::epmd
