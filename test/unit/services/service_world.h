// The services of a node in fake surroundings, which a peer asks.
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "noderuntime/services/services.h"
#include "noderuntime/term/map.h"
#include "test/unit/process/world.h"

namespace noderuntime::test {

struct ServiceWorld : World {
  struct Started {
    Atom module, function;
    OwnedTerm arguments;
    Pid leader;
  };
  std::vector<Started> started;

  ServiceWorld() {
    surroundings.starter = [this](Process& process, const Process*, Atom module, Atom function,
                                  Term arguments) {
      started.push_back({module, function, OwnedTerm::copy_of(arguments), process.group_leader});
      return std::make_unique<Recorder>(processes.signals(), recorded);
    };
    start_services(processes, surroundings, surroundings);
    run();
  }

  // Sends a message, given in Erlang syntax, to the service `name`. $peer in it becomes the pid of the asking
  // process.
  void ask(Atom name, const std::string& text) {
    auto parsed = parse_text(text);
    if (!parsed) FAIL(parsed.error().message());
    Heap heap;
    Term message = with_identifiers(parsed->term(), heap);
    processes.signals().send_message(remote(1), name, OwnedTerm::copy_of(message));
    run();
  }
  // The messages sent since the last call, as "NAME <- MESSAGE", "pid <- MESSAGE" or "alias <- MESSAGE".
  std::vector<std::string> answers() {
    std::vector<std::string> all;
    for (auto& sent : surroundings.sent)
      if (auto* message = std::get_if<signal::Message>(&sent.signal.body)) all.push_back(describe(*message));
    surroundings.sent.clear();
    return all;
  }

 private:
  static std::string describe(const signal::Message& message) {
    std::string to = "pid";
    if (auto* name = std::get_if<Atom>(&message.to)) to = name->text();
    if (std::holds_alternative<Reference>(message.to)) to = "alias";
    return to + " <- " + to_text(message.message);
  }
  // Replaces the atoms '$peer' and '$alias' by a pid and a reference of the peer.
  Term with_identifiers(Term term, Heap& heap) {
    if (term.is(Atom::of("$peer"))) return make_pid(heap, self, remote(1));
    if (term.is(Atom::of("$alias"))) return make_reference(heap, self, Reference{peer, 3, {1, 2, 3}});
    if (term.is_tuple()) {
      std::vector<Term> elements;
      for (std::size_t i = 0; i < term.arity(); ++i)
        elements.push_back(with_identifiers(term.element(i), heap));
      return make_tuple(heap, elements);
    }
    if (term.is_cons()) {
      std::vector<Term> elements;
      for (; term.is_cons(); term = term.tail()) elements.push_back(with_identifiers(term.head(), heap));
      Term list = with_identifiers(term, heap);
      for (auto element = elements.rbegin(); element != elements.rend(); ++element)
        list = make_cons(heap, *element, list);
      return list;
    }
    if (term.is_map()) {
      auto entries = map::sorted(term);
      for (auto& entry : entries) entry = {copy(entry.key, heap), with_identifiers(entry.value, heap)};
      return *map::from_entries(heap, entries);
    }
    return copy(term, heap);
  }
  std::vector<OwnedTerm> recorded;
};

}  // namespace noderuntime::test
