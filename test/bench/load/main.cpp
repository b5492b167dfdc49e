// Loads every module below the given directories, plain and gzipped: load DIRECTORY …
// Prints how many loaded and, per 100 KB of the file as it is (gzipped or not), the milliseconds of the
// median module, of the slowest, and of all together. Exits with 1 if a module is refused.
#include <zlib.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "noderuntime/beam/literal_space.h"
#include "noderuntime/beam/loader.h"
#include "noderuntime/beam/specialise.h"

namespace {

using namespace noderuntime;

Buffer contents(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

Buffer gzipped(Bytes bytes) {
  z_stream stream{};
  deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
  Buffer out(deflateBound(&stream, bytes.size()));
  stream.next_in = const_cast<Byte*>(bytes.data()), stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = out.data(), stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

// Milliseconds, the best of some rounds; nullopt: refused.
std::optional<double> loading(Bytes file, LiteralSpace& space) {
  double best = 1e9;
  for (int round = 0; round < 5; ++round) {
    auto start = std::chrono::steady_clock::now();
    auto image = load(file, space);
    if (image) specialise(**image);
    std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    if (!image) {
      std::printf("refused: %s\n", image.error().message().c_str());
      return std::nullopt;
    }
    space.release((*image)->literals);
    best = std::min(best, took.count());
  }
  return best;
}

// True: none was refused.
bool measure(const char* name, const std::vector<std::pair<std::string, Buffer>>& files) {
  LiteralSpace space;
  std::vector<std::pair<double, std::string>> rates;
  double time = 0, bytes = 0;
  for (auto& [file_name, file] : files) {
    auto took = loading(file, space);
    if (!took) return std::printf("%s\n", file_name.c_str()), false;
    auto size = static_cast<double>(file.size());
    rates.emplace_back(*took * 1e5 / size, file_name);
    time += *took, bytes += size;
  }
  std::sort(rates.begin(), rates.end());
  std::printf("%-8s %4zu modules %8.0f KB  ms per 100 KB: median %.2f, all %.2f, slowest %.2f (%s)\n", name,
              files.size(), bytes / 1e3, rates[rates.size() / 2].first, time * 1e5 / bytes,
              rates.back().first, rates.back().second.c_str());
  return true;
}

}  // namespace

int main(int count, char** arguments) {
  std::vector<std::pair<std::string, Buffer>> plain, packed;
  for (int i = 1; i < count; ++i)
    for (auto& entry : std::filesystem::recursive_directory_iterator(arguments[i])) {
      if (entry.path().extension() != ".beam") continue;
      plain.emplace_back(entry.path().filename().string(), contents(entry.path()));
      packed.emplace_back(plain.back().first, gzipped(plain.back().second));
    }
  if (plain.empty()) return std::printf("no modules\n"), 1;
  return measure("plain", plain) && measure("gzipped", packed) ? 0 : 1;
}
