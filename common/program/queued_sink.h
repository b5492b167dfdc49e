// Where spdlog writes the log of a program: lines that nobody reads wait, then are dropped and counted.
#pragma once

#include <spdlog/sinks/base_sink.h>

#include <memory>
#include <string>

#include "common/net/output.h"

namespace noderuntime::program {

// Bytes of lines that wait for the reader of the log. Lines that come beyond are lost, and "N lines were
// lost" takes their place as soon as the others are written.
inline constexpr std::size_t log_bytes_waiting = std::size_t{256} << 10;

// Loop thread only.
class QueuedSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  // `name`: of the logger, for the line that tells of lost ones.
  QueuedSink(std::string name, std::unique_ptr<net::OutputTarget> target)
      : name_{std::move(name)}, output_{std::move(target), log_bytes_waiting} {}

  // The loop writes what waits. detach() before the loop ends.
  void attach(net::Loop& loop) {
    output_.attach(loop, [this] { tell_lost(); });
  }
  void detach() { output_.detach(); }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override;
  void flush_() override {}
  std::string formatted(const spdlog::details::log_msg& message);
  void tell_lost();

  std::string name_;
  net::Output output_;
  std::size_t lost_ = 0;  // lines
};

}  // namespace noderuntime::program
