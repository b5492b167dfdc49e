#include "common/program/queued_sink.h"

#include <utility>

namespace noderuntime::program {

void QueuedSink::sink_it_(const spdlog::details::log_msg& message) {
  if (output_.full()) (void)output_.write_waiting();
  if (output_.full()) {
    ++lost_;
    return;
  }
  tell_lost();
  (void)output_.write(formatted(message));
}

std::string QueuedSink::formatted(const spdlog::details::log_msg& message) {
  spdlog::memory_buf_t line;
  formatter_->format(message, line);
  return {line.data(), line.size()};
}

// When the line that tells of them cannot be written, they are told of later.
void QueuedSink::tell_lost() {
  lost_ += output_.take_lost();
  if (lost_ == 0) return;
  auto count = std::exchange(lost_, 0);
  auto text = std::to_string(count) + " lines were lost: nobody read the log";
  if (output_.write(formatted({name_, spdlog::level::warn, text}))) return;
  (void)output_.take_lost();
  lost_ = count;
}

}  // namespace noderuntime::program
