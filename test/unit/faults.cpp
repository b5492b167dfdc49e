#include "test/unit/faults.h"

#include <cstdlib>
#include <new>
#include <utility>

namespace noderuntime::test {

namespace {

std::size_t others_left = 0;  // allocations until the one that fails; 0 if none shall fail

void* allocate(std::size_t bytes) {
  if (others_left != 0 && --others_left == 0) throw std::bad_alloc{};
  if (void* memory = std::malloc(bytes == 0 ? 1 : bytes)) return memory;
  throw std::bad_alloc{};
}

}  // namespace

Fault::Fault(Of kind, std::size_t number) : kind_{kind} {
  if (kind == Of::terms)
    held_memory.fail_allocation(number);
  else
    others_left = number;
}

Fault::~Fault() {
  held_memory.fail_allocation(0);
  others_left = 0;
}

bool Fault::happened() const { return kind_ == Of::terms ? held_memory.has_failed() : others_left == 0; }

NoFault::NoFault() : terms_{held_memory.fail_allocation(0)}, others_{std::exchange(others_left, 0)} {}

NoFault::~NoFault() {
  held_memory.fail_allocation(terms_);
  others_left = others_;
}

}  // namespace noderuntime::test

// All forms of new and delete that the program uses, so that each block is freed as it was allocated.
void* operator new(std::size_t bytes) { return noderuntime::test::allocate(bytes); }
void* operator new[](std::size_t bytes) { return noderuntime::test::allocate(bytes); }
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  return std::malloc(bytes == 0 ? 1 : bytes);
}
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept {
  return std::malloc(bytes == 0 ? 1 : bytes);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
