#include "noderuntime/node/epmd_registration.h"

namespace noderuntime {

namespace {
constexpr net::Milliseconds pause_after_start{50};  // between attempts while a new epmd comes up
constexpr int attempts_after_start = 60;
constexpr net::Milliseconds answer_limit{10'000};  // as in erl_epmd
}  // namespace

EpmdRegistration::EpmdRegistration(net::Loop& loop, epmd::NodeEntry entry, Port epmd_port, bool start_epmd,
                                   net::Milliseconds retry, Events events)
    : loop_{loop},
      entry_{std::move(entry)},
      epmd_port_{epmd_port},
      may_start_epmd_{start_epmd},
      retry_{retry},
      events_{std::move(events)},
      timer_{loop} {
  attempt();
}

void EpmdRegistration::attempt() {
  registered_ = false;
  if (stream_) loop_.drop_later(std::move(stream_));
  registration_.emplace(entry_);
  stream_ = std::make_unique<net::TcpStream>(loop_);
  stream_->connect(net::Address::loopback(net::Address::Family::v4, epmd_port_),
                   [this](Outcome outcome) { on_connected(std::move(outcome)); });
}

void EpmdRegistration::on_connected(Outcome outcome) {
  if (!outcome) {
    if (registered_once_) return again();
    if (may_start_epmd_) return start_epmd();
    if (attempts_left_-- > 0) return timer_.start(pause_after_start, [this] { attempt(); });
    return fail(Error{Errc::no_epmd, "127.0.0.1:" + std::to_string(epmd_port_.value())});
  }
  timer_.start(answer_limit, [this] { on_lost(Error{Errc::timeout, "epmd does not answer"}); });
  stream_->start({.read = [this](Bytes input) { on_answer(input); },
                  .ended = [this](Error error) { on_lost(std::move(error)); }});
  stream_->write(registration_->take_output());
}

void EpmdRegistration::on_answer(Bytes input) {
  bool had_creation = registration_->creation().has_value();
  auto outcome = registration_->feed(input);
  if (!outcome) {
    if (!registered_once_) return fail(Error{outcome.error().code, entry_.name});
    events_.note("epmd refuses the name " + entry_.name + ": " + outcome.error().message());
    return again();
  }
  if (had_creation || !registration_->creation()) return;
  timer_.stop();
  registered_ = true;
  ++registrations_;
  // The creation of a later registration is ignored: as on OTP, a running node keeps its own.
  if (std::exchange(registered_once_, true))
    events_.note("registered again at epmd as " + entry_.name);
  else
    events_.registered(*registration_->creation());
}

void EpmdRegistration::on_lost(Error error) {
  registered_ = false;
  if (!registered_once_) return fail(std::move(error));
  if (registration_->creation()) events_.note("the connection to epmd is lost");
  again();
}

void EpmdRegistration::again() {
  timer_.start(retry_, [this] { attempt(); });
}

// Our epmd -daemon returns when its port is bound; OTP's returns earlier, so attempts
// are repeated for a while.
void EpmdRegistration::start_epmd() {
  may_start_epmd_ = false;
  attempts_left_ = attempts_after_start;
  auto program = net::find_program("epmd");
  if (!program) return fail(Error{Errc::no_epmd, "and there is no program epmd to start"});
  std::vector<std::string> arguments{"-daemon", "-port", std::to_string(epmd_port_.value())};
  auto child = net::ChildProcess::start(loop_, *program, arguments, [this](int) { attempt(); });
  if (!child) return fail(child.error());
  epmd_ = std::move(*child);
}

void EpmdRegistration::fail(Error error) {
  timer_.stop();
  events_.failed(std::move(error));
}

}  // namespace noderuntime
