// The log of a program, on spdlog: lines on standard error, or for the system's logger. Writing a line never
// waits for its reader. Loop thread only.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "noderuntime/bytes.h"
#include "noderuntime/result.h"

namespace noderuntime::net {
class Loop;
class OutputTarget;
}  // namespace noderuntime::net

namespace noderuntime::program {

enum class LogLevel { error, warning, info, debug, trace };

Result<LogLevel> parse_log_level(std::string_view text);  // the names above

// Bytes of lines that wait for the reader of the log. Lines that come beyond are lost, and "N lines were
// lost" takes their place as soon as the others are written.
inline constexpr std::size_t log_bytes_waiting = std::size_t{256} << 10;

// Sets up spdlog's default logger, which log() writes to.
void set_up_logging(const std::string& program, LogLevel level);
// The same with lines in another form, for another reader. The form makes the whole line, with what ends it.
using LineForm = std::function<std::string(LogLevel level, std::chrono::system_clock::time_point time,
                                           std::string_view text)>;
void set_up_logging(const std::string& program, LogLevel level, LineForm form,
                    std::unique_ptr<net::OutputTarget> target);
// What waits is written, for net::Output::last_write_limit at most, and the descriptors of the log are
// closed: before a fork, or before another program is executed. The next set_up_logging() opens them again;
// until then lines are dropped. At the end of the program it happens by itself.
void close_log();

// As long as it lives the loop writes lines that wait; otherwise they wait for the next line. One loop of the
// program does: the first.
class LogService {
 public:
  explicit LogService(net::Loop& loop);
  ~LogService();
  LogService(const LogService&) = delete;
  LogService& operator=(const LogService&) = delete;

 private:
  net::Loop& loop_;
};

// One line of the log. Other sources do not use spdlog itself: its headers take seconds to compile.
void log(LogLevel level, std::string_view text);
bool is_logged(LogLevel level);
inline void log_error(std::string_view text) { log(LogLevel::error, text); }
inline void log_warning(std::string_view text) { log(LogLevel::warning, text); }
inline void log_info(std::string_view text) { log(LogLevel::info, text); }
inline void log_debug(std::string_view text) { log(LogLevel::debug, text); }
inline void log_trace(std::string_view text) { log(LogLevel::trace, text); }

// Text from a peer, safe to show: control characters, quotes, backslashes and bytes that are not UTF-8 are
// escaped; what is longer than `limit` bytes is cut and ends with "...".
std::string printable(std::string_view text, std::size_t limit = 300);

}  // namespace noderuntime::program
