// Chance that nobody can foresee. Everything that must be unknown to others comes from here: challenges,
// cookies, creations, the keys of hash tables.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace noderuntime::entropy {

// Fills `bytes` from the system's generator (getrandom(2)). Nothing else can stand in for it: where the
// system has none, the program says so on standard error and ends with exit_status. Any thread.
inline constexpr int exit_status = 71;  // EX_OSERR of sysexits.h
void fill(std::span<std::uint8_t> bytes);

// Words by chance, of which one call of the system gives many. One thread.
class Words {
 public:
  std::uint64_t next();

 private:
  std::array<std::uint64_t, 32> words_{};
  std::size_t left_ = 0;
};

// What fill() reads from: writes at most `size` bytes, and returns how many or -1
// with errno. Tests give another one.
using Source = std::int64_t (*)(void* bytes, std::size_t size);
void fill_from(Source source, std::span<std::uint8_t> bytes);

}  // namespace noderuntime::entropy
