#include "common/net/first_process.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <vector>

#include "common/net/uv_support.h"

namespace noderuntime::net {

namespace {

bool started_by_libuv(Loop& loop, pid_t pid) {
  struct Search {
    pid_t pid;
    bool found = false;
  } search{pid};
  auto compare = [](uv_handle_t* handle, void* data) {
    auto& wanted = *static_cast<Search*>(data);
    if (handle->type == UV_PROCESS && uv_is_active(handle) &&
        reinterpret_cast<uv_process_t*>(handle)->pid == wanted.pid)
      wanted.found = true;
  };
  uv_walk(loop.raw(), compare, &search);
  return search.found;
}

// WNOWAIT shows who has ended before the decision to reap. An orphan behind a child of libuv waits for the
// next SIGCHLD.
void reap_orphans(Loop& loop) {
  while (true) {
    siginfo_t ended{};
    if (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) != 0 || ended.si_pid == 0) return;
    if (started_by_libuv(loop, ended.si_pid)) return;
    waitpid(ended.si_pid, nullptr, 0);
  }
}

}  // namespace

bool is_first_process() { return getpid() == 1; }

OrphanReaper::OrphanReaper(Loop& loop) {
  if (is_first_process())
    child_ends_.emplace(loop, std::vector<int>{SIGCHLD}, [&loop](int) { reap_orphans(loop); });
}

}  // namespace noderuntime::net
