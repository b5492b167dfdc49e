// Unpredictable random numbers. Everything that others must not know comes from here: challenges, cookies,
// creations, the keys of hash tables.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace noderuntime::entropy {

// Fills `bytes` from the system's generator (getrandom(2)). There is no substitute: if it fails, the program
// reports that on standard error and exits with exit_status. Any thread.
inline constexpr int exit_status = 71;  // EX_OSERR of sysexits.h
void fill(std::span<std::uint8_t> bytes);

// Random words, many of them from one system call. One thread.
class Words {
 public:
  std::uint64_t next();

 private:
  std::array<std::uint64_t, 32> words_{};
  std::size_t left_ = 0;
};

// The source of fill(): writes at most `size` bytes and returns their number, or -1 with
// errno. Tests replace it.
using Source = std::int64_t (*)(void* bytes, std::size_t size);
void fill_from(Source source, std::span<std::uint8_t> bytes);

}  // namespace noderuntime::entropy
