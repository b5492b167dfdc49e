#include "common/program/memory.h"

#include <malloc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
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

// A free piece of malloc's, taken while freed memory is given back.
struct Piece {
  static constexpr std::size_t bytes = std::size_t{64} << 10;
  Piece* next;
};
Piece* pieces = nullptr;
std::size_t looked_at = 0, look_at_most = 0;  // bytes

// Its pages, without the one that holds the link.
void give_back(Piece* piece) {
  static const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  auto begin = reinterpret_cast<std::uintptr_t>(piece);
  auto from = (begin + sizeof(Piece) + page - 1) / page * page, to = (begin + Piece::bytes) / page * page;
  (void)madvise(reinterpret_cast<void*>(from), to - from,
                MADV_DONTNEED);  // otherwise they stay with the program
}

// False: malloc() has no such piece, and got memory of the system.
bool take_free_piece() {
  auto* end = sbrk(0);
  void* memory = std::malloc(Piece::bytes);
  if (!memory) return false;
  pieces = new (memory) Piece{pieces};
  if (sbrk(0) != end) return false;
  looked_at += Piece::bytes;
  if (looked_at > kept_free_bytes / 2) give_back(pieces);
  return true;
}

void free_pieces(std::size_t most) {
  for (; pieces && most > 0; --most) std::free(std::exchange(pieces, pieces->next));
}

}  // namespace

void stop_giving_back() {
  look_at_most = 0;
  free_pieces(SIZE_MAX);
}

namespace {

void give_reserve() {
  if (pieces) return stop_giving_back();
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
  constexpr std::size_t at_once = std::size_t{8} << 20;  // given back: 1 ms
  mallopt(M_TRIM_THRESHOLD, static_cast<int>(kept_free_bytes));
  mallopt(M_TOP_PAD, static_cast<int>(kept_free_bytes - at_once));
  mallopt(M_MMAP_THRESHOLD, static_cast<int>(own_mapping_bytes));
  mallopt(M_MXFAST, 0);
}

void start_giving_back(std::size_t most) { look_at_most = most, looked_at = 0; }

bool give_back_some() {
  constexpr std::size_t taken_at_once = 16, freed_at_once = 1024;
  for (std::size_t i = 0; i < taken_at_once && looked_at < look_at_most; ++i)
    if (!take_free_piece()) look_at_most = 0;
  if (looked_at >= look_at_most) free_pieces(freed_at_once);
  return pieces || looked_at < look_at_most;
}

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
