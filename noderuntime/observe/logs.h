// The logs of nodes as they are written, while somebody looks at them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "noderuntime/observe/details.h"
#include "noderuntime/observe/reading.h"

namespace noderuntime::observe {

inline constexpr std::size_t most_log_rows = 500;     // kept of a node
inline constexpr std::int64_t most_log_events = 100;  // a second that a node forwards; the rest is counted
inline constexpr std::int64_t most_waiting_events = 300;      // between two questions
inline constexpr std::int64_t most_event_bytes = 64'000;      // of an event; of a larger one its size is told
inline constexpr std::int64_t most_event_characters = 4'000;  // of its text
inline constexpr std::int64_t log_lease = 10;    // seconds without a question after which a node stops
inline constexpr Milliseconds keep_log{60'000};  // what was read, after the last question

// A node of OTP gets a process that is asked for new events. It has added a primary filter to `logger`, whose name is
// that of our own node, so that nothing new has to be named, and which is a fun of erl_eval: no module is there. The
// filter forwards events to the process, which makes texts of them with the priority `low`. The process removes the
// filter and ends when it has not been asked for log_lease, or when the connection to us has ended; the filter removes
// itself if the process has been killed. What primary filters before it stop, or the level, is not seen.
//
// A node of ours remembers the last lines of its log.
class Logs {
 public:
  explicit Logs(Questions& questions) : questions_{questions} {}

  // {"rows": […], "last": NUMBER, "lost": COUNT}; the first question begins the looking, and has no rows of OTP.
  //   self   our own node
  //   after  the number of the last row that the caller has; 0: none
  void ask(Atom self, Atom node, bool ours, std::int64_t after, Answer done);

 private:
  struct Row {
    std::int64_t number;
    Number milliseconds;  // since 1970
    std::string level, pid, function, text;
  };
  struct Log {
    std::optional<Value> keeper;  // the process on the node
    bool asking = false;
    std::deque<Row> rows;
    std::int64_t last = 0, lost = 0;
    std::int64_t last_of_node = 0;  // of ours: the number of its last line
    Milliseconds used{0};
  };
  void begin(Atom self, Atom node, std::int64_t after, const Answer& done);
  void ask_keeper(Atom self, Atom node, std::int64_t after, const Answer& done);
  void ask_ours(Atom node, std::int64_t after, const Answer& done);
  void add(Log& log, Row row);
  void forget();
  static Value told(const Log& log, std::int64_t after);

  Questions& questions_;
  std::map<Atom, Log> logs_;
  std::shared_ptr<int> life_ = std::make_shared<int>(0);
};

}  // namespace noderuntime::observe
