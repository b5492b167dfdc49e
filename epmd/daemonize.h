// Runs the daemon in the background.
#pragma once

#include <string>
#include <vector>

namespace noderuntime::epmd {

// Reports the result of the start. In the background the calling process waits for it and ends with this
// status and text; in the foreground nothing waits.
class StartupReport {
 public:
  // The calling process stays in this call until it ends; the daemon returns from it, with no
  // descriptors but those in `kept`.
  static StartupReport into_background(std::vector<int> kept);
  static StartupReport in_foreground() { return StartupReport{-1}; }

  StartupReport(StartupReport&& other) noexcept;
  StartupReport(const StartupReport&) = delete;
  ~StartupReport();  // without a report, the start has failed

  void report(int status, const std::string& text_for_stderr = {});

 private:
  explicit StartupReport(int descriptor) : descriptor_{descriptor} {}
  int descriptor_;  // of the pipe to the waiting process; -1: none, or reported already
};

}  // namespace noderuntime::epmd
