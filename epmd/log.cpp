#include "epmd/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/sinks/syslog_sink.h>
#include <spdlog/spdlog.h>

#include <ctime>

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

std::shared_ptr<spdlog::logger> stderr_logger() {
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::local, "\r\n");
  formatter->add_flag<CtimeFlag>('*').set_pattern("epmd: %*: %v");
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_st>();
  sink->set_formatter(std::move(formatter));
  return std::make_shared<spdlog::logger>("epmd", std::move(sink));
}

std::shared_ptr<spdlog::logger> syslog_logger() {
  auto sink = std::make_shared<spdlog::sinks::syslog_sink_st>("epmd", 0, LOG_DAEMON, false);
  return std::make_shared<spdlog::logger>("epmd", std::move(sink));
}
}  // namespace

void set_up_log(bool to_syslog, bool debug) {
  auto logger = to_syslog ? syslog_logger() : stderr_logger();
  logger->set_level(debug ? spdlog::level::debug : spdlog::level::warn);
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace noderuntime::epmd
