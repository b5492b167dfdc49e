// Terms of all kinds, by chance.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "noderuntime/term/heap.h"
#include "noderuntime/term/integer.h"
#include "noderuntime/term/map.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime::test {

class RandomTerms {
 public:
  explicit RandomTerms(Heap& heap, std::uint64_t seed) : heap_{heap}, random_{seed} {}

  // A term of about `size` parts.
  Term of(std::size_t size) {
    if (size < 2) return leaf();
    switch (below(6)) {
      case 0: return make_tuple(heap_, parts(size));
      case 1: return make_list(heap_, parts(size), below(4) == 0 ? leaf() : Term::nil());
      case 2: return long_list(size);
      case 3: return map_of(size);
      case 4: return binary(size);
      default: return make_list(heap_, {of(size / 2), of(size / 2)});
    }
  }

 private:
  std::size_t below(std::size_t bound) { return random_() % bound; }

  std::vector<Term> parts(std::size_t size) {
    std::vector<Term> parts(1 + below(4));
    for (auto& part : parts) part = of(size / parts.size());
    return parts;
  }

  Term leaf() {
    static const NodeIdentity self{Atom::of("me@here"), Creation{7}},
        other{Atom::of("you@there"), Creation{8}};
    switch (below(10)) {
      case 0: return Term::atom(below(2) == 0 ? atoms::ok : atoms::error);
      case 1: return make_float(heap_, static_cast<double>(below(5)) / 2 - 1);
      case 2:
        return *integer::shift_left(heap_, Term::small(static_cast<std::int64_t>(below(3)) - 1),
                                    Term::small(static_cast<std::int64_t>(40 + below(100))));
      case 3:
        return make_pid(heap_, self, {below(2) == 0 ? self : other, static_cast<std::uint32_t>(below(3)), 1});
      case 4:
        return make_reference(
            heap_, self, {below(2) == 0 ? self : other, 3, {1, 2, static_cast<std::uint32_t>(below(3))}});
      case 5: return make_export(heap_, atoms::erlang, atoms::error, static_cast<std::uint32_t>(below(3)));
      case 6: return binary(1);
      case 7: return Term::nil();
      default: return Term::small(static_cast<std::int64_t>(below(20)) - 5);
    }
  }

  Term long_list(std::size_t size) {
    std::vector<Term> elements(size);
    bool bytes = below(2) == 0;
    for (auto& element : elements)
      element = bytes ? Term::small(static_cast<std::int64_t>(below(256))) : leaf();
    return make_list(heap_, elements);
  }

  Term map_of(std::size_t size) {
    std::vector<map::Entry> entries(1 + below(size));
    for (auto& entry : entries)
      entry = {below(3) == 0 ? of(4) : Term::small(static_cast<std::int64_t>(below(4 * size))), leaf()};
    return *map::from_entries(heap_, entries);
  }

  Term binary(std::size_t size) {
    std::vector<std::uint8_t> bytes(2 + below(16 * size));
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(below(3));
    return make_bitstring(heap_, bytes.data(), below(2) * below(8),
                          8 * bytes.size() - below(2) * below(8) - 7);
  }

  Heap& heap_;
  std::mt19937_64 random_;
};

}  // namespace noderuntime::test
