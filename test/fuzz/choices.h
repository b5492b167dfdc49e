// What fuzz targets share that play: they read choices from the input, and end the program when a claim does not hold.
#pragma once

#include <cstddef>
#include <cstdio>
#include <cstdlib>

#include <noderuntime/bytes.h>

namespace noderuntime::test {

inline void claim(bool holds, const char* text) {
  if (holds) return;
  std::fprintf(stderr, "this does not hold: %s\n", text);
  std::abort();
}

// Reads choices from the input; 0 when it is used up.
class Choices {
 public:
  explicit Choices(Bytes input) : input_{input} {}
  bool left() const { return at_ < input_.size(); }
  unsigned below(unsigned limit) { return left() ? input_[at_++] % limit : 0; }

 private:
  Bytes input_;
  std::size_t at_ = 0;
};

}  // namespace noderuntime::test
