// Feeds any bytes to the handshake in both roles. Seeds: test/data/dist/handshake.
#include <algorithm>
#include <cstdlib>

#include "noderuntime/distribution/handshake.h"

namespace noderuntime::distribution {
namespace {

constexpr Milliseconds now{0};
const Cookie cookie{"capcookie"};

NodeName name(std::string_view text) { return *NodeName::parse(text); }

// Checks what must hold after every step: an error remains, and the output is bounded.
template <class Machine, class Answer>
void drive(Machine machine, Bytes input, std::size_t piece, Answer answer) {
  std::size_t written = 0;
  for (std::size_t at = 0; at < input.size(); at += piece) {
    machine.feed(input.subspan(at, std::min(piece, input.size() - at)));
    while (true) {
      auto event = machine.next(now);
      written += machine.take_output().size();
      if (written > 4096) std::abort();
      if (!event) {
        if (machine.next(now)) std::abort();
        return;
      }
      if (std::holds_alternative<NeedInput>(*event)) break;
      if (std::holds_alternative<Peer>(*event)) return (void)machine.take_rest();
      answer(machine, *event);
    }
  }
}

void accept(Bytes input, std::size_t piece, Status status) {
  Acceptor acceptor{{.self = {name("b@127.0.0.1"), Creation{5}},
                     .cookie_of = [](const NodeName&) { return cookie; },
                     .challenge = Challenge{1}},
                    now};
  drive(std::move(acceptor), input, piece, [status](Acceptor& machine, const Acceptor::Event& event) {
    const auto& caller = std::get<Acceptor::Caller>(event);
    if (caller.name)
      machine.answer(status);
    else
      machine.answer_named({name("dynamic@" + caller.host), Creation{6}});
  });
}

void initiate(Bytes input, std::size_t piece, bool with_name) {
  Initiator::Config config{
      .host = "127.0.0.1", .peer = name("b@127.0.0.1"), .cookie = cookie, .challenge = Challenge{1}};
  if (with_name) config.self = Identity{name("a@127.0.0.1"), Creation{5}};
  drive(Initiator{config, now}, input, piece,
        [](Initiator& machine, const Initiator::Event&) { machine.answer(true); });
}

}  // namespace
}  // namespace noderuntime::distribution

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace noderuntime::distribution;
  noderuntime::Bytes input{data, size};
  for (std::size_t piece : {std::size_t{1}, std::size_t{1000}}) {
    accept(input, piece, Status::ok);
    accept(input, piece, Status::alive);
    initiate(input, piece, true);
    initiate(input, piece, false);
  }
  return 0;
}
