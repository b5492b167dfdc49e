// The operating system and the program, as native functions and services see them. The node implements it; tests
// use a fake.
#pragma once

#include <cstdint>
#include <ctime>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <noderuntime/bytes.h>
#include <noderuntime/result.h>

namespace noderuntime {

class Background;
class CryptoLibrary;
class FileSystem;

// Loop thread only.
class System {
 public:
  virtual ~System() = default;

  virtual std::int64_t processor_nanoseconds() { return 0; }  // processor time used by this program
  // The time for which the loop was busy, and the time measured; both count from the first call on.
  struct SchedulerTime {
    std::int64_t busy_nanoseconds = 0, total_nanoseconds = 0;
  };
  virtual SchedulerTime scheduler_time() { return {}; }

  // The longest step of the loop, since the start and since the last call. All else waits during a step.
  struct Step {
    std::int64_t nanoseconds = 0;
    std::string_view what;
  };
  virtual Step longest_step() { return {}; }
  virtual Step take_longest_step() { return {}; }
  // The longest step and the longest turn by processor time.
  struct Work {
    Step step;
    std::int64_t turn_nanoseconds = 0;
  };
  virtual Work longest_work() { return {}; }
  virtual Work take_longest_work() { return {}; }

  // Local time: to calendar parts, and back (tm_isdst as for mktime). The default is UTC.
  virtual std::tm local_time(std::int64_t seconds) {
    std::time_t since = seconds;
    std::tm parts{};
    gmtime_r(&since, &parts);
    return parts;
  }
  virtual std::int64_t seconds_of_local(std::tm parts) { return timegm(&parts); }

  // The program's environment at its start, and facts of the system.
  virtual std::map<std::string, std::string> environment() { return {}; }
  virtual std::int64_t process_id() { return 0; }
  virtual std::string system_release() { return "0.0.0"; }

  // Reads a regular file. Errors: not_found.
  virtual Result<Buffer> read_file(const std::string& path) = 0;

  // The files that code may use; null: none.
  virtual FileSystem* files() { return nullptr; }
  // What module crypto works with; null: there is none.
  virtual CryptoLibrary* crypto() { return nullptr; }
  // The other threads for long work; null: there are none.
  virtual std::shared_ptr<Background> background() { return nullptr; }

  // Prints on the node's console. Takes any text and never waits for its reader, but callers should wait
  // while the console is full; console_drained() of the services follows. False: the output is closed or the
  // disk full, and the text is lost.
  virtual bool print(std::string_view text) { return (void)text, true; }
  virtual bool console_is_full() { return false; }

  // The last lines of the node's log behind the one of that number; numbers begin with 1.
  struct LogLine {
    std::uint64_t number;
    std::int64_t microseconds;  // since 1970
    std::string_view level;     // error, warning, info, debug, trace
    std::string text;           // UTF-8 as far as its writer's was
  };
  virtual std::vector<LogLine> log_lines(std::uint64_t after) { return (void)after, std::vector<LogLine>{}; }

  // Ends the program soon with this exit status.
  virtual void halt(int status) { (void)status; }
  // The same, after the applications that run have been stopped.
  virtual void stop(int status) { (void)status; }
};

}  // namespace noderuntime
