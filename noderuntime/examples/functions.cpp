// A library of C++ functions that Erlang code calls as module `vectors`.
//
//     $ example_functions --name vectors --cookie secret
//     1> rpc:call(vectors@myhost, vectors, dot, [[1, 2, 3], [4, 5, 6]]).
//     32.0
//
//     dot(List, List)       the product; error({different_lengths, N, M})
//     scale(Number, List)   a list
//     summary(List)         #{count, mean, min, max}; throw(empty) for []
//     power(Base, Exponent) of integers, of any size
//     search(Text, Limit)   takes long: another thread computes it, and only the caller waits
//     stop()                exit(not_allowed)
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <numeric>
#include <thread>

#include <noderuntime/local_node.h>

using namespace noderuntime;

namespace {

using Vector = std::vector<double>;

Returned dot(Call& call, Vector a, Vector b) {
  if (a.size() != b.size()) return call.error(std::tuple{"different_lengths"_atom, a.size(), b.size()});
  return call.of(std::inner_product(a.begin(), a.end(), b.begin(), 0.0));
}

Vector scale(double factor, Vector vector) {
  for (auto& element : vector) element *= factor;
  return vector;
}

Returned summary(Call& call, Vector vector) {
  if (vector.empty()) return call.throw_("empty"_atom);
  auto [least, most] = std::minmax_element(vector.begin(), vector.end());
  double mean = std::accumulate(vector.begin(), vector.end(), 0.0) / static_cast<double>(vector.size());
  return call.map(std::pair{"count"_atom, vector.size()}, std::pair{"mean"_atom, mean},
                  std::pair{"min"_atom, *least}, std::pair{"max"_atom, *most});
}

// Decimal digits, least significant first, because Terms::big_integer() takes a text.
std::string power_text(std::uint32_t base, std::uint32_t exponent) {
  std::vector<std::uint32_t> digits{1};
  for (std::uint32_t i = 0; i < exponent; ++i) {
    std::uint64_t carry = 0;
    for (auto& digit : digits) {
      carry += std::uint64_t{digit} * base;
      digit = static_cast<std::uint32_t>(carry % 10);
      carry /= 10;
    }
    for (; carry > 0; carry /= 10) digits.push_back(static_cast<std::uint32_t>(carry % 10));
  }
  std::string text;
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) text += static_cast<char>('0' + *digit);
  return text;
}

Result<Term> power(Call& call, std::uint32_t base, std::uint32_t exponent) {
  constexpr std::uint32_t most = 10'000;
  if (exponent > most) return Error{Errc::too_large, std::to_string(exponent)};
  return call.big_integer(power_text(base, exponent));
}

// The first number below `limit` whose decimal text ends with `text`. Text and number belong to the thread;
// terms are built when the answer is taken, on the loop's thread.
Returned search(Call& call, std::string text, std::uint64_t limit) {
  return call.later([&](Answer answer) {
    std::thread{[text, limit, answer] {
      std::uint64_t number = 0;
      while (number < limit && !std::to_string(number).ends_with(text)) ++number;
      answer([number, limit](Terms& terms) -> Returned {
        if (number == limit) return Returned::error(terms.of("not_found"_atom));
        return terms.of(number);
      });
    }}.detach();
  });
}

void expose_all(LocalNode& node) {
  node.expose("vectors", "dot", dot);
  node.expose("vectors", "scale", scale);
  node.expose("vectors", "summary", summary);
  node.expose("vectors", "power", power);
  node.expose("vectors", "search", search);
  node.expose("vectors", "stop", [](Call& call) { return call.exit("not_allowed"_atom); });
}

}  // namespace

int main(int count, char** arguments) {
  NodeOptions options;
  for (int i = 1; i + 1 < count; i += 2) {
    if (std::strcmp(arguments[i], "--name") == 0) options.name = arguments[i + 1];
    if (std::strcmp(arguments[i], "--cookie") == 0) options.cookie = arguments[i + 1];
  }
  EventLoop loop;
  auto node = LocalNode::create(loop, options);
  if (!node) return std::fprintf(stderr, "functions: %s\n", node.error().message().c_str()), 1;
  expose_all(**node);
  if (auto up = (*node)->wait_until_up(); !up)
    return std::fprintf(stderr, "functions: %s\n", up.error().message().c_str()), 1;
  loop.on_signals({SIGINT, SIGTERM}, [&](int) { loop.stop(); });
  std::printf("%s is up\n", std::string{(*node)->name().text()}.c_str());
  std::fflush(stdout);
  loop.run();
  return 0;
}
