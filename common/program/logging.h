// The log of a program, on spdlog: lines on standard error, or to the system's logger. Writing a line never
// waits for its reader. Loop thread only.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <noderuntime/bytes.h>
#include <noderuntime/result.h>

namespace noderuntime::net {
class Loop;
class OutputTarget;
}  // namespace noderuntime::net

namespace noderuntime::program {

enum class LogLevel { error, warning, info, debug, trace };

Result<LogLevel> parse_log_level(std::string_view text);  // the names above

// The bytes of lines that may wait for the reader of the log. Further lines are lost; "N lines were lost" is
// written as soon as there is room.
inline constexpr std::size_t log_bytes_waiting = std::size_t{256} << 10;

// Sets up spdlog's default logger, to which log() writes.
void set_up_logging(const std::string& program, LogLevel level);
// The same with another format and reader. `form` makes the whole line, including its end.
using LineForm = std::function<std::string(LogLevel level, std::chrono::system_clock::time_point time,
                                           std::string_view text)>;
void set_up_logging(const std::string& program, LogLevel level, LineForm form,
                    std::unique_ptr<net::OutputTarget> target);
// Writes the waiting lines, for net::Output::last_write_limit at most, and closes the descriptors of the log:
// call it before a fork, and before another program is executed. The next set_up_logging() opens them again;
// until then lines are dropped. At the end of the program it happens automatically.
void close_log();

// As long as it exists, the loop writes waiting lines; otherwise they wait for the next line. Only the first
// loop of a program does that.
class LogService {
 public:
  explicit LogService(net::Loop& loop);
  ~LogService();
  LogService(const LogService&) = delete;
  LogService& operator=(const LogService&) = delete;

 private:
  net::Loop& loop_;
};

// Writes one line. Other sources do not use spdlog itself: its headers take seconds to compile.
void log(LogLevel level, std::string_view text);
bool is_logged(LogLevel level);
std::string_view level_name(LogLevel level);  // as parse_log_level() reads it

// The last lines that were written, also those that nobody read; none before remember_lines() was called.
inline constexpr std::size_t most_remembered_lines = 200, most_remembered_bytes = 2'000;  // of a line
struct RememberedLine {
  std::uint64_t number;  // the first one is 1
  LogLevel level;
  std::chrono::system_clock::time_point time;
  std::string text;  // without secrets, and cut to most_remembered_bytes
};
void remember_lines();
std::vector<RememberedLine> lines_after(std::uint64_t number);
inline void log_error(std::string_view text) { log(LogLevel::error, text); }
inline void log_warning(std::string_view text) { log(LogLevel::warning, text); }
inline void log_info(std::string_view text) { log(LogLevel::info, text); }
inline void log_debug(std::string_view text) { log(LogLevel::debug, text); }
inline void log_trace(std::string_view text) { log(LogLevel::trace, text); }

// Text from a peer in a form that is safe to show: control characters, quotes, backslashes and bytes that are
// not UTF-8 are escaped; text beyond `limit` bytes is replaced by "...".
std::string printable(std::string_view text, std::size_t limit = 300);

}  // namespace noderuntime::program
