#include "common/entropy/entropy.h"

#include <sys/random.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace noderuntime::entropy {

namespace {

[[noreturn]] void end_program(const char* why) {
  std::fprintf(stderr, "the system gives no random numbers: %s\n", why);
  _exit(exit_status);
}

std::int64_t system_source(void* bytes, std::size_t size) { return getrandom(bytes, size, 0); }

}  // namespace

void fill_from(Source source, std::span<std::uint8_t> bytes) {
  while (!bytes.empty()) {
    auto got = source(bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) end_program(got < 0 ? std::strerror(errno) : "it ended");
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
}

void fill(std::span<std::uint8_t> bytes) { fill_from(system_source, bytes); }

std::uint64_t Words::next() {
  if (left_ == 0) {
    fill({reinterpret_cast<std::uint8_t*>(words_.data()), sizeof words_});
    left_ = words_.size();
  }
  return std::exchange(words_[--left_], 0);
}

}  // namespace noderuntime::entropy
