// Going into the background.
#pragma once

#include <string>
#include <vector>

namespace noderuntime::epmd {

// How the start went, for who waits for it: in the background the process that was called, which ends with
// this status and text; in the foreground nobody.
class Launch {
 public:
  // The process that was called stays in this call and ends in it; the daemon returns from it, with no
  // descriptors but those in `kept`.
  static Launch into_background(std::vector<int> kept);
  static Launch in_foreground() { return Launch{-1}; }

  Launch(Launch&& other) noexcept;
  Launch(const Launch&) = delete;
  ~Launch();  // without a report the start has failed

  void report(int status, const std::string& text_for_stderr = {});

 private:
  explicit Launch(int descriptor) : descriptor_{descriptor} {}
  int descriptor_;  // of the pipe to who waits; -1: nobody does, or it has been told
};

}  // namespace noderuntime::epmd
