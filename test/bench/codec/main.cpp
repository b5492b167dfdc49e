// Times decoding and encoding of terms in files: bench_codec FILE.etf…
// Prints name, nanoseconds to decode, nanoseconds to encode; the best of several rounds.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "common/program/memory.h"
#include "noderuntime/external_format/decode.h"
#include "noderuntime/external_format/encode.h"

namespace {

using namespace noderuntime;

const NodeIdentity self{Atom::of("me@here"), Creation{1}};

// Seconds of one call; the best of some rounds of about 2 ms.
template <class Work>
double best(Work work) {
  using Clock = std::chrono::steady_clock;
  auto seconds = [](Clock::duration time) { return std::chrono::duration<double>(time).count(); };
  auto once = [&] {
    auto start = Clock::now();
    work();
    return seconds(Clock::now() - start);
  };
  once();
  auto calls = static_cast<int>(0.002 / std::max(once(), 1e-7)) + 1;
  double result = 1e9;
  for (int round = 0; round < 70; ++round) {
    auto start = Clock::now();
    for (int i = 0; i < calls; ++i) work();
    result = std::min(result, seconds(Clock::now() - start) / calls);
  }
  return result;
}

void measure(const char* path) {
  std::ifstream file{path, std::ios::binary};
  Buffer bytes{std::istreambuf_iterator<char>{file}, {}};
  Heap heap;
  auto decoded = decode_with_version(heap, bytes, {self});
  if (!decoded) return static_cast<void>(std::printf("%-40s %s\n", path, decoded.error().message().c_str()));
  Term term = decoded->term;
  double decoding = best([&] {
    Heap scratch;
    (void)decode_with_version(scratch, bytes, {self});
  });
  Segments out;
  EncodeOptions how{self};
  double encoding = best([&] {
    out.own().clear();
    (void)Encoder{out, term, how}.run(~std::size_t{0});
  });
  std::printf("%s %.0f %.0f\n", std::string_view{path}.substr(std::string_view{path}.rfind('/') + 1).data(),
              decoding * 1e9, encoding * 1e9);
}

}  // namespace

int main(int count, char** arguments) {
  program::keep_freed_memory();  // as the node does
  for (int i = 1; i < count; ++i) measure(arguments[i]);
}
