#include "epmd/daemonize.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace noderuntime::epmd {
namespace {
// The pipe carries the status in one byte, then the text, up to its end.
[[noreturn]] void wait_for_report(int descriptor, pid_t child) {
  std::string report;
  char piece[512];
  for (ssize_t count; (count = read(descriptor, piece, sizeof piece)) > 0;)
    report.append(piece, static_cast<std::size_t>(count));
  waitpid(child, nullptr, 0);  // it ends at once, so that no zombie is left
  if (report.empty()) report = std::string(1, '\1') + "epmd: the daemon ended before it was ready\n";
  std::fputs(report.c_str() + 1, stderr);
  std::exit(report[0]);
}

void leave_surroundings(std::vector<int> kept) {
  umask(0);
  if (chdir("/") != 0) return;  // the root always exists
  std::sort(kept.begin(), kept.end());
  unsigned next = STDERR_FILENO + 1;
  for (int descriptor : kept) {
    auto number = static_cast<unsigned>(descriptor);
    if (number > next) close_range(next, number - 1, 0);
    next = std::max(next, number + 1);
  }
  close_range(next, ~0u, 0);
  int nothing = open("/dev/null", O_RDWR);
  for (int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(nothing, standard);
  if (nothing > STDERR_FILENO) close(nothing);
}

pid_t fork_or_exit() {
  pid_t child = fork();
  if (child >= 0) return child;
  std::perror("epmd: fork");
  std::exit(1);
}
}  // namespace

StartupReport StartupReport::into_background(std::vector<int> kept) {
  constexpr int above_standard =
      3;  // a program started without standard descriptors must not lose the pipe to dup2
  int ends[2];
  if (pipe(ends) != 0) {
    std::perror("epmd: pipe");
    std::exit(1);
  }
  if (pid_t child = fork_or_exit(); child > 0) {
    close(ends[1]);
    wait_for_report(ends[0], child);
  }
  close(ends[0]);
  setsid();
  std::signal(SIGHUP, SIG_IGN);
  if (fork_or_exit() > 0) _exit(0);  // not a session leader, so it never gets a controlling terminal
  int to_caller = fcntl(ends[1], F_DUPFD_CLOEXEC, above_standard);
  kept.push_back(to_caller);
  leave_surroundings(std::move(kept));
  return StartupReport{to_caller};
}

StartupReport::StartupReport(StartupReport&& other) noexcept
    : descriptor_{std::exchange(other.descriptor_, -1)} {}

StartupReport::~StartupReport() {
  if (descriptor_ >= 0) close(descriptor_);
}

void StartupReport::report(int status, const std::string& text_for_stderr) {
  if (descriptor_ < 0) return;
  auto report = std::string(1, static_cast<char>(status)) + text_for_stderr;
  if (write(descriptor_, report.data(), report.size()) < 0) std::perror("epmd: report");
  close(std::exchange(descriptor_, -1));
}

}  // namespace noderuntime::epmd
