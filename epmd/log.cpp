#include "epmd/log.h"

#include <spdlog/pattern_formatter.h>
#include <syslog.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <memory>

#include "common/net/output.h"
#include "common/program/logging.h"

namespace noderuntime::epmd {
namespace {
// The time as ctime() writes it; spdlog's %c does not pad the day.
class CtimeFlag : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& to) override {
    auto seconds = std::chrono::system_clock::to_time_t(message.time);
    std::tm time{};  // the formatter fills its own only for flags of spdlog
    localtime_r(&seconds, &time);
    char text[64];
    auto size = std::strftime(text, sizeof text, "%a %b %e %H:%M:%S %Y", &time);
    to.append(text, text + size);
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<CtimeFlag>(); }
};

// What syslog(3) puts in front: facility and level in one number.
class PriorityFlag : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& to) override {
    bool debug = message.level < spdlog::level::info;
    int level = debug                                  ? LOG_DEBUG
                : message.level == spdlog::level::info ? LOG_INFO
                : message.level == spdlog::level::warn ? LOG_WARNING
                                                       : LOG_ERR;
    auto text = std::to_string(LOG_DAEMON | level);
    to.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<PriorityFlag>(); }
};

std::unique_ptr<spdlog::formatter> form_for_people() {
  auto form = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::local, "\r\n");
  form->add_flag<CtimeFlag>('*').set_pattern("epmd: %*: %v");
  return form;
}

// RFC 3164, as syslog(3) writes it to the local logger. %b and %H:%M:%S do not depend on the locale here.
std::unique_ptr<spdlog::formatter> form_for_syslog() {
  auto form = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::local, "");
  form->add_flag<PriorityFlag>('*').set_pattern("<%*>%b %d %H:%M:%S epmd: %v");
  return form;
}
}  // namespace

void set_up_log(bool to_syslog, bool debug) {
  auto level = debug ? program::LogLevel::debug : program::LogLevel::warning;
  if (to_syslog) return program::set_up_logging("epmd", level, form_for_syslog(), net::open_system_log());
  program::set_up_logging("epmd", level, form_for_people(), net::open_output(STDERR_FILENO));
}

}  // namespace noderuntime::epmd
