// Tells a change of a thing's state when the new state has lasted for a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace noderuntime::alerts {

using Milliseconds = std::chrono::milliseconds;

// That a thing has come into a state.
struct Event {
  std::string subject;  // the thing: "node a@h", "queue a@h/server"
  std::string state;    // "nodeup"
  std::string line;     // for people
  std::string json;     // one object, for programs
  bool rests = false;   // the state that a thing is in of which nothing was ever said
};

// An engine; one thread. Times are those of a steady clock of the owner.
//
// A thing that comes back to the state that was told last, before the time is over, is not told. Of several changes
// within the time only the last one is told.
class Debounce {
 public:
  static constexpr std::size_t most_subjects = 10'000;  // of further ones each change is told at once

  explicit Debounce(Milliseconds hold) : hold_{hold} {}

  void note(Event event, Milliseconds now);
  std::vector<Event> take(Milliseconds now);     // those that are to be told, in their order
  std::optional<Milliseconds> deadline() const;  // of the next call of take(); nullopt: nothing waits

 private:
  struct Subject {
    std::string told;  // the state; empty: none yet
    std::optional<Event> next;
    Milliseconds due{0};
  };
  Milliseconds hold_;
  std::vector<Event> ready_;
  std::map<std::string, Subject> subjects_;
};

}  // namespace noderuntime::alerts
