// Runs a fuzz target without libFuzzer, on the given files and all files in the given folders. With
// `--mutations N` it also runs on N damaged versions of each file, which are the same in every run.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Input = std::vector<std::uint8_t>;

void run(const Input& input) {
  Input exact{input.begin(), input.end()};  // no spare capacity: a read past the end is seen
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

struct Chance {  // xorshift64
  std::uint64_t state = 88172645463325252u;
  std::size_t below(std::size_t limit) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return static_cast<std::size_t>(state % limit);
  }
};

// Changes, drops or repeats some bytes; most near each other, as a fault in one field would.
Input damaged(Input input, Chance& chance) {
  static constexpr std::uint8_t interesting[] = {0,   1,   2,   68,  69,  70,  82,  104,
                                                 108, 112, 116, 127, 128, 131, 254, 255};
  std::size_t changes = 1 + chance.below(4);
  for (std::size_t i = 0; i < changes && !input.empty(); ++i) {
    auto at = input.begin() + static_cast<std::ptrdiff_t>(chance.below(input.size()));
    switch (chance.below(6)) {
      case 0: *at = static_cast<std::uint8_t>(chance.below(256)); break;
      case 1: *at = interesting[chance.below(sizeof interesting)]; break;
      case 2: *at = static_cast<std::uint8_t>(*at ^ 1u << chance.below(8)); break;
      case 3: input.erase(at); break;
      case 4: input.insert(at, interesting[chance.below(sizeof interesting)]); break;
      case 5: input.erase(at, input.end()); break;
    }
  }
  return input;
}

void replay(const std::filesystem::path& path, int mutations) {
  std::ifstream file{path, std::ios::binary};
  Input input{std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{}};
  run(input);
  Chance chance;
  for (int i = 0; i < mutations; ++i) run(damaged(input, chance));
}

}  // namespace

int main(int count, char** arguments) {
  int mutations = 0, files = 0;
  run({});
  for (int i = 1; i < count; ++i) {
    if (std::strcmp(arguments[i], "--mutations") == 0 && i + 1 < count) {
      mutations = std::atoi(arguments[++i]);
      continue;
    }
    std::filesystem::path path{arguments[i]};
    if (!std::filesystem::is_directory(path)) {
      replay(path, mutations), ++files;
      continue;
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator{path})
      if (entry.is_regular_file()) replay(entry.path(), mutations), ++files;
  }
  std::printf("%d files, %d mutations of each\n", files, mutations);
  return files > 0 ? 0 : 1;
}
