// Claims about random numbers from the system, and about hashes whose secret key they give.
#include "common/entropy/entropy.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <functional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/entropy/keyed_hash.h"
#include "test/unit/buckets.h"
#include "test/unit/catch.h"

namespace noderuntime {
namespace {

int calls;

// Reads a pipe until all its writing ends are closed.
std::string all_of(int reading, int writing) {
  close(writing);
  std::string all;
  char piece[500];
  for (ssize_t got; (got = read(reading, piece, sizeof piece)) > 0;)
    all.append(piece, static_cast<std::size_t>(got));
  close(reading);
  return all;
}

// The exit status and the standard error of a program that asks `source` for random bytes.
std::pair<int, std::string> end_with(entropy::Source source) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDERR_FILENO);
    std::array<std::uint8_t, 4> bytes{};
    entropy::fill_from(source, bytes);
    _exit(0);
  }
  auto said = all_of(ends[0], ends[1]);
  int status = 0;
  waitpid(child, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, said};
}

constexpr std::size_t many = 5000;

// A multiple of both numbers of buckets that libstdc++ uses for `many` keys and for twice as many.
constexpr std::uint64_t of_every_size = std::uint64_t{5087} * 10273;

}  // namespace

TEST_CASE("entropy: what the system cuts short is asked for again", "[entropy]") {
  calls = 0;
  std::array<std::uint8_t, 6> bytes{};
  entropy::fill_from(
      [](void* to, std::size_t size) -> std::int64_t {
        if (++calls == 2) return errno = EINTR, -1;
        CHECK(size <= 6);
        *static_cast<std::uint8_t*>(to) = static_cast<std::uint8_t>(calls);
        return 1;
      },
      bytes);
  CHECK(bytes == std::array<std::uint8_t, 6>{1, 3, 4, 5, 6, 7});
}

TEST_CASE("entropy: without the system's generator the program ends, and says why", "[entropy]") {
  auto [status, said] = end_with([](void*, std::size_t) -> std::int64_t { return errno = ENOSYS, -1; });
  CHECK(status == entropy::exit_status);
  CHECK(said == "the system gives no random numbers: Function not implemented\n");
  CHECK(end_with([](void*, std::size_t) -> std::int64_t { return 0; }).first == entropy::exit_status);
}

TEST_CASE("entropy: words do not come again", "[entropy]") {
  entropy::Words words;
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(words.next());
  CHECK(seen.size() == 1000);
}

TEST_CASE("keyed hash: there are four keys, and they stay", "[entropy]") {
  auto& keys = keyed_hash::keys();
  CHECK(&keys == &keyed_hash::keys());
  CHECK(std::set{keys.start, keys.word, keys.left, keys.right}.size() == 4);
}

TEST_CASE("keyed hash: the keys are those of this program only", "[.exec]") {
  constexpr int no_exec = 126;
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  if (fork() == 0) {
    // The program executes itself, because a forked child has the keys of its parent.
    dup2(ends[1], STDOUT_FILENO);
    execl("/proc/self/exe", "unit_entropy", "keyed hash: shown", "-r", "compact", nullptr);
    _exit(errno == ENOEXEC ? no_exec : 1);
  }
  auto said = all_of(ends[0], ends[1]);
  int status = 0;
  wait(&status);
  if (WIFEXITED(status) && WEXITSTATUS(status) == no_exec) {
    WARN("skipped: under qemu-user a program cannot start itself");
    return;
  }
  CHECK(said.find("hash of text: ") != std::string::npos);
  CHECK(said.find("hash of text: " + std::to_string(keyed_hash::of_text("text")) + "\n") ==
        std::string::npos);
}

TEST_CASE("keyed hash: shown", "[.shown]") {
  printf("hash of text: %llu\n", static_cast<unsigned long long>(keyed_hash::of_text("text")));
  CHECK(true);
}

TEST_CASE("keyed hash: numbers chosen to collide do not share a bucket", "[entropy]") {
  std::vector<std::uint64_t> equal_remainders, high_bits, powers;
  for (std::uint64_t i = 0; i < many; ++i) {
    equal_remainders.push_back(i * of_every_size);
    high_bits.push_back(i << 32);
    powers.push_back(i << 50 | 1);
  }
  CHECK(test::longest_bucket(equal_remainders, std::hash<std::uint64_t>{}) >
        1000);  // the attack works on others
  for (const auto& keys : {equal_remainders, high_bits, powers})
    CHECK(test::longest_bucket(keys, keyed_hash::OfWord{}) <= test::usual_bucket);
}

TEST_CASE("keyed hash: numbers in a row spread over all bits, whatever the keys are", "[entropy]") {
  entropy::Words chance;
  std::size_t fewest = many;
  for (int drawn = 0; drawn < 200; ++drawn) {
    keyed_hash::Keys keys{chance.next(), chance.next(), chance.next(), chance.next()};
    for (std::uint64_t step :
         {std::uint64_t{1}, std::uint64_t{16}, std::uint64_t{0x10001}, std::uint64_t{1} << 44}) {
      std::vector<bool> low(65536), high(65536);
      for (std::uint64_t i = 0; i < 3000; ++i) {
        auto hash = keyed_hash::of_word(keys, i * step);
        low[hash & 0xFFFF] = high[hash >> 48] = true;
      }
      for (const auto& seen : {low, high})
        fewest = std::min(fewest, static_cast<std::size_t>(std::count(seen.begin(), seen.end(), true)));
    }
  }
  // 3,000 random numbers below 65,536 have about 2,930 different values.
  CHECK(fewest > 2850);
}

TEST_CASE("keyed hash: texts chosen to collide do not share a bucket", "[entropy]") {
  // All texts below have the same hash under a hash without a secret key that folds word after word.
  std::vector<std::string> alike, long_ones, same_for_std;
  for (std::size_t i = 0; i < many; ++i) {
    alike.push_back(std::string(i + 1, 'a'));
    long_ones.push_back(std::string(200, 'x') + std::to_string(i) + std::string(200, 'x'));
  }
  std::unordered_map<std::string, int> sized;
  sized.reserve(400);
  for (std::size_t i = 0; same_for_std.size() < 400; ++i)
    if (auto text = std::to_string(i); std::hash<std::string>{}(text) % sized.bucket_count() == 7)
      same_for_std.push_back(text);
  CHECK(test::longest_bucket(same_for_std, std::hash<std::string>{}) > 300);  // the attack works on others
  for (const auto& keys : {alike, long_ones, same_for_std})
    CHECK(test::longest_bucket(keys, keyed_hash::OfText{}) <= test::usual_bucket);
}

TEST_CASE("keyed hash: every bit of a text counts, at every length", "[entropy]") {
  for (std::size_t size = 0; size <= 70; ++size) {
    std::set<std::uint64_t> seen;
    std::string text(size, '\0');
    seen.insert(keyed_hash::of_text(text));
    for (std::size_t bit = 0; bit < 8 * size; ++bit) {
      auto changed = text;
      changed[bit / 8] = static_cast<char>(1 << bit % 8);
      seen.insert(keyed_hash::of_text(changed));
    }
    CHECK(seen.size() == 8 * size + 1);
  }
}

}  // namespace noderuntime
