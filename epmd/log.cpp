#include "epmd/log.h"

#include <syslog.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <string>
#include <string_view>

#include "common/net/output.h"
#include "common/program/logging.h"

namespace noderuntime::epmd {
namespace {
using Time = std::chrono::system_clock::time_point;

// The time in local time. The formats used do not depend on the locale, because the program sets none.
std::string in_form(const char* format, Time time) {
  auto seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  localtime_r(&seconds, &parts);
  char text[64];
  return {text, std::strftime(text, sizeof text, format, &parts)};
}

// The time as ctime() writes it.
std::string form_for_people(program::LogLevel, Time time, std::string_view text) {
  return "epmd: " + in_form("%a %b %e %H:%M:%S %Y", time) + ": " + std::string{text} + "\r\n";
}

// The prefix of syslog(3): facility and level in one number.
int priority(program::LogLevel level) {
  switch (level) {
    case program::LogLevel::error: return LOG_DAEMON | LOG_ERR;
    case program::LogLevel::warning: return LOG_DAEMON | LOG_WARNING;
    case program::LogLevel::info: return LOG_DAEMON | LOG_INFO;
    case program::LogLevel::debug:
    case program::LogLevel::trace: break;
  }
  return LOG_DAEMON | LOG_DEBUG;
}

// RFC 3164, as syslog(3) writes it to the local logger.
std::string form_for_syslog(program::LogLevel level, Time time, std::string_view text) {
  return "<" + std::to_string(priority(level)) + ">" + in_form("%b %d %H:%M:%S", time) +
         " epmd: " + std::string{text};
}
}  // namespace

void set_up_log(bool to_syslog, bool debug) {
  auto level = debug ? program::LogLevel::debug : program::LogLevel::info;
  if (to_syslog) return program::set_up_logging("epmd", level, form_for_syslog, net::open_system_log());
  program::set_up_logging("epmd", level, form_for_people, net::open_output(STDERR_FILENO));
}

}  // namespace noderuntime::epmd
