#include "common/program/memory.h"

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <new>
#include <string>
#include <string_view>
#include <utility>

namespace noderuntime::program {

namespace {

void* reserve = nullptr;
bool is_short = false;

void give_reserve() {
  is_short = true;
  if (!reserve) throw std::bad_alloc{};
  std::free(std::exchange(reserve, nullptr));
}

// Source: the kernel's Documentation/admin-guide/cgroup-v2.rst. In /proc/self/cgroup the line of version 2 is
// `0::PATH`. Inside a container the path is often `/`, whose limit is in the root that is mounted there.
std::size_t bound_of_control_groups(std::size_t most) {
  constexpr std::string_view root = "/sys/fs/cgroup", version_2 = "0::";
  std::ifstream groups{"/proc/self/cgroup"};
  for (std::string line; std::getline(groups, line);) {
    if (!line.starts_with(version_2)) continue;
    for (auto path = line.substr(version_2.size());; path.resize(path.rfind('/'))) {
      if (path == "/") path.clear();
      std::ifstream file{std::string{root} + path + "/memory.max"};
      std::size_t bytes = 0;  // stays 0 for "max"
      if (file >> bytes && bytes > 0) most = std::min(most, bytes);
      if (path.empty() || path.front() != '/') break;
    }
  }
  return most;
}

}  // namespace

std::size_t available_memory() {
  auto bytes =
      static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  rlimit space{};
  if (getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur != RLIM_INFINITY)
    bytes = std::min<std::size_t>(bytes, space.rlim_cur);
  return bound_of_control_groups(bytes);
}

void keep_freed_memory() {
  mallopt(M_TRIM_THRESHOLD, static_cast<int>(kept_free_bytes));
  mallopt(M_MMAP_THRESHOLD, static_cast<int>(own_mapping_bytes));
}

void give_back_freed_memory() { malloc_trim(kept_free_bytes / 2); }

void keep_emergency_reserve() {
  refill_reserve();
  std::set_new_handler(give_reserve);
}

bool memory_is_short() { return is_short; }

void refill_reserve() {
  if (!reserve) reserve = std::malloc(emergency_reserve);
  is_short = reserve == nullptr;
}

}  // namespace noderuntime::program
