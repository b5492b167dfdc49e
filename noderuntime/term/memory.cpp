#include "noderuntime/term/memory.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>

#include "noderuntime/term/reclaimer.h"

namespace noderuntime {

namespace {

// Repeats `try_once` until it succeeds or no new-handler is set, as operator new does.
template <class Try>
void* with_new_handler(Try try_once) noexcept {
  while (true) {
    if (void* memory = try_once()) return memory;
    auto handler = std::get_new_handler();
    if (!handler) return nullptr;
    try {
      handler();
    } catch (const std::bad_alloc&) { return nullptr; }
  }
}

}  // namespace

void* system_memory(std::size_t bytes) noexcept {
  return with_new_handler([&] { return std::malloc(bytes); });
}

void use_large_pages(void* memory, std::size_t bytes) noexcept {
  constexpr std::size_t large = std::size_t{16} << 20, page = std::size_t{2} << 20;
  if (bytes < large) return;
  auto first = (reinterpret_cast<std::uintptr_t>(memory) + page - 1) / page * page;
  auto end = (reinterpret_cast<std::uintptr_t>(memory) + bytes) / page * page;
  (void)madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE);  // best effort
}

void* HeldMemory::allocate(std::size_t bytes) noexcept {
  void* memory = may_allocate(bytes) ? system_memory(bytes) : nullptr;
  if (!memory) return nullptr;
  used_ += bytes;
  use_large_pages(memory, bytes);
  return memory;
}

void* HeldMemory::allocate_zeros(std::size_t bytes) noexcept {
  void* memory = may_allocate(bytes) ? with_new_handler([&] { return std::calloc(bytes, 1); }) : nullptr;
  if (!memory) return nullptr;
  used_ += bytes;
  use_large_pages(memory, bytes);
  return memory;
}

void* HeldMemory::reallocate(void* memory, std::size_t bytes_before, std::size_t bytes) noexcept {
  bool grows = bytes > bytes_before;
  if (grows && !may_allocate(bytes - bytes_before)) return nullptr;
  void* moved = with_new_handler([&] { return std::realloc(memory, bytes); });
  if (!moved) return nullptr;
  used_ = used_ - bytes_before + bytes;
  if (grows) use_large_pages(moved, bytes);
  return moved;
}

void HeldMemory::free(void* memory, std::size_t bytes) noexcept {
  if (!memory) return;
  if (bytes >= Reclaimer::large) return reclaimer.take(memory, bytes);
  used_ -= bytes;
  std::free(memory);
}

bool HeldMemory::makes_room(std::size_t bytes) noexcept {
  if (waiting_ == 0) return false;
  reclaimer.free_blocks();
  return has_room(bytes);
}

}  // namespace noderuntime
