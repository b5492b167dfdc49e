// Cuts input into pieces in many ways, so that tests can feed an engine its input in pieces of every size.
#pragma once

#include <vector>

#include <noderuntime/bytes.h>

namespace noderuntime::test {

// Calls `check(pieces)` with the whole input, with single bytes, and with every split into two pieces. For
// long input these are the splits near both ends and some of those between.
template <class Check>
void for_each_cut(Bytes whole, Check check) {
  check(std::vector<Bytes>{whole});
  std::vector<Bytes> single;
  for (std::size_t i = 0; i < whole.size(); ++i) single.push_back(whole.subspan(i, 1));
  check(single);
  std::size_t step = whole.size() > 512 ? whole.size() / 256 : 1;
  for (std::size_t cut = 1; cut < whole.size(); cut += (cut < 64 || whole.size() - cut < 64) ? 1 : step)
    check(std::vector<Bytes>{whole.first(cut), whole.subspan(cut)});
}

}  // namespace noderuntime::test
