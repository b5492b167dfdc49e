#include "common/program/logging.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <deque>
#include <memory>
#include <utility>

#include "common/net/output.h"
#include "common/program/secrets.h"
#include "common/wire/utf8.h"

namespace noderuntime::program {
namespace {
constexpr std::array<std::pair<std::string_view, spdlog::level::level_enum>, 5> levels{{
    {"error", spdlog::level::err},
    {"warning", spdlog::level::warn},
    {"info", spdlog::level::info},
    {"debug", spdlog::level::debug},
    {"trace", spdlog::level::trace},
}};

bool needs_escape(char32_t character) {
  return character < 0x20 || (character >= 0x7f && character < 0xa0) || character == '"' || character == '\\';
}

void append_escaped(std::string& to, std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  for (char byte : bytes) {
    auto value = static_cast<Byte>(byte);
    to.append("\\x").append(1, digits[value >> 4]).append(1, digits[value & 15]);
  }
}

// Lines in another format, without the texts passed to keep_secret().
class WithoutSecrets final : public spdlog::formatter {
 public:
  explicit WithoutSecrets(std::unique_ptr<spdlog::formatter> form) : form_{std::move(form)} {}

  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& to) override {
    spdlog::memory_buf_t line;
    form_->format(message, line);
    auto shown = without_secrets({line.data(), line.size()});
    to.append(shown.data(), shown.data() + shown.size());
  }
  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<WithoutSecrets>(form_->clone());
  }

 private:
  std::unique_ptr<spdlog::formatter> form_;
};

// Lines in a format that does not use spdlog's.
class OwnForm final : public spdlog::formatter {
 public:
  explicit OwnForm(LineForm form) : form_{std::move(form)} {}

  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& to) override {
    auto line =
        form_(level_of(message.level), message.time, {message.payload.data(), message.payload.size()});
    to.append(line.data(), line.data() + line.size());
  }
  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<OwnForm>(form_); }

 private:
  static LogLevel level_of(spdlog::level::level_enum level) {
    for (std::size_t i = 0; i < levels.size(); ++i)
      if (levels[i].second == level) return static_cast<LogLevel>(i);
    return LogLevel::error;
  }

  LineForm form_;
};

// Lines without a reader wait, and beyond the limit are dropped and counted. Loop thread only.
class QueuedSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  // `name` is the logger's name, used in the line that reports lost lines.
  QueuedSink(std::string name, std::unique_ptr<net::OutputTarget> target)
      : name_{std::move(name)}, output_{std::move(target), log_bytes_waiting} {}

  // Lets the loop write what waits. Call detach() before the loop ends.
  void attach(net::Loop& loop) {
    output_.attach(loop, [this] { tell_lost(); });
  }
  void detach() { output_.detach(); }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    if (output_.full()) (void)output_.write_waiting();
    if (output_.full()) {
      ++lost_;
      return;
    }
    tell_lost();
    (void)output_.write(formatted(message));
  }
  void flush_() override {}

  std::string formatted(const spdlog::details::log_msg& message) {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    return {line.data(), line.size()};
  }

  // If the report itself cannot be written, it is made later.
  void tell_lost() {
    lost_ += output_.take_lost();
    if (lost_ == 0) return;
    auto count = std::exchange(lost_, 0);
    auto text = std::to_string(count) + " lines were lost: nobody read the log";
    if (output_.write(formatted({name_, spdlog::level::warn, text}))) return;
    (void)output_.take_lost();
    lost_ = count;
  }

  std::string name_;
  net::Output output_;
  std::size_t lost_ = 0;  // lines
};

std::weak_ptr<QueuedSink> current_sink;  // of the default logger
net::Loop* serving_loop = nullptr;

bool remembers = false;
std::deque<RememberedLine> remembered;
std::uint64_t last_number = 0;

void remember(LogLevel level, std::string_view text) {
  auto line = without_secrets(text);
  bool cut = line.size() > most_remembered_bytes;
  if (cut) line.resize(most_remembered_bytes);
  remembered.push_back({++last_number, level, std::chrono::system_clock::now(), line + (cut ? "..." : "")});
  if (remembered.size() > most_remembered_lines) remembered.pop_front();
}

void set_up(const std::string& program, LogLevel level, std::unique_ptr<spdlog::formatter> form,
            std::unique_ptr<net::OutputTarget> target) {
  auto sink = std::make_shared<QueuedSink>(program, std::move(target));
  auto logger = std::make_shared<spdlog::logger>(program, sink);
  sink->set_formatter(std::make_unique<WithoutSecrets>(std::move(form)));
  logger->set_level(levels[static_cast<std::size_t>(level)].second);
  if (serving_loop) sink->attach(*serving_loop);
  current_sink = sink;
  spdlog::set_default_logger(std::move(logger));
}
}  // namespace

Result<LogLevel> parse_log_level(std::string_view text) {
  for (std::size_t i = 0; i < levels.size(); ++i)
    if (levels[i].first == text) return static_cast<LogLevel>(i);
  return Error{Errc::usage, "log level " + printable(text)};
}

void set_up_logging(const std::string& program, LogLevel level) {
  set_up(program, level, std::make_unique<spdlog::pattern_formatter>("%Y-%m-%d %H:%M:%S.%e %n %l: %v"),
         net::open_output(STDERR_FILENO));
}

void set_up_logging(const std::string& program, LogLevel level, LineForm form,
                    std::unique_ptr<net::OutputTarget> target) {
  set_up(program, level, std::make_unique<OwnForm>(std::move(form)), std::move(target));
}

void close_log() {
  auto nothing = std::make_shared<spdlog::sinks::null_sink_st>();
  spdlog::set_default_logger(std::make_shared<spdlog::logger>("", std::move(nothing)));
}

LogService::LogService(net::Loop& loop) : loop_{loop} {
  if (serving_loop) return;
  serving_loop = &loop;
  if (auto sink = current_sink.lock()) sink->attach(loop);
}

LogService::~LogService() {
  if (serving_loop != &loop_) return;
  serving_loop = nullptr;
  if (auto sink = current_sink.lock()) sink->detach();
}

std::string_view level_name(LogLevel level) { return levels[static_cast<std::size_t>(level)].first; }

void remember_lines() { remembers = true; }

std::vector<RememberedLine> lines_after(std::uint64_t number) {
  auto first =
      std::find_if(remembered.begin(), remembered.end(), [&](auto& line) { return line.number > number; });
  return {first, remembered.end()};
}

void log(LogLevel level, std::string_view text) {
  if (remembers && is_logged(level)) remember(level, text);
  spdlog::log(levels[static_cast<std::size_t>(level)].second, "{}", text);
}

bool is_logged(LogLevel level) { return spdlog::should_log(levels[static_cast<std::size_t>(level)].second); }

std::string printable(std::string_view text, std::size_t limit) {
  std::string shown;
  for (std::size_t at = 0; at < text.size();) {
    if (at >= limit) return shown + "...";
    auto start = at;
    auto character = utf8::next(text, at);
    if (!character) ++at;
    auto bytes = text.substr(start, at - start);
    if (character && !needs_escape(*character))
      shown += bytes;
    else
      append_escaped(shown, bytes);
  }
  return shown;
}

}  // namespace noderuntime::program
